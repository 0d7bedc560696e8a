import { StringDecoder } from "node:string_decoder";

/** Cuts what comes over a socket into its lines, none of which may be longer than agreed. */
export class Lines {
  readonly #decoder = new StringDecoder("utf8");
  readonly #maxLength: number;
  #rest = "";

  /** @param maxLength in UTF-16 code units, of which a byte makes one at most */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** @returns the lines that are complete; undefined when one is too long: then nothing more is to be read */
  push(chunk: Uint8Array): string[] | undefined {
    const lines = (this.#rest + this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))).split("\n");
    this.#rest = lines.pop() ?? "";
    return [...lines, this.#rest].some(({ length }) => length > this.#maxLength) ? undefined : lines;
  }
}
