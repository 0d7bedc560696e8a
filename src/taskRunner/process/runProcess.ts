import { isSameFile, type FileId, type HeldFile, type ProcessInfo } from "./table";

/**
 * What ties a process to a run. None of them alone finds all: `setsid` leaves the group, `env -i` drops the marker, a
 * redirection closes the pipe, a daemon may close every descriptor, a double fork cuts the descent.
 */
export type Evidence =
  /** In the process group that the run's command leads. */
  | "group"
  /** In its session, but in a group of its own, as the jobs of an interactive shell. */
  | "session"
  /** The run's marker is in its environment. */
  | "marker"
  /** It has one of the run's pipes, or its terminal, open. */
  | "pipe"
  /** It has inherited a file that only the run's processes can have (see MarkerFile). */
  | "descriptor"
  /** A child of a process that belongs to the run. */
  | "descent"
  /** In the container of the run, which nobody leaves by himself. */
  | "contained";

/** A process and what it has to do with a run. */
export interface RunProcess extends ProcessInfo {
  readonly evidence: readonly Evidence[];
  /** What it keeps open of the run's pipes: "stdin", "stdout", "stderr", "output on fd 9"; or "terminal". */
  readonly holds: readonly string[];
  /** The TCP ports that it listens on. */
  readonly ports: readonly number[];
  /** The name of its user, where that keeps us from signalling it; it may be killed all the same: see `isKillable`. */
  readonly user?: string;
  /**
   * Whether the run started it. Another process can hold a pipe too, when it was handed over to a server that was there
   * before; such a process is named, and never signalled.
   */
  readonly owned: boolean;
}

/** A pipe of a run, or its terminal. */
export interface RunPipe {
  readonly kind: "input" | "output" | "terminal";
  readonly file: FileId;
}

/** What people call these descriptors. */
export function describeHeld(held: readonly HeldFile[], pipes: readonly RunPipe[]): string[] {
  const names = held.map(({ fd, file }) => {
    const kind = pipes.find((pipe) => isSameFile(pipe.file, file))?.kind;
    if (kind === "terminal") return "terminal";
    if (kind === "input") return "stdin";
    return fd === 1 ? "stdout" : fd === 2 ? "stderr" : `output on fd ${fd}`;
  });
  return [...new Set(names)];
}

/** Whether it is in the container of its run. */
export function isContained({ evidence }: RunProcess): boolean {
  return evidence.includes("contained");
}

/** Whether we may kill it. Another user's process lets itself be killed only with its container. */
export function isKillable(info: RunProcess): boolean {
  return info.user === undefined || isContained(info);
}

/** Whether the process keeps the run from ending: it holds the output, not merely the input. */
export function holdsOutput(process: RunProcess): boolean {
  return process.holds.some((what) => what !== "stdin");
}

/** Which processes have these pipes. Only one that can write to a pipe for output keeps it from ending: not the watchdog, which reads it as we do. */
export function heldOf(all: ReadonlyMap<number, readonly HeldFile[]>, pipes: readonly RunPipe[]): Map<number, readonly HeldFile[]> {
  const held = new Map<number, readonly HeldFile[]>();
  for (const [pid, files] of all) {
    const own = files.filter(({ file, writable }) => pipes.some((pipe) => isSameFile(pipe.file, file) && (writable !== false || pipe.kind !== "output")));
    if (own.length > 0) held.set(pid, own);
  }
  return held;
}
