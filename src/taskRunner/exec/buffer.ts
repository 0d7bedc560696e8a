import type { Writer } from "./copiers";

/** Collects everything that is written to it. */
export class ByteBuffer implements Writer {
  readonly #chunks: Uint8Array[] = [];

  write(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** The bytes as UTF-8. */
  toString(): string {
    return this.bytes().toString("utf8");
  }
}

/** Keeps the first and the last `limit` bytes, and how many were left out in between. */
export class PrefixSuffixSaver implements Writer {
  #prefix: Buffer = Buffer.alloc(0);
  #suffix: Buffer = Buffer.alloc(0);
  #skipped = 0;

  /** @param limit how much to keep of each end, in bytes */
  constructor(readonly limit: number) {}

  write(chunk: Uint8Array): void {
    const room = this.limit - this.#prefix.length;
    if (room > 0) this.#prefix = Buffer.concat([this.#prefix, chunk.subarray(0, room)]);
    const rest = chunk.subarray(Math.max(0, room));
    if (rest.length === 0) return;
    const tail = Buffer.concat([this.#suffix, rest]);
    this.#skipped += Math.max(0, tail.length - this.limit);
    // Copied, so that a short tail does not keep a long chunk alive.
    this.#suffix = Buffer.from(tail.subarray(-this.limit));
  }

  /** What was kept; where something was left out, a line between the two ends says how much. */
  bytes(): Buffer {
    const gap = this.#skipped === 0 ? "" : `\n... omitting ${this.#skipped} bytes ...\n`;
    return Buffer.concat([this.#prefix, Buffer.from(gap), this.#suffix]);
  }
}
