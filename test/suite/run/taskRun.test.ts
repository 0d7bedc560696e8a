import assert from "node:assert/strict";
import { exitCodeOf } from "../../../src/taskRunner/run/state";
import { thisTable } from "../../../src/taskRunner/process/system";
import { isAlive, RunUnderTest } from "./startedRun";

/** Long enough never to end by itself while a test runs, short enough to be gone soon if a test fails to end it. */
const TOO_LONG = "sleep 60";
/** Says "ready" when its traps are set, and ends when its signal comes. */
const OBEDIENT = "trap 'echo bye; exit 0' INT; echo ready; while :; do sleep 0.02; done";
const STUBBORN = "trap '' INT; echo ready; exec sleep 60";
/** A child in the background of a shell without job control ignores SIGINT; this one SIGTERM too. Its pid is on the first line. */
const HOLDER = `trap '' TERM; ${TOO_LONG} & echo "child $!"; exit 0`;

/** A leader that ends at the signal, and a member that holds no output. The leader says "child PID" when both are ready. */
function leaderAndMember(signal: string, trap: string): string {
  const member = `(${trap}; exec >/dev/null 2>&1; touch $F; while :; do sleep 0.02; done)`;
  return `F=$(mktemp -u); ${member} & trap 'exit 0' ${signal}; until [ -e $F ]; do sleep 0.01; done; rm $F; echo "child $!"; while :; do sleep 0.02; done`;
}

function childPid(run: RunUnderTest): number {
  return Number(/child (\d+)/.exec(run.output)?.[1]);
}

