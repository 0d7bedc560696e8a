import { StringDecoder } from "node:string_decoder";

const [LF, CR] = [0x0a, 0x0d];

/** Where line ends are made, for one chunk after another: a new one each time would be garbage of twice the output's size. */
let room = Buffer.alloc(0);

/** Turns the bytes of a pipe or a terminal into text, also where a character or a line end is cut by a chunk's end. */
export class OutputText {
  readonly #decoder = new StringDecoder("utf8");
  #afterCarriageReturn = false;

  /**
   * @param hasDriver whether a terminal's driver has made the line ends already; on a pipe a bare "\n" becomes "\r\n"
   */
  convert(chunk: Uint8Array, hasDriver = false): string {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    return this.#decoder.write(hasDriver ? bytes : this.#lineEnds(bytes));
  }

  /** What is left when nothing more comes: a character that was never completed. */
  end(): string {
    return this.#decoder.end();
  }

  /** On bytes, not on text: no other one of UTF-8 has their values, and a line a string would fill memory when lines are short. */
  #lineEnds(bytes: Buffer): Buffer {
    if (room.length < 2 * bytes.length) room = Buffer.allocUnsafe(2 * bytes.length);
    let to = 0;
    for (const byte of bytes) {
      if (byte === LF && !this.#afterCarriageReturn) room[to++] = CR;
      room[to++] = byte;
      this.#afterCarriageReturn = byte === CR;
    }
    return room.subarray(0, to);
  }
}
