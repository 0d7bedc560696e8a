import { Emitter, type Disposable } from "../base/emitter";
import type { Writer } from "../exec/copiers";
import type { RunOutput } from "./taskRunOptions";

/** So much of a run's output is kept, in bytes. */
export const TAIL_BYTES = 64 * 1024;

/** Keeps the newest output of a run for other windows, and hands all of it on. */
export class OutputTail implements RunOutput {
  readonly #to: RunOutput;
  readonly #written = new Emitter<Uint8Array>();
  #chunks: Uint8Array[] = [];
  #length = 0;
  #total = 0;

  constructor(to: RunOutput) {
    this.#to = to;
  }

  get cancelOutput(): Writer {
    return this.#to.cancelOutput ?? this.#to;
  }

  write(chunk: Uint8Array): void | PromiseLike<void> {
    // A copy: the chunk's memory is used again.
    const kept = Uint8Array.prototype.slice.call(chunk.length > TAIL_BYTES ? chunk.subarray(chunk.length - TAIL_BYTES) : chunk);
    this.#chunks.push(kept);
    this.#length += kept.length;
    this.#total += chunk.length;
    if (this.#length > 2 * TAIL_BYTES || this.#chunks.length > 1000) this.#compact();
    this.#written.fire(chunk);
    return this.#to.write(chunk);
  }

  processExited(): void {
    this.#to.processExited?.();
  }

  /** Told what is written, which is to be read before the call returns. */
  onDidWrite(listener: (chunk: Uint8Array) => void): Disposable {
    return this.#written.event(listener);
  }

  /** The newest output, and how many bytes came before it. */
  tail(): { readonly bytes: Uint8Array; readonly skipped: number } {
    this.#compact();
    const bytes = this.#chunks[0] ?? new Uint8Array();
    return { bytes, skipped: this.#total - bytes.length };
  }

  #compact(): void {
    const all = Buffer.concat(this.#chunks);
    const kept = all.length > TAIL_BYTES ? Uint8Array.from(all.subarray(all.length - TAIL_BYTES)) : all;
    [this.#chunks, this.#length] = [[kept], kept.length];
  }
}
