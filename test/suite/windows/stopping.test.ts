// Only on Windows, or under Wine: npm run test:windows.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { helperTable } from "../../../src/taskRunner/process/win32/helperTable";
import { isReached } from "../../../src/taskRunner/process/win32/protocol";
import { RunUnderTest, type RunUnderTestOptions } from "../run/startedRun";
import { CMD, death, lives, useWorld, World } from "./windows";

const WAIT = "setTimeout(() => undefined, 60000)";
const spawned = (script: string, options: string): string => `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(script)}], ${options})`;

describe("A task on pipes, on Windows", function () {
  this.timeout(30_000);
  const place = useWorld();

  function run(script: string, more: Readonly<Record<string, unknown>> = {}, options: RunUnderTestOptions = {}): RunUnderTest {
    return new RunUnderTest({ command: process.execPath, args: ["-e", script], ...more }, { table: place().world.table, containment: place().world.containment, ...options });
  }

  function number(test: RunUnderTest): number {
    return Number(/pid (\d+)/.exec(test.output)?.[1]);
  }

  it("has its output, its input and its exit code, and is in its job from the start", async () => {
    const test = run(`process.stdin.once("data", (text) => { console.log("got " + text); console.error("no"); process.exit(3) }); console.log("ready " + process.argv[1])`, { args: ["-e", `process.stdin.once("data", (text) => { console.log("got " + text); console.error("no"); process.exit(3) }); console.log("ready " + process.argv[1])`, 'a "b" c\\'] });
    await test.ready("\n");
    test.run.console.write("hello\r\n");
    assert.deepEqual(await test.run.ended, { kind: "exited", code: 3, stop: undefined });
    assert.match(test.output, /ready a "b" c\\\s+got hello\s+no/);
    assert.deepEqual(test.run.snapshot().containment, { kind: "contained" });
  });

  it("is asked by Ctrl+C, once, with what it has started, and may clean up", async () => {
    const child = `process.on("SIGINT", () => { console.log("child asked"); process.exit() }); ${WAIT}`;
    const test = await run(`let n = 0; process.on("SIGINT", () => { console.log("asked " + ++n); setTimeout(() => process.exit(7), 500) });
      const c = ${spawned(child, '{ stdio: "inherit" }')}; c.once("spawn", () => setTimeout(() => console.log("ready"), 500)); ${WAIT}`).ready();
    assert.deepEqual(await test.run.stop(), { kind: "exited", code: 7, stop: { kind: "user" } });
    assert.match(test.output, /asked 1/);
    assert.match(test.output, /child asked/);
    assert.doesNotMatch(test.output, /asked 2/);
    assert.deepEqual(test.steps, ["signaled", "ended"]);
  });

  it("gets no Ctrl+C that was meant for a process which had its number before", async () => {
    const test = await run(`let n = 0; process.on("SIGINT", () => { n++; setTimeout(() => process.exit(n), 500) }); console.log("ready"); ${WAIT}`).ready();
    const { helper, table } = place().world;
    const { start } = (await table.read(test.pid)) ?? assert.fail();
    assert.deepEqual(await helper.ask({ op: "interrupt", processes: [[test.pid, start - 1000]] }, isReached), []);
    assert.deepEqual(await test.run.stop(), { kind: "exited", code: 1, stop: { kind: "user" } });
  });

  it("that ends of Ctrl+C has been stopped, and its exit code says of what", async () => {
    const test = await run(`console.log("ready"); ${WAIT}`, { cancelSignal: "SIGTERM" }).ready();
    const outcome = await test.run.stop();
    assert.deepEqual(outcome, { kind: "exited", code: 0xc000013a, stop: { kind: "user" } });
  });

  it("that ignores Ctrl+C is ended with all it has started when the delay is over, and not before", async () => {
    const test = await run(`process.on("SIGINT", () => console.log("no")); const c = ${spawned(`process.on("SIGINT", () => undefined); ${WAIT}`, '{ detached: true, stdio: "ignore" }')}; c.once("spawn", () => console.log("pid " + c.pid + " ready")); ${WAIT}`, { waitDelay: 1500 }).ready();
    const start = performance.now();
    await test.run.stop();
    const ms = performance.now() - start;
    assert.ok(ms >= 1450 && ms < 6000, `${ms}`);
    assert.deepEqual(test.steps, ["signaled", "killed", "ended"]);
    await death(number(test));
  });

  it("cannot send Ctrl+C to a process that has no console, and says so", async () => {
    const test = await run(`const c = ${spawned(WAIT, '{ detached: true, stdio: "ignore" }')}; c.once("spawn", () => console.log("pid " + c.pid + " ready")); ${WAIT}`).ready();
    const { table } = place().world;
    await assert.rejects(table.signal((await table.read(number(test))) ?? assert.fail(), "SIGINT"), /it has no console/);
    await test.run.kill();
  });

  it("is ended at once by Kill Now, and by a second Stop", async () => {
    for (const kill of [(test: RunUnderTest) => test.run.kill(), (test: RunUnderTest) => (void test.run.stop(), test.run.stop())]) {
      const test = await run(`process.on("SIGINT", () => undefined); const c = ${spawned(WAIT, '{ detached: true, stdio: "ignore" }')}; c.once("spawn", () => console.log("pid " + c.pid + " ready")); ${WAIT}`, { waitDelay: "1m" }).ready();
      await kill(test);
      await death(number(test));
      assert.ok(test.kinds.includes("killed"), test.kinds.join());
    }
  });

  it("that is a line for cmd.exe is run as cmd.exe takes it, and what that has started in the background is ended with it", async () => {
    const script = join(place().folder, "two words.js");
    writeFileSync(script, `console.log(process.argv[2] + " pid " + process.pid + (process.argv[3] ?? "")); ${WAIT}`);
    const node = `"${process.execPath}" "${script}"`;
    const test = await new RunUnderTest({ command: `echo "a b" ^& %CD%&& start /b "" ${node} "x & y" && ${node} last " ready"`, shell: CMD, waitDelay: 500 }, { table: place().world.table, containment: place().world.containment, folder: place().folder }).ready();
    await test.until(() => test.output.includes("x & y pid "));
    assert.match(test.output, /"a b" & [A-Z]:/);
    const pids = [...test.output.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
    assert.equal(pids.length, 2);
    await test.run.kill();
    await Promise.all(pids.map(death));
  });

  it("that leaves a process without any other sign lists it as a survivor, which can be killed", async () => {
    const orphan = spawned(WAIT, '{ detached: true, stdio: "ignore" }');
    const test = run(`const env = { ...process.env }; delete env.CANCELLABLE_TASKS_RUN; ${spawned(`const c = ${orphan}; c.unref(); c.once("spawn", () => process.exit())`, '{ detached: true, stdio: "ignore", env }')}.on("exit", () => process.exit())`).start();
    assert.deepEqual(await test.run.ended, { kind: "succeeded" });
    const [survivor, ...more] = test.run.snapshot().survivors;
    assert.ok(survivor !== undefined && more.length === 0, JSON.stringify(test.run.snapshot().survivors));
    assert.deepEqual([survivor.name, survivor.evidence.includes("contained"), survivor.owned], ["node.exe", true, true]);
    assert.ok(lives(survivor.pid));
    await test.run.killAllSurvivors();
    await death(survivor.pid);
  });

  it("whose output is held ends with ErrWaitDelay, and names who may hold it", async () => {
    const test = run(`const c = ${spawned(WAIT, '{ detached: true, stdio: ["ignore", "inherit", "inherit"] }')}; c.unref(); c.once("spawn", () => { console.log("pid " + c.pid); process.exit() })`, { waitDelay: 700 }).start();
    const outcome = await test.run.ended;
    assert.ok(outcome.kind === "hungPipe");
    assert.deepEqual(outcome.holders.map(({ pid }) => pid), [number(test)]);
    await test.run.killAllSurvivors();
  });

  it("goes on when the helper dies, says so at the next start, and is then killed by the tools", async () => {
    const tools = new World();
    await tools.helper.start();
    const table = helperTable(place().world.helper, tools.table);
    const test = await run(`console.log("ready"); ${WAIT}`, { waitDelay: 500 }, { table }).ready();
    place().world.helper.kill();
    assert.ok(lives(test.pid));
    const next = await run(`console.log("ready"); ${WAIT}`, {}, { table }).ready();
    assert.deepEqual(next.kinds, ["noHelper"]);
    for (const one of [test, next]) {
      await one.run.kill();
      await death(one.pid);
    }
    await tools.close();
  });
});
