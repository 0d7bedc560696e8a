import type { InputPipe, OutputEnd } from "./pipe";
import { deferred } from "../base/deferred";
import { systemCode, toError } from "../base/errors";

/**
 * Where a command's output goes. A promise holds back the next chunk, and with it the child; only what is left in the
 * pipe when the waitDelay expires is written at once. After it has failed, a writer is not called again.
 */
export interface Writer {
  write(chunk: Uint8Array): void | PromiseLike<void>;
}

/** Where a command's input comes from: bytes, text, or anything that yields chunks of them (a Readable does). */
export type Source = string | Uint8Array | AsyncIterable<Uint8Array | string>;

/** One running copy between a pipe and its other side. */
export interface Copier {
  /** Resolves once: with what went wrong, or with undefined at the end of file or after `close`. */
  readonly done: Promise<Error | undefined>;
  /** Ends the copy now and closes the pipe. `done` follows even when the other side never returns. */
  close(): void;
}

/** All copies of one command. */
export class Copiers {
  readonly #copiers: Copier[] = [];
  #running = 0;
  #firstError: Error | undefined;
  readonly #idle = deferred<undefined>();

  add(copier: Copier): void {
    this.#copiers.push(copier);
    this.#running++;
    void copier.done.then((error) => {
      this.#firstError ??= error;
      if (--this.#running === 0) this.#idle.resolve(undefined);
    });
  }

  get allDone(): boolean {
    return this.#running === 0;
  }

  /** The error of the copier that failed first, so far. */
  get error(): Error | undefined {
    return this.#firstError;
  }

  /** Resolves when every copy has ended. */
  async done(): Promise<void> {
    if (!this.allDone) await this.#idle.promise;
  }

  /** Ends all of them now. */
  close(): void {
    for (const copier of this.#copiers) copier.close();
  }
}

/**
 * Copies from the child's output to the writer until the end of file.
 * A writer that fails ends the copy and closes the pipe, so that the child does not block on it indefinitely.
 */
export function copyOutput(pipe: OutputEnd, writer: Writer): Copier {
  const { promise, resolve } = deferred<Error | undefined>();
  let state: "reading" | "ended" | "finished" = "reading";
  let writing = 0;
  const isReading = (): boolean => state === "reading";
  const finish = (error?: Error): void => {
    state = "finished";
    pipe.close();
    resolve(error);
  };
  const written = (): void => {
    if (--writing > 0) return;
    if (state === "ended") finish();
    else pipe.stream.resume();
  };
  const deliver = (chunk: Buffer): void => {
    if (state === "finished") return;
    try {
      const pending = writer.write(chunk);
      if (pending === undefined) return;
      writing++;
      pipe.stream.pause();
      pending.then(written, (error: unknown) => finish(toError(error)));
    } catch (error) {
      finish(toError(error));
    }
  };
  const ended = (): void => {
    if (state !== "reading") return;
    // A terminal's stream can end before it has read everything.
    pipe.drain(deliver);
    // A socket that is paused ends all the same, when nothing is left in it.
    if (isReading()) state = "ended";
    if (writing === 0) finish();
  };
  pipe.stream.on("data", deliver);
  pipe.stream.once("end", ended);
  pipe.stream.once("error", (error) => (pipe.isEnd(error) ? ended() : finish(error)));
  return {
    done: promise,
    close: () => {
      pipe.stream.off("data", deliver);
      pipe.drain(deliver);
      finish();
    },
  };
}

/** Copies the source to the child's input and closes it at the end. A child that stops reading is no error. */
export function copyInput(source: Source, pipe: InputPipe): Copier {
  const { promise, resolve } = deferred<Error | undefined>();
  const stop = new AbortController();
  const finish = (error?: Error): void => {
    stop.abort();
    resolve(error);
  };
  pipe.stream.once("close", () => finish());
  pump(source, pipe, stop.signal).then(
    () => pipe.stream.end(() => finish()),
    (error: unknown) => {
      pipe.close();
      finish(toError(error));
    },
  );
  return {
    done: promise,
    close: () => {
      pipe.close();
      finish();
    },
  };
}

/** Returns at the source's end, or when the child reads no more. Throws what the source throws: even if that is EPIPE. */
async function pump(source: Source, pipe: InputPipe, stopped: AbortSignal): Promise<void> {
  const chunks = typeof source === "string" || source instanceof Uint8Array ? [source] : source;
  for await (const chunk of chunks) {
    if (stopped.aborted) return;
    const error = await new Promise<Error | null | undefined>((resolve) => pipe.stream.write(chunk, resolve));
    if (isBrokenPipe(error)) return;
    if (error != null) throw error;
  }
}

function isBrokenPipe(error: unknown): boolean {
  return ["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_STREAM_PREMATURE_CLOSE"].includes(systemCode(error) ?? "");
}
