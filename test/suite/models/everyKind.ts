import type { RunProcess } from "../../../src/taskRunner/process/runProcess";
import type { EndCause, Outcome, RunEvent, RunSnapshot, RunState } from "../../../src/taskRunner/run/state";

/** An event, and a run, of every kind that there is. @param text what others have written: command lines, labels, messages */
export function everyKind(text: string): { readonly foreign: RunProcess; readonly processes: readonly RunProcess[]; readonly events: readonly RunEvent[]; readonly snapshots: readonly RunSnapshot[] } {
  const user = { kind: "user" } as const;
  const foreign: RunProcess = {
    ...{ pid: 42, ppid: 1, pgid: 40, sid: 40, zombie: false, stopped: true, start: 7, name: text, command: text },
    ...{ evidence: ["group"], holds: ["stdout", text], ports: [1], owned: true },
  };
  const processes = [foreign, { ...foreign, pid: 43, owned: false }];
  const refused = [{ ...foreign, user: text }];

  const OUTCOMES: { [K in Outcome["kind"]]: Outcome & { kind: K } } = {
    couldNotStart: { kind: "couldNotStart", problems: [text, text], brief: text, exitCode: 127 },
    unkillable: { kind: "unkillable", pid: 42, stop: user },
    exited: { kind: "exited", code: 3, stop: user },
    signaled: { kind: "signaled", signal: "SIGINT", signalNumber: 2, stop: user },
    canceled: { kind: "canceled", stop: user },
    hungPipe: { kind: "hungPipe", isError: false, holders: processes, problem: text },
    failed: { kind: "failed", message: text },
    succeeded: { kind: "succeeded" },
    lost: { kind: "lost" },
  };

  const lateOutputs: Outcome[] = [true, false].map((isError) => ({ kind: "hungPipe", isError, holders: [], isLate: true }));
  const outcomes = [...Object.values(OUTCOMES), ...lateOutputs];

  const listening = [{ port: 3000, process: foreign }];
  const conditions = [{ kind: "output", pattern: text }, { kind: "http", url: text }, { kind: "command", command: text }, { kind: "port", port: 3000 }, { kind: "quiet" }] as const;

  const held = (["running", "ended", "orphaned", "elsewhere"] as const).flatMap((kind) => [{ port: 1, process: foreign, user: undefined, runId: text, isEditor: kind === "ended", owner: { kind, label: text } }, { port: 2, process: undefined, user: text, runId: undefined, isEditor: false, owner: undefined }]);

  const EVENTS: { [K in RunEvent["kind"]]: (RunEvent & { kind: K })[] } = {
    beginning: [{ kind: "beginning", commandLine: text, directory: text }],
    restarting: [{ kind: "restarting", restart: { on: "failure", max: 5, within: 60_000, nth: 1, pauseMs: 1000 } }],
    noPipes: [{ kind: "noPipes", problem: text }],
    noHelper: [{ kind: "noHelper", problem: text }],
    noTerminal: [{ kind: "noTerminal", problem: text }],
    waiting: [{ kind: "waiting", previousPid: 40, killAt: undefined, now: 0 }],
    portsHeld: [{ kind: "portsHeld", held, isAsked: true }],
    portsUnknown: [{ kind: "portsUnknown", ports: [1] }],
    stoppingHolders: [{ kind: "stoppingHolders", held }],
    addressInUse: [{ kind: "addressInUse", ports: [], held }, { kind: "addressInUse", ports: [1], held: [] }],
    awaitingReady: [{ kind: "awaitingReady", conditions }],
    ready: [{ kind: "ready", conditions, afterMs: 1 }],
    patternTooSlow: [{ kind: "patternTooSlow", pattern: text, limitMs: 500 }],
    notReady: [{ kind: "notReady", missing: conditions }],
    listening: [{ kind: "listening", ports: listening }],
    signaled: [{ kind: "signaled", signal: "SIGINT", pid: 40, toLeader: true, group: processes, others: processes, refused, leftMs: undefined, reason: user, problem: text }],
    typed: [{ kind: "typed", text: text, leftMs: undefined, reason: user }],
    inputClosed: [{ kind: "inputClosed", text: text, leftMs: undefined }],
    cancelCommand: [{ kind: "cancelCommand", command: text, limitMs: 0, reason: user }],
    cancelCommandEnded: [{ kind: "cancelCommandEnded", problem: text, leftMs: undefined, isOver: false }],
    notSignaled: [{ kind: "notSignaled", leftMs: undefined, reason: user }],
    signalFailed: [{ kind: "signalFailed", signal: "SIGINT", pid: 40, message: text }],
    killed: [{ kind: "killed", pid: 40, group: processes, others: processes, refused, afterMs: undefined }],
    hungUp: [{ kind: "hungUp", pid: 40, program: foreign, group: processes, others: processes, refused, leftMs: undefined }],
    restartCalledOff: [{ kind: "restartCalledOff", leftMs: 1 }],
    askedAgain: [{ kind: "askedAgain", signal: "SIGINT", asked: processes, deaf: processes, leftMs: 1 }],
    signalRefused: [{ kind: "signalRefused", signal: "SIGINT", refused }],
    leaderGone: [{ kind: "leaderGone", members: processes, leftMs: undefined, problem: text }, { kind: "leaderGone", members: [], leftMs: undefined, problem: text }],
    draining: [{ kind: "draining", exit: text, leftMs: undefined, holders: processes, problem: text }, { kind: "draining", exit: "", leftMs: undefined, holders: [], problem: text }],
    ended: outcomes.flatMap((outcome) => [processes, []].map((survivors) => ({ kind: "ended" as const, outcome, exitCode: 1, afterMs: 1, survivors, problem: text }))),
  };
  const events: RunEvent[] = Object.values(EVENTS).flat();

  const CAUSES: { [K in EndCause["kind"]]: (EndCause & { kind: K })[] } = {
    portsHeld: [{ kind: "portsHeld", held }],
    addressInUse: [{ kind: "addressInUse", ports: [], held: [] }, { kind: "addressInUse", ports: [1], held: [] }, { kind: "addressInUse", ports: [1, 2], held: [] }, ...held.map((one) => ({ kind: "addressInUse" as const, ports: [1], held: [one] }))],
    enoughRestarts: [{ kind: "enoughRestarts", on: "failure", max: 1, within: 60_000 }, { kind: "enoughRestarts", on: "failure", max: 5, within: 60_000 }],
  };

  const STATES: { [K in RunState["kind"]]: (RunState & { kind: K })[] } = {
    waiting: [{ kind: "waiting", previousPid: undefined }, { kind: "waiting", previousPid: undefined, held: held.slice(0, 2) }],
    running: [{ kind: "running" }],
    stopping: [{ kind: "stopping", reason: user, since: 0, killAt: 1, killed: false }],
    draining: [{ kind: "draining", since: 0, until: 1, exit: text, asked: false }],
    ended: [...outcomes.map((outcome) => ({ kind: "ended" as const, at: 1, outcome })), ...Object.values(CAUSES).flat().map((cause) => ({ kind: "ended" as const, at: 1, outcome: OUTCOMES.exited, causes: [cause] }))],
  };
  const snapshots: RunSnapshot[] = Object.values(STATES).flat().map((state) => ({ id: "r", label: text, commandLine: text, pid: 42, startedAt: 0, state, waitDelay: 0, survivors: processes, ports: listening, url: text, ready: { kind: "awaited", missing: conditions } }));
  return { foreign, processes, events, snapshots };
}
