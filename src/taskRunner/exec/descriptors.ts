import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";

/** What a spawn needs beside its pipes, to hear from the child whether it could execute the program. */
const SPAWN_ITSELF = 2;

/**
 * Node keeps the sockets of a spawn that fails for want of descriptors, and nothing can close them. So it is not tried.
 * @param pipes how many of the child's descriptors are a "pipe"
 * @throws the system's error, such as EMFILE
 */
export function checkDescriptors(pipes: number): void {
  if (pipes === 0) return;
  const opened: number[] = [];
  try {
    while (opened.length < 2 * pipes + SPAWN_ITSELF) opened.push(openSync(devNull, "r"));
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}
