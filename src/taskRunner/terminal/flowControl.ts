import type { Clock, Timer } from "../base/clock";
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
/** Ends a line, without a colour that would go on to the edge. */
const END_LINE = "\x1b[0m\r\n";

/** How much something is, is what it costs the terminal: its characters, and some more for every line. */
const LINE = 40;
/** A query is written after so much, and so much may be on its way to the screen. */
const QUERY_EVERY = 700_000;
const WINDOW = 2_400_000;
/**
 * While more comes than can be drawn it goes to the screen in few large pieces: so much at once, and the next one so many
 * milliseconds later. VS Code makes a message of each, which costs more than what is in it; but its window can do nothing
 * else while it takes one in.
 */
const MESSAGE = 1_000_000;
const MESSAGE_MS = 45;
/** So many characters wait here before reading stops: a terminal gives them in small pieces, which are better drawn together. */
const AHEAD = 800_000;
/** What a program leaves in its pipe when it ends is taken at once, in characters: its end is not to wait for the screen. */
const LAST_WORDS = 200_000;
/** A terminal that answers nothing for so long is not there, in milliseconds. A busy one answers more often. */
const PATIENCE_MS = 3000;
/** What is kept for a terminal that is not there, in characters: the newest. */
const HELD = 1_000_000;
/** How long the rest of an answer may take to come, in milliseconds; then what looked like its begin was typed. */
const REST_MS = 50;

/** What is written, and who says so: the program; ourselves, where it stands or in lines of its own; or the end of the program's modes. */
interface Piece {
  readonly text: string;
  readonly kind: "output" | "inline" | "lines" | "restore";
}

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
  readonly #screen = new ScreenState();
  /** How much each query that is not answered yet stands for. */
  readonly #queries: number[] = [];
  #sinceQuery = 0;
  #unanswered = 0;
  /** What has still to be written, as it came: nobody may cut it, not even between two halves of a character. */
  #waiting: Piece[] = [];
  #waitingLength = 0;
  /** What we have to say, and what would be lost in the middle of a sequence, or on the screen of a full-screen program. */
  #later: Piece[] = [];
  #ahead = AHEAD;
  readonly #waiters: (() => void)[] = [];
  /** Those who wait until all is written. */
  readonly #drainers: (() => void)[] = [];
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
    return this.#add({ text, kind: "output" });
  }

  /**
   * Writes what is not the program's own, after all output that waits, and where it does no harm: when the program is not in
   * the middle of a sequence and shows no other screen.
   * @param kind "lines" begin at the start of a line
   * @returns a promise while the screen is behind
   */
  say(text: string, kind: "inline" | "lines"): void | Promise<void> {
    return this.#add({ text, kind });
  }

  /** The program can no longer put right what it has done to the screen: after all its output, that is done here. */
  restore(): void {
    void this.#add({ text: "", kind: "restore" });
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

  /** Resolves when all has been written, or nobody is there to draw it. */
  drained(): Promise<void> {
    if (this.#waiting.length === 0 || this.#deaf || this.#finished) return Promise.resolve();
    return new Promise((resolve) => this.#drainers.push(resolve));
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

  #add(piece: Piece): void | Promise<void> {
    if (piece.text === "" && piece.kind !== "restore") return;
    this.#waiting.push(piece);
    this.#waitingLength += piece.text.length;
    if (this.#deaf) {
      this.#forget();
      return;
    }
    this.#write();
    if (this.#waitingLength > this.#ahead) return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Writes what may be written now; the rest follows when the screen has answered, or with the next message. */
  #write(): void {
    if (this.#deaf) return;
    let next = 0;
    for (; next < this.#waiting.length && this.#mayWrite(); next++) this.#take(this.#waiting[next]);
    if (next > 0) this.#waiting = this.#waiting.slice(next);
    if (this.#waiting.length > 0) this.#beginFrame();
    else if (this.#isHeld()) this.#endFrame();
    if (this.#waitingLength <= this.#ahead / 2) this.#letGo();
  }

  #mayWrite(): boolean {
    if (this.#finished) return true;
    if (this.#frame === "over" && !this.#screen.inside) this.#endFrame();
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
    if (this.#frame !== "none" || this.#screen.inside || this.#screen.isHeld) return;
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

  #take(piece: Piece | undefined): void {
    if (piece === undefined) return;
    this.#waitingLength -= piece.text.length;
    if (piece.kind === "output") this.#send(piece.text);
    else if (piece.kind === "restore") this.#options.write(this.#screen.restore());
    else this.#later = this.#newest([...this.#later, piece]);
    if (this.#later.length === 0 || this.#screen.inside || this.#screen.alternate) return;
    this.#tellDropped();
    for (const { kind, text } of this.#later.splice(0)) this.#send(kind === "lines" && !this.#screen.atLineStart ? END_LINE + text : text);
  }

  #send(text: string): void {
    this.#options.write(text);
    this.#screen.feed(text);
    const cost = text.length + LINE * linesOf(text);
    this.#collect(cost);
    this.#unanswered += cost;
    this.#sinceQuery += cost;
    if (this.#sinceQuery < QUERY_EVERY || this.#screen.inside || this.#finished) return;
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
      this.#write();
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
    if (this.#waiting.length > 0 && !this.#deaf) return;
    for (const resolve of this.#drainers.splice(0)) resolve();
  }

  /** Nobody is there to draw it. The program is not to wait for that. */
  #giveUp(): void {
    this.#patience = undefined;
    this.#deaf = true;
    this.#forget();
    this.#letGo();
  }

  #hear(): void {
    this.#deaf = false;
    this.#tellDropped();
  }

  #forget(): void {
    if (this.#waitingLength <= HELD) return;
    this.#waiting = this.#newest(this.#waiting);
    this.#waitingLength = lengthOf(this.#waiting);
  }

  /** Drops the oldest of what is too much. Our own lines are few, and stay. */
  #newest(pieces: Piece[]): Piece[] {
    let length = lengthOf(pieces);
    if (length <= HELD) return pieces;
    return pieces.filter(({ kind, text }) => {
      // Somewhat more than has to go, lest every further piece is the end of another one.
      const goes = length > HELD - HELD / 8 && (kind === "output" || kind === "inline");
      if (goes) [length, this.#dropped] = [length - text.length, this.#dropped + text.length];
      return !goes;
    });
  }

  #tellDropped(): void {
    if (this.#dropped > 0) this.#send((this.#screen.inside ? BREAK_OFF : "") + this.#options.dropped(this.#dropped));
    this.#dropped = 0;
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

function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { text }) => sum + text.length, 0);
}

function linesOf(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
