import { StringDecoder } from "node:string_decoder";

/** Escape sequences, which leave the cursor in its line: CSI, OSC, and ESC with a letter. */
// eslint-disable-next-line no-control-regex
const SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\-~])/g;
/** So much of a text's end tells where its last line stands. */
const TAIL = 256;

/** Turns the bytes of a pipe or a terminal into text, also where a character or a line end is cut by a chunk's end. */
export class OutputText {
  readonly #decoder = new StringDecoder("utf8");
  #lastByte = "\n";
  #lastSeen = "\n";

  /** Whether the next character starts a line. */
  get atLineStart(): boolean {
    return this.#lastSeen === "\n";
  }

  /**
   * @param hasDriver whether a terminal's driver has made the line ends already; on a pipe a bare "\n" becomes "\r\n"
   */
  convert(chunk: Uint8Array, hasDriver = false): string {
    const text = this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    return hasDriver ? this.#seen(text) : this.#lineEnds(text);
  }

  /** What is left when nothing more comes: a character that was never completed. */
  end(): string {
    return this.#lineEnds(this.#decoder.end());
  }

  /** To be told of what was written past it. */
  wrote(text: string): void {
    this.#seen(text);
  }

  #lineEnds(text: string): string {
    if (text === "") return "";
    const afterCarriageReturn = this.#lastByte === "\r" && text.startsWith("\n");
    this.#seen(text);
    const converted = text.replace(/(?<!\r)\n/g, "\r\n");
    return afterCarriageReturn ? converted.slice(1) : converted;
  }

  #seen(text: string): string {
    this.#lastByte = text.at(-1) ?? this.#lastByte;
    this.#lastSeen = visible(text).at(-1) ?? this.#lastSeen;
    return text;
  }
}

/** The end of a text without its escape sequences. */
export function visible(text: string): string {
  const tail = text.slice(-TAIL);
  return tail.includes("\x1b") ? tail.replace(SEQUENCE, "") : tail;
}
