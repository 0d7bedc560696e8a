import { close, closeSync, constants, mkdirSync, open, openSync, readdirSync, readFileSync, rmdirSync, watch, write as writeLater, writeSync, type FSWatcher } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { systemCode } from "../base/errors";
import { Emitter, type Disposable } from "../base/emitter";
import type { CgroupPlace } from "../base/entry";
import type { Container, ContainerUsage, WindowScope } from "./container";

/** How the folders of runs are called, before the run's id. */
const PREFIX = "cancellable-tasks-";
/** A cgroup freezes within 2 ms. A process that sleeps in the kernel may keep it from that: nothing waits longer for it, in milliseconds. */
const FREEZE_MS = 10;
/** A kernel before 5.14 has no cgroup.kill: each process is killed, and those that were just being born in the next round. */
const KILL_ROUNDS = 20;

/** The folder of a run's cgroup, in that of its editor. */
export function folderOf(parent: string, runId: string): string {
  return join(parent, `${PREFIX}${runId}`);
}

/** Whether this is the folder of that run's cgroup, wherever it lies: what is written on disk may have been written by anybody. */
export function isFolderOf(folder: string, runId: string): boolean {
  return /^[0-9a-f]+$/.test(runId) && basename(folder) === `${PREFIX}${runId}` && !folder.split("/").includes("..");
}

/** The cgroup of a run (see cgroups(7) and the kernel's cgroup-v2.rst). These files are the kernel's: no disk can keep them waiting. */
export class Cgroup implements Container {
  readonly folder: string;
  readonly mover: readonly string[] | undefined;
  readonly scope: WindowScope | undefined;
  readonly #empty = new Emitter<undefined>();
  #listeners = 0;
  #watcher: FSWatcher | undefined;
  #wasEntered = false;
  #isToBeRemoved = false;
  /** Then certainly nobody lives in it: only an empty one can be removed, and nobody enters one that is not there. */
  #isRemoved = false;

  /** @param folder need not be there yet: see `ensure` */
  constructor(folder: string, { mover, scope }: Pick<CgroupPlace, "mover"> & Pick<Container, "scope"> = {}) {
    this.folder = folder;
    this.mover = mover;
    this.scope = scope;
  }

  get entry(): { readonly cgroup: CgroupPlace } {
    return { cgroup: this };
  }

  /** Removes what is left of runs in this folder that nothing lives in, and that are older than this (ms): a younger one may be about to be entered. */
  static removeStale(parent: string, olderThanMs: number, changedAt: (folder: string) => number): void {
    for (const name of foldersIn(parent)) {
      const folder = join(parent, name);
      if (name.startsWith(PREFIX) && Date.now() - changedAt(folder) > olderThanMs) removeTree(folder);
    }
  }

