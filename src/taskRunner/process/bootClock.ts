import { uptime } from "node:os";

/** The unit of start times in /proc (USER_HZ), the same on every Linux that Node runs on. */
export const TICKS_PER_SECOND = 100;

/**
 * The clock of the start times in /proc, in ticks. What /proc calls the uptime need not be it: in a container LXCFS puts the
 * container's age there, while start times go on counting from the host's boot. The difference does not change, and shows: no
 * process starts in the future.
 */
export class BootClock {
  readonly #uptime: () => number;
  /** How far start times are ahead of the uptime, in ticks; 0 where the two agree. */
  #ahead = 0;

  /** @param uptimeSeconds what the system says */
  constructor(uptimeSeconds: () => number = uptime) {
    this.#uptime = () => Math.round(uptimeSeconds() * TICKS_PER_SECOND);
  }

  now(): number {
    return this.#uptime() + this.#ahead;
  }

  /** Tells of a process that has started by now: the younger it is, the better. */
  sawStart(start: number): void {
    this.#ahead = Math.max(this.#ahead, start - this.#uptime());
  }
}
