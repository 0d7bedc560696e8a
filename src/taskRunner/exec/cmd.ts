import { resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { ByteBuffer, PrefixSuffixSaver } from "./buffer";
import { systemClock, type Clock } from "../base/clock";
import type { Source, Writer } from "./copiers";
import { Delay } from "./delay";
import { commandEnviron } from "./environ";
import { ExecError, ExitError, isProcessDone, WaitDelayError, WrappedError } from "./errors";
import { fifoStock } from "./fifo";
import { hasSlash, lookPath, reach } from "./lookPath";
import type { PipeFile } from "./pipe";
import type { Pty } from "./pty";
import { startProcess, type ProcAttr, type Process, type SysProcAttr } from "./process";
import type { ProcessState } from "./processState";
import { StandardStreams } from "./standardStreams";
import { throwIfAborted, untilAborted } from "./untilAborted";
import { Watch } from "./watch";

export interface CmdOptions {
  /** Stands for Go's context: its abort cancels the command; a reason named "TimeoutError" makes that a deadline. */
  signal?: AbortSignal;
  /** Milliseconds; see `Cmd.waitDelay`. */
  waitDelay?: number;
  /** Where the time comes from. */
  clock?: Clock;
}

/**
 * A command that is being prepared or run: Go's os/exec.Cmd. It can be started once.
 *
 * Known differences from Go: Node reaps children by itself, so a cancel after the exit but before `wait` finds the
 * process done; `wait` does not hang on a writer that never returns; closing an output pipe when the delay expires first
 * takes out what had already been written; a program without a known format is run by /bin/sh (execvp), where Go fails; of
 * an aborted signal and a name that PATH does not have, Go's Start reports the second; a process that died of a signal which
 * Node has no name for, such as a real-time signal, looks as if it had exited with 0 (on pipes; see ProcessState).
 */
export class Cmd {
  /** The program. A name without a slash is looked up in PATH by `start`, which then puts the found path here. */
  path: string;
  /** The arguments, the first being the name that the program sees itself called by. */
  args: string[];
  /** The working directory; "" is this process's own. */
  dir = "";
  /** "KEY=value" entries, of duplicates the last one counts; undefined is this process's own environment. */
  env: readonly string[] | undefined;
  /** null = /dev/null; a number = that file descriptor, handed over; else a pipe and a copier that `wait` joins. */
  stdin: Source | number | null = null;
  /**
   * null = /dev/null; a number = that file descriptor, handed over and never waited for; a writer = a pipe and a copier
   * that `wait` joins. The same writer as in `stderr` means one pipe for both, so that their order is kept.
   */
  stdout: Writer | number | null = null;
  /** As `stdout`. */
  stderr: Writer | number | null = null;
  /** File descriptors that the child gets as 3, 4, ... */
  extraFiles: readonly number[] = [];
  sysProcAttr: SysProcAttr = {};
  /**
   * Not in Go: a terminal of the command's own, as its stdin, stdout and stderr, in a session of its own; what is written to
   * it goes to `stdout`. From the start on it belongs to the command, which closes it.
   */
  pty: Pty | undefined;
  /** See CmdOptions. */
  readonly signal: AbortSignal | undefined;
  /**
   * Called once when the signal is aborted while the command runs; by default (with a signal) it kills the process.
   * If the command then exits with 0, `wait` throws what the cancel threw, or CanceledError / DeadlineExceededError;
   * unless the cancel throws ProcessDoneError, which says that it came too late. null: an abort does nothing by itself,
   * but starts the waitDelay.
   */
  cancel: (() => void | Promise<void>) | null;
  /**
   * Milliseconds that `wait` grants for two things: a process to exit after the cancel (counted from the cancel's
   * return), and its output to be closed after its exit. Whichever comes first starts the one timer. When it expires,
   * the process is killed, then the pipes are closed. 0 (the default) waits indefinitely.
   */
  waitDelay: number;
  /** The timer of the waitDelay, if the caller owns it; else `start` makes one and `wait` stops it. */
  delay: Delay | undefined;
  /**
   * Not in Go: what to do when the delay expires, be it before the process has ended (the default is then to kill it)
   * or while its output is still held (then by default nothing); the pipes are closed afterwards.
   */
  terminate: (() => void | Promise<void>) | undefined;
  /**
   * Not in Go: the leader of a terminal's session (`process.keeper`), whose end hangs up on who is left in its foreground, is ended
   * by the caller. By default `wait` ends it.
   */
  leavesKeeper = false;
  /** Not in Go: called in the moment in which the process has been started, before an abort can act on it. */
  onStart: ((started: Process) => void) | undefined;
  /** The process, once started. */
  process: Process | undefined;
  /** How it ended, once waited for. */
  processState: ProcessState | undefined;

  readonly #clock: Clock;
  readonly #streams = new StandardStreams();
  #watch: Watch | undefined;
  #startCalled = false;
  #waitCalled = false;
  #ownsDelay = false;

  /**
   * @param name the program: a path, or a name to look up in PATH
   * @param args its arguments, without its name
   */
  constructor(name: string, args: readonly string[] = [], options: CmdOptions = {}) {
    this.path = name;
    this.args = [name, ...args];
    this.signal = options.signal;
    this.waitDelay = options.waitDelay ?? 0;
    this.#clock = options.clock ?? systemClock;
    this.cancel = options.signal === undefined ? null : () => this.process?.kill();
  }

  /** The program and its arguments, separated by spaces, for people to read. */
  toString(): string {
    return [this.path, ...this.args.slice(1)].join(" ");
  }

  /** The environment that the command gets, as "KEY=value" entries. */
  environ(): string[] {
    return commandEnviron(this.env, this.dir);
  }

  /** The pipe on this descriptor of the command, as the system knows it in every process that has it open; while it is open here. */
  pipeFile(fd: 0 | 1 | 2): PipeFile | undefined {
    return this.#streams.file(fd);
  }

  /** Not in Go: why its streams are pairs of sockets instead of pipes; undefined when they are pipes. To be asked after the start. */
  get pipeProblem(): string | undefined {
    return process.platform !== "win32" && this.#streams.hasSockets ? fifoStock.problem : undefined;
  }

  /** Not in Go: resolves when a writer has failed. Nothing reads what the command writes to it from then on, so that it gets EPIPE or SIGPIPE. */
  get outputFailed(): Promise<unknown> {
    return this.#streams.outputFailed;
  }

  /**
   * Not in Go: for a command that has exited, whether another process holds its output open. Resolves when that is certain: as soon as
   * all that the command has written has been taken by its writers, or its output has ended.
   */
  async isOutputHeld(): Promise<boolean> {
    return await this.#streams.copiers.areHeld();
  }

  /**
   * Starts the command without waiting for it. Nothing is started when the signal is already aborted. An abort before the
   * spawn ends the start at once, even while it hangs (the program or the folder is on a mount that does not answer).
   * @throws Error for a misuse, LookPathError, PathError, CanceledError or DeadlineExceededError
   */
  async start(): Promise<void> {
    if (this.#startCalled) throw new ExecError("exec: already started");
    this.#startCalled = true;
    try {
      await this.#start();
    } catch (error) {
      this.#closePipes();
      throw error;
    }
    this.#streams.closeChildEnds();
  }

  /**
   * Waits for the process to end and for all copying to be done, and releases everything that belongs to the command.
   * @throws in this order of precedence: ExitError; CanceledError, DeadlineExceededError or what the cancel threw;
   *   WaitDelayError; an error while copying. Or, for a misuse, an Error.
   */
  async wait(): Promise<void> {
    if (this.process === undefined) throw new ExecError("exec: not started");
    if (this.#waitCalled) throw new ExecError("exec: Wait was already called");
    this.#waitCalled = true;
    const state = await this.process.wait();
    this.processState = state;
    const failure = state.success() ? undefined : new ExitError(state);
    const interruption = await this.#watch?.handOver();
    const copying = await this.#awaitCopiers();
    if (this.#ownsDelay) this.delay?.stop();
    this.#closePipes();
    if (!this.leavesKeeper) this.process.keeper?.end();
    const error = failure ?? interruption ?? copying;
    if (error !== undefined) throw error;
  }

  /** Starts the command and waits for it. */
  async run(): Promise<void> {
    await this.start();
    await this.wait();
  }

  /**
   * Runs the command and returns its standard output. If `stderr` is null, its first and last 32 KiB are kept in the
   * ExitError. The error's `output` has what was collected.
   */
  async output(): Promise<Buffer> {
    this.#refuseIfSet(1);
    const collected = new ByteBuffer();
    const kept = this.stderr === null && !this.#streams.has(2) ? new PrefixSuffixSaver(32 << 10) : undefined;
    this.stdout = collected;
    this.stderr ??= kept ?? null;
    return await this.#collect(collected, kept);
  }

  /** Runs the command and returns its standard output and standard error, in their order. */
  async combinedOutput(): Promise<Buffer> {
    this.#refuseIfSet(1);
    this.#refuseIfSet(2);
    const collected = new ByteBuffer();
    this.stdout = collected;
    this.stderr = collected;
    return await this.#collect(collected, undefined);
  }

  /** A stream into the command's standard input, which `wait` closes after the exit. End it to give the end of file. */
  async stdinPipe(): Promise<Writable> {
    this.#refuseIfSet(0);
    if (this.#startCalled) throw new ExecError("exec: StdinPipe after process started");
    return (await this.#streams.makeInput()).stream;
  }

  /** A stream of the command's standard output. `wait` closes it after the exit: read it to its end before that. */
  async stdoutPipe(): Promise<Readable> {
    this.#refuseIfSet(1);
    if (this.#startCalled) throw new ExecError("exec: StdoutPipe after process started");
    return (await this.#streams.makeOutput(1)).stream;
  }

  /** As `stdoutPipe`, of the standard error. */
  async stderrPipe(): Promise<Readable> {
    this.#refuseIfSet(2);
    if (this.#startCalled) throw new ExecError("exec: StderrPipe after process started");
    return (await this.#streams.makeOutput(2)).stream;
  }

  async #start(): Promise<void> {
    if (this.path === "") throw new ExecError("exec: no command");
    await this.#findProgram();
    if (this.cancel !== null && this.signal === undefined) {
      throw new ExecError("exec: command with a non-nil Cancel was not created with CommandContext");
    }
    throwIfAborted(this.signal);
    this.process = await (this.pty === undefined ? this.#startOnPipes() : this.#startOn(this.pty));
    this.onStart?.(this.process);
    this.#streams.connect(this.process, this, this.pty);
    this.#startWatch(this.process);
  }

  async #startOnPipes(): Promise<Process> {
    const stdio = [...(await this.#streams.childEnds(this, this.signal)), ...this.extraFiles];
    return await startProcess(this.path, this.args, { ...this.#attributes(), stdio, hasOneOutput: this.stdout !== null && this.stdout === this.stderr });
  }

  async #startOn(pty: Pty): Promise<Process> {
    return await pty.start(this.path, this.args, this.#attributes());
  }

  #attributes(): Omit<ProcAttr, "stdio"> {
    return { dir: this.dir, env: this.environ(), sys: this.sysProcAttr, signal: this.signal };
  }

  async #findProgram(): Promise<void> {
    if (!hasSlash(this.path) || process.platform === "win32") this.path = await untilAborted(lookPath(this.path), this.signal);
    // Where the file's mount does not answer, this waits in a thread of the pool; the spawn would block the event loop.
    else await untilAborted(reach(resolve(this.dir, this.path)), this.signal);
  }

  #refuseIfSet(fd: 0 | 1 | 2): void {
    const name = (["stdin", "stdout", "stderr"] as const)[fd];
    if (this[name] === null && !this.#streams.has(fd)) return;
    throw new ExecError(`exec: ${name[0]?.toUpperCase() ?? ""}${name.slice(1)} already set`);
  }

  #startWatch(started: Process): void {
    this.#ownsDelay = this.delay === undefined;
    const delay = (this.delay ??= new Delay(this.waitDelay, this.#clock));
    // A delay that the caller owns can expire even if it is 0: see Delay.expireNow.
    const canExpire = delay.ms !== 0 || !this.#ownsDelay;
    if (this.signal === undefined || (this.cancel === null && !canExpire)) return;
    this.#watch = new Watch({
      signal: this.signal,
      cancel: this.cancel,
      delay,
      copiers: this.#streams.copiers,
      terminate: () => (this.terminate ?? (() => started.kill()))(),
    });
  }

  async #awaitCopiers(): Promise<Error | undefined> {
    const { delay } = this;
    if (delay === undefined || this.#streams.copiers.allDone) return this.#streams.copiers.error;
    delay.start();
    const first = await Promise.race([delay.expired, this.#streams.copiers.done().then(() => "done" as const)]);
    if (first === "done") return this.#streams.copiers.error;
    const error = await this.#terminateHolders();
    this.#streams.copiers.close();
    return error ?? new WaitDelayError();
  }

  async #terminateHolders(): Promise<Error | undefined> {
    try {
      await this.terminate?.();
      return undefined;
    } catch (error) {
      // The process is done, indeed: a signal to it is refused with that.
      return isProcessDone(error) ? undefined : new WrappedError("exec: killing Cmd", error);
    }
  }

  #closePipes(): void {
    this.#streams.close();
    this.pty?.close();
  }

  async #collect(collected: ByteBuffer, kept: PrefixSuffixSaver | undefined): Promise<Buffer> {
    try {
      await this.run();
      return collected.bytes();
    } catch (error) {
      if (error instanceof ExitError && kept !== undefined) error.stderr = kept.bytes();
      if (error instanceof ExecError) error.output = collected.bytes();
      throw error;
    }
  }
}
