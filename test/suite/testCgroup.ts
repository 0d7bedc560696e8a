import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A cgroup to make others in, for one test; only where this process may make one. Reads and writes without any code of the extension's. */
export class TestCgroup {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @returns undefined where none can be made */
  static make(): TestCgroup | undefined {
    const mount = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find((folder) => existsSync(join(folder, "cgroup.procs")));
    const own = /^0::(.*)$/m.exec(process.platform === "linux" ? readFileSync("/proc/self/cgroup", "utf8") : "")?.[1];
    if (mount === undefined || own === undefined) return undefined;
    const folder = join(mount, own, `test-${randomBytes(6).toString("hex")}`);
    try {
      mkdirSync(folder);
      return new TestCgroup(folder);
    } catch {
      return undefined;
    }
  }

  /** As systemd delegates it. */
  delegateTo(uid: number): this {
    for (const name of ["", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"]) chownSync(join(this.folder, name), uid, uid);
    return this;
  }

  /** The names of the cgroups in it. */
  get children(): string[] {
    return foldersIn(this.folder);
  }

  /** The pids of all that live in it. */
  get members(): number[] {
    return membersOf(this.folder);
  }

  /** Kills what tests have left on purpose, or by failing, and removes everything. */
  async remove(): Promise<void> {
    while (existsSync(this.folder)) {
      write(join(this.folder, "cgroup.kill"), "1");
      removeTree(this.folder);
      await sleep(5);
    }
  }
}

export function membersOf(folder: string): number[] {
  const own = readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  return [...own, ...foldersIn(folder).flatMap((name) => membersOf(join(folder, name)))];
}

/** The cgroup v2 of a process, from the root of what this process sees. */
export function cgroupOf(pid: number): string | undefined {
  return /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8"))?.[1];
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

function removeTree(folder: string): void {
  try {
    for (const name of foldersIn(folder)) removeTree(join(folder, name));
    rmdirSync(folder);
  } catch {
    // Somebody is still dying in it.
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch {
    // It has gone meanwhile.
  }
}
