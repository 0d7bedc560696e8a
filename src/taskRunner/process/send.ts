import { systemCode } from "../base/errors";

/**
 * Sends a signal to a process, or with a negative number to a group.
 * @returns whether there was one
 * @throws the system's error, such as EPERM; RangeError for 0, 1 and -1: our own group, the first process (in a container, everything), all processes
 */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  if (!Number.isSafeInteger(pid) || Math.abs(pid) <= 1) throw new RangeError(`not a process: ${pid}`);
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (systemCode(error) === "ESRCH") return false;
    throw error;
  }
}

/** As `send`, to the whole group that this process leads. 0 and 1 would address our own group and every process there is. */
export function sendToGroup(leaderPid: number, signal: NodeJS.Signals): boolean {
  if (!Number.isSafeInteger(leaderPid) || leaderPid <= 1) throw new RangeError(`not a process group: ${leaderPid}`);
  return send(-leaderPid, signal);
}

/** Whether there is such a process, and the system does not let us signal it. */
export function mayNotSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}

/** Whether a process group of this number exists; also when nothing in it may be signalled. */
export function groupExists(pgid: number): boolean {
  try {
    return process.kill(-pgid, 0);
  } catch (error) {
    return systemCode(error) !== "ESRCH";
  }
}
