import type { Copiers } from "./copiers";
import { deferred } from "../base/deferred";
import type { Delay } from "./delay";
import { toError } from "../base/errors";
import { contextError, isProcessDone, WaitDelayError, WrappedError } from "./errors";

/** What the watcher may do to a running command. */
export interface Watched {
  readonly signal: AbortSignal;
  readonly cancel: (() => void | Promise<void>) | null;
  readonly delay: Delay;
  readonly copiers: Copiers;
  /** Called when the delay expires before the process has ended. */
  terminate(): void | Promise<void>;
}

/**
 * Watches a command's signal from its start until `wait` has seen the process end: then `wait` takes over, and an abort
 * from that moment on comes too late. Exactly one of the two acts on the delay: the one that has the command at that time.
 */
export class Watch {
  readonly #watched: Watched;
  readonly #handOver = deferred<"handed over">();
  #result: Promise<Error | undefined> | undefined;

  constructor(watched: Watched) {
    this.#watched = watched;
    watched.signal.addEventListener("abort", this.#onAbort, { once: true });
    if (watched.signal.aborted) this.#onAbort();
  }

  /**
   * Ends the watching because the process has ended.
   * @returns what the abort made of the run: undefined if there was none in time or the process was already done.
   *   It waits for a cancel that is still under way.
   */
  async handOver(): Promise<Error | undefined> {
    this.#watched.signal.removeEventListener("abort", this.#onAbort);
    this.#handOver.resolve("handed over");
    return await this.#result;
  }

  readonly #onAbort = (): void => {
    this.#result ??= this.#interrupt();
  };

  async #interrupt(): Promise<Error | undefined> {
    const { delay } = this.#watched;
    const canceled = await this.#cancel();
    // Only now: a cancel that takes its time (a shutdown request) must not use up the delay of the process.
    delay.start();
    const first = await Promise.race([delay.expired, this.#handOver.promise]);
    return first === "handed over" ? canceled : await this.#terminate(canceled);
  }

  async #cancel(): Promise<Error | undefined> {
    const { cancel, signal } = this.#watched;
    if (cancel === null) return undefined;
    try {
      await cancel();
      // It looks as if the command was interrupted: whatever it does from now on may be due to that, also an exit with 0.
      return contextError(signal);
    } catch (error) {
      return isProcessDone(error) ? undefined : new WrappedError("exec: canceling Cmd", error);
    }
  }

  async #terminate(canceled: Error | undefined): Promise<Error | undefined> {
    const { copiers } = this.#watched;
    let error = canceled;
    let killed = false;
    try {
      await this.#watched.terminate();
      killed = true;
    } catch (e) {
      if (!isProcessDone(e)) error = new WrappedError("exec: killing Cmd", toError(e));
    }
    if (copiers.allDone) return error ?? (killed ? undefined : copiers.error);
    // Closed only after the kill: the process shall die of that, and not of SIGPIPE.
    copiers.close();
    return error ?? new WaitDelayError();
  }
}
