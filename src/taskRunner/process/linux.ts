import { readdir, readFile, stat } from "node:fs/promises";
import { uptime } from "node:os";
import { setTimeout } from "node:timers/promises";
import type { ProcessInfo, ProcessTable } from "./table";

/** How many files of /proc are read at the same time: enough to be quick, too few to keep Node's thread pool from others. */
const CONCURRENCY = 8;
/** How long the exec of a program may take, in milliseconds. */
const EXEC_MS = 5;
/** The unit of start times in /proc (USER_HZ), the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The process table of Linux, read from /proc (see proc(5)). Start times are clock ticks since boot. */
export const linuxTable: ProcessTable = {
  async group(pgid) {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const members: ProcessInfo[] = [];
    await forEachBounded(pids, async (pid) => {
      const info = await readStat(pid);
      if (info?.pgid === pgid && !info.zombie) members.push(await withCommand(info));
    });
    return members.sort((a, b) => a.start - b.start || a.pid - b.pid);
  },

  async read(pid) {
    const info = await readStat(String(pid));
    return info === undefined ? undefined : await withCommand(info);
  },

  async hasEnvironment(pid, entry) {
    const environ = await readEnviron(pid);
    return environ !== undefined && environ.split("\0").includes(entry);
  },

  async holdsInode(pid, inode) {
    if (inode === undefined) return false;
    const folder = `/proc/${pid}/fd`;
    const names = await readdir(folder).catch(() => []);
    const inodes = await Promise.all(names.map((name) => stat(`${folder}/${name}`).then((s) => (s.isFIFO() ? s.ino : undefined), () => undefined)));
    return inodes.includes(inode);
  },

  now: () => Math.floor(uptime() * TICKS_PER_SECOND),
};

/**
 * Reads the line of /proc/PID/stat.
 * The command's name stands in brackets and may itself hold brackets and spaces, so the fields are counted from the last one.
 */
export function parseStat(line: string): ProcessInfo | undefined {
  const open = line.indexOf("(");
  const close = line.lastIndexOf(")");
  const fields = line.slice(close + 2).trim().split(" ");
  const [state, ppid, pgid, sid] = fields;
  // proc(5) counts from 1 with the pid; `fields` starts at its number 3, so number 22, the start time, is at 19.
  const start = Number(fields[19]);
  if (open < 1 || close < open || state === undefined || !Number.isSafeInteger(start)) return undefined;
  return {
    pid: Number(line.slice(0, open)),
    ppid: Number(ppid),
    pgid: Number(pgid),
    sid: Number(sid),
    zombie: state === "Z" || state === "X",
    start,
    command: line.slice(open + 1, close),
  };
}

async function readStat(pid: string): Promise<ProcessInfo | undefined> {
  const line = await readOrUndefined(`/proc/${pid}/stat`);
  return line === undefined ? undefined : parseStat(line);
}

/** The command line tells more than the name (which the kernel cuts at 15 bytes); kernel threads and zombies have none. */
async function withCommand(info: ProcessInfo): Promise<ProcessInfo> {
  const cmdline = await readOrUndefined(`/proc/${info.pid}/cmdline`);
  const command = cmdline?.replace(/\0+$/, "").replaceAll("\0", " ") ?? "";
  return command === "" ? info : { ...info, command };
}

/** While a process executes another program its environment is empty for a moment; that of `env -i` stays so. */
async function readEnviron(pid: number): Promise<string | undefined> {
  let environ = await readOrUndefined(`/proc/${pid}/environ`);
  for (let i = 0; environ === "" && i < EXEC_MS; i++) {
    await setTimeout(1);
    environ = await readOrUndefined(`/proc/${pid}/environ`);
  }
  return environ;
}

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined; // Gone, or somebody else's.
  }
}

async function forEachBounded<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await act(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
