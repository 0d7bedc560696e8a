import { readdirSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { BootClock, TICKS_PER_SECOND } from "./bootClock";
import { filesHeld, listenersOn, listeningPorts } from "./linuxFiles";
import { ignoringSignals, usersOf } from "./linuxStatus";
import { terminalReaders } from "./linuxTerminal";
import { forEachBounded, forEachSliced, outlivesFirstThread, readProc, readProcNow, seenInThreads, statFields } from "./procfs";
import { groupExists, mayNotSignal, send, sendToGroup } from "./send";
import { isStillAlive, type ProcessInfo, type ProcessTable } from "./table";

/** When to look again at a process that is executing a program, in milliseconds. On a busy machine that can take its time. */
const EXEC_MS = [1, 1, 2, 4, 8, 16, 32, 64];
/** So often at one whose environment breaks off: it may have written over it. */
const ODD_LOOKS = 4;
/** From the kernel's sched.h: who has no environment any more, and who never had one. */
const PF_EXITING = 0x4;
const PF_KTHREAD = 0x200000;
const EQUALS = "=".charCodeAt(0);
const clock = new BootClock();

/** So many are listed at once in any case: that is a millisecond's work, and on a busy machine the time goes to others. */
const LOOKS_AT_ONCE = 50;

/**
 * The process table of Linux, read from /proc (see proc(5)). Start times are clock ticks since boot.
 * The short lines of stat are read in slices between which the event loop turns, everything else asynchronously.
 */
export const linuxTable: ProcessTable = {
  hasGroups: true,
  tickMs: 1000 / TICKS_PER_SECOND,

  async list() {
    return await readStats(allPids());
  },

  listNow(budgetMs, pids = allPids()) {
    const end = performance.now() + budgetMs;
    const found: ProcessInfo[] = [];
    let looks = 0;
    for (const pid of pids) {
      const info = readStat(pid);
      if (info !== undefined) found.push(info);
      if (++looks > LOOKS_AT_ONCE && performance.now() > end) return undefined;
    }
    return seen(found);
  },

  async newcomers(since) {
    const known = new Set(since.map(({ pid }) => pid));
    return await readStats(allPids().filter((pid) => !known.has(pid)));
  },

  newestPid() {
    const pid = Number(readProcNow("/proc/loadavg")?.split(" ").at(-1));
    return pid > 0 ? pid : undefined;
  },

  async read(pid) {
    const [info] = seen([readStat(pid) ?? []].flat());
    return info === undefined ? undefined : await withCommand(info);
  },

  alive: (processes) => attempt(() => processes.flatMap((before) => livingAs(before) ?? [])),

  async describe(processes) {
    const found = new Map<number, ProcessInfo>();
    const byPid = new Map(processes.map((info) => [info.pid, info]));
    await forEachBounded([...byPid.keys()], async (pid) => {
      const known = byPid.get(pid);
      const info = known === undefined ? undefined : await withCommand(known);
      if (info !== undefined) found.set(pid, info);
    });
    return processes.flatMap((info) => found.get(info.pid) ?? []);
  },

  async markers(pids, variable, unanswered) {
    const found = new Map<number, string>();
    const wanted = Buffer.from(variable);
    let unfinished = pids;
    // While a process executes another program its environment is empty for a moment, or breaks off.
    for (const [looks, pause] of [0, ...EXEC_MS].entries()) {
      if (pause > 0) await setTimeout(pause);
      const still: number[] = [];
      await forEachBounded(unfinished, async (pid) => {
        const answer = await seenInThreads(pid, (id) => readProc(`/proc/${id}/environ`, (environ) => lookFor(wanted, environ)), (seen) => seen?.kind === "empty");
        if (answer?.kind === "found") found.set(pid, answer.value);
        const isChanging = answer?.kind === "odd" ? looks < ODD_LOOKS : answer?.kind === "empty" && isExecuting(readProcNow(`/proc/${pid}/stat`) ?? "");
        if (isChanging) still.push(pid);
      }, unanswered);
      if (still.length === 0) break;
      unfinished = still;
    }
    return found;
  },

  holders: filesHeld,
  ports: listeningPorts,
  listeners: (ports) => listenersOn(ports, allPids),
  foreignUsers: (pids) => usersOf(pids.filter(mayNotSignal)),
  ignoring: ignoringSignals,
  terminalReaders,

  foreground(pid) {
    // Number 8 in proc(5), tpgid; -1 without a terminal.
    const group = Number(statFields(readProcNow(`/proc/${pid}/stat`) ?? "")[5]);
    return Promise.resolve(group > 0 ? group : undefined);
  },

  signal: (info, signal) => attempt(() => livingAs(info) !== undefined && send(info.pid, signal)),

  signalGroup(members, signal) {
    return attempt(() => {
      const present = members.find((member) => livingAs(member)?.pgid === member.pgid);
      return present !== undefined && sendToGroup(present.pgid, signal);
    });
  },

  signalOwnGroup: sendToGroup,
  groupExists,

  now() {
    // Before anything else has been looked at, this process is the youngest that is known.
    if (!isClockSet) seen([readStat(process.pid) ?? []].flat());
    return clock.now();
  },
};

/** At once, as the lists of stat are: the pool of threads may be taken by files on a dead disk, and /proc needs no disk. */
function allPids(): number[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []));
}

