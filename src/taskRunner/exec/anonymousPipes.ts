import * as l10n from "@vscode/l10n";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readlinkSync, readSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { withoutLeakedFds } from "../base/leakedFds";
import { openAll, type FifoEnds, type FifoKind } from "./makeFifos";

/** A shell has one-digit descriptors from 3 on. */
const FIRST_FD = 3;
const MOST = 7;

/** For an empty one bash opens /dev/null. */
const DOCUMENT = "x\n";

/** A shell needs a few milliseconds. */
const TIMEOUT_MS = 1000;
const POLL_MS = 1;
const PIPE_BUF = 4096;

/**
 * The pipes of here-documents, for as long as that shell runs. It counts for a second or two and ends by itself, should this
 * process die meanwhile.
 */
function scriptFor(count: number): string {
  const documents = Array.from({ length: count }, (_, i) => `${FIRST_FD + i}<<E`).join(" ");
  return `exec ${documents}\n${`${DOCUMENT}E\n`.repeat(count)}i=0; while [ $i -lt 2000000 ]; do i=$((i+1)); done`;
}

/**
 * Makes pipes without any file, and without any program but the shell: /proc opens a pipe that another process has, in both
 * directions. Slower than a FIFO, and for a few at a time; where no folder takes a FIFO, or there is no `mkfifo`.
 * @param shell the shell and its options; another one than the system's only in tests
 * @returns one for each kind, in their order, as far as there are any
 * @throws Error where that is not how the system's shell makes a here-document, or there is no /proc; or the system's error
 */
export async function makeAnonymousPipes(kinds: readonly FifoKind[], [shell = "/bin/sh", ...options]: readonly string[] = []): Promise<FifoEnds[]> {
  const wanted = kinds.slice(0, MOST);
  const child = spawn(shell, [...options, "-c", scriptFor(wanted.length)], { stdio: withoutLeakedFds(["ignore", "ignore", "ignore"]) });
  const ended = once(child, "exit");
  // It can also be that it was never started.
  ended.catch(() => undefined);
  if (child.pid === undefined) await ended;
  try {
    const paths = wanted.map((_, i) => `/proc/${child.pid ?? 0}/fd/${FIRST_FD + i}`);
    await untilPipes(child, paths);
    paths.forEach(readDocument);
    return openAll(paths, wanted);
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    // As long as it lives it has both ends, and the output does not end.
    await ended;
  }
}

async function untilPipes(shell: ChildProcess, paths: readonly string[]): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  while (!paths.every(isPipe)) {
    if (shell.exitCode !== null || shell.signalCode !== null || performance.now() > end) throw new Error(l10n.t("the shell makes no pipe"));
    await setTimeout(POLL_MS);
  }
}

function readDocument(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (readSync(fd, Buffer.alloc(PIPE_BUF)) !== DOCUMENT.length) throw new Error(l10n.t("the shell makes no pipe"));
  } finally {
    closeSync(fd);
  }
}

function isPipe(path: string): boolean {
  try {
    return readlinkSync(path).startsWith("pipe:[");
  } catch {
    return false;
  }
}
