import type { Clock, Timer } from "./clock";

/** Resolves when the signal is aborted, or at once when it has been. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Resolves after so many milliseconds, or when the signal is aborted. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  let timer: Timer | undefined;
  const over = new Promise<void>((resolve) => (timer = clock.after(ms, resolve)));
  await Promise.race([over, aborted(signal)]);
  timer?.cancel();
}
