import * as l10n from "@vscode/l10n";
import type { HeldFile, Listener, ProcessInfo, ProcessTable, TerminalReader } from "./table";

const tables = new WeakMap<ProcessTable, ProcessTable>();

/**
 * The same table, whose looks answer what they promise, or reject: a broken answer, or one that is thrown, must not come up
 * somewhere in the middle of a kill. The one place where answers come in; always the same object for the same table.
 */
export function checkedTable(table: ProcessTable): ProcessTable {
  const known = tables.get(table);
  if (known !== undefined) return known;
  const checked = check(table);
  tables.set(table, checked);
  tables.set(checked, checked);
  return checked;
}

function check(table: ProcessTable): ProcessTable {
  return {
    hasGroups: table.hasGroups,
    tickMs: table.tickMs,
    now: () => table.now(),
    list: async () => wellFormed(await table.list()),
    newcomers: async (since) => wellFormed(await table.newcomers(since)),
    listNow: (budgetMs, pids) => atOnce(() => wellFormed(table.listNow(budgetMs, pids))),
    newestPid: () =>
      atOnce(() => {
        const pid: unknown = table.newestPid();
        return Number.isSafeInteger(pid) ? (pid as number) : undefined;
      }),
    async read(pid) {
      const info: unknown = await table.read(pid);
      return info === undefined ? undefined : all([info], isInfo)[0];
    },
    // What is missing in these has gone. So a broken entry is no missing one.
    alive: async (processes) => all(await table.alive(processes), isInfo),
    describe: async (processes) => all(await table.describe(processes), (info): info is ProcessInfo => isInfo(info) && typeof info.command === "string"),
    markers: async (pids, variable, unanswered) => mapOf(await table.markers(pids, variable, unanswered), (value) => typeof value === "string"),
    holders: async (pids, files, unanswered) => mapOf(await table.holders(pids, files, unanswered), (value): value is readonly HeldFile[] => Array.isArray(value) && value.every(isHeldFile)),
    ports: async (pids) => mapOf(await table.ports(pids), (value): value is readonly number[] => Array.isArray(value) && value.every(Number.isSafeInteger)),
    listeners: async (ports) => all(await table.listeners(ports), isListener),
    foreignUsers: async (pids) => mapOf(await table.foreignUsers(pids), (value) => typeof value === "string"),
    async ignoring(pids, signals) {
      const found: unknown = await table.ignoring(pids, signals);
      if (found instanceof Set && [...found].every(Number.isSafeInteger)) return found as ReadonlySet<number>;
      throw broken();
    },
    terminalReaders: async (pids) => mapOf(await table.terminalReaders(pids), (value): value is TerminalReader => value === "only" || value === "also"),
    async foreground(pid) {
      const group: unknown = await table.foreground(pid);
      if (group === undefined || Number.isSafeInteger(group)) return group as number | undefined;
      throw broken();
    },
    signal: async (info, signal) => await table.signal(info, signal),
    signalGroup: async (members, signal) => await table.signalGroup(members, signal),
    signalOwnGroup: (leaderPid, signal) => table.signalOwnGroup(leaderPid, signal),
    groupExists: (pgid) => table.groupExists(pgid),
  };
}

/** What is not to be had at once, or makes no sense, is not there. */
function atOnce<T>(look: () => T | undefined): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** A list without what is no process: one line that cannot be read does not hide the others. */
function wellFormed(list: unknown): ProcessInfo[] {
  if (!Array.isArray(list)) throw broken();
  return list.filter(isInfo);
}

function all<T>(list: unknown, is: (entry: unknown) => entry is T): T[] {
  if (!Array.isArray(list) || !list.every(is)) throw broken();
  return list;
}

function mapOf<T>(map: unknown, is: (value: unknown) => value is T): ReadonlyMap<number, T> {
  if (!(map instanceof Map) || ![...map].every(([pid, value]) => Number.isSafeInteger(pid) && is(value))) throw broken();
  return map as ReadonlyMap<number, T>;
}

function isInfo(info: unknown): info is ProcessInfo {
  if (typeof info !== "object" || info === null) return false;
  const { pid, ppid, pgid, start, name } = info as Partial<ProcessInfo>;
  return [pid, ppid, pgid].every(Number.isSafeInteger) && typeof start === "number" && !Number.isNaN(start) && typeof name === "string";
}

function isListener(listener: unknown): listener is Listener {
  if (typeof listener !== "object" || listener === null) return false;
  const { port, pid, user } = listener as Partial<Listener>;
  return Number.isSafeInteger(port) && (pid === undefined || Number.isSafeInteger(pid)) && (user === undefined || typeof user === "string");
}

function isHeldFile(held: unknown): held is HeldFile {
  return typeof held === "object" && held !== null && typeof (held as Partial<HeldFile>).file === "object";
}

function broken(): Error {
  return new TypeError(l10n.t("the system's answer makes no sense"));
}
