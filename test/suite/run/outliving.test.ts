// What becomes of processes that outlive a command which has ended by itself: "survivors".
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { systemClock } from "../../../src/taskRunner/base/clock";
import { deferred } from "../../../src/taskRunner/base/deferred";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { RunOutput } from "../../../src/taskRunner/run/taskRunOptions";
import { isAlive, RunUnderTest } from "./startedRun";

const TOO_LONG = "sleep 60";

function childPid(run: RunUnderTest): number {
  return Number(/child (\d+)/.exec(run.output)?.[1]);
}

/** A terminal at the end of a slow connection: it takes what has come in so many milliseconds. */
function slow(ms: number): { output: RunOutput } {
  return { output: { write: () => new Promise((resolve) => setTimeout(resolve, ms).unref()) } };
}

describe("A run that ends by itself", () => {
  afterEach(() => RunUnderTest.cleanUp());

  it("kills what outlives a command that has ended by itself where the task says so", async () => {
    const command = `bash -c "trap 'echo asked >&2; exit 0' TERM; exec 1>&-; echo ready >&2; while :; do sleep 0.02; done" & setsid ${TOO_LONG} >/dev/null 2>&1 & echo "child $!"; sleep 0.2`;
    const test = new RunUnderTest({ command, survivors: "kill", cancelSignal: "SIGTERM" }).start();
    assert.deepEqual(await test.run.ended, { kind: "succeeded" });
    assert.match(test.output, /asked/);
    assert.equal(await isAlive(childPid(test)), false);
    assert.deepEqual(test.run.snapshot().survivors, []);
  });

  it("kills a survivor that does not obey when the waitDelay is over, where survivors shall not live on", async () => {
    const test = new RunUnderTest({ command: `(trap '' INT TERM; exec ${TOO_LONG} >/dev/null 2>&1) & echo "child $!"; sleep 0.2`, survivors: "kill", waitDelay: 200 }).start();
    assert.deepEqual(await test.run.ended, { kind: "succeeded" });
    assert.deepEqual(test.kinds, ["signaled", "leaderGone", "killed", "ended"]);
    assert.equal(await isAlive(childPid(test)), false);
  });

  describe("and shall leave nothing", () => {
    let folder: string;
    beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "cancellable-tasks-test-"))));
    afterEach(() => rm(folder, { recursive: true }));

    /** It leaves a process that takes a moment to clean up. Every look at the system's list waits for `found`, once there is something to be found. */
    function leaving(found: Promise<undefined>, waitDelay: number, command?: string): RunUnderTest {
      const list: typeof thisTable.list = async () => {
        if (existsSync(join(folder, "up"))) await found;
        return await thisTable.list();
      };
      // By then nothing takes what it writes any more: bash would tell what its child has died of.
      const survivor = `exec 2>/dev/null; trap 'sleep 0.4; touch ${folder}/clean; exit' TERM; touch ${folder}/up; while :; do sleep 0.02; done`;
      const line = `${command ?? `(${survivor})`} & echo "child $!"; until [ -e ${folder}/up ]; do sleep 0.01; done`;
      return new RunUnderTest({ command: line, survivors: "kill", cancelSignal: "SIGTERM", waitDelay }, { table: { ...thisTable, list } }).start();
    }

    it("grants its clean-up to what is found only when the delay for the output is over", async () => {
      const found = deferred<undefined>();
      const test = leaving(found.promise, 900);
      await test.untilState("draining");
      const { state } = test.run;
      assert.ok(state.kind === "draining" && state.until !== undefined);
      systemClock.after(state.until + 50 - systemClock.now(), () => found.resolve(undefined));
      await test.run.ended;
      assert.deepEqual([existsSync(join(folder, "clean")), test.kinds.includes("killed")], [true, false]);
    });

    it("is not waited for without end after a Kill Now in the look, where it cannot be killed", async () => {
      const found = deferred<undefined>();
      const kill = process.kill.bind(process);
      const test = leaving(found.promise, 0, `setsid sh -c 'touch ${folder}/up; exec ${TOO_LONG}' >/dev/null 2>&1`);
      try {
        await test.until(() => test.output.includes("child"));
        process.kill = (pid, signal) => {
          // As if it belonged to another user.
          if (Math.abs(pid) === childPid(test)) throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
          return kill(pid, signal);
        };
        while (existsSync(`/proc/${test.pid}`)) await nextTurn();
        void test.run.kill();
        found.resolve(undefined);
        await test.run.ended;
      } finally {
        process.kill = kill;
      }
      assert.deepEqual(test.run.snapshot().survivors.map(({ pid }) => pid), [childPid(test)]);
    });

    it("asks also where it could not be seen in time what it has left", async () => {
      const found = deferred<undefined>();
      const test = leaving(found.promise, 20_000);
      await test.untilEvent("signaled");
      found.resolve(undefined);
      await test.run.ended;
      assert.deepEqual([existsSync(join(folder, "clean")), test.kinds.includes("killed")], [true, false]);
    });
  });

  it("does not call an output held that is not, when it takes long to look for survivors", async () => {
    const list: typeof thisTable.list = async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return await thisTable.list();
    };
    const test = new RunUnderTest({ command: `${TOO_LONG} >/dev/null 2>&1 & sleep 0.05`, survivors: "kill", cancelSignal: "SIGTERM" }, { table: { ...thisTable, list } }).start();
    await test.run.ended;
    assert.ok(!test.kinds.includes("draining"), test.kinds.join());
  });

  it("does not call an output held that its terminal only takes slowly", async () => {
    const test = new RunUnderTest({ command: "head -c 60000 /dev/zero" }, slow(400)).start();
    const outcome = await test.run.ended;
    assert.deepEqual(test.kinds, ["ended"]);
    assert.deepEqual(test.states.filter((kind) => kind !== "waiting"), ["running", "ended"]);
    assert.deepEqual(outcome, { kind: "succeeded" });
  });

  it("says so when its terminal has not taken an output within the waitDelay, and names no holder", async () => {
    const test = new RunUnderTest({ command: "head -c 60000 /dev/zero", waitDelay: "200ms" }, slow(60_000)).start();
    assert.deepEqual(await test.run.ended, { kind: "hungPipe", isError: false, holders: [], isLate: true });
    assert.deepEqual(test.kinds, ["ended"]);
  });

  it("names the holder of an output also when its terminal takes it slowly", async () => {
    const test = new RunUnderTest({ command: `head -c 60000 /dev/zero; ${TOO_LONG} &`, waitDelay: "1m" }, slow(200)).start();
    await test.untilEvent("draining");
    test.run.releasePipe();
    const outcome = await test.run.ended;
    assert.deepEqual(test.kinds, ["draining", "ended"]);
    assert.ok(outcome.kind === "hungPipe" && outcome.isLate === undefined && outcome.holders.length === 1);
    assert.equal(outcome.holders[0]?.command, TOO_LONG);
  });

  it("calls a survivor by what it runs now, and keeps what is known of it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cancellable-tasks-test-"));
    try {
      const fifo = join(folder, "fifo");
      const test = new RunUnderTest({ command: `mkfifo ${fifo}; sh -c ': > ${folder}/up; read -r go < ${fifo}; exec ${TOO_LONG}' >/dev/null 2>&1 & until [ -e ${folder}/up ]; do sleep 0.01; done` }).start();
      await test.run.ended;
      const [before] = test.run.snapshot().survivors;
      assert.match(before?.command ?? "", /^sh -c : >/);
      const renamed = new Promise<void>((resolve) => test.run.onDidChange(() => resolve()));
      await writeFile(fifo, "go\n");
      await renamed;
      assert.deepEqual(test.run.snapshot().survivors, [{ ...before, name: "sleep", command: TOO_LONG }]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("says nothing of a daemon that is meant to live on", async () => {
    const test = new RunUnderTest({ command: `setsid ${TOO_LONG} >/dev/null 2>&1 & echo "child $!"`, survivors: "ignore" }).start();
    await test.run.ended;
    assert.deepEqual(test.run.snapshot().survivors, []);
    assert.equal(await isAlive(childPid(test)), true);
    process.kill(childPid(test), "SIGKILL");
  });
});
