import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { settledWithin } from "../base/deadline";
import { systemCode } from "../base/errors";
import { Cgroup, folderOf } from "./cgroup";
import { ownCgroup } from "./cgroupMount";
import type { Container, Containment, NoContainment } from "./container";

/** No probe is waited for longer, in milliseconds. */
const PROBE_MS = 1000;
/** A run's cgroup is entered right after it has been made. One that is empty and older than this (ms) is nobody's. */
const STALE_MS = 60_000;

/**
 * Each run in a cgroup of its own, a child of the one that this process is in: where the user's systemd has started the editor, or its
 * user is root, we may make one.
 */
export class CgroupContainment implements Containment {
  readonly #parent: () => string | NoContainment;
  #probe: Promise<string | NoContainment> | undefined;
  #folder: string | undefined;

  /** @param parent in which folder they are made; told only in tests */
  constructor(parent: () => string | NoContainment = ownFolder) {
    this.#parent = parent;
  }

  async available(): Promise<NoContainment | undefined> {
    const found = await (this.#probe ??= this.#try());
    return typeof found === "string" ? undefined : found;
  }

  open(runId: string): Container | NoContainment {
    if (this.#folder === undefined) return { kind: "unsupported" };
    const container = new Cgroup(folderOf(this.#folder, runId));
    const code = container.ensure();
    return code === undefined ? container : { kind: "refused", code };
  }

  async #try(): Promise<string | NoContainment> {
    const parent = this.#parent();
    if (typeof parent !== "string") return parent;
    const problem = await probe(parent);
    if (problem !== undefined) return problem;
    Cgroup.removeStale(parent, STALE_MS, (folder) => statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    return (this.#folder = parent);
  }
}

function ownFolder(): string | NoContainment {
  try {
    const own = ownCgroup(readFileSync("/proc/self/cgroup", "utf8"), readFileSync("/proc/self/mountinfo", "utf8"));
    return own.kind === "found" ? own.folder : own;
  } catch {
    return { kind: "noCgroup2" };
  }
}

/** Makes one, lets a process enter it, and removes it. */
async function probe(parent: string): Promise<NoContainment | undefined> {
  const folder = join(parent, `cancellable-tasks-probe-${randomBytes(8).toString("hex")}`);
  try {
    mkdirSync(folder);
  } catch (error) {
    return { kind: "refused", code: systemCode(error) ?? "unknown" };
  }
  try {
    const child = spawn("/bin/sh", ["-c", 'echo 0 >"$0"', join(folder, "cgroup.procs")], { cwd: "/", env: {}, stdio: "ignore" });
    const ended = await settledWithin(PROBE_MS, () => once(child, "exit"));
    return ended.kind === "done" && ended.value[0] === 0 ? undefined : { kind: "notJoined" };
  } finally {
    attempt(() => rmdirSync(folder));
  }
}

function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // Somebody is still in it: a later probe removes it.
  }
}
