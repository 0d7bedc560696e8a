import type { Clock, Timer } from "../../src/taskRunner/base/clock";

interface Pending {
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  readonly #pending = new Set<Pending>();
  #now: number;

  /** @param start what `now` says at first, in milliseconds */
  constructor(start = 1_000_000) {
    this.#now = start;
  }

  /** How many timers are waiting. */
  get timers(): number {
    return this.#pending.size;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): Timer {
    const timer: Pending = { due: this.#now + Math.max(0, ms), callback };
    this.#pending.add(timer);
    return { cancel: () => void this.#pending.delete(timer) };
  }

  /** Moves the time on by `ms` milliseconds and calls what becomes due meanwhile, in its order, each at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#nextDue(end); next !== undefined; next = this.#nextDue(end)) {
      this.#pending.delete(next);
      this.#now = next.due;
      next.callback();
    }
    this.#now = end;
  }

  #nextDue(end: number): Pending | undefined {
    let next: Pending | undefined;
    for (const timer of this.#pending) {
      if (timer.due <= end && (next === undefined || timer.due < next.due)) next = timer;
    }
    return next;
  }
}
