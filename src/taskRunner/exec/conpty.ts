import * as l10n from "@vscode/l10n";
import { PassThrough, Writable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import type * as nodePty from "node-pty";
import type { Pty, TerminalSize } from "./pty";
import { argumentLine } from "../base/commandLine";
import { processExists } from "../base/processExists";
import { windowsError } from "../base/windowsErrors";
import { environRecord } from "./environ";
import { PathError } from "./errors";
import { drainDescriptor, type PipeFile } from "./pipe";
import { checkDir, Process, type ProcAttr } from "./process";
import { ProcessState } from "./processState";
import { throwIfAborted, untilAborted } from "./untilAborted";

/**
 * The pseudoconsole of Windows, through node-pty. The system ties it to the program that is started in it, closes it when
 * that has ended, and has no signals: Ctrl+C is typed.
 */
export class ConPty implements Pty {
  readonly stream = new PassThrough();
  readonly keys: Writable;
  readonly #nodePty: Pick<typeof nodePty, "spawn">;
  #size: TerminalSize;
  #console: nodePty.IPty | undefined;
  #hasEnded = false;
  #looking: NodeJS.Timeout | undefined;
  #isGone = (): boolean => false;

  /** @throws Error when node-pty is not there */
  constructor(size: TerminalSize, pty?: Pick<typeof nodePty, "spawn">) {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    this.#nodePty = pty ?? (require("node-pty") as typeof nodePty);
    this.#size = size;
    this.keys = new Writable({
      decodeStrings: false,
      write: (text: string | Buffer, _encoding, done) => {
        this.#console?.write(text);
        done();
      },
    });
  }

  /** No other process can have it open. */
  get file(): PipeFile | undefined {
    return undefined;
  }

  async start(path: string, args: readonly string[], attr: Omit<ProcAttr, "stdio">): Promise<Process> {
    await untilAborted(checkDir(attr.dir), attr.signal);
    throwIfAborted(attr.signal);
    // Its own rules take an argument that begins and ends with a quotation mark for one that is quoted.
    const line = argumentLine(args.slice(1), attr.sys.verbatimArguments === true);
    try {
      const started = this.#nodePty.spawn(path, line, { cols: this.#size.columns, rows: this.#size.rows, cwd: attr.dir, env: environRecord(attr.env) });
      this.#console = started;
      const closed = this.#connect(started);
      const pid = await untilAborted(pidOf(started, closed), attr.signal, () => killLate(started, closed));
      // The helper may be busy for long: a virus scanner holds what it starts.
      const adopting = attr.sys.launcher?.adopt(pid) ?? Promise.resolve(undefined);
      const adopted = await untilAborted(adopting, attr.signal).catch((error: unknown) => {
        killLate(started, closed);
        throw error;
      });
      if (adopted !== undefined) this.#isGone = adopted.isGone;
      return new Process(pid, endOf(pid, closed, adopted?.ended));
    } catch (error) {
      // The caller closes the console, once: a second time node-pty would close what is not there any more.
      throw attr.signal?.aborted === true ? error : new PathError("fork/exec", path, error);
    }
  }

  /** @returns resolves when the console is closed, with the exit code; undefined where it was closed before node-pty knew that */
  #connect(started: nodePty.IPty): Promise<number | undefined> {
    started.onData((text) => {
      if (this.stream.write(text) || this.#hasEnded) return;
      started.pause();
      this.#looking ??= setInterval(() => this.#look(started), GONE_POLL_MS);
    });
    this.stream.on("drain", () => started.resume());
    return new Promise((resolve) => {
      started.onExit(({ exitCode }: { readonly exitCode: number | undefined }) => {
        const isLost = exitCode === undefined && started.pid > 0 && processExists(started.pid);
        // It comes after the last output.
        this.stream.end(isLost ? `\r\n${l10n.t("The connection to the console was lost: it is closed, and with it what runs there.")}\r\n` : undefined);
        // To the program it is a terminal that was closed; it may take its time.
        if (isLost) this.#console?.kill();
        release(started, this.#console === undefined || isLost || this.#isGone());
        this.#console = undefined;
        // The system has it without a sign, node-pty with one: -1073741510 for 0xc000013a.
        resolve(exitCode === undefined ? undefined : exitCode >>> 0);
      });
    });
  }

  /** While it is paused: node-pty closes the console with what has not been read for a second after the end, of which it has no event. */
  #look(started: nodePty.IPty): void {
    const isPaused = this.stream.writableNeedDrain;
    if (isPaused && runs(started)) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
    if (!isPaused) return;
    // What others go on writing to it is not held back either.
    this.#hasEnded = true;
    started.resume();
  }

  resize(size: TerminalSize): void {
    this.#size = size;
    if (size.columns > 0 && size.rows > 0) this.#console?.resize(size.columns, size.rows);
  }

  isCanonical(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  interruptsUnseen(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  closeChildEnd(): void {
    // The program has no end of its own that we would hold.
  }

  isEnd(): boolean {
    return false;
  }

  drain(deliver: (chunk: Buffer) => void): void {
    drainDescriptor(this.stream, undefined, deliver);
  }

  close(): void {
    this.#console?.kill();
    this.#console = undefined;
    this.stream.destroy();
  }
}

/** What was started by a start that was abandoned; closing its console need not end it. */
function killLate(started: nodePty.IPty, closed: Promise<unknown>): void {
  let isClosed = false;
  void closed.then(() => (isClosed = true));
  // In a later turn, when it is known whether it has ended: until then nothing else can have its pid.
  setImmediate(() => {
    if (!isClosed && runs(started)) process.kill(started.pid);
  });
}

/** What node-pty keeps to itself. */
interface Agent {
  /** Known as soon as the command has ended, and long before the console is closed. */
  readonly exitCode?: number;
  /** The thread that reads the output. */
  readonly _conoutSocketWorker?: { dispose(): void };
  readonly _inSocket?: { destroy(): void };
}

/** When it has ended, its pid may be another's. */
function runs(started: nodePty.IPty): boolean {
  return agentOf(started)?.exitCode === undefined && processExists(started.pid);
}

/**
 * node-pty keeps these when a command has ended by itself, and never closes the console.
 * @param isClosed nothing is left on it: without its input the console's host ends, and would end that too
 */
function release(started: nodePty.IPty, isClosed: boolean): void {
  const agent = agentOf(started);
  agent?._conoutSocketWorker?.dispose();
  if (isClosed) agent?._inSocket?.destroy();
}

function agentOf(started: nodePty.IPty): Agent | undefined {
  return (started as nodePty.IPty & { readonly _agent?: Agent })._agent;
}

/** How often a process is looked for whose end is not told, in milliseconds. */
const GONE_POLL_MS = 100;

/** The helper tells the exit code of a process soon after its end, if it does, in milliseconds. */
const EXIT_CODE_MS = 1000;

/** @param told the exit code, as the launcher knows it */
async function endOf(pid: number, closed: Promise<number | undefined>, told: Promise<number | undefined> | undefined): Promise<ProcessState> {
  const code = await closed;
  if (code !== undefined) return new ProcessState(pid, code, null);
  await untilGone(pid, told);
  return new ProcessState(pid, (await Promise.race([told, setTimeout(EXIT_CODE_MS, undefined, { ref: false })])) ?? null, null);
}

/** Once it has ended its pid can become another's, between two looks: so what is told of it counts. */
async function untilGone(pid: number, told: Promise<number | undefined> | undefined): Promise<void> {
  const end: { code?: number | undefined } = {};
  void told?.then((code) => (end.code = code));
  while (end.code === undefined && processExists(pid)) await setTimeout(GONE_POLL_MS);
}

/** How often node-pty is asked, in milliseconds: it has no event for it. */
const PID_POLL_MS = 5;

/**
 * node-pty starts the program when its worker is connected, up to a tenth of a second later; until then it says 0. A signal to
 * 0 would be one to our own group.
 * @throws Error when nothing was started
 */
async function pidOf(started: nodePty.IPty, closed: Promise<number | undefined>): Promise<number> {
  const end = closed.then((code) => ({ code }));
  while (started.pid <= 0) {
    const came = await Promise.race([end, setTimeout(PID_POLL_MS, undefined)]);
    if (came !== undefined && started.pid <= 0) throw startError(came.code);
  }
  return started.pid;
}

/** node-pty tells this, which is -1, where it has come to no call of the system's. */
const NO_CALL = 0xffffffff;

/** @param error node-pty tells the system's error where it else tells an exit code */
function startError(error: number | undefined): Error {
  return error === undefined || error === NO_CALL ? new Error(l10n.t("the console could not be opened")) : windowsError("CreateProcess", error);
}
