import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { stat } from "node:fs/promises";
import type { Socket } from "node:net";
import type { CgroupPlace, Launcher } from "../base/entry";
import { entryInto, type Entry } from "./cgroupEntry";
import { commandLineOf } from "../base/commandLine";
import { checkDescriptors } from "./descriptors";
import { environRecord } from "./environ";
import { PathError, ProcessDoneError } from "./errors";
import { withoutLeakedFds } from "../base/leakedFds";
import { launchWith } from "./launcher";
import { ProcessState } from "./processState";
import { throwIfAborted, untilAborted } from "./untilAborted";

/** Attributes that only some systems know: Go's syscall.SysProcAttr. */
export interface SysProcAttr {
  /** Start the child as the leader of a session, and so of a process group, of its own (Windows: detached). */
  setsid?: boolean;
  /** Windows: the arguments make the command line as they are, separated by spaces; else each is quoted. (Go: CmdLine.) */
  verbatimArguments?: boolean;
  /** A descriptor of ours that the child, and what it starts, gets under a number above those that it expects. */
  inherited?: { readonly fd: number; readonly as: number } | undefined;
  /** Linux: the cgroup that the child enters before it executes the program; if it cannot, it runs where it is. (Go: CgroupFD.) */
  cgroup?: CgroupPlace | undefined;
  /** Windows: what starts the child in a job. Where it cannot, the child is started as any other, and put into the job then. */
  launcher?: Launcher | undefined;
}

export interface ProcAttr {
  dir: string;
  env: readonly string[];
  stdio: readonly StdioEnd[];
  /** Whether 1 and 2 have one writer: where both are "pipe", and that can be done, they are one, which keeps their order. */
  hasOneOutput?: boolean;
  sys: SysProcAttr;
  /** After its abort nothing is started. */
  signal?: AbortSignal | undefined;
}

type StdioEnd = Exclude<StdioOptions, string>[number];
type Stdio = ChildProcess["stdio"][number];

/** What keeps the numbers of a process and of its group from becoming another's, beyond the process's own end. */
export interface Keeper {
  /** Of the session that the process is in, and that this leads. */
  readonly pid: number;
  readonly hasEnded: boolean;
  readonly ended: Promise<void>;
  /** As long as somebody has this open it does not end. */
  readonly channel: Socket;
  end(): void;
}

/** A started process that belongs to us until its end has been observed: os.Process. */
export class Process {
  readonly pid: number;
  /** The leader of its session, where that is another process. */
  readonly keeper: Keeper | undefined;
  readonly #exit: Promise<ProcessState>;
  readonly #stdio: readonly Stdio[];
  #state: ProcessState | undefined;

  /**
   * @param ended resolves when the process has been reaped
   * @param stdio our sides of what was asked for as "pipe"
   * @param keeper reaps it in our place
   */
  constructor(pid: number, ended: Promise<ProcessState>, stdio: readonly Stdio[] = [], keeper?: Keeper) {
    this.pid = pid;
    this.keeper = keeper;
    this.#stdio = stdio;
    this.#exit = ended.then((state) => (this.#state = state));
  }

  /** How it ended; undefined while its pid is certainly still its own, because it has not been reaped yet, or its number is kept. */
  get state(): ProcessState | undefined {
    return this.#state;
  }

  /** Resolves when the process has ended; as often as it is asked. */
  wait(): Promise<ProcessState> {
    return this.#exit;
  }

  /**
   * Sends a signal to this process alone.
   * @throws ProcessDoneError when it has already ended, or the system's error
   */
  signal(signal: NodeJS.Signals): void {
    if (this.#state !== undefined) throw new ProcessDoneError();
    // Not ChildProcess.kill, which turns the system's reason into an event. The pid is ours: no other process can reap it.
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ESRCH") throw new ProcessDoneError();
      throw error;
    }
  }

