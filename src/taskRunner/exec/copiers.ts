import { setImmediate as nextTurn } from "node:timers/promises";
import type { InputPipe, OutputEnd } from "./pipe";
import { deferred, type Deferred } from "../base/deferred";
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
  /** How many bytes of output have come; 0 for an input. */
  readonly received: number;
  /** Resolves when the other side has taken all that has come, or the copy has ended. */
  caughtUp(): Promise<void>;
}

/** More than a command can leave behind in its pipes and in our streams when it ends, in bytes: whatever comes then is written by others. */
const MOST_LEFT = 4 << 20;

/** So many turns of the event loop after a stream has been resumed it has read what there is, also through a relay. */
const TURNS = 3;

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

  /**
   * For a command that has ended: whether another process holds its output open. Told when nothing of what it has written is under way
   * any more, as before the other side may only be taking its time; or when all copies have ended.
   */
  async areHeld(): Promise<boolean> {
    const most = this.#received() + MOST_LEFT;
    let before: number;
    do {
      before = this.#received();
      await Promise.all(this.#copiers.map((copier) => copier.caughtUp()));
      for (let i = 0; i < TURNS; i++) await nextTurn();
    } while (this.#received() !== before && before < most && !this.allDone);
    return !this.allDone;
  }

  #received(): number {
    return this.#copiers.reduce((sum, { received }) => sum + received, 0);
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
  let received = 0;
  let behind: Deferred<undefined> | undefined;
  const isReading = (): boolean => state === "reading";
  const finish = (error?: Error): void => {
    state = "finished";
    pipe.close();
    resolve(error);
    behind?.resolve(undefined);
  };
  const written = (): void => {
    if (--writing > 0) return;
    behind?.resolve(undefined);
    if (state === "ended") finish();
    else pipe.stream.resume();
  };
  const deliver = (chunk: Buffer): void => {
    if (state === "finished") return;
    received += chunk.length;
    try {
      const pending = writer.write(chunk);
      if (pending === undefined) return;
      if (writing++ === 0) behind = deferred();
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
    get received() {
      return received;
    },
    caughtUp: async () => await behind?.promise,
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
    received: 0,
    caughtUp: () => Promise.resolve(),
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
