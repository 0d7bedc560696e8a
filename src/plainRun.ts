import type { Ready, Run, RunState, Survivor } from "../api";
import { dateOf } from "./taskRunner/base/clock";
import type { RunProcess } from "./taskRunner/process/runProcess";
import { exitCodeOf, type ReadyState, type RunSnapshot, type RunState as InternalState } from "./taskRunner/run/state";
import { outcomeText } from "./taskRunner/run/words";

/** A run as other extensions get it. */
export function plainRun({ id, label, commandLine, pid, startedAt, state, waitDelay, survivors, ready, ports = [], url }: RunSnapshot): Run {
  const known = { ...(ready === undefined ? {} : { ready: toReady(ready) }), ports: ports.map(({ port }) => port), ...(url === undefined ? {} : { url }) };
  return { id, label, commandLine, ...(pid === undefined ? {} : { pid }), startedAt: dateOf(startedAt), state: toState(state), waitDelay, survivors: survivors.map(toSurvivor), ...known };
}

function toReady(ready: ReadyState): Ready {
  return ready.kind === "ready" ? { kind: ready.kind, at: dateOf(ready.at), afterMs: ready.afterMs } : { kind: ready.kind };
}

function toState(state: InternalState): RunState {
  switch (state.kind) {
    case "waiting":
      return { kind: state.kind, ...(state.restartAt === undefined ? {} : { restartAt: dateOf(state.restartAt) }) };
    case "running":
      return { kind: state.kind };
    case "stopping": {
      const { kind, since, killAt, killed } = state;
      return { kind, since: dateOf(since), ...(killAt === undefined ? {} : { killAt: dateOf(killAt) }), killed };
    }
    case "draining": {
      const { kind, since, until, asked } = state;
      return { kind, since: dateOf(since), ...(until === undefined ? {} : { until: dateOf(until) }), asked };
    }
    case "ended": {
      const { kind, at, outcome } = state;
      return { kind, at: dateOf(at), outcome: { kind: outcome.kind, text: outcomeText(outcome) }, exitCode: exitCodeOf(outcome) };
    }
  }
}

function toSurvivor({ pid, command, evidence, holds, ports, owned }: RunProcess): Survivor {
  return { pid, command, evidence: [...evidence], holds: [...holds], ports: [...ports], owned };
}
