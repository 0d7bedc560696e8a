import * as l10n from "@vscode/l10n";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, constants, openSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withoutLeakedFds } from "../base/leakedFds";

/** The two ends of a pipe that has no name, or has it no more; their owner closes them. */
export interface FifoEnds {
  /** The child's end: blocking, as programs expect of a pipe. */
  readonly child: number;
  /** Our end: never blocks. */
  readonly parent: number;
}

/** Named after the child's stream: we read from an "output" and write to an "input". */
export type FifoKind = "output" | "input";

/** Making a batch takes 2 ms. A folder that takes longer, in milliseconds, is on a mount that does not answer. */
const MAKE_TIMEOUT_MS = 1000;

/** What a shell exits with when it does not find a program. */
const NOT_FOUND = 127;

/**
 * No other user can open a FIFO of mode 600 while it has a name, or guess that name. A shell looks for `mkfifo`, because an
 * entry of PATH that does not answer may then hang the shell, and never this process.
 */
const MAKE = 'exec mkfifo -m 600 "$@"';

/** Folders in which the last attempt failed. They are tried last. */
const failed = new Set<string>();

/**
 * Makes one FIFO for each kind, in their order, and removes their names at once.
 * @throws an error with the code ENOENT where there is no `mkfifo`, EIO or ETIMEDOUT where no folder takes them; or the
 *   system's error
 */
export async function makeFifos(kinds: readonly FifoKind[]): Promise<FifoEnds[]> {
  let code: string | undefined;
  for (const place of places()) {
    const name = join(place, `cancellable-tasks-${randomBytes(8).toString("hex")}`);
    const paths = kinds.map((_, i) => `${name}_${i}`);
    const failure = await makeAll(paths);
    if (failure === undefined) {
      failed.delete(place);
      try {
        return openAll(paths, kinds);
      } finally {
        removeAll(paths);
      }
    }
    failed.add(place);
    // A start waits for this. When two folders do not answer it is not the folders.
    const isHopeless = failure === "ENOENT" || (failure === "ETIMEDOUT" && code === failure);
    code ??= failure;
    if (isHopeless) break;
  }
  throw Object.assign(new Error(l10n.t("no FIFO can be made: {0}", code ?? "")), { code });
}

/** Where temporary files may go: not each of these exists everywhere, has space or can be written to. */
function places(): string[] {
  const all = [...new Set([tmpdir(), process.env["XDG_RUNTIME_DIR"] ?? "", "/dev/shm", "/tmp"])].filter((place) => place.startsWith("/"));
  return [...all.filter((place) => !failed.has(place)), ...all.filter((place) => failed.has(place))];
}

/** @returns why it has failed, undefined if it has not */
async function makeAll(paths: readonly string[]): Promise<"ENOENT" | "EIO" | "ETIMEDOUT" | undefined> {
  const code = await run(MAKE, ["sh", ...paths]);
  if (code === 0) return undefined;
  if (code === "ETIMEDOUT") return code;
  // The folder's file system has answered just now: removing what was made before the failure does not hang.
  removeAll(paths);
  return code === NOT_FOUND ? "ENOENT" : "EIO";
}

/**
 * @returns the exit code of the script, null when a signal ended it
 * @throws the system's error when no process can be had
 */
async function run(script: string, args: readonly string[]): Promise<number | null | "ETIMEDOUT"> {
  const child = spawn("/bin/sh", ["-c", script, ...args], { stdio: withoutLeakedFds(["ignore", "ignore", "ignore"]) });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject).once("exit", resolve);
      timer = setTimeout(() => {
        child.kill("SIGKILL");
        resolve("ETIMEDOUT");
      }, MAKE_TIMEOUT_MS);
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Synchronous, because a thread of the pool may never become free; opening a pipe in this order never blocks. */
export function openAll(paths: readonly string[], kinds: readonly FifoKind[]): FifoEnds[] {
  const opened: FifoEnds[] = [];
  try {
    for (const [i, path] of paths.entries()) opened.push(kinds[i] === "input" ? openInput(path) : openOutput(path));
    return opened;
  } catch (error) {
    opened.forEach(closeEnds);
    throw error;
  }
}

function removeAll(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      unlinkSync(path);
    } catch {
      // It was never made.
    }
  }
}

function openOutput(path: string): FifoEnds {
  // Opened for reading without blocking first: then there is a reader, and opening for writing does not wait either.
  const parent = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { parent, child: openOr(() => closeSync(parent), path, constants.O_WRONLY) };
}

function openInput(path: string): FifoEnds {
  // The child must get a blocking end, and opening that waits for a writer, which in turn needs a reader: hence the first.
  const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const parent = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    return { parent, child: openOr(() => closeSync(parent), path, constants.O_RDONLY) };
  } finally {
    closeSync(first);
  }
}

function openOr(undo: () => void, path: string, flags: number): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    undo();
    throw error;
  }
}

/** Closing a FIFO never blocks, while a thread of the pool may never become free. */
export function closeEnds(ends: FifoEnds): void {
  closeSync(ends.child);
  closeSync(ends.parent);
}
