/** The word that was meant, if one is near enough: letters that are missing, too many, wrong or swapped, and any letter case. */
export function closest(written: string, words: readonly string[]): string | undefined {
  const lower = written.toLowerCase();
  const limit = written.length < 4 ? 1 : written.length < 8 ? 2 : 3;
  const near = words.map((word) => ({ word, distance: distance(lower, word.toLowerCase()) })).filter((one) => one.distance <= limit && one.distance < Math.max(one.word.length, 2));
  return near.sort((a, b) => a.distance - b.distance)[0]?.word;
}

/** Damerau-Levenshtein, of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a.charAt(i - 1) === b.charAt(j - 1);
      let least = Math.min((row[j - 1] ?? 0) + (isSame ? 0 : 1), (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a.charAt(i - 1) === b.charAt(j - 2) && a.charAt(i - 2) === b.charAt(j - 1)) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

const UNITS: readonly [pattern: RegExp, unit: string][] = [
  [/^(ms|msecs?|millis|milliseconds?)$/, "ms"],
  [/^(s|secs?|seconds?)$/, "s"],
  [/^(m|mins?|minutes?)$/, "m"],
  [/^(h|hrs?|hours?)$/, "h"],
];

/** "5 sec" is "5s", "1 min 30 sec" is "1m30s", "1:30" is "1m30s"; undefined where it cannot be told. */
export function meantDuration(written: string): string | undefined {
  const clock = /^\s*(\d+):([0-5]\d)(?::([0-5]\d))?\s*$/.exec(written);
  if (clock !== null) return clock[3] === undefined ? `${Number(clock[1])}m${Number(clock[2])}s` : `${Number(clock[1])}h${Number(clock[2])}m${Number(clock[3])}s`;
  const parts = [...written.toLowerCase().matchAll(/\s*(\d+(?:[.,]\d+)?)\s*([a-z]+)\.?(?:\s|,|and)*/gy)];
  const end = parts.at(-1);
  if (end === undefined || end.index + end[0].length !== written.length) return undefined;
  const units = parts.map(([, number, word]) => [number?.replace(",", "."), UNITS.find(([pattern]) => pattern.test(word ?? ""))?.[1]] as const);
  return units.every(([, unit]) => unit !== undefined) ? units.map(([number, unit]) => `${number ?? ""}${unit ?? ""}`).join("") : undefined;
}

/** "TERM", "sigterm" and 15 are SIGTERM. */
export function meantSignal(written: string | number, signals: readonly string[]): string | undefined {
  const numbers: Readonly<Record<number, string>> = { 0: "none", 1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 9: "SIGKILL", 10: "SIGUSR1", 12: "SIGUSR2", 15: "SIGTERM" };
  if (typeof written === "number" || /^\d+$/.test(written)) return numbers[Number(written)];
  const upper = written.toUpperCase();
  return signals.find((signal) => signal === upper || signal === `SIG${upper}`) ?? closest(written, signals) ?? closest(`SIG${written}`, signals);
}
