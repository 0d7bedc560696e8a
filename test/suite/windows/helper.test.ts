// Only on Windows, or under Wine: npm run test:windows.
import assert from "node:assert/strict";
import { join } from "node:path";
import { markerOf } from "../../../src/taskRunner/base/marker";
import type { Container } from "../../../src/taskRunner/process/container";
import type { ProcessInfo } from "../../../src/taskRunner/process/table";
import { helperUsage } from "../../../src/taskRunner/process/win32/helperUsage";
import { isRows, type Row } from "../../../src/taskRunner/process/win32/protocol";
import { WindowsHelper } from "../../../src/taskRunner/process/win32/windowsHelper";
import { projectRoot } from "../../vscode/projectRoot";
import { death, isWindows, lives, LONG, World } from "./windows";

describe("The helper for Windows", function () {
  this.timeout(30_000);
  let world: World;
  before(function () {
    if (!isWindows) this.skip();
  });
  beforeEach(async () => {
    world = new World();
    assert.equal(await world.helper.start(), undefined);
  });
  afterEach(() => world.close());

  async function info(pid: number): Promise<ProcessInfo> {
    return (await world.table.read(pid)) ?? assert.fail(`no process ${pid}`);
  }

  it("lists processes with their parents and when they were started, and reads command lines", async () => {
    const before = world.table.now();
    const { pid } = await world.start(LONG);
    const listed = (await world.table.list()).find((one) => one.pid === pid) ?? assert.fail();
    assert.deepEqual([listed.ppid, listed.name], [process.pid, "node.exe"]);
    assert.ok(listed.start >= before && listed.start <= Date.now(), `${before} ${listed.start} ${Date.now()}`);
    assert.match((await info(pid)).command, /node\.exe.* -e .*setTimeout/);
  });

  it("knows that a process is the same and alive, and that it is not any more", async () => {
    const { pid, child } = await world.start(LONG);
    const before = await info(pid);
    assert.deepEqual((await world.table.alive([before])).map((one) => one.pid), [pid]);
    assert.deepEqual(await world.table.alive([{ ...before, start: before.start - 1000, sid: -1, name: "other" }]), []);
    child.kill();
    await death(pid);
    assert.deepEqual([await world.table.alive([before]), await world.table.read(pid)], [[], undefined]);
  });

  it("reads a variable in the environment of each process that has it, whatever its case", async () => {
    const [one, other] = [await world.start(LONG, { Cancellable_Tasks_X: "äöü" }), await world.start(LONG)];
    assert.deepEqual([...(await world.table.markers([one.pid, other.pid], "CANCELLABLE_TASKS_X"))], [[one.pid, "äöü"]]);
  });

  it("tells the ports that a process listens on, and who listens on a port", async () => {
    const { pid, line } = await world.start("const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))");
    const port = Number(line);
    assert.deepEqual((await world.table.ports([pid])).get(pid), [port]);
    assert.deepEqual((await world.table.listeners([port])).map((one) => one.pid), [pid]);
  });

  it("ends one process and no other, and none that is not the same any more", async () => {
    const [one, other] = [await world.start(LONG), await world.start(LONG)];
    const before = await info(one.pid);
    assert.equal(await world.table.signal({ ...before, start: before.start - 1000, sid: -1, name: "other" }, "SIGKILL"), false);
    assert.ok(lives(one.pid));
    assert.equal(await world.table.signal(before, "SIGKILL"), true);
    await death(one.pid);
    assert.equal(await world.table.signal(before, "SIGKILL"), false);
    assert.ok(lives(other.pid));
  });

  it("tells what a process uses, and nothing of one that is gone", async () => {
    const busy = await world.start(`const memory = Buffer.alloc(50e6, 1); console.log("ready"); while (memory.length > 0);`);
    const one = await info(busy.pid);
    const [before] = [...(await helperUsage(world.helper, [one])).values()];
    const start = performance.now();
    let now = before;
    while ((now?.cpuMs ?? 0) < (before?.cpuMs ?? 0) + 200) [now] = [...(await helperUsage(world.helper, [one])).values()];
    assert.ok(performance.now() - start >= 150, "as much as the time that has passed, at most");
    assert.ok((now?.memoryBytes ?? 0) > 50e6 && (now?.memoryBytes ?? 0) < 1e9, String(now?.memoryBytes));
    busy.child.kill();
    await death(busy.pid);
    assert.deepEqual([...(await helperUsage(world.helper, [{ ...one, pid: 999_999 }]))], []);
  });

  it("says that there is no other signal", async () => {
    const { pid } = await world.start(LONG);
    await assert.rejects(world.table.signal(await info(pid), "SIGHUP"), /Windows has no SIGHUP/);
    assert.ok(lives(pid));
  });

  it("that is not there says so, as in the package for all platforms", async () => {
    const missing = new WindowsHelper(join(projectRoot, "dist", "no-such-helper.js"));
    assert.equal(await missing.start(), "this package has none");
    assert.equal(missing.isReady, false);
  });

  it("that has died leaves the answers to the tools, and everything alive", async () => {
    const { pid } = await world.start(LONG);
    world.helper.kill();
    await assert.rejects(world.helper.ask({ op: "list" }, (value): value is unknown => value !== undefined));
    assert.ok(lives(pid));
  });
});