describe("TaskRun", () => {
  afterEach(() => RunUnderTest.cleanUp());

  it("runs a command to its end", async () => {
    const test = new RunUnderTest({ command: "echo one; echo two >&2" }).start();
    assert.deepEqual(await test.run.ended, { kind: "succeeded" });
    assert.equal(test.output, "one\ntwo\n");
    assert.deepEqual(test.states, ["running", "ended"]);
    assert.deepEqual(test.kinds, ["ended"]);
  });

  it("gives a program without a shell its arguments as they are", async () => {
    const test = new RunUnderTest({ command: "printf", args: ["%s|", "a b", "it's", "$HOME", "*", ""] }).start();
    await test.run.ended;
    assert.equal(test.output, "a b|it's|$HOME|*||");
  });

  for (const shell of ["/bin/sh", "/bin/bash"]) {
    it(`gives a command in ${shell} its arguments quoted as it says, and what has a blank as one`, async () => {
      const strong = ["it's", "$HOME", "*", ""].map((value) => ({ value, quoting: "strong" }));
      const test = new RunUnderTest({ command: "printf", args: ["%s,", "a b", "${OF_THE_SHELL}", ...strong], env: { OF_THE_SHELL: "c d" }, shell }).start();
      await test.run.ended;
      assert.equal(test.output, "a b,c,d,it's,$HOME,*,,");
    });
  }

  it("signals the whole group on stop", async () => {
    // The child has a trap of its own: it is asked by the signal, not by its parent. (In the background of a shell
    // without job control SIGINT is ignored for good, so another signal.)
    const child = `bash -c "trap 'echo child asked; exit 0' TERM; echo ready; while :; do sleep 0.02; done"`;
    const test = await new RunUnderTest({ command: `trap 'wait; exit 0' TERM; ${child} & wait`, cancelSignal: "SIGTERM" }).ready();
    const outcome = await test.run.stop();
    assert.deepEqual(outcome, { kind: "canceled", stop: { kind: "user" } });
    assert.match(test.output, /child asked/);
    assert.deepEqual(test.states, ["running", "stopping", "ended"]);
    assert.deepEqual(test.kinds, ["signaled", "ended"]);
  });

  it("sends the signal before stop returns when the terminal is closed, as the window may be about to go", async () => {
    const test = await new RunUnderTest({ command: OBEDIENT }).ready();
    const sent: unknown[] = [];
    const kill = process.kill.bind(process);
    process.kill = (pid, signal) => {
      sent.push([pid, signal]);
      return kill(pid, signal);
    };
    try {
      void test.run.stop({ kind: "terminalClosed" });
    } finally {
      process.kill = kill;
    }
    assert.deepEqual(sent, [[-test.pid, "SIGINT"]]);
    await test.run.ended;
  });

  it("sends the signal that the task names", async () => {
    const test = await new RunUnderTest({ command: "trap 'echo got USR2; exit 0' USR2; echo ready; while :; do sleep 0.02; done", cancelSignal: "SIGUSR2" }).ready();
    await test.run.stop();
    assert.match(test.output, /got USR2/);
  });

  it("kills the group when the waitDelay is over", async () => {
    const test = await new RunUnderTest({ command: STUBBORN, waitDelay: 200 }).ready();
    const outcome = await test.run.stop();
    assert.deepEqual(outcome, { kind: "signaled", signal: "SIGKILL", signalNumber: 9, stop: { kind: "user" } });
    assert.deepEqual(test.kinds, ["signaled", "killed", "ended"]);
    const killed = test.events.find((event) => event.kind === "killed");
    assert.ok((killed?.afterMs ?? 0) >= 200, `killed after ${killed?.afterMs ?? "?"} ms`);
  });

  it("kills at once when it is stopped a second time", async () => {
    const test = await new RunUnderTest({ command: STUBBORN, waitDelay: "1h" }).ready();
    void test.run.stop();
    await test.untilEvent("signaled");
    assert.equal((await test.run.stop()).kind, "signaled");
    assert.deepEqual(test.kinds, ["signaled", "killed", "ended"]);
  });

  it("kills without asking on kill", async () => {
    const test = await new RunUnderTest({ command: OBEDIENT }).ready();
    assert.equal((await test.run.kill()).kind, "signaled");
    assert.doesNotMatch(test.output, /bye/);
    assert.deepEqual(test.kinds, ["killed", "ended"]);
  });

  it("starts nothing when it is stopped while it starts", async () => {
    const test = new RunUnderTest({ command: "echo started" }).start();
    assert.deepEqual(await test.run.stop(), { kind: "canceled", stop: { kind: "user" } });
    assert.equal(test.output, "");
    assert.equal(test.pid, 0);
  });

  it("does not take the closing of the terminal during a stop for a second stop", async () => {
    const test = await new RunUnderTest({ command: "trap 'sleep 0.3; exit 0' INT; echo ready; while :; do sleep 0.02; done" }).ready();
    void test.run.stop();
    void test.run.stop({ kind: "terminalClosed" });
    assert.deepEqual(await test.run.stop({ kind: "windowClosing" }), { kind: "canceled", stop: { kind: "user" } });
    assert.deepEqual(test.kinds, ["signaled", "ended"]);
  });

  it("kills a member of the group that outlives its obedient leader", async () => {
    const command = leaderAndMember("INT", `trap '' INT TERM`);
    const test = await new RunUnderTest({ command, waitDelay: 1000 }).ready("child");
    assert.deepEqual(await test.run.stop(), { kind: "canceled", stop: { kind: "user" } });
    assert.deepEqual(test.steps, ["signaled", "leaderGone", "killed", "ended"]);
    assert.equal(await isAlive(childPid(test)), false);
    assert.deepEqual(test.run.snapshot().survivors, []);
  });

  it("ends when the last member of the group obeys, before the waitDelay is over", async () => {
    const command = leaderAndMember("TERM", "trap 'sleep 0.4; exit 0' TERM");
    const test = await new RunUnderTest({ command, waitDelay: "1h", cancelSignal: "SIGTERM" }).ready("child");
    assert.deepEqual(await test.run.stop(), { kind: "canceled", stop: { kind: "user" } });
    assert.deepEqual(test.kinds, ["signaled", "leaderGone", "ended"]);
    assert.equal(await isAlive(childPid(test)), false);
  });

  it("ends with a hung pipe when a child holds the output past the waitDelay, names it, and leaves it alive", async () => {
    const test = new RunUnderTest({ command: HOLDER, waitDelay: 1500 }).start();
    const outcome = await test.run.ended;
    assert.ok(outcome.kind === "hungPipe" && !outcome.isError);
    assert.deepEqual(outcome.holders.map(({ pid }) => pid), [childPid(test)]);
    assert.deepEqual(test.states, ["running", "draining", "ended"]);
    const draining = test.events.find((event) => event.kind === "draining");
    assert.deepEqual(draining?.holders.map(({ pid, holds, owned }) => [pid, holds, owned]), [[childPid(test), ["stdout", "stderr"], true]]);
    assert.equal(await isAlive(childPid(test)), true);
    assert.deepEqual(test.run.snapshot().survivors.map(({ pid }) => pid), [childPid(test)]);
  });

  it("counts a hung pipe as an error where the task says so", async () => {
    const test = new RunUnderTest({ command: HOLDER, waitDelay: 150, hungPipe: "error" }).start();
    assert.equal(exitCodeOf(await test.run.ended), 1);
  });

  it("names as a holder only who holds the output, and lists the others too", async () => {
    const test = new RunUnderTest({ command: `${TOO_LONG} >/dev/null 2>&1 & setsid ${TOO_LONG} & echo "child $!"; exit 0`, waitDelay: "1h" }).start();
    await test.untilEvent("draining");
    test.run.releasePipe();
    await test.run.ended;
    const draining = test.events.find((event) => event.kind === "draining");
    assert.deepEqual(draining?.holders.map(({ pid }) => pid), [childPid(test)]);
    assert.equal(test.run.snapshot().survivors.length, 2);
  });

  it("succeeds when the holder of its output ends inside the waitDelay", async () => {
    const test = new RunUnderTest({ command: "sleep 0.6 & exit 0", waitDelay: "1h" }).start();
    assert.deepEqual(await test.run.ended, { kind: "succeeded" });
    assert.deepEqual(test.states, ["running", "draining", "ended"]);
  });

  it("asks the holders on a stop while draining, and ends as soon as they do", async () => {
    const holder = `(trap 'exit 0' TERM; echo "child $BASHPID"; while :; do sleep 0.02; done)`;
    const test = await new RunUnderTest({ command: `${holder} & exit 0`, waitDelay: "1h", cancelSignal: "SIGTERM" }).ready("child");
    await test.untilEvent("draining");
    assert.deepEqual(await test.run.stop(), { kind: "succeeded" });
    assert.deepEqual(test.kinds, ["draining", "signaled", "ended"]);
  });

  it("kills the holders that were asked and did not obey when the waitDelay is over", async () => {
    const test = new RunUnderTest({ command: HOLDER, waitDelay: 1500 }).start();
    await test.untilEvent("draining");
    await test.run.stop();
    assert.deepEqual(test.steps, ["draining", "signaled", "killed", "ended"]);
    assert.equal(await isAlive(childPid(test)), false);
  });

  it("kills the holders at once on a second stop while draining", async () => {
    const test = new RunUnderTest({ command: HOLDER, waitDelay: "1h" }).start();
    await test.untilEvent("draining");
    void test.run.stop();
    await test.untilEvent("signaled");
    await test.run.stop();
    assert.deepEqual(test.kinds, ["draining", "signaled", "killed", "ended"]);
    assert.equal(await isAlive(childPid(test)), false);
  });

  it("stops waiting for held output when asked to, and leaves the holder alone", async () => {
    const test = new RunUnderTest({ command: HOLDER, waitDelay: 0 }).start();
    await test.untilEvent("draining");
    test.run.releasePipe();
    assert.equal((await test.run.ended).kind, "hungPipe");
    assert.equal(await isAlive(childPid(test)), true);
  });

  it("waits for ever with a waitDelay of 0, until it is stopped a second time", async () => {
    const test = await new RunUnderTest({ command: STUBBORN, waitDelay: 0 }).ready();
    void test.run.stop();
    await test.untilEvent("signaled");
    const { state } = test.run;
    assert.ok(state.kind === "stopping" && state.killAt === undefined);
    assert.equal((await test.run.stop()).kind, "signaled");
  });

  it("sends nothing with the cancel signal none, and kills when the waitDelay is over", async () => {
    const test = await new RunUnderTest({ command: OBEDIENT, cancelSignal: "none", waitDelay: 150 }).ready();
    assert.equal((await test.run.stop()).kind, "signaled");
    assert.doesNotMatch(test.output, /bye/);
    assert.deepEqual(test.kinds, ["notSignaled", "killed", "ended"]);
  });

  it("is stopped by its timeout, with exit code 124", async () => {
    const test = new RunUnderTest({ command: TOO_LONG, timeout: 150 }).start();
    const outcome = await test.run.ended;
    assert.deepEqual(outcome, { kind: "signaled", signal: "SIGINT", signalNumber: 2, stop: { kind: "timeout", ms: 150 } });
    assert.equal(exitCodeOf(outcome), 124);
  });

  it("tells when its timeout will be over while the command runs, and not any more when it stops", async () => {
    const test = await new RunUnderTest({ command: STUBBORN, timeout: "1h" }).ready();
    const { startedAt, timeoutAt = 0 } = test.run.snapshot();
    assert.ok(timeoutAt >= startedAt + 3_600_000 && timeoutAt < startedAt + 3_660_000, String(timeoutAt - startedAt));
    void test.run.stop();
    assert.equal(test.run.snapshot().timeoutAt, undefined);
    await test.run.stop();
    assert.equal(test.run.snapshot().timeoutAt, undefined);
  });

  it("keeps an exit code of the process's own when it is stopped", async () => {
    const test = await new RunUnderTest({ command: "trap 'exit 5' INT; echo ready; while :; do sleep 0.02; done" }).ready();
    assert.deepEqual(await test.run.stop(), { kind: "exited", code: 5, stop: { kind: "user" } });
  });

  it("lists the survivor of a normal end, watches it, and forgets it when it is gone", async () => {
    const test = new RunUnderTest({ command: `${TOO_LONG} >/dev/null 2>&1 & echo "child $!"` }).start();
    assert.deepEqual(await test.run.ended, { kind: "succeeded" });
    assert.deepEqual(test.run.snapshot().survivors.map(({ pid }) => pid), [childPid(test)]);
    const gone = new Promise<void>((resolve) => test.run.onDidChange(() => test.run.snapshot().survivors.length === 0 && resolve()));
    process.kill(childPid(test), "SIGKILL");
    await gone;
  });

  it("kills a survivor on demand", async () => {
    const test = new RunUnderTest({ command: `${TOO_LONG} >/dev/null 2>&1 & echo "child $!"` }).start();
    await test.run.ended;
    await test.run.killSurvivor(childPid(test));
    while (await isAlive(childPid(test))) await new Promise(setImmediate);
  });

  it("does not kill a pid that is no survivor of it", async () => {
    const bystander = await new RunUnderTest({ command: OBEDIENT }).ready();
    const test = new RunUnderTest({ command: "true" }).start();
    await test.run.ended;
    await test.run.killSurvivor(bystander.pid);
    assert.equal(await isAlive(bystander.pid), true);
    await bystander.run.stop();
  });

  it("ends a run whose command cannot be killed, and says so", async function () {
    this.timeout(20_000);
    const test = await new RunUnderTest({ command: OBEDIENT }).ready();
    const kill = process.kill.bind(process);
    // As if it belonged to another user.
    process.kill = (pid, signal) => {
      if (pid === -test.pid) throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
      return kill(pid, signal);
    };
    try {
      assert.deepEqual(await test.run.kill(), { kind: "unkillable", pid: test.pid, stop: { kind: "user" } });
      assert.deepEqual(test.kinds, ["signalFailed", "ended"]);
    } finally {
      process.kill = kill;
      process.kill(-test.pid, "SIGKILL");
    }
  });

  it("continues a stopped process, so that it can obey", async () => {
    const test = await new RunUnderTest({ command: OBEDIENT, waitDelay: "1h" }).ready();
    process.kill(-test.pid, "SIGSTOP");
    while ((await thisTable.read(test.pid))?.stopped !== true) await new Promise(setImmediate);
    assert.deepEqual(await test.run.stop(), { kind: "canceled", stop: { kind: "user" } });
    assert.match(test.output, /bye/);
  });

  it("continues the group of a stopped process, to some of which the SIGSTOP may still be on its way", async () => {
    // To the table only leaders of groups are stopped yet.
    const list: typeof thisTable.list = async () => (await thisTable.list()).map((info) => (info.pid === info.pgid ? info : { ...info, stopped: false }));
    const test = await new RunUnderTest({ command: `${TOO_LONG} & trap 'kill $!; wait $!; echo bye; exit 0' INT; echo "child $!"; while :; do wait; done`, waitDelay: "1h" }, { table: { ...thisTable, list } }).ready("child");
    process.kill(-test.pid, "SIGSTOP");
    for (const pid of [test.pid, childPid(test)]) while ((await thisTable.read(pid))?.stopped !== true) await new Promise(setImmediate);
    assert.deepEqual(await test.run.stop(), { kind: "canceled", stop: { kind: "user" } });
    assert.deepEqual(test.kinds, ["signaled", "ended"]);
  });

  it("waits for a previous run that is being stopped, says so, and then finds nothing of it", async () => {
    const slow = await new RunUnderTest({ command: "trap 'sleep 0.3; exit 0' INT; echo ready; while :; do sleep 0.02; done" }).ready();
    void slow.run.stop({ kind: "terminalClosed" });
    const next = new RunUnderTest({ command: `kill -0 ${slow.pid} 2>/dev/null && echo there || echo gone` }, { previous: [slow.run] }).start();
    assert.deepEqual(next.run.state, { kind: "waiting", previousPid: slow.pid });
    assert.deepEqual(await next.run.ended, { kind: "succeeded" });
    assert.equal(next.output, "gone\n");
    assert.deepEqual(next.kinds, ["waiting", "ended"]);
  });

  it("can be stopped while it waits for a previous run", async () => {
    const stubborn = await new RunUnderTest({ command: STUBBORN, waitDelay: "1h" }).ready();
    void stubborn.run.stop({ kind: "terminalClosed" });
    const next = new RunUnderTest({ command: "echo started" }, { previous: [stubborn.run] }).start();
    assert.deepEqual(await next.run.stop(), { kind: "canceled", stop: { kind: "user" } });
    assert.equal(next.output, "");
  });

  it("feeds what is typed to the process, and the end of input", async () => {
    const test = await new RunUnderTest({ command: "echo ready; cat; echo end" }).ready();
    test.run.console.write("hello\n");
    await test.until(() => test.output.includes("hello"));
    test.run.console.endInput();
    await test.run.ended;
    assert.equal(test.output, "ready\nhello\nend\n");
  });

  it("ends only once, whatever is asked of it at the same time", async () => {
    const test = await new RunUnderTest({ command: STUBBORN, waitDelay: 50 }).ready();
    await Promise.all([test.run.stop(), test.run.stop(), test.run.kill(), test.run.kill(), test.run.stop({ kind: "windowClosing" })]);
    await test.run.stop();
    assert.equal(test.kinds.filter((kind) => kind === "ended").length, 1);
    assert.equal(test.kinds.at(-1), "ended");
  });

  it("leaves no timer and no process when it has ended", async () => {
    const test = await new RunUnderTest({ command: OBEDIENT, timeout: "1h", waitDelay: "1h" }).ready();
    await test.run.stop();
    assert.equal(test.clock.waiting, 0);
    assert.equal(await isAlive(test.pid), false);
  });
});
