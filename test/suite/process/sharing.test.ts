// Runs share their looks at the system, but none is given a look that is older than its question.
import assert from "node:assert/strict";
import { deferred } from "../../../src/taskRunner/base/deferred";
import { RunProcesses, type Leader } from "../../../src/taskRunner/process/runProcesses";
import type { ProcessInfo, ProcessTable } from "../../../src/taskRunner/process/table";
import { thisTable } from "../../../src/taskRunner/process/system";
import { RunUnderTest } from "../run/startedRun";
import { FaultyTable } from "./faultyTable";

const LEADER: Leader = { pid: 900_000, state: undefined, wait: () => new Promise(() => undefined) };

function info(pid: number, more: Partial<ProcessInfo> = {}): ProcessInfo {
  return { pid, ppid: 1, pgid: LEADER.pid, sid: LEADER.pid, zombie: false, stopped: false, start: 1500, name: "x", command: "x", ...more };
}

/** A table of nothing but these processes. */
function tableOf(list: ProcessTable["list"]): ProcessTable {
  return {
    ...thisTable,
    now: () => 2000,
    list,
    listNow: () => undefined,
    newcomers: () => Promise.resolve([]),
    markers: () => Promise.resolve(new Map()),
    holders: () => Promise.resolve(new Map()),
  };
}

function processesOf(table: ProcessTable): RunProcesses {
  return new RunProcesses({ leader: LEADER, marker: "CANCELLABLE_TASKS_RUN=sharing-test", since: 1000, pipes: () => [], table });
}

describe("A look at the system", () => {
  afterEach(() => RunUnderTest.cleanUp());

  it("is shared by fifty runs that are stopped at once", async function () {
    this.timeout(60_000);
    const faulty = new FaultyTable();
    const tests = await Promise.all(Array.from({ length: 50 }, () => new RunUnderTest({ command: "echo ready; exec sleep 60", waitDelay: "1h" }, { table: faulty.table }).ready()));
    faulty.calls.clear();
    await Promise.all(tests.map(({ run }) => run.stop()));
    assert.ok((faulty.calls.get("list") ?? 0) <= 8, `${faulty.calls.get("list") ?? 0} lists`);
    assert.ok((faulty.calls.get("listNow") ?? 0) <= 8, `${faulty.calls.get("listNow") ?? 0} lists at once`);
  });

  it("at once is not tried again for every run that is stopped where there are too many processes for it", async () => {
    let lists = 0;
    const table = { ...tableOf(() => Promise.resolve([info(LEADER.pid)])), listNow: () => (lists++, undefined) };
    for (let i = 0; i < 20; i++) {
      processesOf(table).rememberNow();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(lists, 1);
  });

  it("that has begun is too old for what is asked afterwards: a process that was born meanwhile is found", async () => {
    const born = [info(LEADER.pid), info(10)];
    const begun = deferred<undefined>();
    const gate = deferred<undefined>();
    let looks = 0;
    const processes = processesOf(
      tableOf(async () => {
        looks++;
        const list = [...born];
        begun.resolve(undefined);
        await gate.promise;
        return list;
      }),
    );
    const first = processes.find();
    await begun.promise;
    born.push(info(11));
    const second = processes.find();
    const third = processes.find();
    gate.resolve(undefined);
    assert.deepEqual((await first).map(({ pid }) => pid), [10, LEADER.pid]);
    assert.deepEqual((await second).map(({ pid }) => pid), [10, 11, LEADER.pid]);
    assert.deepEqual(await third, await second);
    assert.equal(looks, 2);
  });

  it("sees through twelve thousand processes that have started each other, at once", async () => {
    const chain = Array.from({ length: 12_000 }, (_, i) => info(100_000 + i, { ppid: i === 0 ? LEADER.pid : 99_999 + i, pgid: 100_000 + i, sid: 100_000 + i, start: 1500 + i }));
    const processes = processesOf(tableOf(() => Promise.resolve([info(LEADER.pid), ...chain].reverse())));
    const at = performance.now();
    const found = await processes.find();
    assert.equal(found.length, 12_001);
    assert.ok(performance.now() - at < 5000, `${(performance.now() - at).toFixed()} ms`);
  });
});
