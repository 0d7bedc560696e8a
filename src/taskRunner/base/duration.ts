/** Milliseconds in each unit of Go's time.ParseDuration. Both spellings of micro are in use: U+00B5 and U+03BC. */
const UNITS: Record<string, number> = { ns: 1e-6, us: 1e-3, "µs": 1e-3, "μs": 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/** What Go can hold: 2^63 - 1 nanoseconds, about 292 years. */
const LONGEST_MS = 9_223_372_036_854;

/** The pattern of the durations that `parseDuration` takes, for package.json. */
export const DURATION_PATTERN = "^\\+?(0|((\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|μs|ms|s|m|h))+)$";

/**
 * A duration as people write it in tasks.json: Go's notation ("300ms", "1m30s", "1.5h", "0") or a number of milliseconds.
 * @returns milliseconds, or undefined for anything else: negative, without a unit, too long, not a duration at all
 */
export function parseDuration(value: unknown): number | undefined {
  const ms = typeof value === "number" ? value : typeof value === "string" ? parseText(value) : undefined;
  return ms !== undefined && ms >= 0 && ms <= LONGEST_MS ? ms : undefined;
}

function parseText(text: string): number | undefined {
  const unsigned = text.startsWith("+") ? text.slice(1) : text;
  if (unsigned === "0") return 0;
  let total = 0;
  let end = 0;
  for (const match of unsigned.matchAll(new RegExp(PART, "gy"))) {
    total += Number(match[1]) * (UNITS[match[2] ?? ""] ?? NaN);
    end = match.index + match[0].length;
  }
  return end > 0 && end === unsigned.length ? total : undefined;
}

/** A time span for people to read: "300 ms", "2.4 s", "5 s", "1 min 30 s", "2 h 5 min". */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${Number((ms / 1000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 3600
    ? join(Math.floor(seconds / 60), "min", seconds % 60, "s")
    : join(Math.floor(seconds / 3600), "h", Math.floor((seconds % 3600) / 60), "min");
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
