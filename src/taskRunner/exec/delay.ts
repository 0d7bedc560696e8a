import type { Clock, Timer } from "../base/clock";

/**
 * The one waitDelay timer of a command. The cancel (when it has returned) or the observed exit starts it, whichever comes
 * first; later starts change nothing. Its owner stops it.
 */
export class Delay {
  /** Resolves when the delay is over. It never resolves when the delay is 0, was never started, or was stopped. */
  readonly expired: Promise<void>;
  #expire!: () => void;
  #timer: Timer | undefined;
  #state: "idle" | "running" | "expired" | "stopped" = "idle";
  #expiresAt: number | undefined;

  /**
   * @param ms how long to wait, in milliseconds; 0 waits indefinitely, as in Go
   * @param onStart called once when it begins to count
   */
  constructor(
    readonly ms: number,
    readonly clock: Clock,
    readonly onStart: () => void = () => undefined,
  ) {
    this.expired = new Promise((resolve) => {
      this.#expire = resolve;
    });
  }

  /** When the delay will be (or was) over, in the clock's milliseconds; undefined while it is not counting. */
  get expiresAt(): number | undefined {
    return this.#expiresAt;
  }

  /** How much of the delay is left, in milliseconds: all of it before it begins to count; undefined where it will never be over. */
  get leftMs(): number | undefined {
    if (this.#expiresAt !== undefined) return Math.max(0, this.#expiresAt - this.clock.now());
    return this.#state === "idle" && this.ms > 0 ? this.ms : undefined;
  }

  get hasExpired(): boolean {
    return this.#state === "expired";
  }

  start(): void {
    if (this.#state !== "idle" || this.ms === 0) return;
    this.#state = "running";
    this.#expiresAt = this.clock.now() + this.ms;
    this.#timer = this.clock.after(this.ms, () => this.expireNow());
    this.onStart();
  }

  /** Ends the waiting at once, whether or not the delay had been started. */
  expireNow(): void {
    if (this.#state === "expired" || this.#state === "stopped") return;
    this.#timer?.cancel();
    this.#state = "expired";
    this.#expiresAt = this.clock.now();
    this.#expire();
  }

  stop(): void {
    if (this.#state === "expired") return;
    this.#timer?.cancel();
    this.#state = "stopped";
    this.#expiresAt = undefined;
  }
}
