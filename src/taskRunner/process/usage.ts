import { readFileSync } from "node:fs";
import { endianness } from "node:os";
import { TICKS_PER_SECOND } from "./bootClock";
import { forEachSliced, readProcNow, statFields } from "./procfs";
import type { ProcessInfo } from "./table";
import { toolOutput } from "./tool";

/** What one process has used. */
export interface ProcessUsage {
  /** CPU time since its start, in milliseconds. */
  readonly cpuMs: number;
  /** Memory that it has in RAM, in bytes; what it shares with others counts for each. */
  readonly memoryBytes: number;
}

/** What these processes have used; without those that have gone. Not of Windows: see `helperUsage`. */
export async function usageOf(processes: readonly ProcessInfo[], platform = process.platform): Promise<ReadonlyMap<number, ProcessUsage>> {
  if (processes.length === 0) return new Map();
  return platform === "linux" ? await linuxUsage(processes) : parsePsUsage(await toolOutput("ps", ["-o", "pid=,time=,rss=", "-p", processes.map(({ pid }) => pid).join(",")]));
}

/** One short file each. Not /proc/PID/status: it grows with the number of the user's groups. */
async function linuxUsage(processes: readonly ProcessInfo[]): Promise<Map<number, ProcessUsage>> {
  const found = new Map<number, ProcessUsage>();
  await forEachSliced(processes, ({ pid }) => {
    const stat = readProcNow(`/proc/${pid}/stat`);
    if (stat === undefined) return;
    // Numbers 14, 15 and 24 in proc(5): utime, stime and rss, in pages; the fields begin with number 3.
    const fields = statFields(stat);
    const [ticks, pages] = [Number(fields[11]) + Number(fields[12]), Number(fields[21])];
    if (Number.isFinite(ticks) && Number.isFinite(pages)) found.set(pid, { cpuMs: (ticks * 1000) / TICKS_PER_SECOND, memoryBytes: pages * pageBytes() });
  });
  return found;
}

/** The entry of the auxiliary vector, see getauxval(3), that has the page size. */
const AT_PAGESZ = 6;
let knownPageBytes: number | undefined;

/** How large a page of memory is, in bytes: mostly 4096, on some ARM machines 16384 or 65536. */
function pageBytes(): number {
  return (knownPageBytes ??= readPageBytes());
}

function readPageBytes(): number {
  try {
    return pageBytesIn(readFileSync("/proc/self/auxv"), process.arch === "arm" || process.arch === "ia32" ? 4 : 8) ?? 4096;
  } catch {
    return 4096;
  }
}

/** @param vector pairs of words, of which the first one says what the second one is */
export function pageBytesIn(vector: Buffer, wordBytes: 4 | 8): number | undefined {
  const word = (at: number): number => {
    if (wordBytes === 4) return endianness() === "LE" ? vector.readUInt32LE(at) : vector.readUInt32BE(at);
    return Number(endianness() === "LE" ? vector.readBigUInt64LE(at) : vector.readBigUInt64BE(at));
  };
  for (let at = 0; at + 2 * wordBytes <= vector.length; at += 2 * wordBytes) if (word(at) === AT_PAGESZ) return word(at + wordBytes);
  return undefined;
}

/** The lines of `ps -o pid=,time=,rss=`, as macOS writes them: "  501   1:02.34  10240". */
export function parsePsUsage(text: string): Map<number, ProcessUsage> {
  const lines = text.split("\n").flatMap((line): [number, ProcessUsage][] => {
    const match = /^\s*(\d+)\s+(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+(?:\.\d+)?)\s+(\d+)\s*$/.exec(line);
    if (match === null) return [];
    const [days, hours, minutes, seconds] = [match[2], match[3], match[4], match[5]].map((part) => Number(part ?? 0)) as [number, number, number, number];
    return [[Number(match[1]), { cpuMs: (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000, memoryBytes: Number(match[6]) * 1024 }]];
  });
  return new Map(lines);
}
