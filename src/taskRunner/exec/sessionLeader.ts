import { spawn, type ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { deferred } from "../base/deferred";
import { PathError } from "./errors";
import { withoutLeakedFds } from "../base/leakedFds";
import { checkDir, Process, withInherited, type ProcAttr } from "./process";
import { ProcessState } from "./processState";
import script from "./sessionLeader.pl";
import { signalOf } from "./signals";
import { throwIfAborted, untilAborted } from "./untilAborted";

/** How long after an abort the answer of a start that is under way is waited for, in milliseconds. */
const ANSWER_MS = 1000;

/** What ioctl(2) calls it: TIOCSCTTY, TIOCSPGRP, TCGETS, TCSETS; 0 where it is not known. */
const LINUX = [0x540e, 0x5410, 0x5401, 0x5402];
const LINUX_AS_BSD = [0x540e, 0x80047476, 0, 0];
const DARWIN = [0x20007461, 0x80047476, 0x40487413, 0x80487414];

/** The number of the call wait4(2); 0 where it is not known. */
const WAIT4 = process.platform === "darwin" ? 7 : ({ x64: 61, arm64: 260, riscv64: 260, loong64: 260, ia32: 114, arm: 114, ppc64: 114, s390x: 114 }[process.arch as string] ?? 0);

/** The number of the call clone3(2), which perl can make where its numbers have 64 bits; 0 elsewhere. */
const CLONE3 = process.platform === "linux" && ["x64", "arm64", "riscv64", "loong64"].includes(process.arch) ? 435 : 0;

/**
 * The leader of a session with a terminal in which one command runs, as a job in a shell: a small process that outlives the
 * command until `end` is called. When the leader of a session exits, the kernel hangs up on whoever has the terminal, be they
 * cleaning up or not; so it must not be the command. Until its own end neither the number of its session nor that of the
 * command's group can become another's.
 */
export class SessionLeader {
  readonly pid: number;
  /** Its input: it lives as long as somebody has this open, and `end` has not been called. */
  readonly channel: Socket;
  /** Resolves when it has ended, and been reaped. */
  readonly ended: Promise<void>;
  #hasEnded = false;

  constructor(child: ChildProcess & { readonly pid: number }, channel: Socket) {
    this.pid = child.pid;
    this.channel = channel;
    this.ended = new Promise((resolve) => {
      child.once("exit", () => {
        this.#hasEnded = true;
        resolve();
      });
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Lets it go, and with it the terminal: as soon as the command has ended. */
  end(): void {
    // Not destroyed: others may have it open too.
    this.channel.end();
  }
}

/**
 * Starts a program as the only job of a session leader.
 * @param terminal the name of the program's terminal, which is nobody's controlling terminal yet
 * @returns undefined where no session leader can be had (a perl that does not work)
 * @throws as startProcess
 */
export async function startOnTerminal(interpreter: string, terminal: string, path: string, args: readonly string[], attr: Omit<ProcAttr, "stdio">): Promise<Process | undefined> {
  const { folder, mover = [] } = attr.sys.cgroup ?? { folder: "" };
  const fields = [terminal, folder, String(mover.length), ...mover, path, String(args.length), ...args, ...attr.env];
  if (fields.some((field) => field.includes("\0"))) throw new PathError("fork/exec", path, Object.assign(new Error("EINVAL"), { code: "EINVAL" }));
  await untilAborted(checkDir(attr.dir), attr.signal);
  // Nothing may be waited for between this and the spawn: an abandoned start must not start anything later.
  throwIfAborted(attr.signal);
  const child = spawn(interpreter, ["-e", script, ...[...ioctls(), WAIT4, CLONE3, constants.signals.SIGCHLD, constants.signals.SIGTSTP, attr.sys.inherited?.as ?? 0].map(String)], {
    cwd: attr.dir === "" ? undefined : attr.dir,
    // Nothing of the command's environment: it could change what perl does, and the marker of the run is for the run's own.
    env: { PATH: process.env["PATH"], LC_ALL: "C" },
    stdio: withoutLeakedFds(withInherited(["ignore", "ignore", "ignore", "pipe"], attr.sys)),
    detached: true,
  });
  child.on("error", () => undefined);
  const channel = child.stdio[3] as Socket | null | undefined;
  if (!hasPid(child) || channel == null) return undefined;
  const start = new Start(new SessionLeader(child, channel), path);
  const bytes = Buffer.from(fields.map((field) => `${field}\0`).join(""));
  channel.write(String(bytes.length).padStart(10, "0"));
  channel.write(bytes);
  return await startedBeforeAbort(start, attr.signal);
}

/**
 * Once the program may have been started it is not given up: what comes of the start is to be stopped with everything that it has
 * started itself. Only where no answer comes (an executable on a mount that hangs) is it killed unseen.
 */
async function startedBeforeAbort(start: Start, signal: AbortSignal | undefined): Promise<Process | undefined> {
  if (signal === undefined) return await start.started;
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const aborted = (): void => {
    timer = setTimeout(() => late.abort(signal.reason), ANSWER_MS);
  };
  if (signal.aborted) aborted();
  else signal.addEventListener("abort", aborted, { once: true });
  try {
    return await untilAborted(start.started, late.signal);
  } catch (error) {
    if (late.signal.aborted) start.abandon();
    throw error;
  } finally {
    signal.removeEventListener("abort", aborted);
    clearTimeout(timer);
  }
}

function ioctls(): readonly number[] {
  if (process.platform !== "linux") return DARWIN;
  return /^(mips|ppc|sparc)/.test(process.arch) ? LINUX_AS_BSD : LINUX;
}

/** What a session leader tells of the start and the end of its command. */
class Start {
  /** Resolves with undefined when the session leader has ended and has not started anything. */
  readonly started: Promise<Process | undefined>;
  readonly #leader: SessionLeader;
  readonly #path: string;
  readonly #answer = deferred<Process | undefined>();
  readonly #exit = deferred<ProcessState>();
  #failure: Error | undefined;
  #pid: number | undefined;
  #told = "";

  constructor(leader: SessionLeader, path: string) {
    this.#leader = leader;
    this.#path = path;
    this.started = this.#answer.promise.then((started) => {
      if (this.#failure !== undefined) throw this.#failure;
      return started;
    });
    leader.channel.setEncoding("latin1");
    leader.channel.on("error", () => undefined);
    leader.channel.on("data", (text: string) => this.#read(text));
    void leader.ended.then(() => this.#leaderEnded());
  }

  /** The program is not wanted any more, and may be starting: its group first, which the leader keeps. */
  abandon(): void {
    if (this.#leader.hasEnded) return;
    for (const group of [this.#pid, this.#leader.pid]) {
      try {
        if (group !== undefined) process.kill(-group, "SIGKILL");
      } catch {
        // It has ended.
      }
    }
  }

  #read(text: string): void {
    const lines = (this.#told + text).split("\n");
    this.#told = lines.pop() ?? "";
    for (const line of lines) this.#heed(line);
  }

  #heed(line: string): void {
    const [word, value] = line.split(" ");
    const number = Number(value);
    if (word === "pid") this.#pid = number;
    if (word === "failed") this.#fail(number);
    if (word === "started" && this.#pid !== undefined) this.#answer.resolve(new Process(this.#pid, this.#exit.promise, [], this.#leader));
    if (word === "exited" && this.#pid !== undefined) this.#exit.resolve(stateOf(this.#pid, number));
  }

  #fail(errno: number): void {
    const code = getSystemErrorName(-errno);
    this.#failure = new PathError("fork/exec", this.#path, Object.assign(new Error(code), { code }));
    this.#leader.end();
    this.#answer.resolve(undefined);
  }

  /** What it has told last may still be on its way. */
  #leaderEnded(): void {
    const over = (): void => {
      this.#answer.resolve(undefined);
      // Somebody has killed it: the terminal has been hung up.
      this.#exit.resolve(new ProcessState(this.#pid ?? 0, null, "SIGKILL"));
    };
    const { channel } = this.#leader;
    if (channel.readableEnded || channel.destroyed) over();
    else channel.once("close", over);
  }
}

/** As waitpid(2) gives it. */
function stateOf(pid: number, status: number): ProcessState {
  const signal = status & 0x7f;
  return signal === 0 ? new ProcessState(pid, status >> 8, null) : new ProcessState(pid, null, signalOf(signal));
}

function hasPid(child: ChildProcess): child is ChildProcess & { pid: number } {
  return child.pid !== undefined;
}
