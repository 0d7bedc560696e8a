import { FlowControl } from "../../../src/taskRunner/terminal/flowControl";
import { FakeClock } from "../fakeClock";

export const QUERY = "\x1b[?9137$p";
export const ANSWER = "\x1b[?9137;0$y";
export const CHUNK = "x".repeat(65_536);

export const BEGIN_FRAME = "\x1b[?2026h";
export const END_FRAME = "\x1b[?2026l";
/** The next message of many comes later than this. */
export const MESSAGE_MS = 60;

/** A terminal that draws when it is told to, and answers queries in their turn. */
export class Screen {
  readonly clock = new FakeClock();
  written = "";
  typed = "";
  #drawn = 0;
  /** How many characters of the program's own were written. */
  length = 0;
  readonly flow = new FlowControl({
    write: (text) => {
      this.written += text;
      if (![QUERY, BEGIN_FRAME, END_FRAME].includes(text)) this.length += text.length;
    },
    typed: (text) => (this.typed += text),
    dropped: (characters) => `<${characters} dropped>`,
    clock: this.clock,
  });

  /** Draws all that was written. */
  draw(): void {
    const queries = this.written.slice(this.#drawn).split(QUERY).length - 1;
    this.#drawn = this.written.length;
    for (let i = 0; i < queries; i++) this.flow.input(ANSWER);
  }

  /** Lets time go by, and draws all that is written in it. */
  drawFor(ms: number): void {
    for (let i = 0; i < ms; i += 10) {
      this.clock.advance(10);
      this.draw();
    }
  }

  get shown(): string {
    return this.written.replaceAll(QUERY, "").replaceAll(BEGIN_FRAME, "").replaceAll(END_FRAME, "");
  }

  get pending(): number {
    return this.written.length - this.#drawn;
  }
}

export async function isPending(promise: Promise<void>): Promise<boolean> {
  return (await Promise.race([promise.then(() => "done"), new Promise((resolve) => setImmediate(() => resolve("pending")))])) === "pending";
}

/** Pushes until it is asked to wait. */
export function fill(screen: Screen, limit = 100): Promise<void> {
  for (let i = 0; i < limit; i++) {
    const wait = screen.flow.push(CHUNK);
    if (wait !== undefined) return wait;
  }
  throw new Error("It never asked to wait.");
}

/** Pushes so much, and lets so much time go by, that the terminal counts for gone. */
export async function deafen(screen: Screen): Promise<void> {
  let wait: Promise<void> | undefined;
  for (let i = 0; i < 6; i++) {
    wait = fill(screen);
    screen.clock.advance(500);
  }
  screen.clock.advance(4000);
  await wait;
}
