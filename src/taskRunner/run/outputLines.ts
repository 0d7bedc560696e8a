import { StringDecoder } from "node:string_decoder";
import { stripVTControlCharacters } from "node:util";

/** What is kept of a line that has not ended yet, in UTF-16 code units. */
const LONGEST = 10_000;

/** The lines of an output as people read them: without colours and other control sequences, also where a chunk ends in the middle. */
export class OutputLines {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  /** @returns the lines that the chunk completes */
  take(chunk: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? "").slice(-LONGEST);
    return lines.map(stripVTControlCharacters);
  }

  /** The line that has not ended yet, such as a prompt. */
  get unfinished(): string {
    return stripVTControlCharacters(this.#rest);
  }
}
