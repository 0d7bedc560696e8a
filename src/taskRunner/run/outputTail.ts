import { Emitter, type Disposable } from "../base/emitter";
import type { Writer } from "../exec/copiers";
import { TailBuffer } from "./tailBuffer";
import type { RunOutput } from "./taskRunOptions";

/** So much of a run's output is kept, in bytes. */
export const TAIL_BYTES = 64 * 1024;

/** Keeps the newest output of a run for other windows, and hands all of it on. */
export class OutputTail implements RunOutput {
  readonly #to: RunOutput;
  readonly #written = new Emitter<Uint8Array>();
  readonly #tail = new TailBuffer(TAIL_BYTES);

  constructor(to: RunOutput) {
    this.#to = to;
  }

  get cancelOutput(): Writer {
    return this.#to.cancelOutput ?? this.#to;
  }

  write(chunk: Uint8Array): void | PromiseLike<void> {
    this.#tail.add(chunk);
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
    return { bytes: this.#tail.bytes, skipped: this.#tail.skipped };
  }
}
