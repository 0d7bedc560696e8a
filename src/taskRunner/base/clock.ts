import { uptime } from "node:os";

/** Time as it comes into exec/ and run/, so that tests can move it by hand. */
export interface Clock {
  /** Milliseconds from a source that never jumps. They are for delays and durations: only `dateOf` says what time it was. */
  now(): number;
  /** Calls `callback` once, `ms` milliseconds from now, unless the returned timer is cancelled first. */
  after(ms: number, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** The longest time that setTimeout can count (2^31 - 1 ms); anything longer fires after 1 ms. */
const LONGEST_TIMEOUT = 2_147_483_647;

/** A wait of this length (ms) or more is exact: its last millisecond is waited for turn by turn of the event loop. */
const EXACT_FROM_MS = 100;
const LAST_MS = 1;

/** Differences smaller than this, in milliseconds, are those of the sources: what is shown must not flicker. */
const JUMP_MS = 1000;

/** Where a `Calendar` has its time from: each in milliseconds, and from an origin of its own. */
export interface TimeSources {
  /** The wall clock, which can be set. */
  readonly wall: () => number;
  /** Never jumps, and stands still while the machine is suspended. */
  readonly monotonic: () => number;
  /** Goes on while the machine is suspended. */
  readonly boot: () => number;
}

const systemSources: TimeSources = { wall: () => Date.now(), monotonic: () => performance.timeOrigin + performance.now(), boot: () => uptime() * 1000 };

/** Knows at which time of the day something was, after the wall clock has been set, and although the machine has slept since. */
export class Calendar {
  readonly #sources: TimeSources;
  /** By how much the wall clock is ahead of the monotonic one. */
  #ahead: number;
  /** How long the machine had slept from then on; the latest first. */
  readonly #slept: { readonly from: number; readonly ms: number }[];

  constructor(sources: TimeSources = systemSources) {
    this.#sources = sources;
    const now = sources.monotonic();
    this.#ahead = sources.wall() - now;
    this.#slept = [{ from: -Infinity, ms: sources.boot() - now }];
  }

  /** See `Clock.now`. */
  now(): number {
    const now = this.#sources.monotonic();
    const ms = this.#sources.boot() - now;
    if (Math.abs(ms - this.#sleptUntil(now)) >= JUMP_MS) this.#slept.unshift({ from: now, ms });
    return now;
  }

  /**
   * @param time as `now` told it
   * @returns the time that a right clock showed then, in milliseconds since the epoch: if the wall clock has been set since, it was wrong before
   */
  dateOf(time: number): number {
    const now = this.now();
    const ahead = this.#sources.wall() - now;
    if (Math.abs(ahead - this.#ahead) >= JUMP_MS) this.#ahead = ahead;
    return time + this.#ahead - (this.#sleptUntil(now) - this.#sleptUntil(time));
  }

  #sleptUntil(time: number): number {
    return this.#slept.find(({ from }) => from <= time)?.ms ?? 0;
  }
}

const calendar = new Calendar();

/** What time it was, in milliseconds since the epoch, when `systemClock.now` told this. See `Calendar.dateOf`. */
export function dateOf(time: number): number {
  return calendar.dateOf(time);
}

export const systemClock: Clock = {
  now: () => calendar.now(),

  after(ms, callback) {
    const end = performance.now() + ms;
    let handle: NodeJS.Timeout | undefined;
    let turn: NodeJS.Immediate | undefined;
    const turns = ms < EXACT_FROM_MS ? 0 : LAST_MS;
    const arm = (): void => {
      const left = end - performance.now();
      // setTimeout counts whole milliseconds: it may be early by a part of one, and late by one and more.
      if (left > turns) handle = setTimeout(arm, Math.min(Math.max(1, Math.ceil(left - turns)), LONGEST_TIMEOUT));
      else if (left > 0) turn = setImmediate(arm);
      // A timer that is late, because the event loop was blocked, fires before what happened meanwhile (an exit, an end
      // of file) has been seen. One turn of the loop corrects that.
      else turn = setImmediate(callback);
    };
    arm();
    return {
      cancel: () => {
        clearTimeout(handle);
        clearImmediate(turn);
      },
    };
  },
};
