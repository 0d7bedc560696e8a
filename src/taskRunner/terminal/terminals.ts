import * as vscode from "vscode";
import type { RunTerminal } from "./runTerminal";

/** How long a terminal may take to hand an input over, in milliseconds. */
const ANSWER_MS = 150;
/** A terminal that has not been found after this many rounds has been closed. */
const ROUNDS = 10;

/**
 * Which of VS Code's terminals shows which run.
 *
 * VS Code tells nobody which Terminal belongs to a pseudoterminal, and it ignores a new name for a task's. But what is
 * sent to a terminal arrives at its pseudoterminal, so each is sent nothing ("", which no other program notices either)
 * until the one that is looked for has received it.
 */
export class Terminals implements vscode.Disposable {
  readonly #byRun = new Map<string, vscode.Terminal>();
  readonly #found = new vscode.EventEmitter<undefined>();
  /** Told when a run's terminal has been found. */
  readonly onDidFind = this.#found.event;
  readonly #listener: vscode.Disposable;
  /** One search after the other, so that none takes another's probe for its own. */
  #searches = Promise.resolve();
  #disposed = false;

  constructor() {
    this.#listener = vscode.window.onDidCloseTerminal((terminal) => this.#forget(terminal));
  }

  /**
   * Looks for the terminal of a run that has just been opened.
   * @param name the task's, which its terminal is likely to have
   */
  find(runId: string, pty: RunTerminal, name: string): void {
    this.#searches = this.#searches.then(async () => {
      const terminal = await this.#search(pty, name);
      if (terminal === undefined) return;
      // A terminal that VS Code uses again shows its newest run.
      this.#forget(terminal);
      this.#byRun.set(runId, terminal);
      this.#found.fire(undefined);
    });
  }

  terminalOf(runId: string): vscode.Terminal | undefined {
    return this.#byRun.get(runId);
  }

  runOf(terminal: vscode.Terminal | undefined): string | undefined {
    return [...this.#byRun].find(([, candidate]) => candidate === terminal)?.[0];
  }

  dispose(): void {
    this.#disposed = true;
    this.#listener.dispose();
    this.#found.dispose();
  }

  async #search(pty: RunTerminal, name: string): Promise<vscode.Terminal | undefined> {
    for (let round = 0; round < ROUNDS; round++) {
      for (const terminal of likelyFirst(name)) {
        if (this.#disposed) return undefined;
        if (pty.gone) return onlyOneNamed(name);
        if (await receives(pty, terminal)) return terminal;
      }
    }
    return undefined;
  }

  #forget(terminal: vscode.Terminal): void {
    const runId = this.runOf(terminal);
    if (runId !== undefined) this.#byRun.delete(runId);
  }
}

/** Those with the task's name first, and of those the youngest. */
function likelyFirst(name: string): vscode.Terminal[] {
  const youngestFirst = [...vscode.window.terminals].reverse();
  return youngestFirst.sort((a, b) => Number(b.name.includes(name)) - Number(a.name.includes(name)));
}

/** A run that ended at once receives nothing any more: then the name has to do, where it is unmistakable. */
function onlyOneNamed(name: string): vscode.Terminal | undefined {
  const named = vscode.window.terminals.filter((terminal) => terminal.name === name);
  return named.length === 1 ? named[0] : undefined;
}

/** Whether what is sent to the terminal arrives at the pseudoterminal. */
function receives(pty: RunTerminal, terminal: vscode.Terminal): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (answer: boolean): void => {
      clearTimeout(timer);
      listener.dispose();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(false), ANSWER_MS);
    const listener = pty.onDidProbe(() => finish(true));
    terminal.sendText("", false);
  });
}
