import * as vscode from "vscode";
import { systemClock } from "../exec/clock";
import type { Writer } from "../exec/copiers";
import type { Outcome, RunEvent } from "../run/state";
import { isProblem } from "../run/state";
import type { TaskRun } from "../run/taskRun";
import { droppedLine, eventLines } from "../run/words";
import { FlowControl } from "./flowControl";
import { LineEditor } from "./lineEditor";
import { OutputText } from "./outputText";

const DIM = "\x1b[2m";
const YELLOW = "\x1b[33m";
const RESET = "\x1b[0m";

/** The terminal of one run: shows its output, tells what happens to it, and takes what is typed. */
export class RunTerminal implements vscode.Pseudoterminal, Writer {
  readonly #write = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number>();
  readonly #probed = new vscode.EventEmitter<undefined>();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#closed.event;
  /** Told when nothing was typed, which only a probe does (see Terminals). */
  readonly onDidProbe = this.#probed.event;

  readonly #begin: (terminal: RunTerminal) => TaskRun;
  readonly #text = new OutputText();
  readonly #editor = new LineEditor((text) => this.#show(text));
  readonly #flow = new FlowControl({
    write: (text) => this.#fire(text),
    typed: (text) => this.#typed(text),
    dropped: (characters) => `${RESET}\r\n${YELLOW}●${RESET} ${DIM}${droppedLine(characters)}${RESET}\r\n`,
    clock: systemClock,
  });
  #run: TaskRun | undefined;
  /** VS Code has closed the terminal: what is written now goes nowhere, and its task counts as ended. */
  #gone = false;

  /** @param begin makes the run that writes here; called when the terminal is there to be written to */
  constructor(begin: (terminal: RunTerminal) => TaskRun) {
    this.#begin = begin;
  }

  /** Whether VS Code has closed it, or the run has ended. */
  get gone(): boolean {
    return this.#gone;
  }

  open(): void {
    if (this.#gone) return;
    const run = this.#begin(this);
    this.#run = run;
    run.onEvent((event) => this.#tell(event));
    run.start();
  }

  /** Terminate Task, the trash icon, a closed editor or window. There is no veto: the run is stopped without its terminal. */
  close(): void {
    this.#gone = true;
    this.#flow.finish();
    void this.#run?.stop({ kind: "terminalClosed" });
  }

  handleInput(data: string): void {
    this.#flow.input(data);
  }

  #typed(data: string): void {
    if (data === "") this.#probed.fire(undefined);
    for (const input of this.#editor.handle(data)) {
      switch (input.kind) {
        case "text":
          this.#run?.write(input.text);
          break;
        case "endOfInput":
          this.#run?.endInput();
          break;
        case "interrupt":
          void this.#run?.stop();
          break;
      }
    }
  }

  /** Output of the process. @returns a promise while the screen is behind */
  write(chunk: Uint8Array): void | Promise<void> {
    const text = this.#text.convert(chunk);
    // Nobody is there who could be behind.
    if (!this.#gone) return this.#flow.push(text);
  }

  /** The process has ended. */
  processEnded(): void {
    this.#flow.hurry();
  }

  #tell(event: RunEvent): void {
    if (event.kind === "ended") {
      this.#flow.finish();
      this.#fire(this.#text.end());
    }
    const bullet = isWarning(event) ? `${YELLOW}●${RESET}` : `${DIM}●${RESET}`;
    // Our lines never start in the middle of the program's, and never in its colours.
    if (!this.#text.atLineStart) this.#show(`${RESET}\r\n`);
    for (const line of eventLines(event)) this.#show(`${RESET}${bullet} ${DIM}${line}${RESET}\r\n`);
    this.#text.wrote("\n");
    if (event.kind === "ended") this.#end(event.exitCode);
  }

  #end(exitCode: number): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#closed.fire(exitCode);
  }

  /** Writes to the screen what is not the program's own, keeping track of where the line stands. */
  #show(text: string): void {
    this.#text.wrote(text);
    this.#fire(text);
  }

  #fire(text: string): void {
    if (text !== "" && !this.#gone) this.#write.fire(text);
  }
}

function isWarning(event: RunEvent): boolean {
  switch (event.kind) {
    case "draining":
    case "killed":
    case "leaderGone":
    case "signalFailed":
      return true;
    case "ended":
      return isOdd(event.outcome) || event.survivors.length > 0;
    default:
      return false;
  }
}

/** A command that merely failed has said so itself; what only we know stands out. */
function isOdd(outcome: Outcome): boolean {
  return isProblem(outcome) && outcome.kind !== "exited" && outcome.kind !== "signaled";
}
