import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { ListeningPort } from "../../../src/taskRunner/process/listeningPorts";
import type { RunScan } from "../../../src/taskRunner/process/runProcesses";
import { thisTable } from "../../../src/taskRunner/process/system";
import { portsOfRun } from "../../../src/taskRunner/run/readinessOf";
import { Poll } from "../../../src/taskRunner/run/poll";
import { PortWatch } from "../../../src/taskRunner/run/portWatch";
import { FakeClock } from "../fakeClock";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("The look for ports", () => {
  it("comes when output has stopped, ever more seldom, and not without end", async () => {
    const clock = new FakeClock();
    const looks: number[] = [];
    const start = clock.now();
    const watch = new PortWatch({ clock, found: () => undefined, find: () => (looks.push(clock.now() - start), Promise.resolve([])) });
    // A program that says something every 300 ms, for an hour.
    for (let i = 0; i < 12_000; i++) {
      watch.outputSettled();
      clock.advance(300);
      await turn();
    }
    assert.equal(looks.length, 10);
    const gaps = looks.slice(1).map((at, i) => at - (looks[i] ?? 0));
    gaps.slice(1).forEach((gap, i) => assert.ok(gap >= 1.9 * (gaps[i] ?? 0) - 300, gaps.join()));
    assert.equal(clock.timers, 0);
  });

  it("keeps what it knew where nothing can be seen", async () => {
    const process = { pid: 7, ppid: 1, pgid: 7, sid: 7, zombie: false, stopped: false, start: 1, name: "x", command: "x" };
    const answers: (() => Promise<readonly ListeningPort[]>)[] = [() => Promise.resolve([{ port: 1, process }]), () => Promise.reject(new Error("EMFILE"))];
    const watch = new PortWatch({ clock: new FakeClock(), found: () => undefined, find: () => answers.shift()?.() ?? Promise.resolve([]) });
    await watch.look();
    await watch.look();
    assert.deepEqual(watch.list.map(({ port }) => port), [1]);
  });
});

describe("The look for the ports of a run", () => {
  it("waits for a look that is late, and takes one that has failed for no answer", async () => {
    const server = createServer().listen(0);
    await once(server, "listening");
    try {
      const self = (await thisTable.read(process.pid)) ?? assert.fail();
      const complete: RunScan = { found: [{ ...self, owned: true, evidence: [], holds: [], ports: [] }], problem: undefined, rest: undefined };
      const late = (rest: Promise<RunScan>): RunScan => ({ found: [], problem: "late", rest });
      const look = async (scan: RunScan): Promise<readonly number[]> => (await portsOfRun(thisTable, { scan: () => Promise.resolve(scan) })).map(({ port }) => port);
      const expected = await look(complete);
      assert.equal(expected.length > 0, true);
      assert.deepEqual(await look(late(Promise.resolve(complete))), expected);
      await assert.rejects(look(late(Promise.resolve({ found: [], problem: "EMFILE", rest: undefined }))), /EMFILE/);
      await assert.rejects(look({ found: [], problem: "EMFILE", rest: undefined }), /EMFILE/);
      assert.deepEqual(await look({ found: [], problem: undefined, rest: undefined }), []);
    } finally {
      server.close();
    }
  });
});

describe("A poll", () => {
  it("pauses longer each time, up to the longest pause, and starts anew when something has happened", async () => {
    const clock = new FakeClock();
    const checks: number[] = [];
    const start = clock.now();
    const poll = new Poll(clock, { first: 100, longest: 400 }, () => (checks.push(clock.now() - start), Promise.resolve(false)), () => assert.fail());
    for (let i = 0; i < 200; i++) {
      clock.advance(10);
      await turn();
    }
    const gaps = checks.map((at, i) => at - (checks[i - 1] ?? 0));
    assert.deepEqual(gaps.slice(0, 5).map((gap) => Math.round(gap / 50) * 50), [100, 150, 250, 350, 400]);
    assert.ok(Math.max(...gaps) < 420, gaps.join());
    poll.hurry();
    await turn();
    clock.advance(100);
    await turn();
    assert.deepEqual(checks.slice(-2), [2000, 2100]);
    poll.stop();
    assert.equal(clock.timers, 0);
  });

  it("ends when its check holds, and takes a failure for a no", async () => {
    const clock = new FakeClock();
    let passed = 0;
    const answers = [Promise.reject(new Error("no")), Promise.resolve(true)];
    new Poll(clock, { first: 10, longest: 10 }, () => answers.shift() ?? assert.fail(), () => passed++);
    for (let i = 0; i < 5; i++) {
      clock.advance(10);
      await turn();
    }
    assert.deepEqual([passed, clock.timers], [1, 0]);
  });
});
