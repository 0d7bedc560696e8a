import * as vscode from "vscode";
import { barrier } from "./barrier";
import { probe, tokenText, type ProbePort } from "./probe";
import type { RunTerminal } from "./runTerminal";
import { TerminalMap, type Whereabouts } from "./terminalMap";

/** A terminal that was not found is looked for again after so many milliseconds, each time twice as many. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/** A pseudoterminal of ours that may take input. */
interface Listening {
  readonly runId: string;
  readonly label: string;
  received: number;
}

/**
 * Which of VS Code's terminals shows which run.
 *
 * VS Code does not tell which Terminal belongs to a pseudoterminal, and it ignores a new name for a task's. But what is
 * sent to a terminal arrives at its pseudoterminal: see probe.ts. Until it is proved, it is unknown.
 */
export class Terminals implements vscode.Disposable {
  readonly #map = new TerminalMap<vscode.Terminal>();
  readonly #listening = new Map<string, Listening>();
  readonly #tokens = new Map<string, vscode.Terminal>();
  readonly #changed = new vscode.EventEmitter<undefined>();
  /** Told when the terminal of a run has been found, or is not known any more. */
  readonly onDidChange = this.#changed.event;
  readonly #listeners: vscode.Disposable;
  readonly #awaitedPids = new WeakSet<vscode.Terminal>();
  #lastToken = 0;
  #searching = false;
  /** Ends the pause before the next search. */
  #wake: (() => void) | undefined;
  /** Something has changed since the last search has begun. */
  #isStale = false;
  #disposed = false;

  constructor() {
    this.#listeners = vscode.Disposable.from(
      vscode.window.onDidOpenTerminal(() => this.#search()),
      vscode.window.onDidCloseTerminal((terminal) => {
        this.#map.terminalClosed(terminal, terminal.name);
        this.#changed.fire(undefined);
      }),
    );
  }

  /**
   * Finds the terminal of a run whose pseudoterminal is being opened.
   * @param label the task's name
   */
  find(runId: string, pty: RunTerminal, label: string): void {
    const listening: Listening = { runId, label, received: 0 };
    this.#map.opened(runId, label);
    this.#listening.set(runId, listening);
    const probes = pty.onDidProbe((text) => this.#probed(listening, text));
    const leaves = pty.onDidLeave((how) => {
      // A run that takes this one's place in the terminal is found anew.
      vscode.Disposable.from(probes, leaves).dispose();
      this.#listening.delete(runId);
      if (how === "ended") this.#map.ended(runId);
      else this.#map.closed(runId);
      this.#changed.fire(undefined);
    });
    this.#search();
  }

  /** Where a run is to be seen. */
  whereIs(runId: string): Whereabouts<vscode.Terminal> {
    return this.#map.whereIs(runId, vscode.window.terminals, ({ name }) => name);
  }

  /** The live run that a terminal shows; undefined when there is none, or it is not known. */
  runIn(terminal: vscode.Terminal | undefined): string | undefined {
    return this.#map.runIn(terminal);
  }

  /** Forgets the other runs. */
  keepOnly(isKept: (runId: string) => boolean): void {
    this.#map.keepOnly(isKept);
  }

  dispose(): void {
    this.#disposed = true;
    this.#wake?.();
    this.#listeners.dispose();
    this.#changed.dispose();
  }

  #probed(listening: Listening, text: string): void {
    if (text === "") {
      listening.received++;
      return;
    }
    const terminal = this.#tokens.get(text);
    if (terminal === undefined || !this.#listening.has(listening.runId)) return;
    this.#map.identified(listening.runId, terminal);
    this.#changed.fire(undefined);
  }

  #search(): void {
    this.#isStale = true;
    this.#wake?.();
    if (!this.#searching) void this.#searchUntilKnown().catch(() => undefined);
  }

  /** Nothing runs while all terminals are known. */
  async #searchUntilKnown(): Promise<void> {
    this.#searching = true;
    let pause = FIRST_PAUSE_MS;
    let isFirst = true;
    try {
      while (!this.#disposed && this.#unknown().length > 0) {
        if (this.#isStale) [pause, isFirst] = [FIRST_PAUSE_MS, true];
        this.#isStale = false;
        // A pseudoterminal takes input when VS Code has learned that the call of its open() has returned.
        await turnOfTheLoop();
        await this.#port.barrier();
        const candidates = await this.#candidates();
        await probe(isFirst ? this.#likely(candidates) : candidates, [...this.#listening.values()], this.#port);
        if (!isFirst && this.#unknown().length > 0) {
          await this.#pause(pause);
          pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
        }
        isFirst = false;
      }
      this.#tokens.clear();
    } finally {
      this.#searching = false;
    }
  }

  readonly #port: ProbePort<vscode.Terminal, Listening> = {
    send: (terminal, text) => terminal.sendText(text, false),
    received: (pty) => pty.received,
    barrier,
    token: (terminal) => this.#tokenOf(terminal),
  };

  #tokenOf(terminal: vscode.Terminal): string {
    const text = tokenText(this.#lastToken++);
    this.#tokens.set(text, terminal);
    return text;
  }

  /** The live runs whose terminal is not known. */
  #unknown(): Listening[] {
    return this.#map.unknown().flatMap((runId) => this.#listening.get(runId) ?? []);
  }

  /** The terminals without a process, as a pseudoterminal has none, and without a known run. No shell is among them. */
  async #candidates(): Promise<vscode.Terminal[]> {
    const free = vscode.window.terminals.filter((terminal) => this.#map.runIn(terminal) === undefined);
    const pids = await Promise.all(free.map((terminal) => this.#pidOf(terminal)));
    return free.filter((_terminal, i) => pids[i] === "none");
  }

  async #pidOf(terminal: vscode.Terminal): Promise<number | "none" | "pending"> {
    const known = terminal.processId.then((pid) => (pid === undefined || pid <= 0 ? "none" : pid));
    const pid = await Promise.race([known, turnOfTheLoop().then(() => "pending" as const)]);
    if (pid === "pending" && !this.#awaitedPids.has(terminal)) {
      this.#awaitedPids.add(terminal);
      void known.then(() => this.#unknown().length > 0 && this.#search());
    }
    return pid;
  }

  /** Those with the name of a run that is looked for, and perhaps its folder's: a terminal that is sent something scrolls to its end. */
  #likely(terminals: readonly vscode.Terminal[]): vscode.Terminal[] {
    const labels = this.#unknown().map(({ label }) => label);
    return terminals.filter(({ name }) => labels.some((label) => name.includes(label)));
  }

  #pause(ms: number): Promise<void> {
    if (this.#isStale || this.#disposed) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(finish, ms);
      this.#wake = finish;
    });
  }
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
