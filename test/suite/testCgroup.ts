import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CgroupContainment } from "../../src/taskRunner/process/cgroupContainment";
import { moverIn, openUserScope, type UserScope } from "../../src/taskRunner/process/userScope";

/** Whether the tests run as an ordinary user in a cgroup of root's, with a systemd of their own: see testSystemd.ts. */
export const IS_SCOPE = process.env["CANCELLABLE_TASKS_TEST_SYSTEMD"] === "yes";

/** A cgroup to make others in, for one test; only where this process may make one. Reads and writes without any code of the extension's. */
export class TestCgroup {
  readonly folder: string;
  readonly #scope: UserScope | undefined;
  /** Who keeps the scope. */
  readonly #keepers: readonly number[];

  private constructor(folder: string, scope?: UserScope) {
    this.folder = folder;
    this.#scope = scope;
    this.#keepers = scope === undefined ? [] : pidsIn(folder);
  }

  /** As `make`, or a scope of the user's systemd. */
  static async open(): Promise<TestCgroup | undefined> {
    if (!IS_SCOPE) return TestCgroup.make();
    const scope = await openUserScope();
    if (typeof scope === "string") throw new Error(`There is no scope: ${scope}`);
    return new TestCgroup(scope.folder, scope);
  }

  /** A scope that another process has had made. */
  static ofOther(folder: string): TestCgroup {
    const mover = moverIn(folder.replace(/^\/sys\/fs\/cgroup/, ""), folder);
    return new TestCgroup(folder, { folder, unit: basename(folder), mover, ended: Promise.resolve(), close: () => undefined });
  }

  get unit(): string | undefined {
    return this.#scope?.unit;
  }

  /** Whose runs have their cgroups in it, or in this one below it. */
  containment(folder = this.folder): CgroupContainment {
    const scope = this.#scope;
    return scope === undefined ? new CgroupContainment(() => folder) : new CgroupContainment(undefined, () => Promise.resolve({ ...scope, folder }));
  }

  /** What moves a process, whose pid is added, into this one. */
  moverInto(folder: string): readonly string[] {
    return this.#scope?.mover?.(folder) ?? ["/bin/sh", "-c", 'echo "$1" >"$0"', join(folder, "cgroup.procs")];
  }

  /** Starts a process that is directly in it. */
  async start(script: string): Promise<ChildProcess> {
    const child = spawn("/bin/sh", ["-c", `"$@" $$ && echo ready && ${script}`, "sh", ...this.moverInto(this.folder)], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    return child;
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
    return membersOf(this.folder).filter((pid) => !this.#keepers.includes(pid));
  }

  /** Kills what tests have left on purpose, or by failing, and removes everything. */
  async remove(): Promise<void> {
    this.#scope?.close();
    while (existsSync(this.folder)) {
      write(join(this.folder, "cgroup.kill"), "1");
      removeTree(this.folder);
      await sleep(5);
    }
  }
}

export function membersOf(folder: string): number[] {
  return [...pidsIn(folder), ...foldersIn(folder).flatMap((name) => membersOf(join(folder, name)))];
}

function pidsIn(folder: string): number[] {
  return readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
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
