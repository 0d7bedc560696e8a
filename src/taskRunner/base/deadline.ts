import { toError } from "./errors";

/** What came of something that was not waited for longer than agreed. */
export type Settled<T> = { readonly kind: "done"; readonly value: T } | { readonly kind: "failed"; readonly error: Error } | { readonly kind: "late" };

/**
 * Waits for something, at most this long. It goes on behind; what it throws later is not lost in an unhandled rejection.
 * @param ms milliseconds
 */
export async function settledWithin<T>(ms: number, start: () => Promise<T>): Promise<Settled<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Settled<T>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "late" }), ms);
  });
  try {
    return await Promise.race([settled(start), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function settled<T>(start: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { kind: "done", value: await start() };
  } catch (error) {
    return { kind: "failed", error: toError(error) };
  }
}
