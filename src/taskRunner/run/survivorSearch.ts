import type { Clock } from "../base/clock";
import type { RunScan } from "../process/membership";
import type { Survivors } from "./survivors";
import { Timers } from "./timers";

/** When it is looked again for what could not be seen at the end, in milliseconds after the look before: on a busy machine, with a dead disk. */
const LOOK_AGAIN_MS = [2000, 12_000, 60_000];

/** Lists the survivors of a run that has ended, as far as they could be seen. What could not is looked for again, ever more rarely, and then left to a later window. */
export class SurvivorSearch {
  readonly #survivors: Survivors;
  readonly #look: () => Promise<RunScan | undefined>;
  readonly #timers: Timers;
  #isComplete = true;

  constructor(survivors: Survivors, clock: Clock, look: () => Promise<RunScan | undefined>) {
    this.#survivors = survivors;
    this.#look = look;
    this.#timers = new Timers(clock);
  }

  /** Whether those that are listed are certainly all. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The last look before the end tells these. */
  set(scan: RunScan): void {
    this.#isComplete = scan.problem === undefined;
    this.#survivors.set(scan.found);
    this.#await(scan);
    if (!this.#isComplete) void this.#lookAgain();
  }

  /** A look that was late, or a later one, tells what was left after all. */
  add(scan: RunScan): void {
    // An older look tells nothing new.
    if (this.#isComplete) return;
    this.#isComplete = scan.problem === undefined;
    if (this.#isComplete) this.#timers.cancelAll();
    this.#survivors.add(scan.found);
    this.#await(scan);
  }

  dispose(): void {
    this.#isComplete = true;
    this.#timers.cancelAll();
  }

  #await({ rest }: RunScan): void {
    void rest?.then((late) => this.add(late));
  }

  async #lookAgain(): Promise<void> {
    for (const ms of LOOK_AGAIN_MS) {
      await this.#timers.sleep(ms);
      const scan = await this.#look();
      if (scan === undefined) return;
      this.add(scan);
      if (this.#isComplete) return;
    }
  }
}
