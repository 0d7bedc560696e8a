/** Whether a process of our own user has this pid; one that has ended and was not reaped counts. */
export function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