  members(): readonly number[] | undefined {
    if (this.#isRemoved) return [];
    const pids = new Set<number>();
    if (!collect(this.folder, pids)) return undefined;
    if (pids.size > 0) this.#wasEntered = true;
    return [...pids];
  }

  isPopulated(): boolean | undefined {
    if (this.#isRemoved) return false;
    const flag = fieldOf(this.#read("cgroup.events"), "populated");
    return flag === undefined ? undefined : flag !== 0;
  }

  wasEntered(): boolean {
    // Of one that has ended already there is only the time that it took.
    return (this.#wasEntered ||= this.isPopulated() === true || (this.usage()?.cpuMs ?? 0) > 0);
  }

  kill(): boolean {
    return this.#kill(this.folder);
  }

  killOne(pid: number): boolean {
    const cell = join(this.folder, `kill-${pid}`);
    try {
      mkdirSync(cell);
      try {
        return write(join(cell, "cgroup.procs"), String(pid)) && this.#kill(cell);
      } finally {
        // While the process is dying it is busy; then it goes with the rest.
        removeTree(cell);
      }
    } catch {
      return false;
    }
  }

  whileFrozen<T>(act: () => T): T {
    return whileFreezing(this.folder, (isFreezing) => {
      const end = performance.now() + FREEZE_MS;
      // Nothing else is to happen in between: should our event loop stand still then, the task would too.
      while (isFreezing && fieldOf(this.#read("cgroup.events"), "frozen") === 0 && performance.now() < end);
      return act();
    });
  }

  thaw(): void {
    write(join(this.folder, "cgroup.freeze"), "0");
  }

  onEmpty(listener: () => void): Disposable | undefined {
    this.#watch();
    if (this.#watcher === undefined) return undefined;
    const listening = this.#empty.event(listener);
    this.#listeners++;
    let isOver = false;
    return {
      dispose: () => {
        if (isOver) return;
        isOver = true;
        listening.dispose();
        this.#listeners--;
        if (this.#listeners === 0 && !this.#isToBeRemoved) this.#unwatch();
      },
    };
  }

  usage(): ContainerUsage | undefined {
    const spent = fieldOf(this.#read("cpu.stat"), "usage_usec");
    if (spent === undefined) return undefined;
    // Only where the controller for memory is handed down; in many a session it is not.
    const memory = this.#read("memory.current");
    return { cpuMs: spent / 1000, memoryBytes: memory === undefined ? undefined : Number(memory) };
  }

  /** As `ensure`, without keeping the event loop waiting: while a process is being moved somewhere, the kernel makes no cgroup (5 to 20 ms). */
  async make(): Promise<string | undefined> {
    try {
      await mkdir(this.folder);
      return undefined;
    } catch (error) {
      return codeUnlessThere(error);
    }
  }

  ensure(): string | undefined {
    this.#isRemoved = false;
    try {
      mkdirSync(this.folder);
      return undefined;
    } catch (error) {
      return codeUnlessThere(error);
    }
  }

  remove(): void {
    this.#isToBeRemoved = true;
    if (this.#tryRemove()) this.#unwatch();
    // Somebody is meant to live on in it: then it goes with the last of them, or a later window removes it.
    else this.#watch();
  }

  #tryRemove(): boolean {
    // Nothing tells it afterwards.
    this.wasEntered();
    return (this.#isRemoved = removeTree(this.folder));
  }

  #kill(folder: string): boolean {
    if (this.hasKill && write(join(folder, "cgroup.kill"), "1")) return true;
    return read(join(folder, "cgroup.procs")) !== undefined && killEach(folder);
  }

  /** Whether it is asked for it: see KILL_ROUNDS. */
  protected get hasKill(): boolean {
    return true;
  }

  #watch(): void {
    if (this.#watcher !== undefined) return;
    try {
      this.#watcher = watch(join(this.folder, "cgroup.events"), { persistent: false }, () => this.#look());
      this.#watcher.on("error", () => this.#unwatch());
    } catch {
      // It has been removed, or there are no more watches to be had.
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #look(): void {
    if (this.isPopulated() === true) return;
    this.#empty.fire(undefined);
    if (this.#isToBeRemoved && this.#tryRemove()) this.#unwatch();
  }

  #read(name: string): string | undefined {
    return read(join(this.folder, name));
  }
}

function codeUnlessThere(error: unknown): string | undefined {
  const code = systemCode(error) ?? "unknown";
  return code === "EEXIST" ? undefined : code;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

/** Never makes a file: where there is none there is no cgroup, or the kernel does not know it. */
function write(path: string, text: string): boolean {
  let fd: number | undefined;
  try {
    // Only for writing: cgroup.kill cannot be read, but by root.
    fd = openSync(path, constants.O_WRONLY);
    writeSync(fd, text);
    return true;
  } catch {
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The number behind this word, in a file of lines such as "populated 1". */
function fieldOf(text: string | undefined, name: string): number | undefined {
  const value = new RegExp(`^${name} (\\d+)$`, "m").exec(text ?? "")?.[1];
  return value === undefined ? undefined : Number(value);
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}

/** The file of a cgroup names only those that are in it, not those in its children. @returns whether it could be read */
function collect(folder: string, pids: Set<number>): boolean {
  const text = read(join(folder, "cgroup.procs"));
  for (const line of text?.split("\n") ?? []) if (Number(line) > 1) pids.add(Number(line));
  for (const name of foldersIn(folder)) collect(join(folder, name), pids);
  return text !== undefined;
}

/**
 * Who is frozen can be killed, and cannot fork. A pid that has just been read as a member's is still its own.
 * @returns whether all could be: not another user's
 */
function killEach(folder: string): boolean {
  return whileFreezing(folder, () => {
    let isRefused = false;
    for (let round = 0; round < KILL_ROUNDS; round++) {
      const left = new Set<number>();
      collect(folder, left);
      for (const pid of left) {
        try {
          process.kill(pid, "SIGKILL");
        } catch (error) {
          isRefused ||= systemCode(error) === "EPERM";
        }
      }
      if (left.size === 0) break;
    }
    return !isRefused;
  });
}

/** Begins to freeze it, does this, and lets it go. With one descriptor: there may be no other one when it has to be let go. */
function whileFreezing<T>(folder: string, act: (isFreezing: boolean) => T): T {
  let fd: number | undefined;
  const write = (text: string): boolean => {
    try {
      fd ??= openSync(join(folder, "cgroup.freeze"), constants.O_WRONLY);
      return writeSync(fd, text) > 0;
    } catch {
      return false; // There is no such cgroup, or it cannot be frozen.
    }
  };
  const isFreezing = write("1");
  try {
    return act(isFreezing);
  } finally {
    if (isFreezing) write("0");
    if (fd !== undefined) closeSync(fd);
  }
}

/**
 * Begins what the kernel needs before it moves a process: a grace period of RCU, 5 to 20 ms, after which, for about as long again, nobody waits for one.
 * What begins it is that this process enters a cgroup, and the one in which it is already changes nothing. Waits for nothing.
 * @param own in which this process certainly is
 */
export function expectEntry(own: string): void {
  open(join(own, "cgroup.procs"), constants.O_WRONLY, (refused, fd) => {
    if (refused === null) writeLater(fd, "0", () => close(fd));
  });
}

/** Removes a cgroup with those in it; not where a process lives. @returns whether it is gone */
function removeTree(folder: string): boolean {
  for (const name of foldersIn(folder)) removeTree(join(folder, name));
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return systemCode(error) === "ENOENT";
  }
}

/** The cgroup of a run that another window has started, by what that has written down; undefined where there is none any more. */
export function findCgroup({ id, cgroup }: { readonly id: string; readonly cgroup?: string }): Cgroup | undefined {
  if (cgroup === undefined || !isFolderOf(cgroup, id) || read(join(dirname(cgroup), "cgroup.procs")) === undefined) return undefined;
  const found = new Cgroup(cgroup);
  return found.members() === undefined ? undefined : found;
}
