import assert from "node:assert/strict";
import { Chase } from "../../../src/taskRunner/process/chase";
import type { ProcessInfo, ProcessTable } from "../../../src/taskRunner/process/table";
import { FakeTable } from "./fakeTable";

/** A table in which each look at the newest pid finds the next of these births. */
class Births extends FakeTable {
  readonly #births: readonly ProcessInfo[];
  readonly #marked: readonly number[];
  #seen = 0;

  constructor(births: readonly ProcessInfo[], marked: readonly number[]) {
    super();
    this.#births = births;
    this.#marked = marked;
  }

  override newestPid(): number {
    return this.#births[Math.min(this.#seen++, this.#births.length) - 1]?.pid ?? 100;
  }

  override listNow(_budgetMs: number, pids: readonly number[] = []): ProcessInfo[] {
    return this.#births.filter(({ pid }) => pids.includes(pid));
  }

  override markers(pids: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return Promise.resolve(new Map(pids.filter((pid) => this.#marked.includes(pid)).map((pid) => [pid, "mine"])));
  }
}

function born(pid: number, ppid: number): ProcessInfo {
  return { pid, ppid, pgid: pid, sid: pid, zombie: false, stopped: false, start: pid, name: "heir", command: "heir" };
}

async function killedIn(table: ProcessTable): Promise<number[]> {
  const killed: number[] = [];
  await new Chase(table, "mine").go((infos) => killed.push(...infos.map(({ pid }) => pid)));
  return killed;
}

describe("A chase", () => {
  it("kills who carries the run's id, and at once each child of it that is born meanwhile, whatever that carries", async () => {
    assert.deepEqual(await killedIn(new Births([born(101, 1), born(102, 101), born(103, 102)], [101])), [101, 102, 103]);
  });

  it("leaves alone who is born to others, and who carries another id", async () => {
    assert.deepEqual(await killedIn(new Births([born(101, 1), born(102, 50), born(103, 102), born(104, 101)], [101])), [101, 104]);
  });

  it("finds by its id who has lost its parent before it was seen", async () => {
    assert.deepEqual(await killedIn(new Births([born(101, 1), born(102, 1), born(103, 102)], [101, 102])), [101, 102, 103]);
  });

  it("does nothing where the newest pid is not told, or nothing is born", async () => {
    assert.deepEqual(await killedIn(new FakeTable()), []);
    assert.deepEqual(await killedIn(new Births([], [])), []);
  });
});
