import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { endianness } from "node:os";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessInfo } from "../../../src/taskRunner/process/table";
import { pageBytesIn, parsePsUsage, usageOf, type ProcessUsage } from "../../../src/taskRunner/process/usage";
import type { Run } from "../../../src/taskRunner/run/run";
import type { RunState } from "../../../src/taskRunner/run/state";
import { UsageSampler } from "../../../src/taskRunner/run/usageSampler";
import { FakeClock } from "../fakeClock";
import { RunUnderTest } from "./startedRun";

const info = (pid: number): ProcessInfo => ({ pid, ppid: 1, pgid: 1, sid: 1, zombie: false, stopped: false, start: pid, name: "x", command: "x" });

describe("What runs use", () => {
  afterEach(() => RunUnderTest.cleanUp());

  /** A sampler of one fake run with two processes, the looks that it has made, and how to wait for the next one. */
  function fake(): { sampler: UsageSampler; clock: FakeClock; used: Map<number, ProcessUsage>; state: { now: RunState }; looks: () => number; look: () => Promise<void> } {
    const clock = new FakeClock();
    const used = new Map<number, ProcessUsage>();
    const state: { now: RunState } = { now: { kind: "running" } };
    let looks = 0;
    let told: () => void = () => undefined;
    const run = { id: "r", get state() { return state.now; }, processesIn: () => [info(5), info(6)] } as unknown as Run;
    const table = { ...thisTable, list: () => Promise.resolve([info(5), info(6)]) };
    const sampler = new UsageSampler({ table, clock, usageOf: () => (looks++, Promise.resolve(used)), runs: () => [run], told: () => told() });
    return { sampler, clock, used, state, looks: () => looks, look: () => new Promise((resolve) => (told = resolve)) };
  }

  it("is looked at every two seconds while it is wanted, for all processes together", async () => {
    const { sampler, clock, used, look } = fake();
    used.set(5, { cpuMs: 1000, memoryBytes: 3e6 }).set(6, { cpuMs: 0, memoryBytes: 1e6 });
    let next = look();
    sampler.update(true);
    await next;
    assert.deepEqual(sampler.usage.get("r"), { cpuPercent: undefined, memoryBytes: 4e6, processes: 2 });
    used.set(5, { cpuMs: 1300, memoryBytes: 3e6 }).set(6, { cpuMs: 100, memoryBytes: 1e6 });
    next = look();
    clock.advance(2000);
    await next;
    assert.deepEqual(sampler.usage.get("r"), { cpuPercent: 20, memoryBytes: 4e6, processes: 2 });
    sampler.dispose();
  });

  it("is not looked at while nobody wants to see it, and when no run is live", async () => {
    const { sampler, clock, look, looks, state } = fake();
    sampler.update(false);
    assert.deepEqual([looks(), clock.timers], [0, 0]);
    const next = look();
    sampler.update(true);
    await next;
    assert.deepEqual([looks(), clock.timers], [1, 1]);
    sampler.update(false);
    assert.deepEqual([clock.timers, sampler.usage.size], [0, 0]);
    state.now = { kind: "ended", at: 0, outcome: { kind: "succeeded" } };
    sampler.update(true);
    assert.deepEqual([looks(), clock.timers], [1, 0]);
  });

  it("is read of real processes: the time that this one has worked, and its memory", async function () {
    if (process.platform === "win32") this.skip();
    const [cpu, usage] = [process.cpuUsage(), (await usageOf([{ ...info(process.pid) }])).get(process.pid)];
    assert.ok(usage !== undefined);
    assert.ok(Math.abs(usage.cpuMs - (cpu.user + cpu.system) / 1000) < 500, `${usage.cpuMs} ms`);
    assert.ok(Math.abs(usage.memoryBytes / process.memoryUsage.rss() - 1) < 0.3, `${usage.memoryBytes} bytes`);
  });

  it("has the memory also of a process whose user is in hundreds of groups", async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) this.skip();
    const child = spawn("perl", ["-e", '$) = join " ", 0, 0, 100_000 .. 100_400; print "up"; close STDOUT; sleep 60'], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    const pid = child.pid ?? 0;
    assert.ok(readFileSync(`/proc/${pid}/status`, "utf8").indexOf("VmRSS") > 2048);
    const used = (await usageOf([info(pid)])).get(pid)?.memoryBytes ?? 0;
    assert.ok(used > 500_000 && used < 100_000_000, `${used} bytes`);
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  it("lets the event loop turn while thousands of processes are read", async function () {
    if (process.platform !== "linux") this.skip();
    let turns = 0;
    setImmediate(() => turns++);
    assert.equal((await usageOf(Array.from({ length: 3000 }, () => info(process.pid)))).size, 1);
    assert.equal(turns, 1);
  });

  it("knows the size of a page from what the kernel hands to every program", () => {
    const words = Buffer.alloc(48);
    [33, 7, 6, 65_536, 0, 0].forEach((word, i) => (endianness() === "LE" ? words.writeBigUInt64LE(BigInt(word), i * 8) : words.writeBigUInt64BE(BigInt(word), i * 8)));
    assert.deepEqual([pageBytesIn(words, 8), pageBytesIn(words.subarray(0, 16), 8), pageBytesIn(Buffer.alloc(3), 4)], [65_536, undefined, undefined]);
  });

  it("leaves out a process that has ended", async function () {
    if (process.platform === "win32") this.skip();
    const child = spawn("true");
    await once(child, "close");
    assert.equal((await usageOf([info(child.pid ?? 0)])).size, 0);
  });

  it("counts the processes of a real run, and of no other", async function () {
    if (process.platform === "win32") this.skip();
    const test = await new RunUnderTest({ command: "sleep 63 & sleep 64 & echo ready; wait", waitDelay: 5000 }).ready();
    const other = await new RunUnderTest({ command: "echo ready; exec sleep 65", waitDelay: 5000 }).ready();
    let told: () => void = () => undefined;
    const sampler = new UsageSampler({ table: thisTable, clock: new FakeClock(), usageOf, runs: () => [test.run, other.run], told: () => told() });
    const seen = async (): Promise<void> => {
      const next = new Promise<void>((resolve) => (told = resolve));
      sampler.update(false);
      sampler.update(true);
      await next;
    };
    while (sampler.usage.get(test.run.id)?.processes !== 3) await seen();
    assert.equal(sampler.usage.get(other.run.id)?.processes, 1);
    sampler.dispose();
    void test.run.kill();
    void other.run.kill();
    await Promise.all([test.run.ended, other.run.ended]);
  });

  it("is read from what macOS' ps prints", () => {
    const text = "  501   1:02.34  10240\n 77 01:00:01.00 8\n 78 2-00:00:00 16\nrubbish\n";
    assert.deepEqual([...parsePsUsage(text)], [
      [501, { cpuMs: 62_340, memoryBytes: 10_485_760 }],
      [77, { cpuMs: 3_601_000, memoryBytes: 8192 }],
      [78, { cpuMs: 172_800_000, memoryBytes: 16_384 }],
    ]);
  });
});
