/** The word that was meant, if one is near enough: letters that are missing, too many, wrong or swapped, and any letter case. */
export function closest(written: string, words: readonly string[]): string | undefined {
  const lower = written.toLowerCase();
  const limit = written.length < 5 ? 1 : written.length < 8 ? 2 : 3;
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

const UNITS: readonly [pattern: RegExp, unit: string, times?: number][] = [
  [/^(ms|msecs?|millis|milliseconds?)$/, "ms"],
  [/^([µμu]s|micros|microseconds?)$/, "us"],
  [/^(s|se[ck][a-z]*)$/, "s"],
  [/^(m|min[a-z]*)$/, "m"],
  [/^(h|hrs?|hours?)$/, "h"],
  [/^(d|days?)$/, "h", 24],
  [/^(w|weeks?)$/, "h", 168],
];

/** What a number without a unit is that comes last: "5m30". */
const NEXT: Readonly<Record<string, string>> = { h: "m", m: "s" };

/** "5 sec" is "5s", "1 min 30 sec" is "1m30s", "1:30" is "1m30s", "2 days" is "48h"; undefined where it cannot be told. */
export function meantDuration(written: string): string | undefined {
  const clock = /^\s*(\d+):([0-5]\d)(?::([0-5]\d))?\s*$/.exec(written);
  if (clock !== null) return joined(clock.slice(1).flatMap((one: string | undefined) => (one === undefined ? [] : [Number(one)])), clock[3] === undefined ? ["m", "s"] : ["h", "m", "s"]);
  const [, iso] = /^\s*PT((?:\d+[HMS])+)\s*$/i.exec(written) ?? [];
  if (iso !== undefined) return iso.toLowerCase();
  const parts = [...written.toLowerCase().matchAll(/\s*(\d+(?:[.,]\d+)?)\s*([a-zµμ]*)\.?(?:\s|,|and)*/gy)];
  const end = parts.at(-1);
  if (end === undefined || end.index + end[0].length !== written.length) return undefined;
  let before: string | undefined;
  const units = parts.map(([, number = "", word = ""], i) => {
    const [, unit, times = 1] = UNITS.find(([pattern]) => pattern.test(word)) ?? [];
    const known = word === "" && i === parts.length - 1 ? NEXT[before ?? ""] : unit;
    before = known;
    return known === undefined ? undefined : `${times === 1 ? number.replace(",", ".") : Number(number.replace(",", ".")) * times}${known}`;
  });
  return units.every((unit) => unit !== undefined) ? units.join("") : undefined;
}

function joined(numbers: readonly number[], units: readonly string[]): string {
  return numbers.flatMap((number, i) => (number === 0 ? [] : [`${number}${units[i] ?? ""}`])).join("") || "0";
}

/** Real ones that no task can be asked with: none of ours is meant. */
const OTHER_SIGNALS = /^(SIG)?(ABRT|ALRM|BUS|CHLD|CONT|FPE|ILL|IO|PIPE|POLL|PROF|PWR|SEGV|STKFLT|STOP|SYS|TRAP|TSTP|TTIN|TTOU|URG|VTALRM|WINCH|XCPU|XFSZ)$/i;

/** What signals are called in words. */
const SIGNAL_WORDS: readonly [pattern: RegExp, signal: string][] = [
  [/^(ctrl|control|strg|cmd|\^)[\s+-]*c$/i, "SIGINT"],
  [/^interrupt$/i, "SIGINT"],
  [/^(ctrl|control|strg|\^)[\s+-]*\\$/i, "SIGQUIT"],
  [/^terminate$/i, "SIGTERM"],
];

/** "TERM", "sigterm" and 15 are SIGTERM. */
export function meantSignal(written: string | number, signals: readonly string[]): string | undefined {
  const numbers: Readonly<Record<number, string>> = { 0: "none", 1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 9: "SIGKILL", 10: "SIGUSR1", 12: "SIGUSR2", 15: "SIGTERM" };
  if (typeof written === "number" || /^-?\d+$/.test(written)) return numbers[Math.abs(Number(written))];
  if (OTHER_SIGNALS.test(written.trim())) return undefined;
  const word = SIGNAL_WORDS.find(([pattern]) => pattern.test(written.trim()))?.[1];
  const upper = written.trim().toUpperCase();
  return word ?? signals.find((signal) => signal === upper || signal === `SIG${upper}`) ?? closest(written, signals) ?? closest(`SIG${written}`, signals);
}
