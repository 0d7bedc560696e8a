// What processes do to get away from their task, and by what they are known all the same.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Evidence } from "../../../src/taskRunner/process/runProcess";
import { thisTable } from "../../../src/taskRunner/process/system";
import { Journal } from "../../../src/taskRunner/recovery/journal";
import { WatchdogAndJournal } from "../../../src/taskRunner/recovery/crashProtection";
import { isAlive, RunUnderTest } from "../run/startedRun";
import { markedWith } from "./marked";
import { killStarted, start } from "./startedProcess";

const TOO_LONG_S = 61;
const QUIET = ">/dev/null 2>&1 </dev/null";

/** Starts a sleep in the background in some way, and tells its pid by a file, which works however it is started. */
function escape(way: string, folder: string): string {
  return way.replaceAll("SLEEP", () => `sh -c 'echo $$ > ${folder}/pid; exec sleep ${TOO_LONG_S}'`);
}

const WAYS: readonly [name: string, way: string, evidence: readonly Evidence[], holds: readonly string[]][] = [
  ["in the background, redirected", `SLEEP ${QUIET} &`, ["marker", "group"], []],
  ["with a cleared environment", "env -i SLEEP &", ["group", "pipe"], ["stdout", "stderr"]],
  ["with a cleared environment, redirected", `env -i SLEEP ${QUIET} &`, ["group"], []],
  ["in a session of its own", "setsid SLEEP &", ["marker", "pipe"], ["stdout", "stderr"]],
  ["in a session of its own, redirected", `setsid SLEEP ${QUIET} &`, ["marker"], []],
  ["as a daemon: two forks and a session of its own", `(setsid sh -c "SLEEP_QUOTED ${QUIET} &" ${QUIET} &)`, ["marker"], []],
  ["as a daemon that has cleared its environment but kept the output", "(setsid env -i SLEEP &)", ["pipe"], ["stdout", "stderr"]],
  ["as a daemon that has shed everything but a descriptor", `(setsid env -i SLEEP ${QUIET} &)`, ["descriptor"], []],
  ["by nohup", `nohup SLEEP ${QUIET} &`, ["marker", "group"], []],
  ["disowned", `SLEEP ${QUIET} & disown`, ["marker", "group"], []],
  ["as a job with a group of its own", `set -m; SLEEP ${QUIET} &`, ["marker", "session"], []],
  ["as the holder of stderr only", "setsid SLEEP >/dev/null </dev/null &", ["marker", "pipe"], ["stderr"]],
  ["with the pipe on another descriptor", `exec 9>&1; env -i setsid SLEEP ${QUIET} &`, ["pipe"], ["output on fd 9"]],
];

/** Its first thread ends by exit(2), the other one lives on, and writes its pid when it is so. */
const outlived = (folder: string): string =>
  `perl -Mthreads -e 'threads->create(sub { my $s = ""; until ($s =~ /\\) Z /) { open F, "/proc/$$/stat"; $s = <F>; close F } open F, ">${folder}/pid.new"; print F $$; close F; rename "${folder}/pid.new", "${folder}/pid"; sleep ${TOO_LONG_S} }); syscall(${process.arch === "arm64" ? 93 : 60}, 0)'`;

const OUTLIVED: readonly [way: string, evidence: readonly Evidence[], holds: readonly string[]][] = [
  ["setsid OUTLIVED &", ["marker", "pipe"], ["stdout", "stderr"]],
  ["env -i setsid OUTLIVED &", ["pipe"], ["stdout", "stderr"]],
  [`setsid OUTLIVED ${QUIET} &`, ["marker"], []],
];

