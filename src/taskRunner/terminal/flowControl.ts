import type { Clock, Timer } from "../exec/clock";
import { ScreenState } from "./screenState";

/** The state of a private mode that does not exist: a terminal answers such a query in its turn (DECRQM and DECRPM). */
const QUERY = "\x1b[?9137$p";
const ANSWER = "\x1b[?9137;0$y";

/**
 * Drawing costs a screen more than understanding what is to be drawn. While more comes than anybody can read, it is drawn so
 * often, in milliseconds, and has this time for it: in between the terminal is told to wait with it (synchronized output,
 * which one that does not know it ignores).
 */
const FRAME_MS = 200;
const FRAME_GAP_MS = 20;
const BEGIN_FRAME = "\x1b[?2026h";
const END_FRAME = "\x1b[?2026l";

/** CAN: ends whatever sequence was begun. */
const BREAK_OFF = "\x18";

/** A query is written after so much. How much something is, is what it costs to draw: its characters, and for every line some more. */
const QUERY_EVERY = 200_000;
const LINE = 20;
/** So much may be on its way to the screen. */
const WINDOW = 800_000;
/**
 * While more comes than can be drawn it goes to the screen in few large pieces: so much at once, and the next one so many
 * milliseconds later. VS Code makes a message of each, which costs more than what is in it.
 */
const MESSAGE = 400_000;
const MESSAGE_MS = 25;
/** So many characters wait here before reading stops: a terminal gives them in small pieces, which are better drawn together. */
const AHEAD = 500_000;
/** What a program leaves behind when it ends is taken at once, in characters: its end is not to wait for the screen. */
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
  /** How much each query that is not answered yet stands for. */
  readonly #queries: number[] = [];
  #sinceQuery = 0;
  #unanswered = 0;
  /** What has still to be written, as it came: nobody may cut it, not even between two halves of a character. */
  #waiting: string[] = [];
  #waitingLength = 0;
  #ahead = AHEAD;
  readonly #waiters: (() => void)[] = [];
  /** What has gone into the message that VS Code is collecting, while it does. */
  #message = 0;
  #collecting: Timer | undefined;
  /** Nothing is drawn until it is over; or, with "gap", it is being drawn, and nothing is written. */
  #frame: "none" | "held" | "over" | "gap" = "none";
  #frameTimer: Timer | undefined;
  #patience: Timer | undefined;
  /** The terminal is not there: nothing is written, the newest is kept. */
  #deaf = false;
  #finished = false;
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
    this.#waiting.push(text);
    this.#waitingLength += text.length;
    if (this.#deaf) {
      this.#dropOldest();
      return;
    }
    this.#write();
    if (this.#waitingLength > this.#ahead) return new Promise((resolve) => this.#waiters.push(resolve));
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
    this.#ahead += LAST_WORDS;
    this.#letGo();
  }

  /** Nothing is held back any more: what waits is written, and how much had to be dropped is said. */
  finish(): void {
    this.#finished = true;
    if (this.#deaf) this.#hear();
    this.#write();
    if (this.#isHeld()) this.#endFrame();
    for (const timer of [this.#patience, this.#rest, this.#collecting, this.#frameTimer]) timer?.cancel();
    this.#letGo();
  }

  /** Writes what may be written now; the rest follows when the screen has answered, or with the next message. */
  #write(): void {
    let next = 0;
    for (; next < this.#waiting.length && this.#mayWrite(); next++) this.#send(this.#waiting[next] ?? "");
    if (next > 0) this.#waiting = this.#waiting.slice(next);
    if (this.#waiting.length > 0) this.#beginFrame();
    else if (this.#isHeld()) this.#endFrame();
    if (this.#waitingLength <= this.#ahead / 2) this.#letGo();
  }

  #mayWrite(): boolean {
    if (this.#finished) return true;
    if (this.#frame === "over" && !this.screen.inside) this.#endFrame();
    if (this.#frame === "gap") return false;
    // While nothing is asked nothing will be answered: in the middle of a long sequence no question can be put.
    if (this.#unanswered > WINDOW && this.#queries.length > 0) {
      this.#patience ??= this.#options.clock.after(PATIENCE_MS, () => this.#giveUp());
      return false;
    }
    return this.#message < MESSAGE;
  }

  /** More comes than can be written at once. A program that says itself when its screen is to be drawn is left to it. */
  #beginFrame(): void {
    if (this.#frame !== "none" || this.screen.inside || this.screen.isHeld) return;
    this.#options.write(BEGIN_FRAME);
    this.#frame = "held";
    this.#frameTimer = this.#options.clock.after(FRAME_MS, () => {
      this.#frame = "over";
      this.#write();
    });
  }

  #isHeld(): boolean {
    return this.#frame === "held" || this.#frame === "over";
  }

  #endFrame(): void {
    this.#frameTimer?.cancel();
    this.#options.write(END_FRAME);
    this.#frame = "gap";
    this.#frameTimer = this.#options.clock.after(FRAME_GAP_MS, () => {
      this.#frame = "none";
      this.#write();
    });
  }

  #send(text: string): void {
    this.#options.write(text);
    this.screen.feed(text);
    this.#waitingLength -= text.length;
    const cost = text.length + LINE * linesOf(text);
    this.#collect(cost);
    this.#unanswered += cost;
    this.#sinceQuery += cost;
    if (this.#sinceQuery < QUERY_EVERY || this.screen.inside || this.#finished) return;
    this.#options.write(QUERY);
    this.#queries.push(this.#sinceQuery);
    this.#sinceQuery = 0;
  }

  #collect(cost: number): void {
    this.#message += cost;
    if (this.#finished) return;
    this.#collecting ??= this.#options.clock.after(MESSAGE_MS, () => {
      this.#collecting = undefined;
      this.#message = 0;
      if (!this.#deaf) this.#write();
    });
  }

  #answered(): void {
    const cost = this.#queries.shift();
    if (cost === undefined) return;
    this.#unanswered -= cost;
    this.#patience?.cancel();
    this.#patience = undefined;
    if (this.#deaf) this.#hear();
    this.#write();
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
    this.#dropped = 0;
  }

  #dropOldest(): void {
    let oldest = 0;
    for (; this.#waitingLength > HELD; oldest++) {
      const { length } = this.#waiting[oldest] ?? "";
      this.#waitingLength -= length;
      this.#dropped += length;
    }
    if (oldest > 0) this.#waiting.splice(0, oldest);
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

function linesOf(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
