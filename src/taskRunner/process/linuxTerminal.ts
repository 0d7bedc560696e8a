import { open, readdir, readlink } from "node:fs/promises";
import { forEachBounded, readProc, unlessExhausted } from "./procfs";
import type { TerminalReader } from "./table";

/** A program with more threads than this is no prompt. */
const MAX_THREADS = 64;
/** More descriptors than this are not looked through. */
const MAX_FDS = 64;
const POLL_ENTRY_BYTES = 8;
/** POLLIN, POLLPRI and POLLRDNORM of poll.h. */
const POLL_READ = 0x43;
const TERMINAL = /^\/dev\/(pts\/\d+|tty\w*|console)$/;

type Call = "read" | "poll" | "select" | "events";

/** The system calls in which a program waits for input, by their numbers in the kernel's tables. */
const CALLS: Partial<Record<NodeJS.Architecture, Readonly<Record<number, Call>>>> = {
  x64: { 0: "read", 19: "read", 7: "poll", 271: "poll", 23: "select", 270: "select", 232: "events", 281: "events", 441: "events" },
  arm64: { 63: "read", 65: "read", 73: "poll", 72: "select", 22: "events", 441: "events" },
};

/** A system call in which a thread waits, and its arguments. */
export interface WaitingCall {
  readonly call: Call;
  readonly args: readonly bigint[];
}

/**
 * See `ProcessTable.terminalReaders`. From /proc/PID/task/TID/syscall, which the system shows of our own descendants at least
 * (Yama's ptrace_scope 1), and only the superuser where that is stricter.
 */
export async function terminalReaders(pids: readonly number[]): Promise<Map<number, TerminalReader>> {
  const found = new Map<number, TerminalReader>();
  await forEachBounded(pids, async (pid) => {
    const threads = (await readdir(`/proc/${pid}/task`).catch(unlessExhausted([]))).slice(0, MAX_THREADS);
    let [reads, isMain, hasEvents] = [false, false, false];
    for (const thread of threads) {
      const waiting = parseSyscall((await readProc(`/proc/${pid}/task/${thread}/syscall`, (bytes) => bytes.toString())) ?? "");
      if (waiting === undefined) continue;
      if (waiting.call === "events") hasEvents = true;
      else if (await isForTerminal(pid, waiting)) {
        reads = true;
        isMain ||= thread === String(pid);
      }
    }
    if (reads) found.set(pid, isMain && !hasEvents ? "only" : "also");
  });
  return found;
}

/** Reads a line of /proc/PID/syscall (see proc(5)): the call's number and its arguments; "running" where there is none. */
export function parseSyscall(line: string, arch: NodeJS.Architecture = process.arch): WaitingCall | undefined {
  const [number = "", ...args] = line.trim().split(" ");
  const call = /^\d+$/.test(number) ? CALLS[arch]?.[Number(number)] : undefined;
  if (call === undefined || args.length < 6 || !args.every((arg) => /^0x[0-9a-f]+$/.test(arg))) return undefined;
  return { call, args: args.slice(0, 6).map(BigInt) };
}

async function isForTerminal(pid: number, { call, args }: WaitingCall): Promise<boolean> {
  const [first = 0n, second = 0n] = args;
  const fds = call === "read" ? [Number(first)] : call === "poll" ? await polledFds(pid, first, second) : await selectedFds(pid, first, second);
  for (const fd of fds) if (TERMINAL.test(await readlink(`/proc/${pid}/fd/${fd}`).catch(unlessExhausted("")))) return true;
  return false;
}

/** An array of pollfd: the descriptor, and as two short numbers what is waited for and what has come. */
async function polledFds(pid: number, address: bigint, count: bigint): Promise<number[]> {
  const entries = await memoryOf(pid, address, Math.min(Number(count), MAX_FDS) * POLL_ENTRY_BYTES);
  const fds: number[] = [];
  for (let at = 0; at + POLL_ENTRY_BYTES <= entries.length; at += POLL_ENTRY_BYTES) {
    if ((entries.readInt16LE(at + 4) & POLL_READ) !== 0) fds.push(entries.readInt32LE(at));
  }
  return fds;
}

/** A set of bits, one for each descriptor below `count`. */
async function selectedFds(pid: number, count: bigint, address: bigint): Promise<number[]> {
  const bits = Math.min(Number(count), MAX_FDS);
  const bytes = await memoryOf(pid, address, Math.ceil(bits / 8));
  return Array.from({ length: bits }, (_, fd) => fd).filter((fd) => ((bytes[fd >> 3] ?? 0) & (1 << (fd & 7))) !== 0);
}

/** What is in a process's memory; nothing where that is not shown to us. */
async function memoryOf(pid: number, address: bigint, length: number): Promise<Buffer> {
  if (address === 0n || length === 0) return Buffer.alloc(0);
  const memory = await open(`/proc/${pid}/mem`, "r").catch(unlessExhausted(undefined));
  if (memory === undefined) return Buffer.alloc(0);
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await memory.read({ buffer, length, position: Number(address) }).catch(unlessExhausted({ bytesRead: 0 }));
    return buffer.subarray(0, bytesRead);
  } finally {
    await memory.close();
  }
}
