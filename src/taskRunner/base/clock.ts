/** Time as it comes into exec/ and run/, so that tests can move it by hand. */
export interface Clock {
  /** Milliseconds since the epoch, from a source that never jumps back. */
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

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),

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
