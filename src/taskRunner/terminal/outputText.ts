import { StringDecoder } from "node:string_decoder";

/** Escape sequences, which leave the cursor in its line: CSI, OSC, and ESC with a letter. */
// eslint-disable-next-line no-control-regex
const SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\-~])/g;
const [LF, CR] = [0x0a, 0x0d];

/** So much of a text's end tells where its last line stands. */
const TAIL = 256;

/** Turns the bytes of a pipe or a terminal into text, also where a character or a line end is cut by a chunk's end. */
export class OutputText {
  readonly #decoder = new StringDecoder("utf8");
  #afterCarriageReturn = false;
  #lastSeen = "\n";

  /** Whether the next character starts a line. */
  get atLineStart(): boolean {
    return this.#lastSeen === "\n";
  }

  /**
   * @param hasDriver whether a terminal's driver has made the line ends already; on a pipe a bare "\n" becomes "\r\n"
   */
  convert(chunk: Uint8Array, hasDriver = false): string {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    return this.#seen(this.#decoder.write(hasDriver ? bytes : this.#lineEnds(bytes)));
  }

  /** What is left when nothing more comes: a character that was never completed. */
  end(): string {
    return this.#seen(this.#decoder.end());
  }

  /** To be told of what was written past it. */
  wrote(text: string): void {
    this.#seen(text);
  }

  /** On bytes, not on text: no other one of UTF-8 has their values, and a line a string would fill memory when lines are short. */
  #lineEnds(bytes: Buffer): Buffer {
    const converted = Buffer.allocUnsafe(2 * bytes.length);
    let to = 0;
    for (const byte of bytes) {
      if (byte === LF && !this.#afterCarriageReturn) converted[to++] = CR;
      converted[to++] = byte;
      this.#afterCarriageReturn = byte === CR;
    }
    return converted.subarray(0, to);
  }

  #seen(text: string): string {
    this.#lastSeen = visible(text).at(-1) ?? this.#lastSeen;
    return text;
  }
}

/** The end of a text without its escape sequences. */
export function visible(text: string): string {
  const tail = text.slice(-TAIL);
  return tail.includes("\x1b") ? tail.replace(SEQUENCE, "") : tail;
}
