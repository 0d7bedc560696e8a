import * as l10n from "@vscode/l10n";
import { close, closeSync, open, openSync, read, readSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { settledWithin } from "../base/deadline";
import { systemCode } from "../base/errors";

/** How many files of /proc are read at the same time: enough to be quick, too few to keep Node's thread pool from others. */
const CONCURRENCY = 8;
/** Longer than most command lines and environments, in bytes: one that is read in two pieces can be of two programs. */
const PIECE = 32_768;

/** How long the event loop may stand still, in milliseconds. */
const SLICE_MS = 3;
/** Longer than any line of /proc/PID/stat. */
const line = Buffer.alloc(2048);

/** Buffers that are not in use: thousands of new ones at every look would keep the garbage collector busy. */
const spare: Buffer[] = [];

/**
 * Reads one of the files cmdline, environ of /proc/PID.
 *
 * Without promises and file handles for each step: with them, reading 2,000 processes takes three times as long.
 * @param use makes something of the bytes, which are not to be kept
 * @returns what `use` has made; undefined when the file is gone, or another user's
 * @throws the system's error when nothing can be read at all, such as EMFILE
 */
export function readProc<T>(path: string, use: (bytes: Buffer) => T): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    open(path, "r", (error, fd) => {
      if (error !== null) {
        if (isExhausted(error)) reject(error);
        // ESRCH: it has no memory. Other kernels let it be opened, and have nothing to say of it.
        else resolve(error.code === "ESRCH" ? use(Buffer.alloc(0)) : undefined);
        return;
      }
      const buffer = spare.pop() ?? Buffer.allocUnsafe(PIECE);
      readPieces(fd, buffer, [], (bytes) => {
        close(fd, () => undefined);
        resolve(bytes === undefined ? undefined : use(bytes));
        spare.push(buffer);
      });
    });
  });
}

function readPieces(fd: number, buffer: Buffer, before: readonly Buffer[], finish: (bytes: Buffer | undefined) => void): void {
  read(fd, buffer, 0, PIECE, null, (error, length) => {
    const bytes = buffer.subarray(0, length);
    // EIO: its memory is just being replaced by another program's.
    if (error !== null) finish(error.code === "EIO" ? Buffer.alloc(0) : undefined);
    // These files, other than tables such as /proc/net/tcp, fill the buffer as long as there is more.
    else if (length < PIECE) finish(before.length === 0 ? bytes : Buffer.concat([...before, bytes]));
    else readPieces(fd, buffer, [...before, Buffer.from(bytes)], finish);
  });
}

/** Why nothing can be read, whatever process it is of: no descriptor or no memory is left, here or in the system. */
const EXHAUSTED = new Set(["EMFILE", "ENFILE", "ENOMEM"]);

function isExhausted(error: unknown): boolean {
  return EXHAUSTED.has(systemCode(error) ?? "");
}

/** For a promise's `catch`: what cannot be read of one process is missing; where nothing can be read, nothing is known. */
export function unlessExhausted<T>(missing: T): (error: unknown) => T {
  return (error) => {
    if (isExhausted(error)) throw error;
    return missing;
  };
}

/** Why a process cannot be read that is no fault of ours: it has gone, or is another user's. */
const GONE = new Set(["ENOENT", "ESRCH", "EACCES", "EPERM"]);

/**
 * A short file of /proc at once. Only for stat and loadavg, which the kernel makes without waiting for anything (environ and cmdline
 * can wait for a process that hangs while its memory is being changed).
 * @returns undefined when the process has gone, or is another user's
 * @throws the system's error when nothing can be read at all, such as EMFILE
 */
export function readProcNow(path: string): string | undefined {
  try {
    const fd = openSync(path, "r");
    try {
      return line.toString("utf8", 0, readSync(fd, line));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (GONE.has(systemCode(error) ?? "")) return undefined;
    throw error;
  }
}

/** The fields of a line of /proc/PID/stat that come after the name, which can hold blanks and brackets: number 3 of proc(5) first. */
export function statFields(line: string, most?: number): string[] {
  return line.slice(line.lastIndexOf(")") + 2).split(" ", most);
}

/**
 * Whether the first thread has ended and others live on, as after pthread_exit(3) in main(): the process looks like a zombie, and its
 * memory and descriptors are seen only in its other threads.
 * @param fields of /proc/PID/stat, see `statFields`; number 20 of proc(5) counts the threads
 */
export function outlivesFirstThread(fields: readonly string[]): boolean {
  return fields[0] === "Z" && Number(fields[17]) > 1;
}

/**
 * What there is to be seen of a process: in its first thread or, where that shows nothing because it has ended, in another one.
 * @param look gets the number by which the files in /proc are found
 */
export async function seenInThreads<T>(pid: number, look: (id: number) => Promise<T>, isNothing: (seen: T) => boolean): Promise<T> {
  const seen = await look(pid);
  if (!isNothing(seen) || !outlivesFirstThread(statFields(readProcNow(`/proc/${pid}/stat`) ?? "", 20))) return seen;
  const threads = await readdir(`/proc/${pid}/task`).catch(unlessExhausted([]));
  const other = threads.map(Number).find((thread) => thread !== pid);
  return other === undefined ? seen : await look(other);
}

/**
 * Does this for every item, and lets the event loop turn every few milliseconds. For what takes microseconds each: handing
 * that to another thread and back would take twice as long, and three times the processor.
 */
export async function forEachSliced<T>(items: readonly T[], act: (item: T) => void): Promise<void> {
  let end = performance.now() + SLICE_MS;
  for (const item of items) {
    act(item);
    if (performance.now() < end) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    end = performance.now() + SLICE_MS;
  }
}

/** How long one process may take to be read, in milliseconds. Its memory may be locked, or its files lie on a dead disk. */
const READ_MS = 700;
/** Processes that are still being read, though they are not waited for any more: each of them keeps a thread of Node's pool. */
const stuck = new Set<number>();

/**
 * Does this for every process, a few at a time. One that takes too long is left behind, and left out until it is done.
 * @param unanswered gets the pids of those that were left out
 * @throws what `act` throws, or Error when all of the threads that read are taken by such processes
 */
export async function forEachBounded(pids: readonly number[], act: (pid: number) => Promise<void>, unanswered?: Set<number>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let pid = pids[next++]; pid !== undefined; pid = pids[next++]) {
      if (stuck.has(pid)) {
        unanswered?.add(pid);
        continue;
      }
      if (stuck.size >= CONCURRENCY) throw new Error(l10n.t("files in /proc do not answer"));
      const [one, acting] = [pid, act(pid)];
      const settled = await settledWithin(READ_MS, () => acting);
      if (settled.kind === "failed") throw settled.error;
      if (settled.kind === "done") continue;
      stuck.add(one);
      unanswered?.add(one);
      void acting.catch(() => undefined).finally(() => stuck.delete(one));
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, pids.length) }, worker));
}
