import type { Clock, Timer } from "../base/clock";

/** The timers of one owner, which cancels all that are left when it ends. */
export class Timers {
  readonly #clock: Clock;
  readonly #waiting = new Set<Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(ms: number, callback: () => void): Timer {
    const timer = this.#clock.after(ms, () => {
      this.#waiting.delete(timer);
      callback();
    });
    this.#waiting.add(timer);
    return timer;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  cancelAll(): void {
    for (const timer of this.#waiting) timer.cancel();
    this.#waiting.clear();
  }
}
