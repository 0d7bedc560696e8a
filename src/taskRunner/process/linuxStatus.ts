import { readFile } from "node:fs/promises";
import { constants } from "node:os";
import { forEachBounded, readProc } from "./procfs";

/** The names of the users as whom the processes act, from /proc/PID/status and /etc/passwd; "uid 1234" where there is no name. */
export async function usersOf(pids: readonly number[]): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  if (pids.length === 0) return found;
  const names = await userNames();
  await forEachBounded(pids, async (pid) => {
    // real, effective, saved, of the file system
    const uid = /^\d+\s+(\d+)/.exec((await fieldOf(pid, "Uid")) ?? "")?.[1];
    if (uid !== undefined) found.set(pid, names.get(uid) ?? `uid ${uid}`);
  });
  return found;
}

export async function userNames(): Promise<Map<string, string>> {
  return parsePasswd(await readFile("/etc/passwd", "utf8").catch(() => ""));
}

/** Which of the processes ignore all of these signals, from the mask SigIgn of /proc/PID/status, in which bit 0 is signal 1. */
export async function ignoringSignals(pids: readonly number[], signals: readonly NodeJS.Signals[]): Promise<Set<number>> {
  const wanted = signals.reduce((mask, signal) => mask | (1n << BigInt(constants.signals[signal] - 1)), 0n);
  const found = new Set<number>();
  await forEachBounded(pids, async (pid) => {
    const mask = await fieldOf(pid, "SigIgn");
    if (mask !== undefined && /^[0-9a-f]+$/.test(mask) && (BigInt(`0x${mask}`) & wanted) === wanted) found.add(pid);
  });
  return found;
}

/** The names of users by their ids, in the form of passwd(5). */
export function parsePasswd(text: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [name = "", , uid = ""] = line.split(":");
    // The first one counts, as for everybody who looks a user up.
    if (name !== "" && /^\d+$/.test(uid) && !names.has(uid)) names.set(uid, name);
  }
  return names;
}

async function fieldOf(pid: number, name: string): Promise<string | undefined> {
  const status = await readProc(`/proc/${pid}/status`, (bytes) => bytes.toString());
  return status === undefined ? undefined : new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1];
}
