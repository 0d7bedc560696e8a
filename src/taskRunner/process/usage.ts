import { TICKS_PER_SECOND } from "./bootClock";
import { readProcNow, statFields } from "./procfs";
import type { ProcessInfo } from "./table";
import { toolOutput } from "./tool";

/** What one process has used. */
export interface ProcessUsage {
  /** CPU time since its start, in milliseconds. */
  readonly cpuMs: number;
  /** Memory that it has in RAM, in bytes; what it shares with others counts for each. */
  readonly memoryBytes: number;
}

/** What these processes have used; without those that have gone. Empty where the system does not tell (Windows). */
export async function usageOf(processes: readonly ProcessInfo[], platform = process.platform): Promise<ReadonlyMap<number, ProcessUsage>> {
  if (processes.length === 0 || platform === "win32") return new Map();
  return platform === "linux" ? linuxUsage(processes) : parsePsUsage(await toolOutput("ps", ["-o", "pid=,time=,rss=", "-p", processes.map(({ pid }) => pid).join(",")]));
}

/** See proc(5): two short files each. */
function linuxUsage(processes: readonly ProcessInfo[]): Map<number, ProcessUsage> {
  const found = new Map<number, ProcessUsage>();
  for (const { pid } of processes) {
    const [stat, status] = [readProcNow(`/proc/${pid}/stat`), readProcNow(`/proc/${pid}/status`)];
    if (stat === undefined || status === undefined) continue;
    // Numbers 14 and 15 in proc(5), utime and stime; the fields begin with number 3.
    const fields = statFields(stat);
    const ticks = Number(fields[11]) + Number(fields[12]);
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    if (Number.isFinite(ticks)) found.set(pid, { cpuMs: (ticks * 1000) / TICKS_PER_SECOND, memoryBytes: kilobytes * 1024 });
  }
  return found;
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
