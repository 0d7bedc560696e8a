// What a Stop does besides the first signal: it asks once, it grants what it says, and nothing keeps it from its end.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deferred } from "../../../src/taskRunner/base/deferred";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessTable } from "../../../src/taskRunner/process/table";
import { isAlive, RunUnderTest } from "./startedRun";

const STUBBORN = "trap '' INT; echo ready; exec sleep 60";

function childPid(run: RunUnderTest): number {
  return Number(/child (\d+)/.exec(run.output)?.[1]);
}

describe("A stopped run", () => {
  let folder: string;
  before(function () {
    if (process.platform === "win32") this.skip();
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"))));
  afterEach(async () => {
    await RunUnderTest.cleanUp();
    rmSync(folder, { recursive: true });
  });

  it("ends although its cancelCommand cannot be killed, and says so", async () => {
    const test = await new RunUnderTest({ command: STUBBORN, cancelCommand: 'echo "cancel $$"; exec sleep 60', waitDelay: 300 }).ready();
    const kill = process.kill.bind(process);
    const cancelPid = (): number => Number(/cancel (\d+)/.exec(test.output)?.[1]);
    // As if it belonged to another user.
    process.kill = (pid, signal) => {
      if (Math.abs(pid) === cancelPid()) throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
      return kill(pid, signal);
    };
    try {
      assert.equal((await test.run.stop()).kind, "signaled");
    } finally {
      process.kill = kill;
      kill(-cancelPid(), "SIGKILL");
    }
    assert.ok(cancelPid() > 1);
    const ended = test.events.find((event) => event.kind === "cancelCommandEnded");
    assert.match(ended?.problem ?? "", /could not be killed|EPERM/);
    assert.equal(test.clock.waiting, 0);
  });

  for (const stdio of ["pipe", "pty"]) {
    it(`kills an orphan of its group that was born after the command's end, and shows nothing else of the run: ${stdio}`, async () => {
      const pid = `${folder}/pid`;
      const orphan = `env -i /bin/sh -c "trap '' TERM HUP; echo \\$\\$ >${pid}; exec sleep 60" >/dev/null 2>&1 </dev/null &`;
      // Its parent clean-up is over when it has been started.
      const late = `(trap 'sleep 0.3; ${orphan.replaceAll("'", `'"'"'`)} exit' TERM; echo ready; while :; do sleep 0.02; done)`;
      const test = await new RunUnderTest({ command: `${late} & wait`, shell: "/bin/sh", stdio, cancelSignal: "SIGTERM", waitDelay: "1h" }).ready();
      void test.run.stop();
      while (!existsSync(pid) || readFileSync(pid, "utf8") === "") await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal((await test.run.kill()).kind, "signaled");
      const born = Number(readFileSync(pid, "utf8"));
      assert.deepEqual({ alive: await isAlive(born), listed: test.run.snapshot().survivors }, { alive: false, listed: [] });
    });
  }

  it("asks a process outside of its group once, also when the look is late", async () => {
    let late = false;
    const markers: ProcessTable["markers"] = async (...args) => {
      if (late) await new Promise((resolve) => setTimeout(resolve, 1300));
      return await thisTable.markers(...args);
    };
    const escaped = `setsid bash -c "trap 'echo asked >> ${folder}/asked' TERM; touch ${folder}/up; while [ ! -e ${folder}/end ]; do sleep 0.02; done" >/dev/null 2>&1`;
    const command = `trap : TERM; ${escaped} & until [ -e ${folder}/up ]; do sleep 0.01; done; echo ready; while :; do sleep 0.02; done`;
    const test = await new RunUnderTest({ command, cancelSignal: "SIGTERM", waitDelay: 2500 }, { table: { ...thisTable, markers } }).ready();
    late = true;
    void test.run.stop();
    await test.untilEvent("killed");
    late = false;
    await test.run.ended;
    assert.equal(existsSync(join(folder, "asked")) ? readFileSync(join(folder, "asked"), "utf8") : "", "asked\n");
  });

  it("leaves the holder of its output alone when it is not to be waited for any more, although it was asked", async () => {
    const test = await new RunUnderTest({ command: `trap '' INT; sleep 60 & echo "child $!"; exit 0`, waitDelay: "1h" }).ready("child");
    await test.untilEvent("draining");
    void test.run.stop();
    await test.untilEvent("signaled");
    test.run.releasePipe();
    await test.run.ended;
    assert.ok(!test.kinds.includes("killed"), test.kinds.join());
    assert.equal(await isAlive(childPid(test)), true);
  });

  /**
   * Its command has ended, its output is held, and the delay is over, or was given up: it is in that look, until `go`. The first is for the
   * holders, the second is the last.
   */
  async function inLookAfterExpiry(nth: number, definition: Readonly<Record<string, unknown>>, isReleased = false): Promise<{ test: RunUnderTest; go: () => void }> {
    const gate = deferred<undefined>();
    const looking = deferred<undefined>();
    let until = Infinity;
    let looksAfterExpiry = 0;
    const list: ProcessTable["list"] = async () => {
      if (Date.now() >= until && ++looksAfterExpiry === nth) {
        looking.resolve(undefined);
        await gate.promise;
      }
      return await thisTable.list();
    };
    const test = new RunUnderTest(definition, { table: { ...thisTable, list } }).start();
    await test.untilEvent("draining");
    const { state } = test.run;
    until = isReleased ? 0 : state.kind === "draining" ? (state.until ?? Infinity) - 5 : Infinity;
    if (isReleased) test.run.releasePipe();
    await looking.promise;
    return { test, go: () => gate.resolve(undefined) };
  }

  for (const [look, nth] of [["look for the holders", 1], ["last look", 2]] as const) {
    it(`escalates a Stop that comes in the ${look} after ErrWaitDelay, with a delay of its own`, async () => {
      const { test, go } = await inLookAfterExpiry(nth, { command: `trap '' INT TERM; sleep 60 & echo "child $!"; exit 0`, waitDelay: 500 });
      const ended = test.run.stop();
      go();
      await ended;
      assert.deepEqual(test.steps, ["draining", "signaled", "leaderGone", "killed", "ended"]);
      assert.equal(await isAlive(childPid(test)), false);
    });
  }

  it("grants its clean-up to what is asked in the look for the holders after ErrWaitDelay", async () => {
    // Its output is closed by then, and a bash says there that a signal has ended its sleep.
    const child = `exec 2>/dev/null; trap 'sleep 0.4; touch ${folder}/clean; exit' TERM; touch ${folder}/up; while :; do sleep 0.02; done`;
    const { test, go } = await inLookAfterExpiry(1, { command: `(${child}) & until [ -e ${folder}/up ]; do sleep 0.01; done; exit 0`, cancelSignal: "SIGTERM", waitDelay: 1500 });
    const ended = test.run.stop();
    go();
    await ended;
    assert.deepEqual([existsSync(`${folder}/clean`), test.kinds.includes("killed")], [true, false]);
  });

  it("kills what it asks after the user did not want to wait for the output any more", async () => {
    const { test, go } = await inLookAfterExpiry(1, { command: `trap '' INT TERM; sleep 60 & echo "child $!"; exit 0`, waitDelay: 500 }, true);
    const ended = test.run.stop();
    go();
    await ended;
    assert.deepEqual([test.kinds.includes("killed"), await isAlive(childPid(test))], [true, false]);
  });

  it("says how long it really is until the kill, when its delay counts already", async () => {
    const left = (test: RunUnderTest, kind: string): number => test.events.reduce((ms, event) => (event.kind === kind && "leftMs" in event ? (event.leftMs ?? NaN) : ms), NaN);
    // Its output has been held for 100 ms when that is told.
    const held = new RunUnderTest({ command: "sleep 60 & exit 0", waitDelay: 3000 }).start();
    await held.untilEvent("draining");
    void held.run.stop();
    await held.untilEvent("signaled");
    assert.ok(left(held, "signaled") <= 2900, `${left(held, "signaled")} ms`);
    const slow = await new RunUnderTest({ command: `trap 'sleep 0.5; exit' INT; (trap '' INT TERM; exec sleep 60) >/dev/null 2>&1 & echo ready; while :; do sleep 0.02; done`, waitDelay: 3000 }).ready();
    void slow.run.stop();
    await slow.untilEvent("leaderGone");
    assert.equal(left(slow, "signaled"), 3000);
    assert.ok(left(slow, "leaderGone") <= 2500, `${left(slow, "leaderGone")} ms`);
  });

  it("does not wait for its previous run when it was stopped before it began", async () => {
    const previous = await new RunUnderTest({ command: STUBBORN, waitDelay: "1h" }).ready();
    void previous.run.stop({ kind: "terminalClosed" });
    const next = new RunUnderTest({ command: "echo started" }, { previous: [previous.run] });
    const ended = next.run.stop();
    next.start();
    assert.deepEqual(await ended, { kind: "canceled", stop: { kind: "user" } });
    assert.equal(next.output, "");
  });

  it("keeps what could not be looked up for a later window", async () => {
    const told: [number, boolean][] = [];
    const protection = { arm: () => ({ started: () => undefined, ended: (list: readonly unknown[], isAll: boolean) => void told.push([list.length, isAll]) }) };
    const list = (): Promise<never> => Promise.reject(new Error("EMFILE"));
    const test = new RunUnderTest({ command: "exit 0" }, { table: { ...thisTable, list }, protection }).start();
    await test.run.ended;
    assert.deepEqual(told.at(-1), [0, false]);
  });
});
