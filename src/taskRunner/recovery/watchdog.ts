import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { readlinkSync } from "node:fs";
import { Socket } from "node:net";
import { basename, dirname } from "node:path";
import { checkDescriptors } from "../exec/descriptors";
import { withoutLeakedFds } from "../base/leakedFds";
import type { PipeFile } from "../exec/pipe";
import type { Keeper } from "../exec/process";
import type { RunPipe } from "../process/runProcess";
import script from "./watchdog.sh";

/** How a run is stopped. */
export interface StopPlan {
  readonly cancelSignal: NodeJS.Signals | "none";
  /** Whether the user has chosen the signal: then there is no other. */
  readonly isSignalNamed: boolean;
  /** What is typed on the run's terminal instead of the signal. */
  readonly cancelInput?: string | undefined;
  /** Milliseconds; 0 waits indefinitely: there is no kill. */
  readonly waitDelay: number;
}

export interface WatchedPipe extends RunPipe {
  readonly file: PipeFile;
}

export interface WatchedRun {
  /** The environment entry that its processes inherit. */
  readonly marker: string;
  /** In the unit of the process table: nothing older belongs to the run. */
  readonly since: number;
  readonly plan: StopPlan;
  /** The run's pipes, on our side. */
  readonly pipes: readonly WatchedPipe[];
  /** What leads the session of the run's command in its place. */
  readonly keeper?: Keeper | undefined;
  /** The file that all its processes inherit. */
  readonly markerFile?: { readonly fd: number } | undefined;
  /** What keeps its processes together. */
  readonly container?: { readonly folder?: string } | undefined;
}

/** Start times are told to the script as numbers only where it sees them as numbers. */
const hasTicks = process.platform === "linux";

/**
 * The watchdog of one run: a shell that does nothing but wait for the end of its input, which comes when this process ends,
 * however it ends. Then it stops the run as we would have, with the same signal and the same delay.
 * Without a /bin/sh (Windows) there is none.
 */
export class Watchdog {
  readonly #child: ChildProcess | undefined;

  constructor({ marker, since, plan, pipes, keeper, markerFile, container }: WatchedRun) {
    this.#child = spawnWatchdog(pipes.filter(({ kind }) => kind !== "input").map(({ file }) => file.fd), keeper);
    this.#tell(`marker ${marker}`, `signal ${plan.cancelSignal.replace(/^SIG/, "")}`, `delay ${Math.ceil(plan.waitDelay)}`);
    if (plan.cancelInput !== undefined) this.#tell(`type ${octal(plan.cancelInput)}`);
    if (!plan.isSignalNamed && plan.cancelSignal === "SIGINT") this.#tell("insist");
    if (hasTicks) this.#tell(`since ${since}`);
    if (container?.folder !== undefined) this.#tell(`cgroup ${container.folder}`);
    this.#tell(...pipes.flatMap(pipeLines));
    // Whoever has it open, in whatever way, belongs to the run.
    if (markerFile !== undefined) this.#tell(...pipeName(markerFile).map((name) => `input ${name}`));
  }

  /**
   * Tells which process is the command.
   * @param start undefined while it is not known
   */
  watch(pid: number, start: number | undefined): void {
    this.#tell(`leader ${pid}${start === undefined ? "" : ` ${startText(start)}`}`);
  }

  /**
   * Tells what keeps the numbers of the command's group and session.
   * @param start undefined while it is not known
   */
  kept(pid: number, start: number | undefined): void {
    this.#tell(`keeper ${pid}${start === undefined ? "" : ` ${startText(start)}`}`);
  }

  /** Promises a call of `reaped`: until then no other process can have the command's pid, nor its group's number. */
  unreaped(): void {
    this.#tell("unreaped");
  }

  /**
   * The command has been reaped.
   * @param at in the unit of the process table
   * @param groupOutlived whether its group existed in that moment
   */
  reaped(at: number, groupOutlived: boolean): void {
    this.#tell(`reaped ${hasTicks ? at : "-"} ${groupOutlived ? "yes" : "no"}`);
  }

  /** Its own process; undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Nothing reads the run's output any more: it lets go of it too, so that who writes to it gets EPIPE and does not block. */
  closeOutput(): void {
    this.#tell("closed");
  }

  /** The run has ended: there is nothing to watch any more. */
  dismiss(): void {
    this.#tell("done");
    this.#child?.stdin?.end();
  }

  #tell(...lines: readonly string[]): void {
    if (lines.length > 0 && this.#child?.stdin?.writable === true) this.#child.stdin.write(`${lines.join("\n")}\n`);
  }
}

/** The descriptor on which the script has the keeper's channel. */
const CHANNEL_FD = 9;

/** A watchdog that cannot be started, or was killed, leaves the run unwatched; the journal still knows of it. */
function spawnWatchdog(outputs: readonly number[], keeper: Keeper | undefined): ChildProcess | undefined {
  if (process.platform === "win32") return undefined;
  const stdio: Exclude<StdioOptions, string>[number][] = ["pipe", "ignore", "ignore", ...outputs];
  if (keeper !== undefined && !keeper.hasEnded) {
    while (stdio.length < CHANNEL_FD) stdio.push("ignore"); // Above 2, that leaves a descriptor alone.
    stdio[CHANNEL_FD] = keeper.channel;
  }
  const child = trySpawn(stdio);
  // Node stops reading from what it has handed to a child.
  keeper?.channel.resume();
  if (child === undefined) return undefined;
  child.on("error", () => undefined);
  child.stdin?.on("error", () => undefined);
  // It is not what keeps this process from ending: on the contrary.
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}

function trySpawn(stdio: readonly Exclude<StdioOptions, string>[number][]): ChildProcess | undefined {
  try {
    checkDescriptors(1);
    return spawn("/bin/sh", ["-c", script], {
      cwd: "/",
      // Nothing of the run's environment: the watchdog must not carry its marker.
      env: { PATH: process.env["PATH"], LC_ALL: "C" },
      stdio: withoutLeakedFds(stdio),
      detached: true,
    });
  } catch {
    return undefined;
  }
}

/** As the `printf` of every shell takes any bytes. */
function octal(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\0${byte.toString(8).padStart(3, "0")}`).join("");
}

/** As the script sees start times: clock ticks on Linux, the date that `ps` prints elsewhere, in one word. */
function startText(start: number): string {
  if (hasTicks) return String(start);
  const date = new Date(start * 1000);
  const [day, month] = [date.toDateString().slice(0, 3), date.toDateString().slice(4, 7)];
  return [day, month, date.getDate(), date.toTimeString().slice(0, 8), date.getFullYear()].join("_");
}

function pipeLines({ kind, file }: WatchedPipe): string[] {
  if (file.name !== undefined) return [`terminal ${file.name}`];
  return pipeName(file).map((name) => `${kind === "input" ? "input" : "pipe"} ${name}`);
}

/**
 * The last two parts of the name that /proc shows for a pipe whose name is gone; they are ours alone, and hold no blanks. One that
 * never had a name has its inode for a name.
 */
function pipeName({ fd }: Pick<PipeFile, "fd">): string[] {
  try {
    const path = readlinkSync(`/proc/self/fd/${fd}`).replace(/ \(deleted\)$/, "");
    return [path.startsWith("pipe:[") ? path : `${basename(dirname(path))}/${basename(path)}`];
  } catch {
    return [];
  }
}
