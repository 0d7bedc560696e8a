import { settledWithin } from "../base/deadline";
import { lookPath } from "./lookPath";

/** How long a PATH with a dead mount in it may keep a start waiting, in milliseconds. */
const LOOK_MS = 500;
/** A start waits for each look: where that always takes too long, no more are made. */
const MOST_LOOKS = 3;

/** Where perl is: a part of macOS and of nearly every Linux; undefined where there is none (Alpine). */
export const findPerl = perlFinder(lookPath);

/** @param look finds a program by its name */
export function perlFinder(look: (name: string) => Promise<string>): () => Promise<string | undefined> {
  let looks = 0;
  let perl: Promise<string | undefined> | undefined;
  const find = async (): Promise<string | undefined> => {
    let isLate = false;
    for (const name of ["/usr/bin/perl", "perl"]) {
      const found = await settledWithin(LOOK_MS, () => look(name));
      if (found.kind === "done") return found.value;
      isLate ||= found.kind === "late";
    }
    // All threads were busy, or a disk is dead: the next start looks again.
    if (isLate && ++looks < MOST_LOOKS) perl = undefined;
    return undefined;
  };
  return () => (perl ??= find());
}
