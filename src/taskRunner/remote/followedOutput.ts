import { StringDecoder } from "node:string_decoder";
import type { OutputTail } from "../run/outputTail";
import type { Results } from "./protocol";

/** What a client gets of an output that it follows, in whole characters. A client that is behind gets none, and later the newest of what it has missed. */
export class FollowedOutput {
  readonly #output: OutputTail;
  readonly #send: (text: string, skipped: number) => void;
  readonly #listener: { dispose(): void };
  #decoder = new StringDecoder("utf8");
  /** How many bytes have been written that were not sent. */
  #missed = 0;

  /** @param isBehind whether too much waits already for the client */
  constructor(output: OutputTail, isBehind: () => boolean, send: (text: string, skipped: number) => void) {
    this.#output = output;
    this.#send = send;
    // The character that the tail ends in the middle of comes whole with what follows.
    this.#decoder.write(Buffer.from(output.tail().bytes));
    this.#listener = output.onDidWrite((chunk) => {
      if (isBehind() || this.#missed > 0) {
        this.#missed += chunk.length;
        if (!isBehind()) this.catchUp();
      } else send(this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)), 0);
    });
  }

  /** The client has read what waited for it, or nothing more comes: sends the newest of what it has missed. */
  catchUp(): void {
    const missed = this.#missed;
    if (missed === 0) return;
    this.#missed = 0;
    const bytes = this.#output.tail().bytes.subarray(-missed);
    if (bytes.length === missed) this.#send(this.#decoder.write(Buffer.from(bytes)), 0);
    else {
      // Of a character of which the other part is left out, nothing is left to be shown.
      this.#decoder = new StringDecoder("utf8");
      const cut = untilCharacter(bytes);
      this.#send(this.#decoder.write(Buffer.from(bytes.subarray(cut))), missed - bytes.length + cut);
    }
  }

  dispose(): void {
    this.#listener.dispose();
  }
}

/** The newest output, from its first whole character to its last one. */
export function tailOf(output: OutputTail | undefined): Results["tail"] {
  const { bytes, skipped } = output?.tail() ?? { bytes: new Uint8Array(), skipped: 0 };
  const cut = skipped === 0 ? 0 : untilCharacter(bytes);
  return { text: new StringDecoder("utf8").write(Buffer.from(bytes.subarray(cut))), skipped: skipped + cut };
}

/** How many bytes at the beginning belong to a character that has begun before: three at most; what has more is no UTF-8. */
function untilCharacter(bytes: Uint8Array): number {
  return Math.max(0, bytes.subarray(0, 4).findIndex((byte) => (byte & 0xc0) !== 0x80));
}
