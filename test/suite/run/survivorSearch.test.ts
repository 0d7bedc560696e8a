import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { deferred } from "../../../src/taskRunner/base/deferred";
import type { RunScan } from "../../../src/taskRunner/process/membership";
import type { RunProcess } from "../../../src/taskRunner/process/runProcess";
import { SurvivorSearch } from "../../../src/taskRunner/run/survivorSearch";
import { Survivors } from "../../../src/taskRunner/run/survivors";
import { FakeClock } from "../fakeClock";
import { FakeTable } from "../process/fakeTable";

const LATE: RunScan = { found: [], problem: "the system did not answer in time", rest: undefined };
const ALL: RunScan = { found: [], problem: undefined, rest: undefined };

describe("What is left of a run", () => {
  let clock: FakeClock;
  let table: FakeTable;
  beforeEach(() => {
    clock = new FakeClock();
    table = new FakeTable();
  });

  function searching(look: () => Promise<RunScan>): { readonly search: SurvivorSearch; readonly survivors: Survivors } {
    const survivors = new Survivors(table, clock);
    return { search: new SurvivorSearch(survivors, clock, look), survivors };
  }

  async function pass(ms: number): Promise<void> {
    clock.advance(ms);
    await nextTurn();
  }

  it("stays known when a look comes back that is older", async () => {
    const rest = deferred<RunScan>();
    const { search } = searching(() => Promise.resolve(ALL));
    search.set({ ...LATE, rest: rest.promise });
    await pass(2000);
    rest.resolve(LATE);
    await nextTurn();
    assert.deepEqual([search.isComplete, clock.timers], [true, 0]);
  });

  it("is listed when a later look was late, too", async () => {
    const pid = table.start();
    const [info] = await table.list();
    assert.ok(info !== undefined);
    const one: RunProcess = { ...info, evidence: ["marker"], holds: [], ports: [], owned: true };
    const { search, survivors } = searching(() => Promise.resolve({ ...LATE, rest: Promise.resolve({ ...ALL, found: [one] }) }));
    search.set(LATE);
    clock.advance(2000);
    const listed = new Promise<void>((resolve) => survivors.onDidChange(() => survivors.list.length > 0 && resolve()));
    await listed;
    assert.deepEqual([survivors.list.map((survivor) => survivor.pid), search.isComplete], [[pid], true]);
    search.dispose();
    survivors.dispose();
  });

  it("is looked for three times at most", async () => {
    let looks = 0;
    const { search } = searching(() => Promise.resolve((looks++, LATE)));
    search.set(LATE);
    for (let round = 0; round < 5; round++) await pass(60_000);
    assert.deepEqual([looks, clock.timers, search.isComplete], [3, 0, false]);
  });

  it("is not looked for any more when it is not shown any more", async () => {
    const looking = deferred<RunScan>();
    const { search } = searching(() => looking.promise);
    search.set(LATE);
    await pass(2000);
    search.dispose();
    looking.resolve(LATE);
    await nextTurn();
    assert.equal(clock.timers, 0);
  });
});