  /** Kills this process alone, at once. */
  kill(): void {
    this.signal("SIGKILL");
  }

  /** Node's side of a pipe that was asked for as "pipe". */
  stdio(fd: number): Stdio {
    return this.#stdio[fd];
  }
}

/**
 * Starts a program: os.StartProcess.
 * @param path the program's file, with a slash
 * @param args its arguments, the first being the name that it sees itself called by
 * @throws PathError "fork/exec /p: no such file or directory", "chdir /d: no such file or directory", ...;
 *   CanceledError or DeadlineExceededError after an abort
 */
export async function startProcess(path: string, args: readonly string[], attr: ProcAttr): Promise<Process> {
  await untilAborted(checkDir(attr.dir), attr.signal);
  const { cgroup, launcher } = attr.sys;
  // Only Windows has one; asked so that the packages for other systems come without it.
  const launched = process.platform !== "win32" || launcher === undefined ? undefined : await launchWith(launcher, path, args, attr);
  if (launched !== undefined) return new Process(launched.pid, launched.ended, launched.stdio);
  const entry = cgroup === undefined ? undefined : await entryInto(cgroup, { path, args, env: attr.env, dir: attr.dir }, attr.signal);
  // Nothing may be waited for between this and the spawn: an abandoned start must not start anything later.
  throwIfAborted(attr.signal);
  const child = trySpawn(path, entry ?? { path, args, env: attr.env }, attr);
  if (isStarted(child)) {
    const ended = endOf(child);
    await launcher?.adopt(child.pid);
    return new Process(child.pid, ended, child.stdio);
  }
  // Never kill() a child that has no pid: Node would signal pid 0, our own group.
  throw new PathError("fork/exec", path, await new Promise<Error>((resolve) => child.once("error", resolve)));
}

/** @param path the program that is meant, whatever is executed to get there */
function trySpawn(path: string, executed: Entry, attr: ProcAttr): ChildProcess {
  const argv0 = executed.args[0] ?? executed.path;
  // The name of the program would be as it is, too.
  const isVerbatim = attr.sys.verbatimArguments === true;
  try {
    checkDescriptors(attr.stdio.filter((end) => end === "pipe").length);
    return spawn(executed.path, executed.args.slice(1), {
      argv0: isVerbatim && process.platform === "win32" ? commandLineOf([argv0], false) : argv0,
      cwd: attr.dir === "" ? undefined : attr.dir,
      env: environRecord(executed.env),
      stdio: withoutLeakedFds(withInherited(attr.stdio, attr.sys)),
      detached: attr.sys.setsid === true,
      windowsHide: true,
      windowsVerbatimArguments: isVerbatim,
    });
  } catch (error) {
    throw new PathError("fork/exec", path, error);
  }
}

export function withInherited(stdio: readonly StdioEnd[], { inherited }: SysProcAttr): readonly StdioEnd[] {
  if (inherited === undefined) return stdio;
  const whole = [...stdio];
  while (whole.length < inherited.as) whole.push("ignore"); // Above 2, that leaves a descriptor alone.
  whole[inherited.as] = inherited.fd;
  return whole;
}

/** The system's ENOENT does not say whether the program or its directory is missing; so the directory is looked at first. */
export async function checkDir(dir: string): Promise<void> {
  if (dir === "") return;
  try {
    if ((await stat(dir)).isDirectory()) return;
  } catch (error) {
    throw new PathError("chdir", dir, error);
  }
  throw new PathError("chdir", dir, Object.assign(new Error("ENOTDIR"), { code: "ENOTDIR" }));
}

function endOf(child: ChildProcess & { pid: number }): Promise<ProcessState> {
  // A failed kill is reported by kill() itself; the event would be an uncaught exception.
  child.on("error", () => undefined);
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(new ProcessState(child.pid, code, signal)));
  });
}

function isStarted(child: ChildProcess): child is ChildProcess & { pid: number } {
  return child.pid !== undefined;
}
