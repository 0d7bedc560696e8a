import type { Clock } from "../base/clock";
import { Acks } from "./acks";
import { Frames } from "./frames";
import { ScreenState } from "./screenState";

/** CAN: ends a sequence that was begun. */
const BREAK_OFF = "\x18";

/** What a text costs the terminal: its characters, and some more for every line. */
const LINE_COST = 40;
/** So many characters wait here before reading stops: a terminal gives them in small pieces, which are better drawn together. */
const HIGH_WATERMARK = 800_000;
/** What a program leaves in its pipe when it ends is taken at once, in characters: its end does not wait for the screen. */
const FINAL_OUTPUT_ALLOWANCE = 200_000;
/** What is kept for a terminal that is not there, in characters: the newest. */
const MAX_KEPT = 1_000_000;

/** What is written, and whose it is: the program's; our own, where the cursor is or in lines of its own; or the end of the program's modes. */
interface Piece {
  readonly text: string;
  readonly kind: "output" | "inline" | "lines" | "restore";
}

export interface FlowControlOptions {
  /** Writes to the terminal. */
  readonly write: (text: string) => void;
  /** Gets what was typed: the input without the answers. */
  readonly typed: (text: string) => void;
  /** What to say when output had to be dropped. `toRowStart` brings the cursor to the start of a row. */
  readonly dropped: (characters: number, toRowStart: string) => string;
  readonly clock: Clock;
}

/**
 * Keeps output from running ahead of the screen, as VS Code takes whatever an extension writes, at any rate. While too much
 * is unacknowledged, `push` asks its caller to wait: then the pipe is not read, and the program blocks.
 */
export class FlowControl {
  readonly #options: FlowControlOptions;
  readonly #acks: Acks;
  readonly #frames: Frames;
  /** What the program has made of the screen. */
  readonly #screen = new ScreenState();
  /** What has still to be written, as it came: it must not be cut, not even between two halves of a character. */
  #waiting: Piece[] = [];
  #waitingLength = 0;
  /** What we have to say, and what would be lost in the middle of a sequence, or on the screen of a full-screen program. */
  #later: Piece[] = [];
  #laterLength = 0;
  #highWatermark = HIGH_WATERMARK;
  /** Resolve the promises of the writers that were asked to wait. */
  readonly #writers: (() => void)[] = [];
  /** Resolve the promises of the callers that wait until all is written. */
  readonly #drainers: (() => void)[] = [];
  /** The terminal is not there: nothing is written, the newest is kept. */
  #unresponsive = false;
  #finished = false;
  #dropped = 0;

  constructor(options: FlowControlOptions) {
    const { write, typed, clock } = options;
    this.#options = options;
    this.#acks = new Acks({ write, typed, clock, acknowledged: () => this.#acknowledged(), timedOut: () => this.#giveUp() });
    this.#frames = new Frames(write, () => this.#write(), clock);
  }

  /** Writes output of the program. @returns a promise while the screen is behind */
  push(text: string): void | Promise<void> {
    return this.#add({ text, kind: "output" });
  }

  /**
   * Writes what is not the program's own, after all output that waits, and where it does no harm: when the program is not in
   * the middle of a sequence and shows no other screen.
   * @param kind "lines" begin at the start of a row
   * @returns a promise while the screen is behind
   */
  say(text: string, kind: "inline" | "lines"): void | Promise<void> {
    return this.#add({ text, kind });
  }

  /** The program can no longer restore the screen that it has changed: after all its output, that is done here. */
  restore(): void {
    void this.#add({ text: "", kind: "restore" });
  }

  /** Takes the answers out of what comes from the terminal, and hands on the rest as typed. */
  input(data: string): void {
    this.#acks.input(data);
  }

  /** Another program takes the terminal over. */
  processStarted(): void {
    this.#highWatermark = HIGH_WATERMARK;
  }

  /** The program has ended: what it has left in its pipe is taken without waiting for the screen. */
  processExited(): void {
    this.#highWatermark = HIGH_WATERMARK + FINAL_OUTPUT_ALLOWANCE;
    this.#releaseWriters();
  }

