import { settledWithin } from "../base/deadline";
import { lookPath } from "./lookPath";

/** How long a PATH with a dead mount in it may keep the first start waiting, in milliseconds. */
const LOOK_MS = 500;

let perl: Promise<string | undefined> | undefined;

/** Where perl is: a part of macOS and of nearly every Linux; undefined where there is none (Alpine). */
export function findPerl(): Promise<string | undefined> {
  return (perl ??= (async () => {
    for (const name of ["/usr/bin/perl", "perl"]) {
      const found = await settledWithin(LOOK_MS, () => lookPath(name));
      if (found.kind === "done") return found.value;
    }
    return undefined;
  })());
}
