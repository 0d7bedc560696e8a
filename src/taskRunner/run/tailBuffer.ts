/** The newest bytes of a stream. */
export class TailBuffer {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #length = 0;
  #total = 0;

  /** @param limit how many bytes are kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Uint8Array): void {
    const kept = Buffer.from(chunk.subarray(-this.#limit)); // A copy: the chunk's memory is used again.
    this.#chunks.push(kept);
    this.#length += kept.length;
    this.#total += chunk.length;
    // Not for each of many small chunks.
    if (this.#length > 2 * this.#limit || this.#chunks.length > 1000) this.#compact();
  }

  get bytes(): Buffer {
    this.#compact();
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  /** How many bytes came before those that are kept. */
  get skipped(): number {
    return this.#total - this.bytes.length;
  }

  #compact(): void {
    const all = Buffer.concat(this.#chunks);
    // Not a view: it would keep all the memory.
    const kept = all.length > this.#limit ? Buffer.from(all.subarray(-this.#limit)) : all;
    [this.#chunks, this.#length] = [[kept], kept.length];
  }
}
