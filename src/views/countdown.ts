import type { Clock, Timer } from "../taskRunner/base/clock";
import type { RunSnapshot } from "../taskRunner/run/state";

const TICK_MS = 1000;

/** A timeout is counted down while no more than this is left of it. */
const NEAR_MS = 60_000;

/** Ticks once a second while there is a count-down to show, once when that of a timeout begins, and not otherwise. */
export class Countdown {
  readonly #clock: Clock;
  readonly #tick: () => void;
  #next: { readonly at: number; readonly timer: Timer } | undefined;

  /** @param tick is followed by an `update` */
  constructor(clock: Clock, tick: () => void) {
    this.#clock = clock;
    this.#tick = tick;
  }

  update(runs: readonly RunSnapshot[]): void {
    const now = this.#clock.now();
    const waits = runs.flatMap((run) => untilTick(run, now) ?? []);
    if (waits.length === 0) {
      this.dispose();
      return;
    }
    const wait = Math.min(...waits);
    // What changes between two ticks does not put the next one off.
    if (this.#next !== undefined && this.#next.at <= now + wait) return;
    this.dispose();
    const timer = this.#clock.after(wait, () => {
      this.#next = undefined;
      this.#tick();
    });
    this.#next = { at: now + wait, timer };
  }

  dispose(): void {
    this.#next?.timer.cancel();
    this.#next = undefined;
  }
}

/** When the run's timeout will be over, if that is near. */
export function nearTimeout({ timeoutAt }: RunSnapshot, now: number): number | undefined {
  return timeoutAt !== undefined && timeoutAt - now <= NEAR_MS ? timeoutAt : undefined;
}

/** Milliseconds until what is shown of the run changes with the time alone. */
function untilTick(run: RunSnapshot, now: number): number | undefined {
  const { state, timeoutAt } = run;
  const isCounting = (state.kind === "stopping" && state.killAt !== undefined) || (state.kind === "draining" && state.until !== undefined) || nearTimeout(run, now) !== undefined;
  if (isCounting) return TICK_MS;
  return timeoutAt === undefined ? undefined : timeoutAt - NEAR_MS - now;
}
