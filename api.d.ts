/**
 * What `vscode.extensions.getExtension("waitdelay.cancellable-tasks").exports` offers to other extensions.
 * Everything is plain data: copies that do not change, in JSON's types. Texts are in one line, and to be shown as they are:
 * what cannot be seen in them, such as control characters, is written out ("\\x1b").
 */
export interface CancellableTasksApi {
  /** All runs of this window, in the order in which they were started. */
  runs(): Run[];
  /** Calls the listener when a run was added, removed, or has changed. */
  onDidChangeRuns(listener: () => void): { dispose(): void };
  /** What a run's processes have used together so far, also those that have ended; undefined unless it runs in a cgroup. */
  usage(id: string): Usage | undefined;
  /** Stops a run as the Stop button does; resolves when it has ended. An unknown id is ignored. */
  stop(id: string): Promise<void>;
  /** Kills all processes of a run now; resolves when it has ended. An unknown id is ignored. */
  kill(id: string): Promise<void>;
}

/** One run of a task. All times are in milliseconds since the epoch. */
export interface Run {
  readonly id: string;
  /** The task's name. */
  readonly label: string;
  /** What was run, for people to read. */
  readonly commandLine: string;
  /** The command's process, and the id of the process group that it leads; absent until it has been started. */
  readonly pid?: number;
  readonly startedAt: number;
  readonly state: RunState;
  /** Milliseconds; 0 waits indefinitely. */
  readonly waitDelay: number;
  /** Processes that live although the run's command is gone, and those that hold its output. */
  readonly survivors: readonly Survivor[];
  /** Absent where the task does not say when it is ready. */
  readonly ready?: Ready;
  /** The TCP ports on which its processes listen, as far as they have been seen: they are looked for when output has come and stopped. */
  readonly ports: readonly number[];
  /** What a browser would show of it, on the machine where it runs: "http://localhost:3000". */
  readonly url?: string;
}

export interface Usage {
  /** CPU time in milliseconds. */
  readonly cpuMs: number;
  /** Memory in bytes, caches of files included; absent where the system counts it only process by process. */
  readonly memoryBytes?: number;
}

/** Whether a task that says when it is ready (`"ready"`) has got so far. */
export type Ready =
  | { readonly kind: "awaited" }
  /** `afterMs`: since its command was started. */
  | { readonly kind: "ready"; readonly at: number; readonly afterMs: number }
  /** It has ended before. */
  | { readonly kind: "missed" };

export type RunState =
  /** About to be started, as soon as nothing is left of the task's previous run. `restartAt`: when the pause before a restart (`"restart"`) is over. */
  | { readonly kind: "waiting"; readonly restartAt?: number }
  | { readonly kind: "running" }
  /** Asked to stop, or being killed. `killAt`: when the waitDelay is over; absent while it is not counting. */
  | { readonly kind: "stopping"; readonly since: number; readonly killAt?: number; readonly killed: boolean }
  /** The command has exited, and its output is still held, or what it has left is being stopped. `until`: when that is over. */
  | { readonly kind: "draining"; readonly since: number; readonly until?: number; readonly asked: boolean }
  | { readonly kind: "ended"; readonly at: number; readonly outcome: Outcome; readonly exitCode: number };

export interface Outcome {
  readonly kind: "couldNotStart" | "unkillable" | "exited" | "signaled" | "canceled" | "hungPipe" | "failed" | "succeeded" | "lost";
  /** For people, in a few words and in the display language: "succeeded", "stopped by SIGINT", "exited with code 3". Programs look at `kind`. */
  readonly text: string;
}

export interface Survivor {
  readonly pid: number;
  /** Its command line. */
  readonly command: string;
  /** Why it is known to belong to the run. */
  readonly evidence: readonly ("group" | "session" | "marker" | "pipe" | "descriptor" | "descent" | "contained")[];
  /** What it keeps open of the run's pipes: "stdin", "stdout", "stderr", "output on fd 9"; or "terminal". */
  readonly holds: readonly string[];
  /** The TCP ports that it listened on when it was found. */
  readonly ports: readonly number[];
  /** Whether the run started it. A process that was merely handed the run's output is listed, and never signalled by a stop. */
  readonly owned: boolean;
}
