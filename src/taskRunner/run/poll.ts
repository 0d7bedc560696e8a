import type { Clock, Timer } from "../base/clock";

/** By how much each pause is longer than the one before. */
const GROWTH = 1.5;

/** Between two checks, in milliseconds: the first pause, and the longest. */
export interface Pauses {
  readonly first: number;
  readonly longest: number;
}

/** Checks something again and again, with growing pauses, until it holds. One check at a time; one that fails does not hold yet. */
export class Poll {
  readonly #clock: Clock;
  readonly #pauses: Pauses;
  readonly #check: () => Promise<boolean>;
  readonly #passed: () => void;
  #pause: number;
  #timer: Timer | undefined;
  #isChecking = false;
  #isHurried = false;
  #isOver = false;

  constructor(clock: Clock, pauses: Pauses, check: () => Promise<boolean>, passed: () => void) {
    this.#clock = clock;
    this.#pauses = pauses;
    this.#pause = pauses.first;
    this.#check = check;
    this.#passed = passed;
    this.#wait();
  }

  /** Something has happened: checks now, or once more after the check that is under way. */
  hurry(): void {
    this.#pause = this.#pauses.first;
    if (this.#isChecking) this.#isHurried = true;
    else if (!this.#isOver) void this.#look();
  }

  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  #wait(): void {
    this.#timer = this.#clock.after(this.#pause, () => void this.#look());
    this.#pause = Math.min(this.#pause * GROWTH, this.#pauses.longest);
  }

  async #look(): Promise<void> {
    this.#timer?.cancel();
    this.#isChecking = true;
    const holds = await this.#check().catch(() => false);
    this.#isChecking = false;
    if (this.#isOver) return;
    if (holds) {
      this.stop();
      this.#passed();
    } else if (this.#isHurried) {
      this.#isHurried = false;
      void this.#look();
    } else this.#wait();
  }
}
