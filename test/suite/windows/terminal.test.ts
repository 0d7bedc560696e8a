// Only on Windows, or under Wine: npm run test:windows. Under Wine a program on a ConPTY has no standard handles, and no Ctrl+C reaches it.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isConsoleHost, isRows } from "../../../src/taskRunner/process/win32/protocol";
import { projectRoot } from "../../vscode/projectRoot";
import { RunUnderTest } from "../run/startedRun";
import { CMD, death, lives, useWorld } from "./windows";

const WAIT = "setTimeout(() => undefined, 60000)";

describe("A task on a terminal, on Windows", function () {
  this.timeout(30_000);
  const place = useWorld();

  /** Resolves when the task has written the pid of what it has started. */
  async function started(more: Readonly<Record<string, unknown>> = {}): Promise<{ readonly test: RunUnderTest; readonly child: number }> {
    const file = join(place().folder, "pid");
    const script = `process.on("SIGINT", () => undefined); const c = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(WAIT)}], { detached: true, stdio: "ignore" });
      c.once("spawn", () => require("fs").writeFileSync(${JSON.stringify(file)}, String(c.pid))); ${WAIT}`;
    const test = new RunUnderTest({ stdio: "pty", command: process.execPath, args: ["-e", script], ...more }, { table: place().world.table, containment: place().world.containment }).start();
    await test.untilState("running");
    while (!existsSync(file) || readFileSync(file, "utf8") === "") await sleep(20);
    return { test, child: Number(readFileSync(file, "utf8")) };
  }

  it("is in its job with what it has started, and a kill ends both", async () => {
    const { test, child } = await started();
    assert.deepEqual(test.run.snapshot().containment, { kind: "contained" });
    const now = place().world.table.listNow(0, [test.pid, child]) ?? [];
    assert.deepEqual(now.map(({ pid }) => pid), [test.pid, child]);
    await test.run.kill();
    await Promise.all([death(test.pid), death(child)]);
    assert.ok(test.kinds.includes("killed"), test.kinds.join());
  });

  it("has Ctrl+C typed by a Stop, and is ended with all it has started when the delay is over, and not before", async () => {
    const { test, child } = await started({ waitDelay: 1000, cancelSignal: "SIGTERM" });
    const start = performance.now();
    const ended = test.run.stop();
    await test.untilEvent("typed");
    assert.ok(lives(test.pid));
    await ended;
    const ms = performance.now() - start;
    assert.ok(ms >= 950 && ms < 6000, `${ms}`);
    assert.deepEqual(test.events.flatMap((event) => (event.kind === "typed" ? [event.text] : [])), ["\x03"]);
    await Promise.all([death(test.pid), death(child)]);
  });

  it("is stopped at whatever moment of its start, and nothing of it is left", async () => {
    await place().world.helper.start();
    const before = new Set((await place().world.table.list()).map(({ pid }) => pid));
    for (const ms of [0, 5, 20, 50, 100, 200, 400, 800]) {
      const test = new RunUnderTest({ stdio: "pty", command: process.execPath, args: ["-e", WAIT], waitDelay: 500 }, { table: place().world.table, containment: place().world.containment }).start();
      await sleep(ms);
      const outcome = await test.run.stop();
      // By then it has not been started, or ends of Ctrl+C, or has not got that and is killed.
      assert.ok(["canceled", "exited", "signaled"].includes(outcome.kind), outcome.kind);
    }
    const left = async (): Promise<boolean> => (await place().world.table.list()).some(({ pid, ppid, name }) => !before.has(pid) && ppid === process.pid && name === "node.exe");
    while (await left()) await sleep(50);
  });

  it("has the exit code that the system has, without a sign", async () => {
    const test = new RunUnderTest({ stdio: "pty", command: process.execPath, args: ["-e", "process.exit(0xc0000005 | 0)"] }, { table: place().world.table, containment: place().world.containment }).start();
    assert.deepEqual(await test.run.ended, { kind: "exited", code: 0xc0000005, stop: undefined });
  });

  it("whose command cannot be executed says why, as on pipes", async () => {
    const [outcome, onPipes] = await Promise.all(
      ["pty", "pipe"].map((stdio) => new RunUnderTest({ stdio, command: join(projectRoot, "package.json"), args: [] }, { table: place().world.table, containment: place().world.containment }).start().run.ended),
    );
    assert.deepEqual(outcome, onPipes);
    assert.ok(outcome?.kind === "couldNotStart");
    assert.match(outcome.problems.join(), /^"command" is .*package\.json", but it could not be started: .*: exec format error\.$/);
  });

  it("whose command has ended keeps no thread and no pipe, and the host of its console ends", async () => {
    const { helper, table, containment } = place().world;
    await helper.start();
    const resources = (): number => process.getActiveResourcesInfo().filter((one) => /^(MessagePort|PipeWrap)$/.test(one)).length;
    const hosts = async (): Promise<readonly number[]> => (await helper.ask({ op: "list" }, isRows)).filter(([, , , name]) => isConsoleHost(name)).map(([pid]) => pid);
    const [kept, others] = [resources(), new Set(await hosts())];
    const test = new RunUnderTest({ stdio: "pty", command: process.execPath, args: ["-e", "setTimeout(() => undefined, 500)"] }, { table, containment }).start();
    await test.untilState("running");
    const own = (await hosts()).filter((pid) => !others.has(pid));
    assert.ok(resources() > kept && own.length > 0);
    assert.deepEqual(await test.run.ended, { kind: "succeeded" });
    while (resources() > kept || own.some(lives)) await sleep(20);
  });

  it("that has left nothing behind says so", async () => {
    const test = new RunUnderTest({ stdio: "pty", command: "echo a && echo b", shell: CMD }, { table: place().world.table, containment: place().world.containment }).start();
    assert.deepEqual(await test.run.ended, { kind: "succeeded" });
    const ended = test.events.find((event) => event.kind === "ended");
    assert.deepEqual([ended?.survivors, ended?.problem], [[], undefined]);
  });
});
