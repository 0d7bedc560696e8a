// What a window makes of the journal of one that has died, when it cannot see what is left.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../src/taskRunner/base/clock";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessTable } from "../../../src/taskRunner/process/table";
import { Journal } from "../../../src/taskRunner/recovery/journal";
import { findOrphanedRuns } from "../../../src/taskRunner/run/orphanedRuns";

/** Nothing waits. */
const hasty: Clock = {
  now: () => Date.now(),
  after: (_ms, callback) => {
    setImmediate(callback);
    return { cancel: () => undefined };
  },
};

describe("The journal of a window that has died", () => {
  let folder: string;
  beforeEach(async function () {
    if (process.platform !== "linux") this.skip();
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    const journal = new Journal(folder, thisTable);
    await journal.write({ id: "ab", label: "dev", commandLine: "x", startedAt: 1, since: thisTable.now(), marker: "CANCELLABLE_TASKS_RUN=ab", leader: undefined, survivors: [] });
    const [name = ""] = readdirSync(folder);
    renameSync(join(folder, name), join(folder, "ab.99999-1.json"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function look(table: ProcessTable): Promise<number> {
    const journal = new Journal(folder, table);
    const runs = await findOrphanedRuns(journal, table, hasty);
    await journal.settled();
    return runs.length;
  }

  it("is emptied when nothing is left", async () => {
    assert.equal(await look(thisTable), 0);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("keeps an entry when the look fails, however often it is tried", async () => {
    let looks = 0;
    const list = (): Promise<never> => {
      looks++;
      return Promise.reject(new Error("EMFILE"));
    };
    assert.equal(await look({ ...thisTable, list }), 0);
    assert.equal(readdirSync(folder).length, 1);
    assert.ok(looks > 1);
  });

  it("is emptied when a look succeeds after one that has failed", async () => {
    let looks = 0;
    const list: ProcessTable["list"] = async () => {
      if (looks++ === 0) throw new Error("EMFILE");
      return await thisTable.list();
    };
    assert.equal(await look({ ...thisTable, list }), 0);
    assert.deepEqual(readdirSync(folder), []);
  });
});
