import * as vscode from "vscode";
import { systemClock } from "../base/clock";
import type { Restart, Restarts } from "../run/restarts";
import type { Outcome, RunEvent } from "../run/state";
import { isProblem } from "../run/state";
import type { RunConsole } from "../run/runConsole";
import type { TaskRun } from "../run/taskRun";
import type { RunOutput } from "../run/taskRunOptions";
import { enoughRestartsLine } from "../run/restartWords";
import { droppedLine, eventLines } from "../run/words";
import { FlowControl } from "./flowControl";
import { LineEditor } from "./lineEditor";
import { OutputText } from "./outputText";
import { ownLine, type Weight } from "./ownLine";
import { isToken } from "./probe";
import { commandFinished, commandLineStart, commandOutputStart } from "./shellIntegration";

const CTRL_C = "\x03";

/** Makes a run that writes to the terminal. `restart`: it takes the place of one that has ended by itself. */
type Begin = (terminal: RunTerminal, restart: Restart | undefined) => TaskRun;

/** The terminal of a task: shows its run's output, tells what happens to it, and takes what is typed. */
export class RunTerminal implements vscode.Pseudoterminal, RunOutput {
  readonly #write = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number>();
  readonly #probed = new vscode.EventEmitter<string>();
  readonly #left = new vscode.EventEmitter<"ended" | "closed">();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#closed.event;
  /** Told what a probe has sent (probe.ts): nothing, or a token. */
  readonly onDidProbe = this.#probed.event;
  /** Told once for each run, when that takes no input any more: it has ended, or VS Code has closed the terminal or uses it for another task. */
  readonly onDidLeave = this.#left.event;

