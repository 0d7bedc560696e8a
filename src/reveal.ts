import * as l10n from "@vscode/l10n";
import type { Clock, Timer } from "./taskRunner/base/clock";
import type { Disposable } from "./taskRunner/base/emitter";
import type { Run } from "./taskRunner/run/run";
import type { Whereabouts } from "./taskRunner/terminal/terminalMap";

/** So long a terminal that is not known yet is waited for, in milliseconds. After that the user is somewhere else. */
export const PATIENCE_MS = 30_000;

/** What `Reveal` needs of VS Code. `T` is a terminal. */
export interface RevealPort<T> {
  whereIs(runId: string): Whereabouts<T>;
  show(terminal: T, preserveFocus: boolean): void;
  inform(text: string): void;
  /** Says what is being waited for, until it is disposed. */
  waiting(text: string): Disposable;
}

export interface RevealOptions {
  readonly preserveFocus: boolean;
  /** It says nothing where there is no terminal. */
  readonly isQuiet: boolean;
}

interface Wanted extends RevealOptions {
  readonly run: Run;
  readonly timer: Timer;
  readonly waiting: Disposable;
}

/**
 * Shows the terminals of runs. Which terminal a run has is found out by asking VS Code several questions, which takes seconds over a slow
 * connection: the run that was asked for last is shown as soon as that is known.
 */
export class Reveal<T> implements Disposable {
  readonly #port: RevealPort<T>;
  readonly #clock: Clock;
  #wanted: Wanted | undefined;

  constructor(port: RevealPort<T>, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
  }

  reveal(run: Run, options: RevealOptions): void {
    this.#forget();
    const where = this.#port.whereIs(run.id);
    if (where.kind !== "unknown" || run.state.kind === "ended") {
      this.#tell(run, options, where);
      return;
    }
    const waiting = this.#port.waiting(l10n.t('Looking for the terminal of "{0}"', run.label));
    const timer = this.#clock.after(PATIENCE_MS, () => {
      this.#forget();
      this.#tell(run, options, this.#port.whereIs(run.id));
    });
    this.#wanted = { ...options, run, timer, waiting };
  }

  /** It has become known where a run is, or that has changed. */
  look(): void {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    const where = this.#port.whereIs(wanted.run.id);
    if (where.kind === "unknown" && wanted.run.state.kind !== "ended") return;
    this.#forget();
    this.#tell(wanted.run, wanted, where);
  }

  dispose(): void {
    this.#forget();
  }

  #forget(): void {
    this.#wanted?.timer.cancel();
    this.#wanted?.waiting.dispose();
    this.#wanted = undefined;
  }

  #tell(run: Run, { isQuiet, preserveFocus }: RevealOptions, where: Whereabouts<T>): void {
    if (where.kind === "shown") this.#port.show(where.terminal, preserveFocus);
    else if (!isQuiet) this.#port.inform(whyNotText(run, where.kind));
  }
}

function whyNotText({ label, state }: Run, where: "closed" | "replaced" | "unknown"): string {
  switch (where) {
    case "closed":
      return l10n.t('The terminal of "{0}" has been closed.', label);
    case "replaced":
      return l10n.t('The terminal of this run of "{0}" shows a later run now.', label);
    case "unknown":
      return state.kind === "ended" ? l10n.t('It is not known which terminal "{0}" had.', label) : l10n.t('It is not known yet which terminal "{0}" has; try again in a moment.', label);
  }
}
