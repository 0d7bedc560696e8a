import { spawn, type ChildProcess } from "node:child_process";
import { readlinkSync } from "node:fs";
import { Socket } from "node:net";
import { basename, dirname } from "node:path";
import { withoutLeakedFds } from "../exec/leakedFds";
import type { PipeFile } from "../exec/pipe";
import type { RunPipe } from "../process/runProcess";
import type { ProcessInfo } from "../process/table";
import { WATCHDOG_SCRIPT } from "./watchdogScript";

/** How a run is stopped. */
export interface StopPlan {
  readonly cancelSignal: NodeJS.Signals | "none";
  /** Milliseconds; 0 waits indefinitely: there is no kill. */
  readonly waitDelay: number;
}

export interface WatchedPipe extends RunPipe {
  readonly file: PipeFile;
}

/**
 * The guard of one run: a shell that does nothing but wait for the end of its input, which comes when this process ends,
 * however it ends. Then it stops the run as we would have, with the same signal and the same delay.
 * Without a /bin/sh (Windows) there is none.
 */
export class Watchdog {
  readonly #child: ChildProcess | undefined;

  /**
   * @param mark the environment entry of the run
   * @param pipes the run's pipes, on our side
   */
  constructor(marker: string, plan: StopPlan, pipes: readonly WatchedPipe[]) {
    this.#child = spawnWatchdog(pipes.filter(({ kind }) => kind !== "input").map(({ file }) => file.fd));
    this.#tell(`mark ${marker}`, `signal ${plan.cancelSignal.replace(/^SIG/, "")}`, `delay ${Math.ceil(plan.waitDelay)}`);
    this.#tell(...pipes.flatMap(({ file }) => (file.name === undefined ? pipeName(file).map((name) => `pipe ${name}`) : `terminal ${file.name}`)));
  }

  /** Tells which process is the command, by its start time too. */
  watch(leader: ProcessInfo): void {
    this.#tell(`leader ${leader.pid} ${startText(leader.start)}`);
  }

  /** The run has ended: there is nothing to guard any more. */
  dismiss(): void {
    this.#tell("done");
    this.#child?.stdin?.end();
  }

  #tell(...lines: readonly string[]): void {
    if (this.#child?.stdin?.writable === true) this.#child.stdin.write(`${lines.join("\n")}\n`);
  }
}

function spawnWatchdog(outputs: readonly number[]): ChildProcess | undefined {
  if (process.platform === "win32") return undefined;
  const child = spawn("/bin/sh", ["-c", WATCHDOG_SCRIPT], {
    cwd: "/",
    // Nothing of the run's environment: the guard must not carry its mark.
    env: { PATH: process.env["PATH"], LC_ALL: "C" },
    stdio: withoutLeakedFds(["pipe", "ignore", "ignore", ...outputs]),
    detached: true,
  });
  // A guard that cannot be started, or was killed, leaves the run unguarded; the journal still knows of it.
  child.on("error", () => undefined);
  child.stdin?.on("error", () => undefined);
  // It is not what keeps this process from ending: on the contrary.
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}

/** As the guard's script sees start times: clock ticks on Linux, the date that `ps` prints elsewhere. */
function startText(start: number): string {
  if (process.platform === "linux") return String(start);
  const date = new Date(start * 1000);
  const [day, month] = [date.toDateString().slice(0, 3), date.toDateString().slice(4, 7)];
  return `${day} ${month} ${date.getDate()} ${date.toTimeString().slice(0, 8)} ${date.getFullYear()}`;
}

/** The last two parts of the name that /proc shows for a pipe whose name is gone; they are ours alone, and hold no blanks. */
function pipeName({ fd }: PipeFile): string[] {
  try {
    const path = readlinkSync(`/proc/self/fd/${fd}`).replace(/ \(deleted\)$/, "");
    return [`${basename(dirname(path))}/${basename(path)}`];
  } catch {
    return [];
  }
}