describe("A process that got away", () => {
  let folder: string;

  before(function () {
    if (process.platform !== "linux") this.skip();
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"))));
  afterEach(async () => {
    await RunUnderTest.cleanUp();
    await killStarted();
    rmSync(folder, { recursive: true });
  });

  /** Runs the way in a task whose command, when the process is there, does this. */
  function task(way: string, then = "exit 0"): RunUnderTest {
    const script = escape(way.replaceAll("SLEEP_QUOTED", () => `sh -c 'echo \\$\\$ > ${folder}/pid; exec sleep ${TOO_LONG_S}'`), folder);
    const test = new RunUnderTest({ command: `${script}\nuntil [ -s ${folder}/pid ]; do sleep 0.01; done; echo "child $(cat ${folder}/pid)"\n${then}`, waitDelay: 300 });
    return test.start();
  }

  const childPid = (test: RunUnderTest): number => Number(/child (\d+)/.exec(test.output)?.[1]);

  for (const [name, way, evidence, holds] of WAYS) {
    it(`${name} is found, tied to its task by ${evidence.join(" and ")}, and killed`, async () => {
      const test = task(way);
      const outcome = await test.run.ended;
      const survivors = test.run.snapshot().survivors.filter(({ pid }) => pid === childPid(test));
      assert.deepEqual(survivors.map((info) => [[...info.evidence].sort(), info.command, info.owned]), [[[...evidence].sort(), `sleep ${TOO_LONG_S}`, true]]);
      assert.deepEqual(outcome.kind === "hungPipe" ? outcome.holders.map((info) => [info.pid, info.holds]) : [], holds.length === 0 ? [] : [[childPid(test), holds]]);
      await test.run.killAllSurvivors();
      assert.equal(await isAlive(childPid(test)), false);
    });

    it(`${name} is gone after a Stop`, async () => {
      const test = await task(way, "trap 'exit 0' INT; echo ready; while :; do sleep 0.02; done").ready();
      await test.run.stop();
      assert.equal(await isAlive(childPid(test)), false);
      assert.deepEqual(test.run.snapshot().survivors, []);
    });
  }

  for (const [way, evidence, holds] of OUTLIVED) {
    it(`and whose first thread has ended, so that it looks like a zombie, is known by ${evidence.join(" and ")}, and killed`, async function () {
      if (spawnSync("perl", ["-Mthreads", "-e", "1"]).status !== 0) return this.skip();
      const test = task(way.replaceAll("OUTLIVED", () => outlived(folder)));
      const outcome = await test.run.ended;
      const survivors = test.run.snapshot().survivors.filter(({ pid }) => pid === childPid(test));
      assert.deepEqual(survivors.map((info) => [[...info.evidence].sort(), info.command.startsWith("perl -Mthreads"), info.owned]), [[[...evidence].sort(), true, true]]);
      assert.deepEqual(outcome.kind === "hungPipe" ? outcome.holders.map((info) => [info.pid, info.holds]) : [], holds.length === 0 ? [] : [[childPid(test), holds]]);
      await test.run.killAllSurvivors();
      assert.equal(await isAlive(childPid(test)), false);
    });
  }

  it("is asked by the cancel signal wherever it is, and killed only after the waitDelay", async () => {
    const obedient = `bash -c "trap 'echo asked; exit 0' TERM; echo \\$\\$ > ${folder}/pid; while :; do sleep 0.02; done"`;
    const test = new RunUnderTest({ command: `setsid ${obedient} & until [ -s ${folder}/pid ]; do sleep 0.01; done; echo ready; wait`, cancelSignal: "SIGTERM", waitDelay: 8000 });
    await test.ready();
    await test.run.stop();
    assert.match(test.output, /asked/);
    // Its parent might have passed it on.
    const askedAgain = test.events.find((event) => event.kind === "askedAgain");
    // Not by its command line: it may have ended of the signal before that could be read.
    assert.ok(askedAgain?.asked.some(({ pid }) => pid === Number(readFileSync(join(folder, "pid"), "utf8"))));
  });

  it("is found by descent alone while its parent lives, and known from then on", async () => {
    const test = new RunUnderTest({ command: `trap 'exit 0' TERM; env -i setsid sh -c 'echo $$ > ${folder}/pid; trap "" TERM; while :; do sleep 0.02; done' ${QUIET} & until [ -s ${folder}/pid ]; do sleep 0.01; done; echo "child $(cat ${folder}/pid)"; while :; do sleep 0.02; done`, cancelSignal: "SIGTERM", waitDelay: 2000 });
    await test.ready("child");
    await test.run.stop();
    assert.deepEqual(test.steps, ["signaled", "leaderGone", "killed", "ended"]);
    assert.equal(await isAlive(childPid(test)), false);
  });

  it("is told with the port that it listens on", async () => {
    const server = "require('net').createServer().listen(0, '127.0.0.1', function () { console.log('port ' + this.address().port + ' child ' + process.pid); })";
    const test = new RunUnderTest({ command: `"${process.execPath}" -e "${server}" & read -t 0 x; sleep 0.01; wait -n -p x 2>/dev/null & sleep 0.5; exit 0`, waitDelay: 300, env: { ELECTRON_RUN_AS_NODE: "1" } });
    await test.ready("child");
    await test.run.ended;
    const port = Number(/port (\d+)/.exec(test.output)?.[1]);
    assert.deepEqual(test.run.snapshot().survivors.find(({ pid }) => pid === childPid(test))?.ports, [port]);
  });

  it("is born while its task is being killed, and is killed too", async () => {
    // Each one starts its heir, in a session of its own, before it ends; until the folder is gone.
    const heirs = `echo 'echo $$ >> ${folder}/pid; setsid bash ${folder}/heir.sh & sleep 0.01' > ${folder}/heir.sh`;
    const command = `${heirs}; bash ${folder}/heir.sh ${QUIET} & until [ -s ${folder}/pid ]; do sleep 0.01; done; echo ready; wait; sleep 60`;
    const test = await new RunUnderTest({ command, waitDelay: 100 }).ready();
    await test.run.kill();
    const marked = await markedWith((await thisTable.list()).filter(({ zombie }) => !zombie).map(({ pid }) => pid), `CANCELLABLE_TASKS_RUN=${test.run.id}`);
    assert.deepEqual([...marked], []);
  });

  it("that was not started by the task is named as the only holder of its output, beside the watchdog, and never killed", async () => {
    const protection = new WatchdogAndJournal(thisTable, new Journal(join(folder, "runs"), thisTable), true);
    // A server that was there before is handed the task's pipe, as a terminal multiplexer would be.
    const fifo = join(folder, "fifo");
    const server = await start(`mkfifo ${fifo}; echo ready; read pid < ${fifo}; exec 8>/proc/$pid/fd/1; touch ${folder}/taken; sleep ${TOO_LONG_S}`);
    // In a process of its own: while a shell itself writes, the FIFO is its standard output.
    const test = new RunUnderTest({ command: `(echo $$ > ${fifo}); until [ -e ${folder}/taken ]; do sleep 0.01; done`, waitDelay: 300, survivors: "kill" }, { protection }).start();
    const outcome = await test.run.ended;
    assert.ok(outcome.kind === "hungPipe");
    // The shell, and the sleep that has inherited the pipe from it.
    assert.ok(outcome.holders.length >= 1 && outcome.holders.every(({ owned, holds }) => !owned && holds[0] === "output on fd 8"));
    await test.run.killAllSurvivors();
    assert.equal(await isAlive(server.pid), true);
  });

  it("is not mistaken for a bystander: the same command line, the same user, but started by somebody else", async () => {
    const bystander = spawn("sleep", [String(TOO_LONG_S)], { detached: true, stdio: "ignore" });
    const twin = await start(`setsid sleep ${TOO_LONG_S} ${QUIET} & echo $!; wait`);
    const test = task(`SLEEP ${QUIET} &`);
    await test.run.ended;
    assert.deepEqual(test.run.snapshot().survivors.map(({ pid }) => pid), [childPid(test)]);
    await test.run.killAllSurvivors();
    assert.deepEqual([await isAlive(bystander.pid ?? 0), await isAlive(Number(twin.line))], [true, true]);
    process.kill(Number(twin.line), "SIGKILL");
    bystander.kill("SIGKILL");
    await once(bystander, "exit");
  });

  it("is not mistaken for a process of another run", async () => {
    const [one, two] = [task(`setsid SLEEP ${QUIET} &`), new RunUnderTest({ command: `sleep ${TOO_LONG_S} ${QUIET} & echo ${randomBytes(2).toString("hex")}` }).start()];
    await Promise.all([one.run.ended, two.run.ended]);
    assert.equal(one.run.snapshot().survivors.length, 1);
    assert.equal(two.run.snapshot().survivors.length, 1);
    assert.notEqual(one.run.snapshot().survivors[0]?.pid, two.run.snapshot().survivors[0]?.pid);
  });
});
