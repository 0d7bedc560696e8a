import type { RunSnapshot } from "../taskRunner/run/state";

const TICK_MS = 1000;

/** Ticks once a second while there is a count-down to show, and not otherwise. */
export class Countdown {
  readonly #tick: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(tick: () => void) {
    this.#tick = tick;
  }

  update(runs: readonly RunSnapshot[]): void {
    const counting = runs.some(({ state }) => (state.kind === "stopping" && state.killAt !== undefined) || (state.kind === "draining" && state.until !== undefined));
    if (counting) this.#timer ??= setInterval(this.#tick, TICK_MS);
    else this.dispose();
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
