import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { systemClock } from "../base/clock";
import { toError } from "../base/errors";
import { harmless } from "../base/harmless";
import { followRun } from "../remote/followRun";
import type { RemoteRun } from "../remote/remoteRun";
import { RunClient } from "../remote/runClient";
import { droppedLine, followedLine, followedEndLine } from "../run/words";
import { FlowControl } from "./flowControl";

/** Shows the output of another window's run: its end as it is, and then what follows. What is typed goes nowhere. */
export class RemoteTerminal implements vscode.Pseudoterminal {
  readonly #write = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.#write.event;
  readonly #run: RemoteRun;
  readonly #flow = new FlowControl({
    write: (text) => text !== "" && this.#write.fire(text),
    typed: () => undefined,
    dropped: (characters, toRowStart) => toRowStart + line(droppedLine(characters)),
    clock: systemClock,
  });
  #client: RunClient | undefined;
  #isClosed = false;
  #isOver = false;

  constructor(run: RemoteRun) {
    this.#run = run;
  }

  open(): void {
    void this.#follow().catch((error: unknown) => this.#over(toError(error).message));
  }

  close(): void {
    this.#isClosed = true;
    this.#client?.dispose();
    this.#flow.finish();
  }

  handleInput(data: string): void {
    this.#flow.input(data);
  }

  async #follow(): Promise<void> {
    const { id, endpoint } = this.#run;
    // A connection of its own: it ends with the terminal, and waits for it.
    const { client } = await RunClient.connect(endpoint);
    this.#client = client;
    if (this.#isClosed) {
      client.dispose();
      return;
    }
    client.onDidClose(() => this.#over(followedEndLine()));
    await followRun(client, id, {
      tail: (text, skipped) => {
        const { label, window = "" } = this.#run.snapshot();
        this.#say(followedLine(label, window, skipped));
        this.#output(client, text, 0);
      },
      output: (text, skipped) => this.#output(client, text, skipped),
      ended: () => client.dispose(),
    });
  }

  #output(client: RunClient, text: string, skipped: number): void {
    if (skipped > 0) this.#say(droppedLine(skipped));
    const wait = this.#flow.push(text.replace(/(?<!\r)\n/g, "\r\n"));
    if (wait === undefined) return;
    client.pause();
    void wait.then(() => client.resume());
  }

  /** @param why said once, although the connection's end and a failure of what was asked come together */
  #over(why: string): void {
    if (this.#isClosed || this.#isOver) return;
    this.#isOver = true;
    this.#flow.restore();
    this.#say(why);
  }

  #say(text: string): void {
    void this.#flow.say(line(text), "lines");
  }
}

function line(text: string): string {
  return `\x1b[0m● ${harmless(text)}\r\n`;
}

/** Shows the output of another window's run in a terminal: the one that shows it already, or a new one. */
export function showRemote(run: RemoteRun): void {
  const name = l10n.t({ message: "{0} (another window)", args: [run.snapshot().label], comment: ["{0}: a task. The name of a terminal."] });
  const shown = terminals.get(run.id);
  if (shown !== undefined && vscode.window.terminals.includes(shown)) {
    shown.show();
    return;
  }
  const terminal = vscode.window.createTerminal({ name, pty: new RemoteTerminal(run), isTransient: true });
  terminals.set(run.id, terminal);
  terminal.show();
}

const terminals = new Map<string, vscode.Terminal>();
