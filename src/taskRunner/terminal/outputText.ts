import { StringDecoder } from "node:string_decoder";

/** Turns the bytes of a pipe into what a terminal expects, also where a character or a line end is cut by a chunk's end. */
export class OutputText {
  readonly #decoder = new StringDecoder("utf8");
  #lastChar = "\n";

  /** Whether the next character starts a line. */
  get atLineStart(): boolean {
    return this.#lastChar === "\n";
  }

  /** UTF-8 to text, a bare "\n" to "\r\n" (a pipe has no terminal driver that would do it). */
  convert(chunk: Uint8Array): string {
    return this.#lineEnds(this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
  }

  /** What is left when nothing more comes: a character that was never completed. */
  end(): string {
    return this.#lineEnds(this.#decoder.end());
  }

  /** To be told of what was written past it. */
  wrote(text: string): void {
    this.#lastChar = text.at(-1) ?? this.#lastChar;
  }

  #lineEnds(text: string): string {
    if (text === "") return "";
    const afterCarriageReturn = this.#lastChar === "\r" && text.startsWith("\n");
    this.#lastChar = text.at(-1) ?? this.#lastChar;
    const converted = text.replace(/(?<!\r)\n/g, "\r\n");
    return afterCarriageReturn ? converted.slice(1) : converted;
  }
}
