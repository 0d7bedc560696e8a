import type { RestartPolicy } from "../task/restart";
import type { Outcome } from "./state";

/** How long to wait before the first restart, and at most, in milliseconds: each pause is twice as long as the one before. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** A restart that is about to be made. */
export interface Restart extends RestartPolicy {
  /** How many there have been within the policy's time, with this one. */
  readonly nth: number;
  /** To wait before it, in milliseconds. */
  readonly pauseMs: number;
}

export type RestartDecision =
  | { readonly kind: "restart"; readonly restart: Restart }
  /** Restarting it has not helped. */
  | { readonly kind: "enough"; readonly policy: RestartPolicy };

/** Decides after each end of a task's command whether it is started again, and when. */
export class Restarts {
  readonly #policy: RestartPolicy;
  readonly #now: () => number;
  /** When the newest restarts were, in the time in which the command ran: the pauses would make them look rare. */
  #times: readonly number[] = [];
  #pausedMs = 0;

  /** @param now milliseconds from a source that never jumps */
  constructor(policy: RestartPolicy, now: () => number) {
    this.#policy = policy;
    this.#now = now;
  }

  /** @returns undefined where this end is meant to be one */
  after(outcome: Outcome): RestartDecision | undefined {
    if (!this.#isWanted(outcome)) return undefined;
    const now = this.#now() - this.#pausedMs;
    const recent = this.#times.filter((at) => now - at < this.#policy.within);
    if (recent.length >= this.#policy.max) return { kind: "enough", policy: this.#policy };
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** recent.length);
    this.#times = [...recent, now];
    this.#pausedMs += pauseMs;
    return { kind: "restart", restart: { ...this.#policy, nth: recent.length + 1, pauseMs } };
  }

  #isWanted(outcome: Outcome): boolean {
    switch (outcome.kind) {
      case "exited":
      case "signaled":
        return outcome.stop === undefined;
      case "failed":
        return true;
      case "hungPipe":
        return outcome.isError || this.#policy.on === "always";
      case "succeeded":
        return this.#policy.on === "always";
      // What was never started would not be the next time, and what was stopped is meant to be.
      case "couldNotStart":
      case "canceled":
      case "unkillable":
      case "lost":
        return false;
    }
  }
}
