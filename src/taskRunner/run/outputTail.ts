import { stripVTControlCharacters } from "node:util";

/** So much of the end of an output is kept, in bytes. */
const KEPT_BYTES = 16_384;

/** The last words of an output, for finding out why its command has failed. */
export class OutputTail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  add(chunk: Uint8Array): void {
    const last = Buffer.from(chunk.subarray(-KEPT_BYTES)); // A copy: the chunk's memory is used again.
    this.#chunks.push(last);
    this.#bytes += last.length;
    // Not for each of many small chunks.
    if (this.#bytes > 2 * KEPT_BYTES || this.#chunks.length > 1000) {
      this.#chunks = [Buffer.concat(this.#chunks).subarray(-KEPT_BYTES)];
      this.#bytes = this.#chunks[0]?.length ?? 0;
    }
  }

  /** Without colours. */
  lines(): string[] {
    return stripVTControlCharacters(Buffer.concat(this.#chunks).toString()).split(/\r\n|\n|\r/);
  }
}
