import { settledWithin } from "../base/deadline";
import { listeningPortsOf, type ListeningPort } from "../process/listeningPorts";
import type { ProcessTable } from "../process/table";
import type { RunProcesses } from "../process/runProcesses";
import { Readiness } from "./readiness";
import { readyProbe, type ReadyProbe } from "./readyProbe";
import type { RunEvent } from "./state";
import type { TaskRunOptions } from "./taskRunOptions";

/** A look that was late is waited for no longer, in milliseconds. */
const REST_MS = 3000;

/** For a task that cannot be started. */
const NO_PROBE: ReadyProbe = { http: () => Promise.resolve(false), command: () => Promise.resolve(false) };

/**
 * What finds out whether a run is ready, with the real world around it.
 * @param processes the run's; undefined until they are there
 */
export function readinessOf({ checked, clock, table, context, id }: TaskRunOptions, processes: () => RunProcesses | undefined, emit: (event: RunEvent) => void, changed: () => void): Readiness {
  return new Readiness({
    conditions: checked.ok ? checked.definition.ready : [],
    clock,
    findPorts: async () => {
      const running = processes();
      return running === undefined ? [] : await portsOfRun(table, running);
    },
    probe: checked.ok ? readyProbe(checked.definition, context, id) : NO_PROBE,
    emit,
    changed,
  });
}

/**
 * The ports on which the processes of a run listen.
 * @throws when none are seen, and the run may have processes that are not seen
 */
export async function portsOfRun(table: ProcessTable, processes: Pick<RunProcesses, "scan">): Promise<readonly ListeningPort[]> {
  const first = await processes.scan();
  const { rest } = first;
  const late = rest === undefined ? undefined : await settledWithin(REST_MS, () => rest);
  const { found, problem } = late?.kind === "done" ? late.value : first;
  const ports = await listeningPortsOf(table, found.filter(({ owned }) => owned));
  if (ports.length === 0 && problem !== undefined) throw new Error(problem);
  return ports;
}
