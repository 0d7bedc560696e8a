import type { Clock, Timer } from "../base/clock";
import type { ListeningPort } from "../process/listeningPorts";

/** Between two looks that output has led to, in milliseconds: at least so long, each time twice as long; and how many there are at most. */
const FIRST_GAP_MS = 500;
const LOOKS = 10;

export interface PortWatchOptions {
  readonly clock: Clock;
  /** The ports of the run's processes. */
  readonly find: () => Promise<readonly ListeningPort[]>;
  /** Told when others are listened on than before. */
  readonly found: () => void;
}

/**
 * The ports on which the processes of a run listen, as they were last seen. They are looked up when asked for, and some times when
 * output has come and stopped, as it does when a server has started: there is no signal for it, and no poll.
 */
export class PortWatch {
  readonly #options: PortWatchOptions;
  #list: readonly ListeningPort[] = [];
  #looksLeft = LOOKS;
  #gap = FIRST_GAP_MS;
  #lookedAt = -Infinity;
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  #isOver = false;

  constructor(options: PortWatchOptions) {
    this.#options = options;
  }

  get list(): readonly ListeningPort[] {
    return this.#list;
  }

  /** Looks now; never rejects. What cannot be seen stays as it was. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Output has come and stopped. */
  outputSettled(): void {
    if (this.#timer !== undefined || this.#looksLeft === 0 || this.#isOver) return;
    const { clock } = this.#options;
    this.#timer = clock.after(Math.max(0, this.#lookedAt + this.#gap - clock.now()), () => {
      this.#timer = undefined;
      this.#looksLeft--;
      this.#gap *= 2;
      void this.look();
    });
  }

  /** The command has ended: what still listens then is a survivor. */
  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#list.length === 0) return;
    this.#list = [];
    this.#options.found();
  }

  async #look(): Promise<void> {
    const { clock, find, found } = this.#options;
    const list = await find().catch(() => this.#list);
    this.#lookedAt = clock.now();
    if (this.#isOver || isSame(list, this.#list)) return;
    this.#list = list;
    found();
  }
}

function isSame(a: readonly ListeningPort[], b: readonly ListeningPort[]): boolean {
  return a.length === b.length && a.every(({ port, process }, i) => b[i]?.port === port && b[i].process.pid === process.pid);
}
