import type { Clock, Timer } from "../base/clock";

/**
 * Drawing costs a screen more than understanding what is to be drawn. While more comes than a person can read, the screen
 * draws once in so many milliseconds, and has this time for it: in between the terminal is told to wait with drawing
 * (synchronized output, which a terminal that does not know it ignores).
 */
const FRAME_MS = 200;
const FRAME_GAP_MS = 20;
const BEGIN_FRAME = "\x1b[?2026h";
const END_FRAME = "\x1b[?2026l";

/**
 * While more comes than can be drawn it goes to the screen in few large pieces: so much at once, by its cost, and the next
 * one so many milliseconds later. VS Code makes a message of each, which costs more than what is in it; but its window can
 * do nothing else while it takes one in.
 */
const MESSAGE_SIZE = 1_000_000;
const MESSAGE_MS = 45;

/** In what portions output goes to the screen: messages, which VS Code collects, and frames, which the screen draws. */
export class Frames {
  readonly #write: (text: string) => void;
  readonly #onReady: () => void;
  readonly #clock: Clock;
  /** What has gone into the message that VS Code is collecting. */
  #messageSize = 0;
  #messageTimer: Timer | undefined;
  /** While a frame is "open" or "due" to end nothing is drawn; in the "gap" after it the screen draws, and nothing is written. */
  #frame: "none" | "open" | "due" | "gap" = "none";
  #frameTimer: Timer | undefined;
  #disposed = false;

  /** @param onReady called when more may be written than before */
  constructor(write: (text: string) => void, onReady: () => void, clock: Clock) {
    this.#write = write;
    this.#onReady = onReady;
    this.#clock = clock;
  }

  get isMessageFull(): boolean {
    return this.#messageSize >= MESSAGE_SIZE;
  }

  /** Whether the screen waits with drawing. */
  get isOpen(): boolean {
    return this.#frame === "open" || this.#frame === "due";
  }

  /** Whether the open frame has had its time. */
  get isDue(): boolean {
    return this.#frame === "due";
  }

  /** Whether the screen is drawing what the last frame has brought. */
  get isDrawing(): boolean {
    return this.#frame === "gap";
  }

  /** Counts what has been written. */
  count(cost: number): void {
    if (this.#disposed) return;
    this.#messageSize += cost;
    this.#messageTimer ??= this.#clock.after(MESSAGE_MS, () => {
      this.#messageTimer = undefined;
      this.#messageSize = 0;
      this.#onReady();
    });
  }

  /** Begins a frame, unless one is open or being drawn. */
  begin(): void {
    if (this.#frame !== "none") return;
    this.#write(BEGIN_FRAME);
    this.#frame = "open";
    this.#frameTimer = this.#clock.after(FRAME_MS, () => {
      this.#frame = "due";
      this.#onReady();
    });
  }

  end(): void {
    if (!this.isOpen) return;
    this.#frameTimer?.cancel();
    this.#write(END_FRAME);
    this.#frame = "gap";
    this.#frameTimer = this.#clock.after(FRAME_GAP_MS, () => {
      this.#frame = "none";
      this.#onReady();
    });
  }

  dispose(): void {
    this.end();
    this.#disposed = true;
    this.#messageTimer?.cancel();
    this.#frameTimer?.cancel();
  }
}
