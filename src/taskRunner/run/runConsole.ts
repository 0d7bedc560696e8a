import type { Timer } from "../base/clock";
import type { TerminalSize } from "../exec/pty";
import type { RunningCommand } from "./runningCommand";
import type { RunState, StopReason } from "./state";
import type { OutputListener } from "./tap";

/** What a program does with a Ctrl+C that it wants for itself, or with a second one, shows within this time, in milliseconds. */
const SETTLE_MS = 200;
/** How long the stage that a program has for a second Ctrl+C may take, in milliseconds, before it is killed. */
const STAGE_MS = 2000;
/** What a Ctrl+C on pipes has led to can have been read after this time, in milliseconds: then a second one is meant to kill. */
const READ_MS = 300;
/** Until the screen tells its own. */
const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 };

export interface RunConsoleOptions {
  readonly command: () => RunningCommand | undefined;
  readonly state: () => RunState["kind"];
  /** Whether Ctrl+C may stop the run at all, where it reaches the program as a key. */
  readonly ctrlCStops: boolean;
  readonly stop: (reason: StopReason) => void;
  /** A timer that the run cancels when it ends. */
  readonly after: (ms: number, callback: () => void) => Timer;
}

/** The user's keyboard and window, as the command of a run has them. */
export class RunConsole implements OutputListener {
  size = USUAL_SIZE;
  readonly #options: RunConsoleOptions;
  #settling: Timer | undefined;
  #presses = 0;
  /** A Ctrl+C has gone to the program's terminal. */
  #hasInterrupted = false;
  /** To be told when the terminal echoes the last one; undefined once it has. */
  #echoed: (() => void) | undefined;
  /** The terminal is being asked what it has made of one. */
  #isNoting = false;
  /** A Ctrl+C has stopped the run. */
  #hasStopped = false;
  /** The program has answered the last Ctrl+C with a question, and nothing has been typed since. */
  #isAsking = false;
  /** A Ctrl+C that came during a stop, and may be a stage of the program's own. */
  #insisting: Timer | undefined;
  /** What that is waited for: what the program makes of it at once, or the stage that it has for it. */
  #stage: "settling" | "own" | undefined;
  /** A Ctrl+C has acted just now. */
  #unread: Timer | undefined;

  constructor(options: RunConsoleOptions) {
    this.#options = options;
  }

  /** Whether the command has a terminal of its own; undefined until it is known. */
  get hasTerminal(): boolean | undefined {
    const command = this.#options.command();
    return command === undefined ? undefined : command.pty !== undefined;
  }

  /** Whether an end of the command now is due to a Ctrl+C. */
  get isInterrupting(): boolean {
    return this.#settling !== undefined;
  }

  /** The screen has another size. */
  resize(size: TerminalSize): void {
    this.size = size;
    this.#options.command()?.pty?.resize(size);
  }

