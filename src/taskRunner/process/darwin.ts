import { basename } from "node:path";
import { groupExists, mayNotSignal, send, sendToGroup } from "./send";
import { isStillAlive, type FileId, type HeldFile, type ProcessInfo, type ProcessTable } from "./table";
import { toolOutput } from "./tool";

const COLUMNS = "pid=,ppid=,pgid=,stat=,lstart=,command=";

/** The process table of macOS, through `ps` and `lsof`. Start times are seconds since the epoch. Without the tools it is empty. */
export const darwinTable: ProcessTable = {
  hasGroups: true,
  tickMs: 1000,

  list: () => ps(["-axww"]),
  // Only a tool can tell.
  listNow: () => undefined,
  newestPid: () => undefined,

  async newcomers(since) {
    const known = new Set(since.map(({ pid }) => pid));
    return (await darwinTable.list()).filter(({ pid }) => !known.has(pid));
  },

  async read(pid) {
    return (await ps(["-ww", "-p", String(pid)]))[0];
  },

  alive: (processes) => darwinTable.describe(processes),

  async describe(processes) {
    const now = await byPids(processes.map(({ pid }) => pid), (pids) => ps(["-ww", "-p", pids]));
    return now.filter((info) => processes.some((before) => isStillAlive(info, before)));
  },

  async markers(pids, variable) {
    // -E adds the environment to the command, for processes of the same user.
    const text = await byPids(pids, (list) => toolOutput("ps", ["-Eww", "-p", list, "-o", "pid=,command="]));
    return parsePsEnvironment(typeof text === "string" ? text : "", variable);
  },

  async holders(pids, files) {
    if (files.length === 0) return new Map();
    const text = await byPids(pids, (list) => toolOutput("lsof", ["-nP", "-F", "pfatDi", "-p", list]));
    return parseLsofFiles(typeof text === "string" ? text : "", files);
  },

  async ports(pids) {
    const text = await byPids(pids, (list) => toolOutput("lsof", ["-nP", "-a", "-p", list, "-iTCP", "-sTCP:LISTEN", "-F", "pfn"]));
    return parseLsofPorts(typeof text === "string" ? text : "");
  },

  async listeners(ports) {
    const text = ports.length === 0 ? "" : await toolOutput("lsof", ["-nP", `-iTCP:${ports.join(",")}`, "-sTCP:LISTEN", "-F", "pfn"]);
    return [...parseLsofPorts(text)].flatMap(([pid, found]) => found.map((port) => ({ port, pid, user: undefined })));
  },

  async foreignUsers(pids) {
    const text = await byPids(pids.filter(mayNotSignal), (list) => toolOutput("ps", ["-p", list, "-o", "pid=,user="]));
    return parsePsUsers(typeof text === "string" ? text : "");
  },

  // Neither its ps nor lsof tells.
  ignoring: () => Promise.resolve(new Set()),
  terminalReaders: () => Promise.resolve(new Map()),

  async foreground(pid) {
    const group = Number(await toolOutput("ps", ["-p", String(pid), "-o", "tpgid="]));
    return group > 0 ? group : undefined;
  },

  async signal(info, signal) {
    return isStillAlive(await darwinTable.read(info.pid), info) && send(info.pid, signal);
  },

  async signalGroup(members, signal) {
    const now = await darwinTable.describe(members);
    const present = now.find(({ pid, pgid }) => members.some((member) => member.pid === pid && member.pgid === pgid));
    return present !== undefined && sendToGroup(present.pgid, signal);
  },

  signalOwnGroup: sendToGroup,
  groupExists,

  now: () => Math.floor(Date.now() / 1000),
};

/** Does not ask when there are no pids to ask about: without pids these tools list everything. */
async function byPids<T>(pids: readonly number[], ask: (list: string) => Promise<T>): Promise<T | []> {
  return pids.length === 0 ? [] : await ask(pids.join(","));
}

