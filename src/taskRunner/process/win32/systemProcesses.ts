import {
  closeHandle,
  createToolhelp32Snapshot,
  getExtendedTcpTable,
  getLastError,
  getProcessMemoryInfo,
  getProcessTimes,
  INVALID_HANDLE,
  ntQueryInformationProcess,
  process32First,
  process32Next,
  readProcessMemory,
  terminateProcess,
  waitForSingleObject,
  withProcess,
} from "./api";
import { KILLED_EXIT } from "../../base/exitStatus";
import { MOST_ROWS, MOST_TEXT, type Row, type Usage } from "./protocol";

/** Rights to a process. */
const TERMINATE = 0x1;
const VM_READ = 0x10;
const QUERY_LIMITED = 0x1000;
const SYNCHRONIZE = 0x100000;
/** What waiting answers of a process that runs. */
const TIMEOUT = 258;
/** No environment is longer, in bytes. */
const MOST_ENVIRONMENT = 1 << 20;

/** All processes that may be asked when they started. */
export function processes(): Row[] {
  const snapshot = createToolhelp32Snapshot(0x2, 0);
  if (snapshot === INVALID_HANDLE || snapshot === 0) throw new Error(`CreateToolhelp32Snapshot: error ${getLastError()}`);
  const entry = Buffer.alloc(568); // PROCESSENTRY32W of 64 bit
  entry.writeUInt32LE(entry.length, 0);
  const rows: Row[] = [];
  for (let ok = process32First(snapshot, entry); ok !== 0 && rows.length < MOST_ROWS; ok = process32Next(snapshot, entry)) {
    const pid = entry.readUInt32LE(8);
    const start = startOf(pid);
    if (start !== undefined) rows.push([pid, entry.readUInt32LE(32), start, untilNul(entry.toString("utf16le", 44, 564))]);
  }
  closeHandle(snapshot);
  return rows;
}

/** When it was started, in milliseconds since the epoch. */
export function startOf(pid: number): number | undefined {
  return withProcess(pid, QUERY_LIMITED, (handle) => startOfHandle(handle));
}

export function startOfHandle(handle: number): number | undefined {
  const times = timesOf(handle);
  return times === undefined ? undefined : Number(times.readBigUInt64LE(0) / 10_000n - 11_644_473_600_000n);
}

/** Four FILETIMEs, in units of 100 ns: creation, exit, in the kernel, and of its own. */
function timesOf(handle: number): Buffer | undefined {
  const times = Buffer.alloc(32);
  return getProcessTimes(handle, times, times.subarray(8), times.subarray(16), times.subarray(24)) === 0 ? undefined : times;
}

/** PROCESS_MEMORY_COUNTERS, on 64 bits. */
const MEMORY_COUNTERS = 72;
const WORKING_SET = 16;

/** What a process has used: CPU time in milliseconds, and the bytes that it has in RAM. */
export function usageOf(pid: number): Usage | undefined {
  return withProcess(pid, QUERY_LIMITED, (handle) => {
    const times = timesOf(handle);
    const memory = Buffer.alloc(MEMORY_COUNTERS);
    if (times === undefined || getProcessMemoryInfo(handle, memory, MEMORY_COUNTERS) === 0) return undefined;
    return [pid, Number((times.readBigUInt64LE(16) + times.readBigUInt64LE(24)) / 10_000n), Number(memory.readBigUInt64LE(WORKING_SET))];
  });
}

/** Ends it if it is still this one. @returns whether it was there @throws Error with the code EPERM */
export function terminate(pid: number, start: number): boolean {
  if (startOf(pid) !== start) return false;
  // What has ended is still there as long as somebody has a handle of it.
  const done = withProcess(pid, TERMINATE | QUERY_LIMITED | SYNCHRONIZE, (handle) => startOfHandle(handle) === start && waitForSingleObject(handle, 0) === TIMEOUT && terminateProcess(handle, KILLED_EXIT) !== 0);
  if (done === undefined && isRunning(pid, start)) throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
  return done === true;
}

function isRunning(pid: number, start: number): boolean {
  return processes().some((row) => row[0] === pid && row[2] === start);
}

/** What it was started with: as its own memory has it, if that may be read. */
export function startedWith(pid: number): { readonly line: string; readonly environment: () => readonly string[] } | undefined {
  return withProcess(pid, QUERY_LIMITED | VM_READ, (handle) => {
    const basic = Buffer.alloc(48); // PROCESS_BASIC_INFORMATION
    if (ntQueryInformationProcess(handle, 0, basic, basic.length, null) < 0) return undefined;
    const read = (address: bigint, size: number): Buffer | undefined => {
      const buffer = Buffer.alloc(size);
      return address !== 0n && size > 0 && readProcessMemory(handle, address, buffer, size, null) !== 0 ? buffer : undefined;
    };
    const parameters = read(basic.readBigUInt64LE(8) + 0x20n, 8)?.readBigUInt64LE(0); // PEB.ProcessParameters
    if (parameters === undefined || parameters === 0n) return undefined;
    const line = read(parameters + 0x70n, 16); // its CommandLine, a UNICODE_STRING
    const text = line === undefined ? undefined : read(line.readBigUInt64LE(8), line.readUInt16LE(0));
    const block = read(parameters + 0x80n, 8)?.readBigUInt64LE(0);
    const size = Number(read(parameters + 0x3f0n, 8)?.readBigUInt64LE(0) ?? 0n);
    const environment = block === undefined ? undefined : read(block, Math.min(size, MOST_ENVIRONMENT));
    return { line: (text?.toString("utf16le") ?? "").slice(0, MOST_TEXT), environment: () => environment?.toString("utf16le").split("\0") ?? [] };
  });
}

/** The value of this variable in the environment that it was started with; case makes no difference. */
export function variableOf(pid: number, name: string): string | undefined {
  const prefix = `${name.toLowerCase()}=`;
  const entry = startedWith(pid)?.environment().find((one) => one.slice(0, prefix.length).toLowerCase() === prefix);
  return entry?.slice(prefix.length, prefix.length + MOST_TEXT);
}

/** MIB_TCPTABLE_OWNER_PID and its sister for IPv6: the family, the bytes of a row, and where in it the port and the pid are. */
const TCP_TABLES = [
  { family: 2, row: 24, port: 8, pid: 20 },
  { family: 23, row: 56, port: 20, pid: 52 },
];
const LISTENERS = 3;
const INSUFFICIENT_BUFFER = 122;

/** The TCP ports that each process listens on. */
export function listening(): [number, number[]][] {
  const found = new Map<number, Set<number>>();
  for (const { family, row, port, pid } of TCP_TABLES) {
    const table = tcpTable(family);
    for (let i = 0, count = table?.readUInt32LE(0) ?? 0; table !== undefined && i < count; i++) {
      const at = 4 + i * row;
      const owner = table.readUInt32LE(at + pid);
      found.set(owner, (found.get(owner) ?? new Set()).add(table.readUInt16BE(at + port)));
    }
  }
  return [...found].map(([pid, ports]) => [pid, [...ports].sort((a, b) => a - b)]);
}

function tcpTable(family: number): Buffer | undefined {
  const size = Buffer.alloc(4);
  let table = Buffer.alloc(4);
  size.writeUInt32LE(table.length);
  // It may grow in between.
  for (let attempt = 0; attempt < 5; attempt++) {
    const error = getExtendedTcpTable(table, size, 0, family, LISTENERS, 0);
    if (error === 0) return table;
    if (error !== INSUFFICIENT_BUFFER) return undefined;
    table = Buffer.alloc(size.readUInt32LE(0));
  }
  return undefined;
}

function untilNul(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}
