// Runs that are asked to stop by typing or by running a command.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunEvent } from "../../../src/taskRunner/run/state";
import { isAlive, RunUnderTest } from "./startedRun";

const LOOP = "while :; do sleep 0.02; done";

function event<K extends RunEvent["kind"]>(test: RunUnderTest, kind: K): RunEvent & { kind: K } {
  const found = test.events.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no event "${kind}": ${test.kinds.join(", ")}`);
  return found as RunEvent & { kind: K };
}

describe("Stop", () => {
  let folder: string;
  before(function () {
    if (process.platform === "win32") this.skip();
  });
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "cancellable-tasks-test-")));
  });
  afterEach(async () => {
    await RunUnderTest.cleanUp();
    rmSync(folder, { recursive: true });
  });

  for (const stdio of ["pty", "pipe"]) {
    it(`types the text of "cancelInput" instead of a signal, with "stdio": "${stdio}"`, async () => {
      const test = await new RunUnderTest({ command: "trap 'echo interrupted' INT; echo ready; read -r line; echo \"got $line\"; exit 0", cancelInput: "quit now\n", stdio }).ready();
      assert.deepEqual(await test.run.stop(), { kind: "canceled", stop: { kind: "user" } });
      assert.match(test.output, /got quit now\r?\n$/);
      assert.doesNotMatch(test.output, /interrupted/);
      assert.deepEqual(test.kinds, ["typed", "ended"]);
    });
  }

  it("kills after the waitDelay what does not mind the typed text", async () => {
    const test = await new RunUnderTest({ command: `echo ready; ${LOOP}`, cancelInput: "q", waitDelay: 100 }).ready();
    assert.equal((await test.run.stop()).kind, "signaled");
    assert.deepEqual(test.kinds, ["typed", "killed", "ended"]);
  });

  it("says when the text cannot be typed because the input is closed, and goes on", async () => {
    const test = await new RunUnderTest({ command: `echo ready; ${LOOP}`, cancelInput: "q", waitDelay: 100 }).ready();
    test.run.console.endInput();
    assert.equal((await test.run.stop()).kind, "signaled");
    assert.deepEqual(test.kinds, ["inputClosed", "killed", "ended"]);
  });

  for (const stdio of ["pty", "pipe"]) {
    it(`runs the "cancelCommand" instead of a signal, in the task's directory and environment, with "stdio": "${stdio}"`, async () => {
      const task = "trap 'echo interrupted' INT; trap 'echo usr1; exit 0' USR1; echo ready; while :; do sleep 0.02; done";
      const cancelCommand = 'echo "in $PWD with $NAME"; kill -USR1 "$CANCELLABLE_TASKS_PID"';
      const test = await new RunUnderTest({ command: task, cancelCommand, env: { NAME: "value" }, cwd: folder, stdio }).ready();
      assert.deepEqual(await test.run.stop(), { kind: "canceled", stop: { kind: "user" } });
      assert.ok(test.output.includes(`in ${folder} with value`), test.output);
      assert.match(test.output, /usr1/);
      assert.doesNotMatch(test.output, /interrupted/);
      assert.deepEqual(test.kinds, ["cancelCommand", "cancelCommandEnded", "ended"]);
      assert.equal(event(test, "cancelCommandEnded").problem, undefined);
    });
  }

  it("reports a cancelCommand that fails, and kills after the waitDelay", async () => {
    const test = await new RunUnderTest({ command: `echo ready; ${LOOP}`, cancelCommand: "echo no such server >&2; exit 3", waitDelay: 1000 }).ready();
    assert.equal((await test.run.stop()).kind, "signaled");
    assert.match(test.output, /no such server/);
    assert.equal(event(test, "cancelCommandEnded").problem, "exit status 3");
    assert.deepEqual(test.kinds, ["cancelCommand", "cancelCommandEnded", "killed", "ended"]);
  });

  it("reports a cancelCommand that cannot be started, and goes on", async () => {
    const test = await new RunUnderTest({ command: `echo ready; ${LOOP}`, cancelCommand: "x", shell: "/bin/sh", cwd: folder, waitDelay: 500 }).ready();
    rmSync(folder, { recursive: true });
    assert.equal((await test.run.stop()).kind, "signaled");
    assert.match(event(test, "cancelCommandEnded").problem ?? "", /^"cwd" is ".*", but there is no such directory\.$/);
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
  });

  it("kills a cancelCommand that takes longer than the waitDelay with all it has started, and then the task at once", async () => {
    const cancelCommand = `sleep 60 & echo "child $!"; wait`;
    const test = await new RunUnderTest({ command: `echo ready; ${LOOP}`, cancelCommand, waitDelay: 800 }).ready();
    const start = performance.now();
    assert.equal((await test.run.stop()).kind, "signaled");
    const ms = performance.now() - start;
    assert.ok(ms >= 800, `${ms} ms`);
    assert.equal(event(test, "cancelCommandEnded").problem, "it did not end within 800 ms and was killed");
    assert.equal(await isAlive(Number(/child (\d+)/.exec(test.output)?.[1])), false);
    assert.deepEqual(test.kinds, ["cancelCommand", "cancelCommandEnded", "killed", "ended"]);
  });

  it("kills the cancelCommand too when it is asked a second time", async () => {
    const test = await new RunUnderTest({ command: `echo ready; ${LOOP}`, cancelCommand: "echo cancelling; sleep 60", waitDelay: "1h" }).ready();
    void test.run.stop();
    await test.until(() => test.output.includes("cancelling"));
    assert.equal((await test.run.stop()).kind, "signaled");
    assert.equal(event(test, "cancelCommandEnded").problem, "it was killed");
    assert.equal(test.clock.waiting, 0);
  });

  it("kills what the cancelCommand leaves in the background when the waitDelay is over", async () => {
    const cancelCommand = `sleep 60 & echo "child $!"; kill -TERM "$CANCELLABLE_TASKS_PID"`;
    const test = await new RunUnderTest({ command: `trap 'exit 0' TERM; echo ready; ${LOOP}`, cancelCommand, waitDelay: 1000 }).ready();
    assert.deepEqual(await test.run.stop(), { kind: "canceled", stop: { kind: "user" } });
    assert.equal(await isAlive(Number(/child (\d+)/.exec(test.output)?.[1])), false);
  });

  it("asks what outlives the command by the signal, although the task has a cancelInput", async () => {
    const asked = join(folder, "asked");
    const member = `(trap 'touch ${asked}; exit' TERM; echo ready; ${LOOP})`;
    const test = await new RunUnderTest({ command: `${member} & sleep 0.3; exit 0`, cancelInput: "q", cancelSignal: "SIGTERM", waitDelay: "1h" }).ready();
    await test.untilState("draining");
    await test.run.stop();
    assert.equal(existsSync(asked), true);
  });
});
