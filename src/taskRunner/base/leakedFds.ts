import { openSync } from "node:fs";
import type { StdioOptions } from "node:child_process";

/**
 * Our descriptors that every child would inherit, because they were opened without O_CLOEXEC and Node cannot set it
 * later: the masters of pseudoterminals. A program that holds one keeps a terminal, maybe its own, from ever being hung up.
 * (Children of other extensions inherit them nevertheless; nothing that is waited for depends on these.)
 */
const leaky = new Set<number>();
let devNull: number | undefined;

export function addLeakedFd(fd: number): void {
  leaky.add(fd);
}

/** To be called before the descriptor is closed: its number belongs to another file then. */
export function removeLeakedFd(fd: number): void {
  leaky.delete(fd);
}

/** The same descriptors for a child, and /dev/null in the place of those that it must not inherit. */
export function withoutLeakedFds(stdio: readonly Exclude<StdioOptions, string>[number][]): Exclude<StdioOptions, string> {
  const whole = [...stdio];
  for (const fd of leaky) {
    while (whole.length < fd) whole.push("ignore"); // Above 2, that leaves a descriptor alone.
    // What the child is given under this number takes its place.
    if (fd < stdio.length && !(fd > 2 && stdio[fd] === "ignore")) continue;
    whole[fd] = devNull ??= openSync("/dev/null", "r+");
  }
  return whole;
}
