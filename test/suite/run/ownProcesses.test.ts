// A run in a cgroup looks at no process but its own: however many others there are, its end and the kill of its survivors take no longer for them.
import assert from "node:assert/strict";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessTable } from "../../../src/taskRunner/process/table";
import { TestCgroup } from "../testCgroup";
import { RunUnderTest } from "./startedRun";

const TOO_LONG_S = 61;
const LEAVING = `for i in 1 2 3; do setsid env -i sleep ${TOO_LONG_S} </dev/null >/dev/null 2>&1 & done; exit 0`;
const OBEYING = `setsid sleep ${TOO_LONG_S} & trap "kill $!; exit" TERM; echo ready; wait`;

/** The real process table, and how often all processes there are have been looked through. */
function walkless(): ProcessTable & { readonly walks: readonly string[] } {
  const walks: string[] = [];
  return {
    ...thisTable,
    walks,
    list: () => (walks.push("list"), thisTable.list()),
    newcomers: (since) => (walks.push("newcomers"), thisTable.newcomers(since)),
    listNow: (budgetMs, pids) => (pids === undefined && walks.push("listNow"), thisTable.listNow(budgetMs, pids)),
    listeners: (ports) => (walks.push("listeners"), thisTable.listeners(ports)),
  };
}

describe("A run in a cgroup, among others", () => {
  let cgroup: TestCgroup;

  beforeEach(function () {
    const made = TestCgroup.make();
    if (made === undefined) return this.skip();
    cgroup = made;
  });
  afterEach(async () => {
    await RunUnderTest.cleanUp();
    await (cgroup as TestCgroup | undefined)?.remove();
  });

  const ends: readonly [what: string, definition: Readonly<Record<string, unknown>>, end: (test: RunUnderTest) => Promise<unknown>][] = [
    ["ends", { command: "true" }, ({ run }) => run.ended],
    ["ends, and its survivors are killed, alone and together", { command: LEAVING }, async ({ run }) => {
      await run.ended;
      const { survivors } = run.snapshot();
      assert.equal(survivors.length, 3);
      await run.killSurvivor(survivors[0]?.pid ?? 0);
      assert.equal(run.snapshot().survivors.length, 2);
      await run.killAllSurvivors();
    }],
    ["ends, and has what it leaves stopped", { command: LEAVING, survivors: "kill", cancelSignal: "SIGTERM", waitDelay: 20_000 }, ({ run }) => run.ended],
    ["obeys a Stop", { command: OBEYING, cancelSignal: "SIGTERM", waitDelay: 20_000 }, async (test) => await (await test.ready()).run.stop()],
  ];

  for (const [what, definition, end] of ends) {
    for (const stdio of ["pipe", "pty"]) {
      it(`looks at no process but its own when it ${what}, on a ${stdio}`, async () => {
        const table = walkless();
        const test = new RunUnderTest({ ...definition, stdio }, { table, containment: cgroup.containment() }).start();
        await end(test);
        assert.deepEqual(test.run.snapshot().survivors, []);
        assert.deepEqual(cgroup.members, []);
        assert.deepEqual(table.walks, []);
      });
    }
  }
});
