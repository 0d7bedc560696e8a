// The tests of a file once more as an ordinary user in a cgroup that is delegated to him, as on a desktop; only where root runs the tests.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../vscode/projectRoot";
import { TestCgroup } from "./testCgroup";

/** Whether it is this user that runs them. */
export const IS_DELEGATED = process.env["CANCELLABLE_TASKS_TEST_DELEGATED"] === "yes";
const ORDINARY_USER = 1000;
const LIMIT_MS = 240_000;

/** Runs those tests of a file once more there whose names have this in them; leaves the test out where that cannot be. */
export async function passesDelegated(context: Mocha.Context, file: string, grep: string, environment: Readonly<Record<string, string>> = {}): Promise<void> {
  context.timeout(LIMIT_MS);
  const cgroup = process.getuid?.() === 0 && !IS_DELEGATED ? TestCgroup.make()?.delegateTo(ORDINARY_USER) : undefined;
  if (cgroup === undefined) return context.skip();
  /** Runs this as that user, in that cgroup. */
  const asUser = (args: readonly string[]): ReturnType<typeof spawnSync> =>
    spawnSync("/bin/sh", ["-c", `echo 0 >"$0" && exec setpriv --reuid ${ORDINARY_USER} --regid ${ORDINARY_USER} --clear-groups "$@"`, join(cgroup.folder, "cgroup.procs"), ...args], { encoding: "utf8", env: { ...process.env, ...environment, CANCELLABLE_TASKS_TEST_DELEGATED: "yes", HOME: tmpdir() } });
  try {
    if (asUser(["test", "-r", file]).status !== 0) return context.skip();
    const { status, stdout, stderr } = asUser([process.execPath, "--enable-source-maps", join(projectRoot, "node_modules/mocha/bin/mocha.js"), "--timeout", "20000", "--exit", "--grep", grep, file]);
    assert.equal(status, 0, `${String(stdout)}${String(stderr)}`);
    assert.match(String(stdout), /[1-9]\d* passing/);
    assert.doesNotMatch(String(stdout), /pending|failing/);
  } finally {
    await cgroup.remove();
  }
}
