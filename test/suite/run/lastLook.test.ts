// What comes while a run is about to end: its command is gone, and it looks for the last time at what is left.
import assert from "node:assert/strict";
import { deferred } from "../../../src/taskRunner/base/deferred";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessTable } from "../../../src/taskRunner/process/table";
import { killMarked, markedProcesses } from "./marked";
import { RunUnderTest } from "./startedRun";

/** It holds no output, and ignores what it is asked by. */
const SURVIVOR = "trap '' INT TERM; sleep 60 >/dev/null 2>&1 & exit 0";

/** A run of this command that has begun its last look, which waits for `open`. */
class LastLook {
  readonly test: RunUnderTest;
  readonly open: () => void;

  private constructor(test: RunUnderTest, open: () => void) {
    this.test = test;
    this.open = open;
  }

  static async of(definition: Readonly<Record<string, unknown>>): Promise<LastLook> {
    const begun = deferred<undefined>();
    const gate = deferred<undefined>();
    const list: ProcessTable["list"] = async () => {
      begun.resolve(undefined);
      await gate.promise;
      return await thisTable.list();
    };
    const test = new RunUnderTest(definition, { table: { ...thisTable, list } }).start();
    await begun.promise;
    return new LastLook(test, () => gate.resolve(undefined));
  }
}

describe("During the last look of a run", () => {
  let look: LastLook | undefined;
  afterEach(async () => {
    look?.open();
    if (look !== undefined) killMarked(look.test.run.id);
    await RunUnderTest.cleanUp();
  });

  it("a Stop asks what is left, and kills it when the delay is over", async () => {
    look = await LastLook.of({ command: SURVIVOR, waitDelay: 300 });
    const ended = look.test.run.stop();
    look.open();
    assert.deepEqual(await ended, { kind: "succeeded" });
    assert.deepEqual(look.test.steps, ["signaled", "leaderGone", "killed", "ended"]);
    assert.deepEqual(markedProcesses(look.test.run.id), []);
    assert.deepEqual(look.test.run.snapshot().survivors, []);
  });

  it("a Kill kills what is left", async () => {
    look = await LastLook.of({ command: SURVIVOR, waitDelay: "1h" });
    const ended = look.test.run.kill();
    look.open();
    assert.deepEqual(await ended, { kind: "succeeded" });
    assert.deepEqual(look.test.kinds, ["killed", "ended"]);
    assert.deepEqual(markedProcesses(look.test.run.id), []);
  });

  it("a Stop and then a Kill kill what is left", async () => {
    look = await LastLook.of({ command: SURVIVOR, waitDelay: "1h" });
    void look.test.run.stop();
    const ended = look.test.run.stop();
    look.open();
    await ended;
    assert.equal(look.test.kinds.at(-1), "ended");
    assert.deepEqual(markedProcesses(look.test.run.id), []);
  });

  for (const act of ["stop", "kill"] as const) {
    it(`a ${act} of which nothing is left says nothing`, async () => {
      look = await LastLook.of({ command: "true", waitDelay: "1h" });
      const ended = look.test.run[act]();
      look.open();
      assert.deepEqual(await ended, { kind: "succeeded" });
      assert.deepEqual(look.test.kinds, ["ended"]);
      assert.deepEqual(look.test.states, ["running", "ended"]);
      assert.equal(look.test.clock.waiting, 0);
    });
  }

  it("its output, which is held, is not said to be so after it was killed", async () => {
    look = await LastLook.of({ command: "sleep 60 & exit 0", waitDelay: "1h" });
    await look.test.untilState("draining");
    const ended = look.test.run.kill();
    look.open();
    await ended;
    assert.deepEqual(look.test.kinds, ["killed", "ended"]);
    assert.deepEqual(markedProcesses(look.test.run.id), []);
  });

  it("that has failed, what is left is listed by a later one, which is the last when it has seen all", async () => {
    let isBroken = false;
    const list: typeof thisTable.list = async () => {
      if (isBroken) throw new Error("there is no list");
      return await thisTable.list();
    };
    const test = await new RunUnderTest({ command: "trap '' INT TERM; sleep 60 >/dev/null 2>&1 & echo ready; read -r go" }, { table: { ...thisTable, list, listNow: () => undefined } }).ready();
    isBroken = true;
    test.run.console.write("go\n");
    await test.run.ended;
    const before = test.run.snapshot().survivors;
    isBroken = false;
    const listed = new Promise<void>((resolve) => test.run.onDidChange(resolve));
    assert.equal(test.clock.waiting, 1);
    await listed;
    assert.deepEqual([before, test.run.snapshot().survivors.map(({ pid }) => pid)], [[], markedProcesses(test.run.id)]);
    assert.equal(test.clock.waiting, 1); // Only that of the survivors.
  });

  it("nothing is told any more when it has ended without it", async () => {
    look = await LastLook.of({ command: SURVIVOR, waitDelay: "1h" });
    await look.test.run.ended;
    assert.deepEqual(look.test.run.snapshot().survivors, []);
    const listed = new Promise<void>((resolve) => look?.test.run.onDidChange(resolve));
    look.open();
    await listed;
    assert.deepEqual(look.test.run.snapshot().survivors.map(({ pid }) => pid), markedProcesses(look.test.run.id));
    assert.deepEqual(look.test.kinds, ["ended"]);
  });
});
