import { contextError } from "./errors";

/**
 * Waits for a part of a start that may hang (a folder on a mount that does not answer), but no longer than until the
 * abort: the start is then abandoned, and has to see to it that nothing comes of it later.
 * @param discard gets what comes after the abort
 * @throws what the promise is rejected with; CanceledError or DeadlineExceededError
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined, discard: (late: T) => void = () => undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abandon = (): void => {
      reject(contextError(signal));
      promise.then(discard, () => undefined);
    };
    if (signal.aborted) abandon();
    signal.addEventListener("abort", abandon, { once: true });
    const settle = (): void => signal.removeEventListener("abort", abandon);
    promise.then(resolve, reject).finally(settle);
  });
}

/** @throws CanceledError or DeadlineExceededError if the signal is aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw contextError(signal);
}
