import type { Clock, Timer } from "../exec/clock";
import { ScreenState } from "./screenState";

/** The state of a private mode that does not exist: a terminal answers such a query in its turn (DECRQM and DECRPM). */
const QUERY = "\x1b[?9137$p";
const ANSWER = "\x1b[?9137;0$y";

/** CAN: ends whatever sequence was begun. */
const BREAK_OFF = "\x18";

/** A query is written after so many characters. */
const QUERY_EVERY = 100_000;
/** So many characters may be on their way to the screen before reading stops, and so many when it goes on. */
const HIGH = 400_000;
const LOW = 150_000;
/** What a program leaves behind when it ends is taken at once: its end is not to wait for the screen. */
const LAST_WORDS = 1_000_000;
/** A terminal that answers nothing for so long is not there, in milliseconds. A busy one answers more often. */
const PATIENCE_MS = 3000;
/** What is kept for a terminal that is not there, in characters: the newest. */
const HELD = 1_000_000;
/** How long the rest of an answer may take to come, in milliseconds; then what looked like its begin was typed. */
const REST_MS = 50;

export interface FlowControlOptions {
  /** Writes to the terminal. */
  readonly write: (text: string) => void;
  /** Told what was typed: the input without the answers. */
  readonly typed: (text: string) => void;
  /** Told what to say when output had to be dropped. */
  readonly dropped: (characters: number) => string;
  readonly clock: Clock;
}

/**
 * Keeps output from running ahead of the screen. VS Code takes whatever an extension writes, at any rate, and gives no
 * acknowledgement; but its terminal answers queries in the order of what it has drawn. So one is written now and then, and
 * while too much is unanswered, `push` asks to be waited for: then nobody reads the pipe, and the program blocks.
 */
export class FlowControl {
  readonly #options: FlowControlOptions;
  /** What the program has made of the screen. */
  readonly screen = new ScreenState();
  /** How many characters each query that is not answered yet stands for. */
  readonly #queries: number[] = [];
  #sinceQuery = 0;
  #unanswered = 0;
  #limit = HIGH;
  readonly #waiters: (() => void)[] = [];
  #patience: Timer | undefined;
  /** The terminal is not there: nothing is written, the newest is held. */
  #deaf = false;
  #held: string[] = [];
  #heldLength = 0;
  #dropped = 0;
  /** The begin of what may become an answer. */
  #partial = "";
  #rest: Timer | undefined;

  constructor(options: FlowControlOptions) {
    this.#options = options;
  }

  /** Writes output of the program. @returns a promise while the screen is behind */
  push(text: string): void | Promise<void> {
    if (text === "") return;
    if (this.#deaf) {
      this.#hold(text);
      return;
    }
    this.#send(text);
    if (this.#unanswered <= this.#limit) return;
    this.#patience ??= this.#options.clock.after(PATIENCE_MS, () => this.#giveUp());
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Takes the answers out of what comes from the terminal, however it is cut, and hands the rest on as typed. */
  input(data: string): void {
    this.#rest?.cancel();
    const parts = (this.#partial + data).split(ANSWER);
    this.#partial = "";
    for (let i = 1; i < parts.length; i++) this.#answered();
    const text = parts.join("");
    const kept = this.#queries.length === 0 ? 0 : lengthOfBegin(text);
    this.#partial = text.slice(text.length - kept);
    if (kept > 0) this.#rest = this.#options.clock.after(REST_MS, () => this.#wasTyped());
    // Nothing typed is handed on too if nothing came: that is how a terminal is looked for.
    if (kept < text.length || data === "") this.#options.typed(text.slice(0, text.length - kept));
  }

  /** The program has ended: what it has left in its pipe is taken without waiting for the screen. */
  hurry(): void {
    this.#limit += LAST_WORDS;
    this.#letGo();
  }

  /** Nothing is held back any more: what was held is written, and how much had to be dropped is said. */
  finish(): void {
    this.#patience?.cancel();
    this.#rest?.cancel();
    this.#limit = Infinity;
    this.#letGo();
    if (this.#deaf) this.#hear();
  }

  #send(text: string): void {
    this.#options.write(text);
    this.screen.feed(text);
    this.#unanswered += text.length;
    this.#sinceQuery += text.length;
    if (this.#sinceQuery < QUERY_EVERY || this.screen.inside || this.#limit === Infinity) return;
    this.#options.write(QUERY);
    this.#queries.push(this.#sinceQuery);
    this.#sinceQuery = 0;
  }

  #answered(): void {
    const characters = this.#queries.shift();
    if (characters === undefined) return;
    this.#unanswered -= characters;
    this.#patience?.cancel();
    this.#patience = undefined;
    if (this.#deaf) this.#hear();
    if (this.#unanswered <= LOW || (this.#queries.length === 0 && this.#unanswered <= this.#limit)) this.#letGo();
    else if (this.#waiters.length > 0) this.#patience = this.#options.clock.after(PATIENCE_MS, () => this.#giveUp());
  }

  #letGo(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  /** Nobody is there to draw it. The program is not to wait for that. */
  #giveUp(): void {
    this.#patience = undefined;
    this.#deaf = true;
    this.#letGo();
  }

  #hear(): void {
    this.#deaf = false;
    if (this.#dropped > 0) this.#options.write((this.screen.inside ? BREAK_OFF : "") + this.#options.dropped(this.#dropped));
    const held = this.#held.join("");
    [this.#held, this.#heldLength, this.#dropped] = [[], 0, 0];
    if (held !== "") this.#send(held);
  }

  #hold(text: string): void {
    this.#held.push(text);
    this.#heldLength += text.length;
    while (this.#heldLength > HELD) {
      const oldest = this.#held.shift() ?? "";
      this.#heldLength -= oldest.length;
      this.#dropped += oldest.length;
    }
  }

  #wasTyped(): void {
    const text = this.#partial;
    this.#partial = "";
    if (text !== "") this.#options.typed(text);
  }
}

/** How many characters at the end of the text may be the begin of an answer. */
function lengthOfBegin(text: string): number {
  for (let length = Math.min(ANSWER.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(ANSWER.slice(0, length))) return length;
  }
  return 0;
}
