import treeKill from "tree-kill";
import { isStillAlive, type ProcessInfo, type ProcessTable } from "./table";
import { toolOutput } from "./tool";

const PROPERTIES = "ProcessId,ParentProcessId,CreationDate,Name,CommandLine";

/**
 * The process table of Windows, through PowerShell (`wmic` is gone from new ones). Start times are milliseconds since the
 * epoch. There are neither groups nor signals: whatever the signal, the process and all below it are ended by force. Nor do
 * environments or pipes of others tell anything: a process is known by its descent.
 */
export const windowsTable: ProcessTable = {
  hasGroups: false,
  tickMs: 1,

  list: () => query(""),
  // Only a tool can tell.
  listNow: () => undefined,
  newestPid: () => undefined,
  newcomers: () => Promise.resolve([]),

  async read(pid) {
    return (await query(` -Filter 'ProcessId=${pid}'`))[0];
  },

  async alive(processes) {
    const now = processes.length === 0 ? [] : await windowsTable.list();
    return now.filter((info) => processes.some((before) => isStillAlive(info, before)));
  },

  // The list has the command lines already.
  describe: (processes) => Promise.resolve([...processes]),
  markers: () => Promise.resolve(new Map()),
  holders: () => Promise.resolve(new Map()),

  async ports(pids) {
    if (pids.length === 0) return new Map();
    const all = await allListening();
    return new Map([...all].filter(([pid]) => pids.includes(pid)));
  },

  async listeners(ports) {
    return [...(await allListening())].flatMap(([pid, all]) => all.filter((port) => ports.includes(port)).map((port) => ({ port, pid, user: undefined })));
  },

  foreignUsers: () => Promise.resolve(new Map()),
  ignoring: () => Promise.resolve(new Set()),
  terminalReaders: () => Promise.resolve(new Map()),
  foreground: () => Promise.resolve(undefined),

  async signal(info) {
    if (!isStillAlive(await windowsTable.read(info.pid), info)) return false;
    return await new Promise((resolve, reject) => treeKill(info.pid, "SIGKILL", (error) => (error == null ? resolve(true) : reject(error))));
  },

  async signalGroup(members, signal) {
    const reached = await Promise.all(members.map((member) => windowsTable.signal(member, signal)));
    return reached.includes(true);
  },

  signalOwnGroup: () => false,
  groupExists: () => false,

  now: () => Date.now(),
};

/** The listening ports of all processes, each once. */
async function allListening(): Promise<Map<number, number[]>> {
  const all = parseNetstat(await toolOutput("netstat", ["-ano", "-p", "TCP"]));
  for (const [pid, ports] of parseNetstat(await toolOutput("netstat", ["-ano", "-p", "TCPv6"]))) all.set(pid, [...new Set([...(all.get(pid) ?? []), ...ports])]);
  return all;
}

async function query(filter: string): Promise<ProcessInfo[]> {
  const script = `Get-CimInstance Win32_Process${filter} | Select-Object ${PROPERTIES} | ConvertTo-Json -Compress`;
  return parseProcesses(await toolOutput("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", script]));
}

/** Reads what ConvertTo-Json makes of Win32_Process: a list, or a lone object for a single one. What has no creation time is left out. */
export function parseProcesses(json: string): ProcessInfo[] {
  let value: unknown;
  try {
    value = JSON.parse(json.replace(/^\uFEFF/, ""));
  } catch {
    return [];
  }
  return (Array.isArray(value) ? value : [value]).flatMap((row: unknown): ProcessInfo[] => {
    if (typeof row !== "object" || row === null) return [];
    const { ProcessId: pid, ParentProcessId: ppid, CreationDate: date, Name: name, CommandLine: line } = row as Record<string, unknown>;
    const start = parseDate(date);
    if (typeof pid !== "number" || typeof ppid !== "number" || typeof name !== "string" || start === undefined) return [];
    const command = typeof line === "string" && line.trim() !== "" ? line.trim() : name;
    return [{ pid, ppid, pgid: 0, sid: undefined, zombie: false, stopped: false, start, name, command }];
  });
}

/** "/Date(1726316096789)/" of PowerShell 5.1, bare or as the "value" of an object; an ISO date of later ones. */
function parseDate(date: unknown): number | undefined {
  const text = typeof date === "object" && date !== null && "value" in date ? date.value : date;
  if (typeof text !== "string") return undefined;
  const ms = Number(/^\/Date\((-?\d+)(?:[+-]\d+)?\)\/$/.exec(text)?.[1] ?? Date.parse(text));
  return Number.isNaN(ms) ? undefined : ms;
}

/** The listening ports from `netstat -ano`, by pid. The state is in the system's language, so the foreign address tells. */
export function parseNetstat(text: string): Map<number, number[]> {
  const found = new Map<number, Set<number>>();
  for (const line of text.split("\n")) {
    const [protocol, local = "", foreign, , pid] = line.trim().split(/\s+/);
    const port = Number(/:(\d+)$/.exec(local)?.[1]);
    if (protocol !== "TCP" || (foreign !== "0.0.0.0:0" && foreign !== "[::]:0") || Number.isNaN(port)) continue;
    found.set(Number(pid), (found.get(Number(pid)) ?? new Set()).add(port));
  }
  return new Map([...found].map(([pid, ports]) => [pid, [...ports].sort((a, b) => a - b)]));
}
