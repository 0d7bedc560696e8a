import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmdirSync } from "node:fs";
import { basename, join } from "node:path";
import { settledWithin } from "../base/deadline";
import { systemCode } from "../base/errors";

/** No probe is waited for longer, in milliseconds. */
const PROBE_MS = 1000;

/** What cannot be done: no cgroup is made, or no process gets into it; or that is not known yet. */
export type ProbeProblem = { readonly kind: "refused"; readonly code: string } | { readonly kind: "notJoined" | "late" };

/** The command line that has a process moved into a cgroup's folder: its pid is added as the last argument. It needs no environment. */
export type Mover = (folder: string) => readonly string[];

/** Has itself moved by what its arguments say, and looks where it is. */
const MOVED = '"$@" "$$"; while read -r line; do case $line in 0::*/"$0") exit 0; esac; done </proc/self/cgroup; exit 1';

/**
 * Makes a cgroup in this folder, lets a process enter it, and removes it. Rejects where no process can be started at this moment.
 * @param mover what has a process moved into this one; undefined: it enters by itself
 */
export async function probe(parent: string, mover?: Mover): Promise<ProbeProblem | undefined> {
  const folder = join(parent, `cancellable-tasks-probe-${randomBytes(8).toString("hex")}`);
  try {
    mkdirSync(folder);
  } catch (error) {
    return { kind: "refused", code: systemCode(error) ?? "unknown" };
  }
  try {
    const args = mover === undefined ? ["-c", 'echo 0 >"$0"', join(folder, "cgroup.procs")] : ["-c", MOVED, basename(folder), ...mover(folder)];
    const child = spawn("/bin/sh", args, { cwd: "/", env: {}, stdio: "ignore" });
    const ended = await settledWithin(PROBE_MS, () => once(child, "exit"));
    if (ended.kind === "late" && child.pid !== undefined) child.kill("SIGKILL");
    if (ended.kind === "failed") throw ended.error;
    if (ended.kind === "late") return { kind: "late" };
    return ended.value[0] === 0 ? undefined : { kind: "notJoined" };
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
