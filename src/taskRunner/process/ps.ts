import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ProcessInfo, ProcessTable } from "./table";

const run = promisify(execFile);
const COLUMNS = "pid=,ppid=,pgid=,stat=,lstart=,command=";

/**
 * The process table through `ps`, for POSIX systems without Linux's /proc (macOS). Start times are seconds since the epoch.
 * Without `ps` every answer is empty.
 */
export const psTable: ProcessTable = {
  async group(pgid) {
    return (await list(["-axo", COLUMNS])).filter((info) => info.pgid === pgid && !info.zombie);
  },

  async read(pid) {
    return (await list(["-p", String(pid), "-o", COLUMNS]))[0];
  },

  async hasEnvironment(pid, entry) {
    // -E adds the environment to the command, for processes of the same user.
    const text = await output(["-E", "-ww", "-p", String(pid), "-o", "command="]);
    return text.split(/\s/).includes(entry);
  },

  // ps does not tell; lsof would.
  holdsInode: () => Promise.resolve(false),

  now: () => Math.floor(Date.now() / 1000),
};

/** Reads what `ps -o pid=,ppid=,pgid=,stat=,lstart=,command=` prints; lines of another shape are left out. */
export function parsePs(text: string): ProcessInfo[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+\d+:\d+:\d+\s+\d+)\s+(.*)$/.exec(line);
    if (match === null) return [];
    const [, pid, ppid, pgid, stat = "", lstart = "", command = ""] = match;
    const start = Date.parse(lstart) / 1000;
    return [{ pid: Number(pid), ppid: Number(ppid), pgid: Number(pgid), sid: undefined, zombie: stat.startsWith("Z"), start, command }];
  });
}

async function list(args: readonly string[]): Promise<ProcessInfo[]> {
  return parsePs(await output(args));
}

async function output(args: readonly string[]): Promise<string> {
  try {
    // The C locale keeps the dates readable for Date.parse.
    const { stdout } = await run("ps", args, { env: { ...process.env, LC_ALL: "C" }, maxBuffer: 64 << 20 });
    return stdout;
  } catch {
    return ""; // No such process, or no ps.
  }
}
