import type { Clock, Timer } from "../base/clock";

/** Asks for the state of a private mode that does not exist: a terminal answers in its turn (DECRQM and DECRPM). */
const QUERY = "\x1b[?9137$p";
const ANSWER = "\x1b[?9137;0$y";

/** A query is written after so much, by its cost. */
const ACK_EVERY = 700_000;
/** So much may be on its way to the screen, by its cost. */
const MAX_UNACKED = 2_400_000;
/** A terminal that answers nothing for so long is not there, in milliseconds. A busy one answers more often. */
const ACK_TIMEOUT_MS = 3000;
/** The rest of an answer comes within this time, in milliseconds; otherwise its supposed beginning was typed. */
const PARTIAL_TIMEOUT_MS = 50;

export interface AcksOptions {
  /** Writes a query to the terminal. */
  readonly write: (text: string) => void;
  /** Gets what was typed: the input without the answers. */
  readonly typed: (text: string) => void;
  /** Called when the screen has come as far as a query. */
  readonly acknowledged: () => void;
  /** Called when the answer that is waited for does not come. */
  readonly timedOut: () => void;
  readonly clock: Clock;
}

/**
 * Knows how far the screen is behind. VS Code acknowledges nothing that an extension writes, but its terminal answers
 * queries in the order of what it has drawn. So a query is written now and then, and the answers are taken out of the input.
 */
export class Acks {
  readonly #options: AcksOptions;
  /** The cost of what each query stands for that is not answered yet. */
  readonly #queries: number[] = [];
  #sinceQuery = 0;
  #unacked = 0;
  #ackTimer: Timer | undefined;
  /** The beginning of what may become an answer. */
  #partial = "";
  #partialTimer: Timer | undefined;
  #disposed = false;

  constructor(options: AcksOptions) {
    this.#options = options;
  }

  /** Whether nothing may be written before an answer. Where no query could be written (inside a long sequence) none will come. */
  get isFull(): boolean {
    return this.#unacked > MAX_UNACKED && this.#queries.length > 0;
  }

  /**
   * Counts what has been written.
   * @param mayAsk whether a query can follow it
   */
  count(cost: number, mayAsk: boolean): void {
    this.#unacked += cost;
    this.#sinceQuery += cost;
    if (!mayAsk || this.#sinceQuery < ACK_EVERY) return;
    this.#options.write(QUERY);
    this.#queries.push(this.#sinceQuery);
    this.#sinceQuery = 0;
  }

  /** Begins to count the time until the next answer. */
  expect(): void {
    this.#ackTimer ??= this.#options.clock.after(ACK_TIMEOUT_MS, () => {
      this.#ackTimer = undefined;
      this.#options.timedOut();
    });
  }

  /** Takes the answers out of what comes from the terminal, however it is cut, and hands on the rest as typed. */
  input(data: string): void {
    this.#partialTimer?.cancel();
    const parts = (this.#partial + data).split(ANSWER);
    this.#partial = "";
    for (let i = 1; i < parts.length; i++) this.#acknowledge();
    const text = parts.join("");
    const kept = this.#queries.length === 0 || this.#disposed ? 0 : lengthOfPartial(text);
    this.#partial = text.slice(text.length - kept);
    if (kept > 0) this.#partialTimer = this.#options.clock.after(PARTIAL_TIMEOUT_MS, () => this.#releasePartial());
    // An empty input is handed on too: that is how a terminal is looked for.
    if (kept < text.length || data === "") this.#options.typed(text.slice(0, text.length - kept));
  }

  dispose(): void {
    this.#disposed = true;
    this.#ackTimer?.cancel();
    this.#partialTimer?.cancel();
  }

  #acknowledge(): void {
    const cost = this.#queries.shift();
    if (cost === undefined) return;
    this.#unacked -= cost;
    this.#ackTimer?.cancel();
    this.#ackTimer = undefined;
    this.#options.acknowledged();
  }

  #releasePartial(): void {
    const text = this.#partial;
    this.#partial = "";
    if (text !== "") this.#options.typed(text);
  }
}

/** How many characters at the end of the text may be the beginning of an answer. */
function lengthOfPartial(text: string): number {
  for (let length = Math.min(ANSWER.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(ANSWER.slice(0, length))) return length;
  }
  return 0;
}
