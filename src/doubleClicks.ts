import { setTimeout as sleep } from "node:timers/promises";
import { Emitter } from "./taskRunner/base/emitter";
import type { Run } from "./taskRunner/run/run";
import { barrier } from "./taskRunner/terminal/barrier";

/** What is on the screen for so long, in milliseconds, can have been read before the next click. */
export const READ_MS = 300;

/**
 * Tells a second click, meant for what the first one has led to, from the second half of a double click, or from an
 * impatient one that was made before its effect was shown: they may arrive together when this process was busy.
 */
export class DoubleClicks {
  readonly #fresh = new Map<Run, symbol>();
  readonly #over = new Emitter<undefined>();
  /** Told when the next click on a run is meant for what the last one has led to. */
  readonly onDidPass = this.#over.event;

  /** A click is about to stop the run. */
  acted(run: Run): void {
    const mark = Symbol();
    this.#fresh.set(run, mark);
    // When the barrier is passed, every click has arrived that was made before the window knew what this one has led to.
    void Promise.allSettled([barrier(), sleep(READ_MS)]).then(() => {
      if (this.#fresh.get(run) !== mark) return;
      this.#fresh.delete(run);
      this.#over.fire(undefined);
    });
  }

  /** Whether a click on the run cannot have been meant for what the one before has led to. */
  isSecondHalf(run: Run): boolean {
    return this.#fresh.has(run);
  }
}