  /** Resolves when all has been written, or the terminal is not there to draw it. */
  drained(): Promise<void> {
    if (this.#waiting.length === 0 || this.#unresponsive || this.#finished) return Promise.resolve();
    return new Promise((resolve) => this.#drainers.push(resolve));
  }

  /** Nothing is held back any more: what waits is written, with how much had to be dropped. */
  finish(): void {
    this.#finished = true;
    if (this.#unresponsive) this.#recover();
    this.#write();
    this.#frames.dispose();
    this.#acks.dispose();
    this.#releaseWriters();
  }

  #add(piece: Piece): void | Promise<void> {
    if (piece.text === "" && piece.kind !== "restore") return;
    this.#waiting.push(piece);
    this.#waitingLength += piece.text.length;
    if (this.#unresponsive) {
      this.#dropOldest();
      return;
    }
    this.#write();
    if (this.#waitingLength > this.#highWatermark) return new Promise((resolve) => this.#writers.push(resolve));
  }

  /** Writes what may be written now; the rest follows when the screen has answered, or with the next message. */
  #write(): void {
    if (this.#unresponsive) return;
    let next = 0;
    for (; next < this.#waiting.length && this.#mayWrite(); next++) this.#take(this.#waiting[next]);
    if (next > 0) this.#waiting = this.#waiting.slice(next);
    // A program that says itself when its screen is to be drawn is left to it.
    if (this.#waiting.length === 0) this.#frames.end();
    else if (!this.#screen.inside && !this.#screen.isHeld) this.#frames.begin();
    // Half of it is the low watermark.
    if (this.#waitingLength <= this.#highWatermark / 2) this.#releaseWriters();
  }

  #mayWrite(): boolean {
    if (this.#finished) return true;
    if (this.#frames.isDue && !this.#screen.inside) this.#frames.end();
    if (this.#frames.isDrawing) return false;
    if (this.#acks.isFull) {
      this.#acks.expect();
      return false;
    }
    return !this.#frames.isMessageFull;
  }

  #take(piece: Piece | undefined): void {
    if (piece === undefined) return;
    this.#waitingLength -= piece.text.length;
    if (piece.kind === "output") this.#emit(piece.text);
    else if (piece.kind === "restore") this.#options.write(this.#screen.restore());
    else this.#keep(piece);
    if (this.#later.length === 0 || this.#screen.inside || this.#screen.alternate) return;
    this.#emitDropped();
    const said = this.#later;
    [this.#later, this.#laterLength] = [[], 0];
    for (const { kind, text } of said) this.#emit(kind === "lines" ? this.#screen.toRowStart() + text : text);
  }

  #keep(piece: Piece): void {
    this.#later.push(piece);
    this.#laterLength += piece.text.length;
    if (this.#laterLength <= MAX_KEPT) return;
    this.#later = this.#newest(this.#later);
    this.#laterLength = lengthOf(this.#later);
  }

  #emit(text: string): void {
    this.#options.write(text);
    this.#screen.feed(text);
    const cost = text.length + LINE_COST * linesOf(text);
    this.#frames.count(cost);
    this.#acks.count(cost, !this.#screen.inside && !this.#finished);
  }

  #acknowledged(): void {
    if (this.#unresponsive) this.#recover();
    this.#write();
  }

  #releaseWriters(): void {
    for (const resolve of this.#writers.splice(0)) resolve();
    if (this.#waiting.length > 0 && !this.#unresponsive) return;
    for (const resolve of this.#drainers.splice(0)) resolve();
  }

  /** The terminal is not there to draw it. The program does not wait for that. */
  #giveUp(): void {
    this.#unresponsive = true;
    this.#dropOldest();
    this.#releaseWriters();
  }

  #recover(): void {
    this.#unresponsive = false;
    this.#emitDropped();
  }

  #dropOldest(): void {
    if (this.#waitingLength <= MAX_KEPT) return;
    this.#waiting = this.#newest(this.#waiting);
    this.#waitingLength = lengthOf(this.#waiting);
  }

  /** Drops the oldest of what is too much. Our own lines are few, and stay. */
  #newest(pieces: Piece[]): Piece[] {
    let length = lengthOf(pieces);
    if (length <= MAX_KEPT) return pieces;
    return pieces.filter(({ kind, text }) => {
      // Somewhat more than is too much, lest every further piece is the end of another one.
      const goes = length > MAX_KEPT - MAX_KEPT / 8 && (kind === "output" || kind === "inline");
      if (goes) [length, this.#dropped] = [length - text.length, this.#dropped + text.length];
      return !goes;
    });
  }

  #emitDropped(): void {
    if (this.#dropped > 0) {
      if (this.#screen.inside) this.#emit(BREAK_OFF);
      this.#emit(this.#options.dropped(this.#dropped, this.#screen.toRowStart()));
    }
    this.#dropped = 0;
  }
}

function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { text }) => sum + text.length, 0);
}

function linesOf(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
