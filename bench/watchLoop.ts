/** Measures the longest time that the event loop does not turn. @returns ends it, with that time in ms */
export function watchLoop(): () => number {
  let [last, longest, on] = [performance.now(), 0, true];
  const turn = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (on) setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    on = false;
    return longest;
  };
}
