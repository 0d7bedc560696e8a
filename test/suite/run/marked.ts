import { readdirSync, readFileSync } from "node:fs";
import { markerOf } from "../../../src/taskRunner/base/marker";

/**
 * The live processes with a run's marker in their environment, read without any code of the extension's.
 * @param session these too: what has no environment is still in the session that the run's command has led
 */
export function markedProcesses(runId: string, session = 0): number[] {
  const marker = `${markerOf(runId)}\0`;
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) && isOf(Number(name), marker, session) ? [Number(name)] : []));
}

/** Kills what tests have left on purpose, or by failing. */
export function killMarked(runId: string, session = 0): void {
  for (const pid of markedProcesses(runId, session)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
}

function isOf(pid: number, marker: string, session: number): boolean {
  try {
    const [state, , , sid] = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
    if (pid === process.pid || state === "Z" || state === "X") return false;
    return (session > 0 && Number(sid) === session) || readFileSync(`/proc/${pid}/environ`, "latin1").includes(marker);
  } catch {
    return false; // It has ended, or is another user's.
  }
}
