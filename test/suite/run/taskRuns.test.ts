import assert from "node:assert/strict";
import { TaskRuns } from "../../../src/taskRunner/run/taskRuns";
import { keptText } from "../../../src/taskRunner/run/words";
import { RunUnderTest } from "./startedRun";

const OBEDIENT = "trap 'exit 0' INT; echo ready; while :; do sleep 0.02; done";
const STUBBORN = "trap '' INT; echo ready; exec sleep 60";

describe("TaskRuns", () => {
  afterEach(() => RunUnderTest.cleanUp());

  it("stops all that are live", async () => {
    const runs = new TaskRuns();
    const tests = [OBEDIENT, OBEDIENT, "exit 0"].map((command) => new RunUnderTest({ command }));
    tests.forEach((test) => runs.add(test.run));
    await Promise.all(tests.slice(0, 2).map((test) => test.ready()));
    await tests[2]?.start().run.ended;
    await runs.stopAll();
    assert.deepEqual(runs.live(), []);
    assert.deepEqual(tests.map((test) => test.kinds), [["signaled", "ended"], ["signaled", "ended"], ["ended"]]);
  });

  it("has signalled every group when shutDown returns, and kills what is left when the grace is over", async () => {
    const runs = new TaskRuns();
    const obedient = await new RunUnderTest({ command: OBEDIENT, waitDelay: "1h" }).ready();
    const stubborn = await new RunUnderTest({ command: STUBBORN, waitDelay: "1h" }).ready();
    runs.add(obedient.run);
    runs.add(stubborn.run);
    const sent: number[] = [];
    const kill = process.kill.bind(process);
    process.kill = (pid, signal) => {
      sent.push(pid);
      return kill(pid, signal);
    };
    const down = runs.shutDown(300);
    process.kill = kill;
    assert.deepEqual(sent, [-obedient.pid, -stubborn.pid]);
    await down;
    assert.equal(obedient.run.state.kind, "ended");
    assert.deepEqual(stubborn.kinds, ["signaled", "killed", "ended"]);
  });

  it("keeps the last 20 that have ended, and those with survivors", async () => {
    const runs = new TaskRuns();
    const survivor = new RunUnderTest({ command: "sleep 60 >/dev/null 2>&1 & exit 0" });
    runs.add(survivor.run);
    await survivor.start().run.ended;
    for (let i = 0; i < 22; i++) {
      const test = new RunUnderTest({ command: "true", args: [] });
      runs.add(test.run);
      await test.start().run.ended;
    }
    await new Promise(setImmediate);
    assert.equal(runs.all().length, 21);
    assert.equal(runs.all()[0], survivor.run);
    await survivor.run.killAllSurvivors();
  });

  it("forgets the ended ones on demand, and tells", async () => {
    const runs = new TaskRuns();
    const live = await new RunUnderTest({ command: OBEDIENT }).ready();
    const ended = new RunUnderTest({ command: "true" }).start();
    runs.add(live.run);
    runs.add(ended.run);
    await ended.run.ended;
    let told = 0;
    runs.onDidChange(() => told++);
    runs.clearEnded();
    assert.deepEqual(runs.all(), [live.run]);
    assert.equal(told, 1);
    await live.run.stop();
  });

  it("keeps those of which processes live on when the ended ones are to be forgotten, until they are killed", async () => {
    const runs = new TaskRuns();
    const left = new RunUnderTest({ command: "sleep 60 >/dev/null 2>&1 & exit 0" }).start();
    const done = new RunUnderTest({ command: "true" }).start();
    runs.add(left.run);
    runs.add(done.run);
    await Promise.all([left.run.ended, done.run.ended]);
    assert.deepEqual(runs.clearEnded(), [left.run]);
    assert.deepEqual(runs.all(), [left.run]);
    assert.equal(keptText([left.run.snapshot()]), '"test" stays listed: 1 process is still running.');
    await left.run.killAllSurvivors();
    assert.deepEqual(runs.clearEnded(), []);
    assert.deepEqual(runs.all(), []);
  });
});