  readonly #makeRun: Begin;
  readonly #restarts: Restarts | undefined;
  #text = new OutputText();
  #cancelText = new OutputText();
  readonly #editor = new LineEditor((text) => void this.#flow.say(text, "inline"));
  readonly #flow = new FlowControl({
    write: (text) => this.#fire(text),
    typed: (text) => this.#typed(text),
    dropped: (characters, toRowStart) => toRowStart + lineOf("warning", droppedLine(characters)),
    clock: systemClock,
  });
  #run: TaskRun | undefined;
  /** VS Code has closed the terminal: what is written now goes nowhere, and its task counts as ended. */
  #gone = false;
  /** What was typed before the command was there. */
  #typedEarly = "";

  #dimensions: vscode.TerminalDimensions | undefined;

  /**
   * @param makeRun called when the terminal is there to be written to
   * @param restarts decides whether another run follows
   */
  constructor(makeRun: Begin, restarts?: Restarts) {
    this.#makeRun = makeRun;
    this.#restarts = restarts;
  }

  open(dimensions: vscode.TerminalDimensions | undefined): void {
    if (this.#gone) return;
    this.#dimensions = dimensions;
    this.#begin(undefined);
  }

  #begin(restart: Restart | undefined): void {
    const run = this.#makeRun(this, restart);
    this.#run = run;
    if (this.#dimensions !== undefined) this.setDimensions(this.#dimensions);
    run.onEvent((event) => this.#tell(event));
    run.onDidChange(() => this.#typeEarly());
    run.start();
  }

  /** Terminate Task, the trash icon, a closed editor or window. There is no veto: the run is stopped without its terminal. */
  close(): void {
    const wasThere = !this.#gone;
    this.#gone = true;
    this.#flow.finish();
    void this.#run?.stop({ kind: "terminalClosed" });
    if (wasThere) this.#left.fire("closed");
  }

  setDimensions(dimensions: vscode.TerminalDimensions): void {
    this.#dimensions = dimensions;
    this.#run?.console.resize(dimensions);
  }

  handleInput(data: string): void {
    if (data === "" || isToken(data)) this.#probed.fire(data);
    else this.#flow.input(data);
  }

  #typed(data: string): void {
    if (this.#run?.console.hasTerminal === undefined && data !== CTRL_C) this.#typedEarly += data;
    else if (this.#run?.console.hasTerminal === true) this.#typedRaw(this.#run.console, data);
    else this.#edit(data);
  }

  #typeEarly(): void {
    if (this.#typedEarly === "" || this.#run?.console.hasTerminal === undefined) return;
    const early = this.#typedEarly;
    this.#typedEarly = "";
    this.#typed(early);
  }

  #typedRaw(console: RunConsole, data: string): void {
    console.write(data);
    if (data === CTRL_C) console.interrupt();
  }

  /** On a pipe, what a terminal's driver does has to be done here. */
  #edit(data: string): void {
    for (const input of this.#editor.handle(data)) {
      switch (input.kind) {
        case "text":
          this.#run?.console.write(input.text);
          break;
        case "endOfInput":
          this.#run?.console.endInput();
          break;
        case "interrupt":
          this.#run?.console.interrupt();
          break;
      }
    }
  }

  /** Output of the process. @returns a promise while the screen is behind */
  write(chunk: Uint8Array): void | Promise<void> {
    const text = this.#text.convert(chunk, this.#run?.console.hasTerminal);
    // A closed terminal cannot be behind.
    return this.#gone ? undefined : this.#flow.push(text);
  }

  readonly cancelOutput = {
    /** Output of another command than the task's own. */
    write: (chunk: Uint8Array): void | Promise<void> => this.#flow.say(this.#cancelText.convert(chunk), "inline"),
  };

  /** A line of our own that no event of the run tells. */
  note(line: string): void {
    void this.#flow.say(lineOf("warning", line), "lines");
  }

  /** The process has exited. */
  processExited(): void {
    this.#flow.processExited();
  }

  #tell(event: RunEvent): void {
    const lines = eventLines(event).map((line, i) => lineOf(isWarning(event, i) ? "warning" : "info", line));
    if (event.kind === "ended") void this.#flow.push(this.#text.end());
    if (isAfterCommand(event)) this.#flow.restore();
    void this.#flow.say(marked(event, lines.join("")), "lines");
    // When everybody has been told that this run has ended, and before anything else.
    if (event.kind === "ended") queueMicrotask(() => this.#ended(event));
  }

  #ended({ outcome, exitCode }: RunEvent & { readonly kind: "ended" }): void {
    if (this.#gone) return;
    const next = this.#restarts?.after(outcome);
    if (next?.kind === "restart") {
      this.#left.fire("ended");
      [this.#text, this.#cancelText] = [new OutputText(), new OutputText()];
      this.#flow.processStarted();
      // Not when the screen has caught up: a Stop that comes meanwhile must find what it is to prevent.
      this.#begin(next.restart);
      return;
    }
    if (next?.kind === "enough") {
      this.note(enoughRestartsLine(next.policy));
      this.#run?.explain({ kind: "enoughRestarts", ...next.policy });
    }
    // What is left goes to the screen as the rest did: all at once, it would keep the window from answering.
    void this.#flow.drained().then(() => this.#end(exitCode));
  }

  #end(exitCode: number): void {
    if (this.#gone) return;
    this.#flow.finish();
    this.#gone = true;
    this.#left.fire("ended");
    this.#closed.fire(exitCode);
  }

  #fire(text: string): void {
    if (text !== "" && !this.#gone) this.#write.fire(text);
  }
}

/** VS Code is told, as by a shell, where the command and its output begin and end. */
function marked(event: RunEvent, text: string): string {
  if (event.kind === "beginning") return commandLineStart(event.directory) + text + commandOutputStart(event.commandLine);
  if (event.kind !== "ended") return text;
  // A command that was stopped has neither succeeded nor failed.
  const isPlain = event.outcome.kind === "succeeded" || isProblem(event.outcome);
  return text + commandFinished(isPlain ? event.exitCode : undefined);
}

function lineOf(weight: Weight, line: string): string {
  const { kind } = vscode.window.activeColorTheme;
  return ownLine(weight, line, kind === vscode.ColorThemeKind.HighContrast || kind === vscode.ColorThemeKind.HighContrastLight);
}

/** Whether the event tells that the command has ended. */
function isAfterCommand({ kind }: RunEvent): boolean {
  return kind === "draining" || kind === "leaderGone" || kind === "ended";
}

/** @param i which of the event's lines */
function isWarning(event: RunEvent, i: number): boolean {
  switch (event.kind) {
    case "draining":
    case "killed":
    case "leaderGone":
    case "signalFailed":
    case "signalRefused":
    case "noTerminal":
    case "noHelper":
    case "inputClosed":
    case "notReady":
    case "patternTooSlow":
    case "portsHeld":
    case "portsUnknown":
    case "addressInUse":
      return true;
    case "cancelCommandEnded":
      return event.problem !== undefined;
    case "ended":
      // The first line says how it ended, the others what it has left.
      return isOdd(event.outcome) || i > 0;
    default:
      return false;
  }
}

/** A command that merely failed has said so itself; what only we know stands out. */
function isOdd(outcome: Outcome): boolean {
  return isProblem(outcome) && outcome.kind !== "exited" && outcome.kind !== "signaled";
}