describe("A job of Windows", function () {
  this.timeout(30_000);
  let world: World;
  let job: Container;
  before(function () {
    if (!isWindows) this.skip();
  });
  beforeEach(async () => {
    world = new World();
    assert.equal(await world.containment.available(), undefined);
    const opened = await world.containment.open("ab12");
    job = "members" in opened ? opened : assert.fail(JSON.stringify(opened));
  });
  afterEach(async () => {
    job.kill();
    await world.close();
  });

  function launcher(): Extract<Container["entry"], { launcher: unknown }>["launcher"] {
    return "launcher" in job.entry ? job.entry.launcher : assert.fail();
  }

  async function launch(script: string): Promise<{ readonly pid: number; readonly ended: Promise<number | undefined> }> {
    const env = Object.entries(process.env).map(([name, value]) => `${name}=${value ?? ""}`);
    return await launcher().launch({ path: process.execPath, args: ["node", "-e", script], isVerbatim: false, dir: "", env: [...env, markerOf("ab12")], streams: [null, null, null] });
  }

  /** A process that ends at once, and leaves one behind that nothing else ties to it. */
  const ORPHANS = `const { spawn } = require("child_process"); const env = { ...process.env }; delete env.CANCELLABLE_TASKS_RUN;
    spawn(process.execPath, ["-e", ${JSON.stringify(`require("child_process").spawn(process.execPath, ["-e", "setTimeout(() => undefined, 60000)"], { detached: true, stdio: "ignore" }).unref()`)}], { detached: true, stdio: "ignore", env }).unref()`;

  async function populated(count: number): Promise<readonly number[]> {
    for (;;) {
      await job.refresh?.();
      const members = job.members() ?? [];
      if (members.length === count) return members;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  it("has a command before that has executed anything, and tells its exit code", async () => {
    const { pid, ended } = await launch("process.exit(42)");
    assert.deepEqual(job.members(), [pid]);
    assert.equal(await ended, 42);
  });

  it("tells a large exit code as it is", async () => {
    assert.equal(await (await launch("process.exit(0xC000013A | 0)")).ended, 0xc000013a);
  });

  it("keeps what a command has left whose parents are dead, in an environment without the mark, and a kill ends it", async () => {
    const { pid, ended } = await launch(ORPHANS);
    await ended;
    const [orphan] = await populated(1);
    assert.ok(orphan !== undefined && orphan !== pid && lives(orphan));
    const emptied = new Promise<void>((resolve) => job.onEmpty(resolve));
    assert.equal(job.kill(), true);
    await emptied;
    await death(orphan);
    assert.deepEqual([job.members(), job.isPopulated(), job.wasEntered()], [[], false, true]);
  });

  it("takes in what was started elsewhere, with what that has started meanwhile", async () => {
    // Detached: else it would be in a job of its parent's Node, and that is no part of this one.
    const { pid, line } = await world.start(`const c = require("child_process").spawn(process.execPath, ["-e", "setTimeout(() => undefined, 60000)"], { detached: true, stdio: "ignore" }); c.once("spawn", () => console.log(c.pid)); setTimeout(() => undefined, 60000)`);
    const bystander = await world.start(LONG);
    const { ended } = await launcher().adopt(pid);
    assert.deepEqual([...(job.members() ?? [])].sort(), [pid, Number(line)].sort());
    assert.deepEqual(world.table.listNow(0, [pid, bystander.pid])?.map((one) => one.pid), [pid]);
    job.kill();
    assert.equal(await ended, 137, "its exit code is told, as that of one that was started here");
    await Promise.all([death(pid), death(Number(line))]);
    assert.ok(lives(bystander.pid));
  });

  it("leaves alone what was started after its pid was known: the command has ended, and that is another process", async () => {
    const { pid } = await world.start(LONG);
    const { start } = (await world.table.read(pid)) ?? assert.fail();
    const adopt = async (known: number): Promise<readonly Row[]> => await world.helper.ask({ op: "adopt", run: "ab12", pid, known, marker: markerOf("ab12") }, isRows);
    assert.deepEqual(await adopt(start - 1000), []);
    assert.deepEqual((await adopt(start)).map(([one]) => one), [pid]);
  });

  it("does not wait for the end of what has ended before it could be taken in", async () => {
    const { pid } = await world.start("console.log(1)");
    await death(pid);
    const { ended } = await launcher().adopt(pid);
    assert.equal(await ended, undefined);
  });

  it("says of a program that cannot be started what Node would say", async () => {
    const command = { args: ["x"], isVerbatim: false, dir: "", env: [], streams: [null, null, null] as const };
    await assert.rejects(launcher().launch({ ...command, path: "C:\\no such program.exe" }), { code: "ENOENT" });
    await assert.rejects(launcher().launch({ ...command, path: join(projectRoot, "package.json") }), { code: "ENOEXEC" });
  });

  it("lets everything live on when it is closed, and when the helper dies", async () => {
    const { pid, ended } = await launch(LONG);
    job.remove();
    await world.helper.ask({ op: "hello" }, (value): value is unknown => value !== undefined);
    assert.ok(lives(pid));
    world.helper.kill();
    assert.ok(lives(pid));
    process.kill(pid);
    assert.equal(await ended, undefined);
  });
});
