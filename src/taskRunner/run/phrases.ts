import { harmless } from "../base/harmless";

/** A text in one line of this length at most, in UTF-16 code units. */
export function shorten(text: string, length: number): string {
  // A command line can have megabytes: most of it need not be read.
  const start = text.trimStart().slice(0, 20 * length);
  const line = harmless(start).replace(/\s+/g, " ").trim();
  if (line.length <= length && start.length < 20 * length) return line;
  // Nothing is left of a character that has been cut.
  return `${line.slice(0, length - 1).replace(/[\ud800-\udbff\u200c\u200d]+$/, "")}…`;
}

/** "a", "a and b", "a, b and c". */
export function enumerate(items: readonly string[]): string {
  const last = items.at(-1) ?? "";
  return items.length <= 1 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}
