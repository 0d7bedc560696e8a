import { resolve } from "node:path";
import { variableId } from "../base/variableNames";
import { ExecError } from "./errors";

const windows = process.platform === "win32";

/** This process's own environment as "KEY=value" entries. */
export function currentEnviron(): string[] {
  const { env } = process;
  // Three times as fast as Object.entries, which asks for each variable twice.
  return Object.getOwnPropertyNames(env).map((key) => `${key}=${env[key] ?? ""}`);
}

/**
 * The environment that a command gets, as "KEY=value" entries: `env`, or this process's own with PWD added when a
 * working directory is set. Of duplicate keys the last one counts (on Windows case makes no difference).
 * @throws ExecError when an entry contains a NUL byte
 */
export function commandEnviron(env: readonly string[] | undefined, dir: string): string[] {
  return withoutDuplicates(env ?? withPwd(currentEnviron(), dir));
}

function withPwd(env: string[], dir: string): string[] {
  return dir === "" || windows ? env : [...env, `PWD=${resolve(dir)}`];
}

function withoutDuplicates(env: readonly string[]): string[] {
  const last = new Map<string, string>();
  for (const entry of env) {
    if (entry.includes("\0")) throw new ExecError("exec: environment variable contains NUL");
    // An entry without a value names no variable, and so replaces none.
    const key = entry.includes("=", 1) ? keyOf(entry) : `\0${entry}`;
    const id = variableId(key);
    // Deleted first, so that the entry takes the last one's place in the order too.
    last.delete(id);
    last.set(id, entry);
  }
  return [...last.values()];
}

/** Windows keeps hidden variables such as "=C:=C:\dir": their name starts with the equals sign. */
function keyOf(entry: string): string {
  const end = entry.indexOf("=", 1);
  return end === -1 ? entry : entry.slice(0, end);
}

/** The shape that Node's spawn wants. Entries without "=" cannot be said there and are left out (Go passes them on). */
export function environRecord(env: readonly string[]): Record<string, string> {
  const pairs: [string, string][] = [];
  for (const entry of env) {
    const end = entry.indexOf("=", 1);
    if (end !== -1) pairs.push([entry.slice(0, end), entry.slice(end + 1)]);
  }
  return Object.fromEntries(pairs);
}
