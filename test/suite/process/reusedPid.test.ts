// A pid, and with it the id of a group, that is given to somebody else: made to happen, not simulated.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../vscode/projectRoot";

const TRIES = 200;
/** A pid namespace with its own /proc; one that is not root makes itself root in it. */
const UNSHARE = ["--pid", "--fork", "--mount-proc", "--kill-child", ...(process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"])];

describe("A stranger that is given the pid of one who has died", () => {
  before(function () {
    if (process.platform !== "linux" || spawnSync("unshare", [...UNSHARE, "true"]).status !== 0) this.skip();
  });

  it(`is not signalled once in ${TRIES} tries`, async function () {
    this.timeout(120_000);
    const program = join(projectRoot, "out/test/programs/reusedPids.js");
    // The shell is the namespace's init: it reaps whoever has lost his parent, so that pids become free at once.
    const script = '"$0" "$1" "$2"; exit $?';
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: "1" };
    const { stdout } = await promisify(execFile)("unshare", [...UNSHARE, "sh", "-c", script, process.execPath, program, String(TRIES)], { env });
    const { tries, signals } = JSON.parse(stdout) as { tries: number; signals: number };
    assert.deepEqual([tries, signals], [TRIES, 0]);
  });
});