async function ps(args: readonly string[]): Promise<ProcessInfo[]> {
  return parsePs(await toolOutput("ps", [...args, "-o", COLUMNS]));
}

/** Reads what `ps -o pid=,ppid=,pgid=,stat=,lstart=,command=` prints in the C locale; lines of another shape are left out. */
export function parsePs(text: string): ProcessInfo[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+\d+:\d+:\d+\s+\d+)\s+(\S.*?)\s*$/.exec(line);
    if (match === null) return [];
    const [, pid, ppid, pgid, stat = "", lstart = "", command = ""] = match;
    const start = Date.parse(lstart) / 1000;
    if (Number.isNaN(start)) return [];
    const name = basename(command.split(" ")[0] ?? "");
    const [zombie, stopped] = [stat.startsWith("Z"), stat.startsWith("T")];
    return [{ pid: Number(pid), ppid: Number(ppid), pgid: Number(pgid), sid: undefined, zombie, stopped, start, name, command }];
  });
}

/** The users' names by pid, from what `ps -o pid=,user=` prints. */
export function parsePsUsers(text: string): Map<number, string> {
  return new Map(text.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\S+)\s*$/.exec(line);
    return match === null ? [] : [[Number(match[1]), match[2] ?? ""] as const];
  }));
}

/** The variable's value by pid, from what `ps -E -o pid=,command=` prints: the command, and then its environment. */
export function parsePsEnvironment(text: string, variable: string): Map<number, string> {
  const rows = text.split("\n").map((line) => line.trim().split(/\s+/));
  const start = `${variable}=`;
  return new Map(rows.flatMap(([pid, ...words]) => words.filter((word) => word.startsWith(start)).map((word) => [Number(pid), word.slice(start.length)] as const)));
}

/**
 * Which of the files are open where, from the fields of `lsof -F pfatDi` (lsof(8), OUTPUT FOR OTHER PROGRAMS): a line a field,
 * p begins a process, f a descriptor. A FIFO may come without a device; then its inode has to do.
 */
export function parseLsofFiles(text: string, files: readonly FileId[]): Map<number, HeldFile[]> {
  const held = new Map<number, HeldFile[]>();
  for (const { pid, fields } of fileSets(text)) {
    const fd = Number(fields.get("f"));
    const [ino, dev] = [Number(fields.get("i")), fields.get("D")];
    const file = files.find((candidate) => candidate.ino === ino && (dev === undefined || Number(dev) === candidate.dev));
    if (file === undefined || !Number.isInteger(fd)) continue;
    const access = fields.get("a");
    held.set(pid, [...(held.get(pid) ?? []), { fd, file, writable: access === undefined || access === " " ? undefined : access !== "r" }]);
  }
  return held;
}

/** The ports from `lsof -iTCP -sTCP:LISTEN -F pfn`, where a name is "127.0.0.1:3000", "[::1]:3000" or "*:3000". */
export function parseLsofPorts(text: string): Map<number, number[]> {
  const found = new Map<number, Set<number>>();
  for (const { pid, fields } of fileSets(text)) {
    const port = Number(/:(\d+)$/.exec(fields.get("n") ?? "")?.[1]);
    if (!Number.isNaN(port)) found.set(pid, (found.get(pid) ?? new Set()).add(port));
  }
  return new Map([...found].map(([pid, ports]) => [pid, [...ports].sort((a, b) => a - b)]));
}

/** The descriptors of lsof's field output, each with its fields by their letters. */
function fileSets(text: string): { pid: number; fields: Map<string, string> }[] {
  const sets: { pid: number; fields: Map<string, string> }[] = [];
  let pid = NaN;
  for (const line of text.split("\n")) {
    const [letter, value] = [line.charAt(0), line.slice(1)];
    if (letter === "p") pid = Number(value);
    else if (letter === "f") sets.push({ pid, fields: new Map([["f", value]]) });
    else if (letter !== "") sets.at(-1)?.fields.set(letter, value);
  }
  return sets;
}
