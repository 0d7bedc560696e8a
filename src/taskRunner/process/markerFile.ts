import { closeSync, constants, fstatSync, openSync, readFileSync, unlinkSync } from "node:fs";
import type { FileId } from "./table";

/** In memory: no disk can keep this waiting. */
const FOLDER = "/dev/shm";

/**
 * Under which number a run's processes have the file: above those that shells and programs use by themselves, and below the
 * limits of most systems.
 */
export const MARKER_FD = 97;

/**
 * A file without a name that every process of a run inherits, and nobody else: a second marker, for the daemons that shed all
 * other evidence (a session of their own, a title written over their environment, no pipe). They rarely close what they do
 * not know. It belongs to who has opened it, and is closed when nothing is looked for any more: then its inode can be another's.
 */
export class MarkerFile {
  readonly fd: number;
  readonly id: FileId;
  #isOpen = true;

  private constructor(fd: number, id: FileId) {
    this.fd = fd;
    this.id = id;
  }

  /** undefined where there is none: it is a help, and nothing fails without it. */
  static open(runId: string): MarkerFile | undefined {
    if (process.platform !== "linux") return undefined;
    let fd: number | undefined;
    try {
      if (descriptorLimit() <= MARKER_FD) return undefined;
      const path = `${FOLDER}/cancellable-tasks-${runId}`;
      fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
      unlinkSync(path);
      const { dev, ino } = fstatSync(fd);
      return new MarkerFile(fd, { dev, ino });
    } catch {
      if (fd !== undefined) closeSync(fd);
      return undefined;
    }
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  close(): void {
    if (this.#isOpen) closeSync(this.fd);
    this.#isOpen = false;
  }
}

/** How many descriptors this process, and so a child, may have: the soft limit (ulimit -n). */
function descriptorLimit(): number {
  return Number(/^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1] ?? Infinity);
}
