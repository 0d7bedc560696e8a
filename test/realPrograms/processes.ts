import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A pid alone may be another process's by now. */
export interface Identity {
  readonly pid: number;
  /** Clock ticks since the boot. */
  readonly start: string;
  readonly command: string;
}

interface Stat {
  readonly state: string;
  readonly ppid: number;
  readonly start: string;
}

/** The live processes with this entry in their environment or this current folder, this one itself, and all their descendants. */
export function relatives(entry: string, folder: string, root: number): Identity[] {
  const stats = new Map<number, Stat>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat !== undefined && isLive(stat)) stats.set(Number(name), stat);
  }
  const found = new Set([...stats.keys()].filter((pid) => pid === root || `${cwdOf(pid)}/`.startsWith(`${folder}/`) || read(pid, "environ").includes(`${entry}\0`)));
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const [pid, { ppid }] of stats) {
      if (found.has(ppid)) found.add(pid);
    }
  }
  return [...found].map((pid) => ({ pid, start: stats.get(pid)?.start ?? "", command: read(pid, "cmdline").replaceAll("\0", " ").trim() }));
}

export function isAlive({ pid, start }: Identity): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.start === start && isLive(stat);
}

/** Kills those that are still the same. */
export function killAll(processes: readonly Identity[]): void {
  for (const one of processes) {
    if (!isAlive(one)) continue;
    try {
      process.kill(one.pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
}

function isLive({ state }: Stat): boolean {
  return state !== "Z" && state !== "X";
}

function statOf(pid: number): Stat | undefined {
  const [state, ppid, ...rest] = read(pid, "stat").split(") ").at(-1)?.split(" ") ?? [];
  const start = rest[17];
  return state === undefined || start === undefined ? undefined : { state, ppid: Number(ppid), start };
}

function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return ""; // It has ended.
  }
}

/** Some overwrite their environment with a title, but have not left their folder. */
function cwdOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ""; // It has ended.
  }
}
