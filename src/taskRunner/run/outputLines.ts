import { StringDecoder } from "node:string_decoder";
import { stripVTControlCharacters } from "node:util";

/** What is kept of the beginning and of the end of a long line, in UTF-16 code units: many a pattern takes a time that grows with the square of its length. */
const KEPT = 1000;

/** The lines of an output as people read them: without colours and other control sequences, also where a chunk ends in the middle. */
export class OutputLines {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  /** @returns the lines that the chunk completes */
  take(chunk: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))).split(/\r\n|\n|\r/);
    this.#rest = withoutMiddle(lines.pop() ?? "");
    return lines.map((line) => stripVTControlCharacters(withoutMiddle(line)));
  }

  /** The line that has not ended yet, such as a prompt. */
  get unfinished(): string {
    return stripVTControlCharacters(this.#rest);
  }
}

function withoutMiddle(line: string): string {
  return line.length > 2 * KEPT ? line.slice(0, KEPT) + line.slice(-KEPT) : line;
}