async function readStats(pids: readonly number[]): Promise<ProcessInfo[]> {
  const found: ProcessInfo[] = [];
  await forEachSliced(pids, (pid) => {
    const info = readStat(pid);
    if (info !== undefined) found.push(info);
  });
  return seen(found);
}

let isClockSet = false;

function seen(found: ProcessInfo[]): ProcessInfo[] {
  if (found.length === 0) return found;
  isClockSet = true;
  clock.sawStart(found.reduce((latest, { start }) => Math.max(latest, start), 0));
  return found;
}

function readStat(pid: number): ProcessInfo | undefined {
  const line = readProcNow(`/proc/${pid}/stat`);
  return line === undefined ? undefined : parseStat(line);
}

/** The process as it is now; undefined when it has gone, or its pid is another's. */
function livingAs(before: ProcessInfo): ProcessInfo | undefined {
  const now = readStat(before.pid);
  return isStillAlive(now, before) ? now : undefined;
}

/** As a promise that rejects, though nothing in it waits: between the look and the signal there must be nothing. */
function attempt<T>(act: () => T): Promise<T> {
  try {
    return Promise.resolve(act());
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

/**
 * Reads the line of /proc/PID/stat.
 * The command's name stands in brackets and may itself hold brackets and spaces, so the fields are counted from the last one.
 */
export function parseStat(line: string): ProcessInfo | undefined {
  const open = line.indexOf("(");
  const close = line.lastIndexOf(")");
  const fields = statFields(line, 20);
  const [state, ppid, pgid, sid] = fields;
  // proc(5) counts from 1 with the pid; `fields` starts at its number 3, so number 22, the start time, is at 19.
  const start = Number(fields[19]);
  const tpgid = Number(fields[5]);
  if (open < 1 || close < open || state === undefined || !Number.isSafeInteger(start)) return undefined;
  const name = line.slice(open + 1, close);
  return {
    pid: Number(line.slice(0, open)),
    ppid: Number(ppid),
    pgid: Number(pgid),
    sid: Number(sid),
    zombie: (state === "Z" || state === "X") && !outlivesFirstThread(fields),
    stopped: state === "T",
    start,
    ...(tpgid > 0 ? { tpgid } : {}),
    name,
    command: name,
  };
}

/** The command line tells more than the name (which the kernel cuts at 15 bytes); kernel threads and zombies have none. */
async function withCommand(info: ProcessInfo): Promise<ProcessInfo | undefined> {
  const look = (id: number): Promise<string | undefined> => readProc(`/proc/${id}/cmdline`, (bytes) => withoutNulsAtEnd(bytes).toString().replaceAll("\0", " "));
  const command = await seenInThreads(info.pid, look, (seen) => seen === "");
  if (command === undefined) return undefined;
  return command === "" ? info : { ...info, command };
}

/** A program can write what it likes over its command line, also thousands of NULs: a regular expression would try each as the first of the last. */
function withoutNulsAtEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

type Found = { readonly kind: "found"; readonly value: string } | { readonly kind: "missing" | "empty" | "odd" };

function lookFor(variable: Buffer, environ: Buffer): Found {
  for (let at = environ.indexOf(variable); at !== -1; at = environ.indexOf(variable, at + 1)) {
    const value = at + variable.length + 1;
    if (at !== 0 && environ[at - 1] !== 0) continue;
    // A shell that starts, such as bash, writes a NUL over the "=" of each variable while it takes it over.
    if (environ[value - 1] !== EQUALS && environ[value - 1] !== 0) continue;
    const end = environ.indexOf(0, value);
    // Without its NUL the value may be cut short.
    if (end !== -1) return { kind: "found", value: environ.toString("utf8", value, end) };
  }
  if (environ.length === 0) return { kind: "empty" };
  return { kind: environ.at(-1) === 0 ? "missing" : "odd" };
}

/**
 * Whether the environment is empty because a program is just being executed, not because there is none (`env -i`). Numbers 50
 * and 51 of proc(5) say where it begins and ends: at first nowhere, then, until all of it has been counted, at the same place.
 * Only after that does the kernel say where the program's code begins, number 26.
 * @param line of /proc/PID/stat
 */
export function isExecuting(line: string): boolean {
  const fields = statFields(line);
  const [state, flags, code, begin, end] = [fields[0] || "X", Number(fields[6]), fields[23], fields[47], fields[48]];
  if ("ZX".includes(state) || (flags & (PF_EXITING | PF_KTHREAD)) !== 0) return false;
  return begin !== end || code === "0";
}
