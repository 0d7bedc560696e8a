import { execFile } from "node:child_process";
import { close, constants, open } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { systemCode } from "../base/errors";

const openFile = promisify(open);
const run = promisify(execFile);

/** The two ends of a FIFO whose name is already gone; whoever holds them closes them. */
export interface FifoEnds {
  /** What the child gets: blocking, as programs expect of a pipe. */
  readonly child: number;
  /** What this process keeps: never blocks. */
  readonly parent: number;
}

/** What may be over at the next try: no descriptor, no process or no space was free. */
const TRANSIENT = new Set(["EMFILE", "ENFILE", "EAGAIN", "ENOMEM", "ENOSPC", "EDQUOT"]);

export type FifoKind = "output" | "input";

/**
 * Real pipes for children. Node's own "pipe" is a pair of UNIX sockets: `echo x > /dev/stderr` fails on it with ENXIO,
 * and nothing tells who holds its far end. A FIFO behaves as the shell's pipes do, and its inode names its holders.
 *
 * `mkfifo` is a program (about 4 ms), so one spare of each kind is kept ready, from the first use on.
 */
export class FifoStock {
  readonly #spares = new Map<FifoKind, FifoEnds>();
  #refilling: Promise<void> | undefined;
  #closed = false;
  #impossible = process.platform === "win32";

  /** @param make makes the FIFOs of these kinds, in their order; another one only in tests */
  constructor(readonly make: (kinds: readonly FifoKind[]) => Promise<FifoEnds[]> = makeFifos) {}

  /** @returns the two ends, or undefined where no FIFO can be made (Windows, no `mkfifo`, a read-only temporary folder). */
  async take(kind: FifoKind): Promise<FifoEnds | undefined> {
    if (this.#impossible) return undefined;
    const spare = this.#spares.get(kind);
    this.#spares.delete(kind);
    try {
      return spare ?? (await this.make([kind]))[0];
    } catch (error) {
      this.#impossible = !TRANSIENT.has(systemCode(error) ?? "");
      return undefined;
    } finally {
      this.#refill();
    }
  }

  /** Closes the spares; what was taken is not touched. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#refilling;
    for (const ends of this.#spares.values()) closeEnds(ends);
    this.#spares.clear();
  }

  #refill(): void {
    const missing = (["output", "input"] as const).filter((kind) => !this.#spares.has(kind));
    if (this.#closed || this.#impossible || missing.length === 0) return;
    this.#refilling ??= this.make(missing)
      .then((made) => missing.forEach((kind, i) => this.#keep(kind, made[i])))
      .catch(() => undefined) // No spare, then: take() makes one when it is needed, or finds that none can be made.
      .finally(() => (this.#refilling = undefined));
  }

  #keep(kind: FifoKind, ends: FifoEnds | undefined): void {
    if (ends === undefined) return;
    if (this.#spares.has(kind)) closeEnds(ends);
    else this.#spares.set(kind, ends);
  }
}

/** The stock that all commands of this process draw from. Close it when the last command has been started. */
export const fifoStock = new FifoStock();

async function makeFifos(kinds: readonly FifoKind[]): Promise<FifoEnds[]> {
  // The folder has mode 700: nobody else can open the FIFO in the moment in which it has a name.
  const folder = await mkdtemp(join(tmpdir(), "cancellable-tasks-"));
  try {
    const paths = kinds.map((_, i) => join(folder, String(i)));
    await run("mkfifo", ["-m", "600", ...paths]);
    return await openAll(kinds, paths);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function openAll(kinds: readonly FifoKind[], paths: readonly string[]): Promise<FifoEnds[]> {
  const opened: FifoEnds[] = [];
  try {
    for (const [i, path] of paths.entries()) opened.push(await (kinds[i] === "input" ? openInput(path) : openOutput(path)));
    return opened;
  } catch (error) {
    opened.forEach(closeEnds);
    throw error;
  }
}

async function openOutput(path: string): Promise<FifoEnds> {
  // Opened for reading without blocking first: then there is a reader, and opening for writing does not wait either.
  const parent = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return { parent, child: await openFile(path, constants.O_WRONLY) };
  } catch (error) {
    closeFd(parent);
    throw error;
  }
}

async function openInput(path: string): Promise<FifoEnds> {
  // The child must get a blocking end, and opening that waits for a writer, which in turn needs a reader: hence the first.
  const first = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const parent = await openFile(path, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      return { parent, child: await openFile(path, constants.O_RDONLY) };
    } catch (error) {
      closeFd(parent);
      throw error;
    }
  } finally {
    closeFd(first);
  }
}

export function closeEnds(ends: FifoEnds): void {
  closeFd(ends.child);
  closeFd(ends.parent);
}

export function closeFd(fd: number): void {
  close(fd, () => undefined);
}
