import * as vscode from "vscode";
import type { RunTerminal } from "./runTerminal";

/** VS Code tells nobody which Terminal shows a pseudoterminal, so it is found by a name that only it has. */
const LOOK_EVERY_MS = 10;
const LOOK_FOR_MS = 3000;

/** Which of VS Code's terminals shows which run. */
export class Terminals implements vscode.Disposable {
  readonly #byRun = new Map<string, vscode.Terminal>();
  readonly #found = new vscode.EventEmitter<undefined>();
  /** Told when a run's terminal has been found. */
  readonly onDidFind = this.#found.event;
  readonly #searches = new Set<NodeJS.Timeout>();
  readonly #listener: vscode.Disposable;
  #nextName = 0;

  constructor() {
    this.#listener = vscode.window.onDidCloseTerminal((terminal) => this.#forget(terminal));
  }

  /**
   * Looks for the terminal of a run that has just been opened. For a moment its name carries a number in characters
   * without width; then it is `label` again.
   */
  find(runId: string, pty: RunTerminal, label: string): void {
    const name = label + invisible(this.#nextName++);
    const giveUpAt = Date.now() + LOOK_FOR_MS;
    pty.rename(name);
    const search = setInterval(() => {
      const terminal = vscode.window.terminals.find((candidate) => candidate.name === name);
      if (terminal === undefined && Date.now() < giveUpAt) return;
      clearInterval(search);
      this.#searches.delete(search);
      pty.rename(label);
      if (terminal === undefined) return;
      // A terminal that VS Code uses again shows its newest run.
      this.#forget(terminal);
      this.#byRun.set(runId, terminal);
      this.#found.fire(undefined);
    }, LOOK_EVERY_MS);
    this.#searches.add(search);
  }

  terminalOf(runId: string): vscode.Terminal | undefined {
    return this.#byRun.get(runId);
  }

  runOf(terminal: vscode.Terminal | undefined): string | undefined {
    return [...this.#byRun].find(([, candidate]) => candidate === terminal)?.[0];
  }

  dispose(): void {
    for (const search of this.#searches) clearInterval(search);
    this.#listener.dispose();
    this.#found.dispose();
  }

  #forget(terminal: vscode.Terminal): void {
    const runId = this.runOf(terminal);
    if (runId !== undefined) this.#byRun.delete(runId);
  }
}

/** The number in binary, written with zero-width characters and closed by one, so that no name is another's beginning. */
function invisible(n: number): string {
  return `${n.toString(2).replaceAll("0", "\u200b").replaceAll("1", "\u200c")}\u2060`;
}
