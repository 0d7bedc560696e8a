/**
 * Sends a signal to a process, or with a negative number to a group.
 * @returns whether there was one
 * @throws the system's error, such as EPERM
 */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