  /** Feeds the process's standard input, or its terminal, where Ctrl+C is a key like any other as long as the command lives. */
  write(data: string): void {
    const command = this.#options.command();
    if (data !== "\x03") this.#isAsking = false;
    // At a prompt the shell would have the terminal again: who is left gets no SIGINT of it.
    else if (command?.process?.state !== undefined) return;
    else if (command?.pty !== undefined && this.#options.ctrlCStops && this.#options.state() === "running") void this.#noteInterrupt(command);
    command?.write(data);
  }

  /** Whether the terminal has made a SIGINT of the key. In doubt it has not: to be asked twice is better than never. */
  async #noteInterrupt(command: RunningCommand): Promise<void> {
    // A key that is held down comes faster than the answer, and what has got the first SIGINT has got one.
    if (this.#isNoting) return;
    this.#isNoting = true;
    const tell = command.processes?.interrupted() ?? ((): void => undefined);
    this.#echoed = () => tell(true);
    // A program that has read the key itself may have given the terminal its usual mode back before: then no echo has come.
    const isUnseen = await command.interruptsUnseen();
    this.#isNoting = false;
    if (isUnseen === undefined) return;
    tell(isUnseen);
    // One that reads the keys itself may show them, and over a network (ssh, docker exec) only later.
    this.#echoed = undefined;
  }

  /** See `OutputListener`. */
  wrote(chunk: Uint8Array): void {
    if (this.#echoed === undefined) return;
    // The key itself with "stty -echoctl".
    if (!chunk.includes(3) && !Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).includes("^C")) return;
    this.#echoed();
    this.#echoed = undefined;
  }

  /** Gives the process the end of its standard input, if that is a pipe. */
  endInput(): void {
    this.#options.command()?.endInput();
  }

  /**
   * Ctrl+C was typed. On pipes that is a Stop. In a terminal it has reached the program, as a key or as a SIGINT. A little
   * later either the command has ended; or it reads the keys itself (an editor, a prompt, a watcher with keys), asks a question
   * ("Shut down (y/n)?") or was a shell's job, and all is well; or it has ignored the SIGINT: then the run is stopped, and killed at
   * the waitDelay's end. A second one is a kill, after the program has had a moment for what a second one means to it.
   */
  interrupt(): void {
    const { state, ctrlCStops, after } = this.#options;
    if (this.hasTerminal === true && !ctrlCStops) return;
    // Before the command is there, and after its end, the terminal has no process to send a SIGINT to.
    if (this.hasTerminal === true && state() === "running") {
      this.#presses++;
      this.#hasInterrupted = true;
      this.#settling ??= after(SETTLE_MS, () => void this.#settle());
    } else if (this.hasTerminal === true && (state() === "stopping" || this.#hasStopped)) this.#insist();
    else this.#stop();
  }

  /**
   * The run is being stopped, and shall not take its time; where the program does not do that itself, it is killed. One that handles
   * SIGINT has a stage of its own for a second one (celery, gunicorn), or goes on cleaning up; a third Ctrl+C waits for neither.
   */
  #insist(): void {
    if (this.#stage === "settling") return;
    const isThird = this.#stage === "own";
    this.#insisting?.cancel();
    this.#stage = "settling";
    this.#insisting = this.#options.after(SETTLE_MS, () => {
      if (isThird) this.#kill();
      else void this.#grantStage();
    });
  }

  async #grantStage(): Promise<void> {
    const handles = (await this.#options.command()?.processes?.handlesInterrupt()) ?? false;
    if (!handles) this.#kill();
    else if (this.#stage === "settling") {
      this.#stage = "own";
      this.#insisting = this.#options.after(STAGE_MS, () => this.#kill());
    }
  }

  #kill(): void {
    this.#stage = undefined;
    if (this.#options.state() !== "ended") this.#options.stop({ kind: "interrupted" });
  }

  /** Two presses arrive together when this process was busy: the second was made before the first one's effect could be seen. */
  #stop(): void {
    if (this.#unread !== undefined) return;
    const { stop, after } = this.#options;
    this.#unread = after(READ_MS, () => (this.#unread = undefined));
    this.#hasStopped = true;
    // What is left of a command that a Ctrl+C has ended may have got that, too, and be cleaning up.
    stop({ kind: this.#hasInterrupted ? "interrupted" : "user" });
  }

  async #settle(): Promise<void> {
    const command = this.#options.command();
    const isOwned = ((await command?.ownsInterrupt()) ?? false) || (await this.#isQuestion());
    const presses = this.#presses;
    this.#settling = undefined;
    this.#presses = 0;
    if (this.#options.state() !== "running") return;
    if (isOwned) {
      command?.processes?.interruptTaken();
      return;
    }
    this.#hasStopped = true;
    this.#options.stop({ kind: "interrupted" });
    if (presses > 1) this.#insist();
  }

  /** Whether a shell has gone back to its prompt, or the program waits for an answer. A second Ctrl+C that does not change that was no answer, and is ignored like others. */
  async #isQuestion(): Promise<boolean> {
    const programs = (await this.#options.command()?.processes?.foregroundPrograms()) ?? [];
    const wasAsking = this.#isAsking;
    this.#isAsking = programs.some(({ reader }) => reader !== undefined);
    return this.#isAsking && (!wasAsking || programs.some(({ reader, isShell }) => isShell && reader !== undefined));
  }
}
