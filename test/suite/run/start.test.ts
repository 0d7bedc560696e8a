// A stop or a kill while the command is being started.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import promises from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { deferred } from "../../../src/taskRunner/base/deferred";
import { thisTable } from "../../../src/taskRunner/process/system";
import { markedProcesses } from "./marked";
import { RunUnderTest } from "./startedRun";

/** How many starts are interrupted, each at another moment. */
const STARTS = 60;
const CANCELED = { kind: "canceled", stop: { kind: "user" } };

describe("A run that is being started", () => {
  let folder: string;
  const stat = promises.stat;

  /** From now on the answer about this folder does not come before `release`, but for the first `before` questions. */
  function hangStat(before: number): { readonly asked: Promise<unknown>; readonly release: () => void } {
    const asked = deferred<undefined>();
    const released = deferred<undefined>();
    let left = before;
    const hanging = async (path: string): Promise<unknown> => {
      if (path === folder && left-- <= 0) {
        asked.resolve(undefined);
        await released.promise;
      }
      return await stat(path);
    };
    Object.assign(promises, { stat: hanging });
    return { asked: asked.promise, release: () => released.resolve(undefined) };
  }

  beforeEach(async () => {
    folder = await promises.mkdtemp(join(tmpdir(), "cancellable-tasks-test-"));
  });
  it("first tells its command line and its directory, also when it then cannot be started", async () => {
    const test = new RunUnderTest({ command: "make all", cwd: "not/there" }, { folder });
    await test.start().run.ended;
    assert.deepEqual(test.events[0], { kind: "beginning", commandLine: "make all", directory: join(folder, "not/there") });
    assert.equal(test.run.state.kind === "ended" && test.run.state.outcome.kind, "couldNotStart");
  });

  afterEach(async () => {
    Object.assign(promises, { stat });
    await RunUnderTest.cleanUp();
    await promises.rm(folder, { recursive: true });
  });

  for (const act of ["stop", "kill"] as const) {
    it(`ends at once at a ${act} while its folder does not answer, and starts nothing later`, async () => {
      const { asked, release } = hangStat(0);
      const test = new RunUnderTest({ command: `touch ${folder}/started; exec sleep 60` }, { folder }).start();
      await asked;
      assert.deepEqual(await test.run[act](), CANCELED);
      release();
      await sleep(100);
      assert.deepEqual(test.kinds, ["ended"]);
      assert.equal(test.pid, 0);
      assert.deepEqual(await promises.readdir(folder), []);
      assert.deepEqual(markedProcesses(test.run.id), []);
    });
  }

  for (const stdio of ["pipe", "pty"]) {
    it(`stays ended when its process is started after all, with a ${stdio}, and kills it`, async () => {
      const { asked, release } = hangStat(1);
      const test = new RunUnderTest({ command: "exec sleep 60", stdio }, { folder }).start();
      await asked;
      assert.deepEqual(await test.run.stop(), CANCELED);
      release();
      await sleep(100);
      while (markedProcesses(test.run.id).length > 0) await sleep(10);
      assert.deepEqual(test.kinds, ["ended"]);
      assert.equal(test.run.state.kind, "ended");
      assert.equal(test.clock.waiting, 0);
    });
  }

  it("could not be started when its program is a FIFO", async () => {
    execFileSync("mkfifo", ["-m", "755", join(folder, "fifo")]);
    const test = new RunUnderTest({ command: join(folder, "fifo"), args: [] }, { folder }).start();
    assert.equal((await test.run.ended).kind, "couldNotStart");
  });

  it("can be stopped when its script is a FIFO that has no end", async () => {
    execFileSync("mkfifo", [join(folder, "fifo")]);
    const test = new RunUnderTest({ command: "/bin/sh", args: [join(folder, "fifo")] }, { folder }).start();
    await test.until(() => test.pid > 0);
    assert.equal((await test.run.stop()).kind, "signaled");
    assert.deepEqual(markedProcesses(test.run.id), []);
  });

  it(`ends when it is killed twice, at whatever moment of its start, ${STARTS} times`, async () => {
    const tests = Array.from({ length: STARTS }, (_, i) => new RunUnderTest({ command: "exec sleep 60", stdio: i % 3 === 0 ? "pty" : "pipe", waitDelay: "1h" }).start());
    const killed = tests.map(async (test, i) => {
      await sleep(Math.random() * 60);
      void test.run[i % 2 === 0 ? "kill" : "stop"]();
      if (i % 5 === 0) await new Promise(setImmediate);
      await test.run.kill();
    });
    await Promise.all(killed);
    for (const test of tests) {
      assert.deepEqual(test.kinds.filter((kind) => kind === "ended"), ["ended"]);
      assert.equal(test.kinds.at(-1), "ended");
      assert.equal(test.clock.waiting, 0);
    }
    const all = await thisTable.markers((await thisTable.list()).map(({ pid }) => pid), "CANCELLABLE_TASKS_RUN");
    const left = [...all].filter(([, id]) => tests.some(({ run }) => run.id === id));
    assert.deepEqual(left, []);
  });
});
