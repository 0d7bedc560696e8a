import { readdirSync, readFileSync } from "node:fs";
import { markerOf } from "../../../src/taskRunner/base/marker";

/** The live processes with a run's marker in their environment, read without any code of the extension's. */
export function markedProcesses(runId: string): number[] {
  const marker = `${markerOf(runId)}\0`;
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) && isMarked(Number(name), marker) ? [Number(name)] : []));
}

/** Kills what tests have left on purpose, or by failing. */
export function killMarked(runId: string): void {
  for (const pid of markedProcesses(runId)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
}

function isMarked(pid: number, marker: string): boolean {
  try {
    if (pid === process.pid || !readFileSync(`/proc/${pid}/environ`, "latin1").includes(marker)) return false;
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false; // It has ended, or is another user's.
  }
}
