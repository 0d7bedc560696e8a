/** What is known about the terminal of a run. */
export type Whereabouts<T> =
  | { readonly kind: "shown"; readonly terminal: T }
  /** Its terminal was known, and has been closed. */
  | { readonly kind: "closed" }
  /** Its terminal was known, and shows another run now. */
  | { readonly kind: "replaced" }
  /** It has not been found: not yet, or the run was over before. */
  | { readonly kind: "unknown" };

interface Entry<T> {
  readonly label: string;
  /** Whether what is typed in its terminal reaches it. */
  live: boolean;
  where: Whereabouts<T>;
  /** Whether a terminal that was never found can still be told by its name. */
  hasName: boolean;
}

/** Which terminal shows which run, as far as it is proved. `T` is a terminal. */
export class TerminalMap<T> {
  readonly #entries = new Map<string, Entry<T>>();

  /** A run's pseudoterminal has been opened, in a terminal that is not known yet. */
  opened(runId: string, label: string): void {
    this.#entries.set(runId, { label, live: true, where: { kind: "unknown" }, hasName: true });
  }

  /** What was sent to the terminal has arrived at the run's pseudoterminal. */
  identified(runId: string, terminal: T): void {
    const entry = this.#entries.get(runId);
    if (entry?.live !== true) return;
    for (const other of this.#entries.values()) {
      if (other !== entry && shows(other, terminal)) other.where = { kind: "replaced" };
    }
    entry.where = { kind: "shown", terminal };
  }

  /** The run has ended by itself: its terminal still shows it, but takes no input for it. */
  ended(runId: string): void {
    const entry = this.#entries.get(runId);
    if (entry !== undefined) entry.live = false;
  }

  /** VS Code has closed the run's pseudoterminal, and with it the terminal, or uses that for another run. */
  closed(runId: string): void {
    const entry = this.#entries.get(runId);
    if (entry === undefined) return;
    entry.live = false;
    entry.hasName = false;
    if (entry.where.kind === "shown") entry.where = { kind: "closed" };
  }

  /** @param name the terminal's: it may have been that of a run whose terminal is not known */
  terminalClosed(terminal: T, name: string): void {
    for (const entry of this.#entries.values()) {
      if (shows(entry, terminal)) entry.where = { kind: "closed" };
      if (entry.label === name) entry.hasName = false;
    }
  }

  /** Forgets the runs of which there is nothing to be seen any more. */
  keepOnly(isKept: (runId: string) => boolean): void {
    for (const runId of this.#entries.keys()) if (!isKept(runId)) this.#entries.delete(runId);
  }

  /** The live run in a terminal; undefined when there is none, or it is not known. */
  runIn(terminal: T | undefined): string | undefined {
    if (terminal === undefined) return undefined;
    return [...this.#entries].find(([, entry]) => entry.live && shows(entry, terminal))?.[0];
  }

  /** The live runs whose terminal is not known. */
  unknown(): string[] {
    return [...this.#entries].filter(([, { live, where }]) => live && where.kind === "unknown").map(([runId]) => runId);
  }

  /**
   * Where the run is to be seen. A run whose terminal was never found, because it ended at once, is taken to be in the
   * terminal of its name where that is unmistakable: there is only one, none was closed since, no later run is known to be
   * in it, and no other run of that name is missing.
   */
  whereIs(runId: string, terminals: readonly T[], nameOf: (terminal: T) => string): Whereabouts<T> {
    const entry = this.#entries.get(runId);
    if (entry?.where.kind !== "unknown" || !entry.hasName) return entry?.where ?? { kind: "unknown" };
    const [terminal, ...namesakes] = terminals.filter((one) => nameOf(one) === entry.label);
    if (terminal === undefined || namesakes.length > 0) return entry.where;
    const entries = [...this.#entries.values()];
    const isMistakable = entries.some((other, i) => {
      if (other === entry) return false;
      if (shows(other, terminal)) return other.live || other.label !== entry.label || i > entries.indexOf(entry);
      return other.label === entry.label && other.where.kind === "unknown";
    });
    return isMistakable ? entry.where : { kind: "shown", terminal };
  }
}

function shows<T>({ where }: Entry<T>, terminal: T): boolean {
  return where.kind === "shown" && where.terminal === terminal;
}
