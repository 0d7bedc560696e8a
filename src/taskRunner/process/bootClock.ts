import { uptime } from "node:os";

/** The unit of start times in /proc (USER_HZ), the same on every Linux that Node runs on. */
export const TICKS_PER_SECOND = 100;
/** No change of the machine's clock is as large as this, in seconds. */
const JUMP_S = 2;

/**
 * The clock of the start times in /proc, in ticks. What /proc calls the uptime need not be it: in a container LXCFS puts the
 * container's age there, while start times go on counting from the host's boot. The difference shows: no process starts in the
 * future. There the clock is never ahead of a start that is still to come, but may be behind by what the age is rounded to.
 */
export class BootClock {
  readonly #uptime: () => number;
  readonly #elapsed: () => number;
  /** How far start times are ahead of the uptime, in ticks; 0 where the two agree. */
  #ahead = 0;
  /** Whether the uptime is told in hundredths of a second, and not in whole ones. */
  #isFine = false;
  #since: number | undefined;

  /**
   * @param uptimeSeconds what the system says
   * @param elapsedSeconds a clock that only goes on
   */
  constructor(uptimeSeconds: () => number = uptime, elapsedSeconds = (): number => performance.now() / 1000) {
    this.#uptime = uptimeSeconds;
    this.#elapsed = elapsedSeconds;
  }

  now(): number {
    const ticks = this.#ticks();
    return this.#ahead === 0 ? ticks : ticks + this.#ahead - (this.#isFine ? 1 : TICKS_PER_SECOND);
  }

  /** Tells of a process that has started by now: the younger it is, the better. */
  sawStart(start: number): void {
    const ticks = this.#ticks();
    this.#ahead = Math.max(this.#ahead, start - ticks);
  }

  #ticks(): number {
    const seconds = this.#uptime();
    const since = seconds - this.#elapsed();
    // When LXCFS has died, the uptime is the host's from then on. (After a sleep of the machine, too, what is known is learned anew.)
    if (this.#since !== undefined && Math.abs(since - this.#since) > JUMP_S) {
      this.#ahead = 0;
      this.#isFine = false;
    }
    this.#since = since;
    this.#isFine ||= !Number.isInteger(seconds);
    return Math.round(seconds * TICKS_PER_SECOND);
  }
}
