// What a window makes of the journal of one that has died, when it cannot see what is left.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../src/taskRunner/base/clock";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessInfo, ProcessTable } from "../../../src/taskRunner/process/table";
import { thisHost } from "../../../src/taskRunner/process/host";
import { Journal, type RunRecord } from "../../../src/taskRunner/recovery/journal";
import type { OrphanedRun } from "../../../src/taskRunner/run/orphanedRun";
import { findOrphanedRuns, OrphanSearch } from "../../../src/taskRunner/run/orphanedRuns";
import { FakeClock } from "../fakeClock";

/** Nothing waits. */
const hasty: Clock = {
  now: () => Date.now(),
  after: (_ms, callback) => {
    setImmediate(callback);
    return { cancel: () => undefined };
  },
};

describe("The journal of a window that has died", () => {
  let folder: string;
  beforeEach(async function () {
    if (process.platform !== "linux") this.skip();
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    const journal = new Journal(folder, thisTable);
    await journal.write({ id: "ab", label: "dev", commandLine: "x", startedAt: 1, since: thisTable.now(), marker: "CANCELLABLE_TASKS_RUN=ab", leader: undefined, survivors: [] });
    const [name = ""] = readdirSync(folder);
    renameSync(join(folder, name), join(folder, "ab.99999-1.json"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function look(table: ProcessTable): Promise<number> {
    const journal = new Journal(folder, table);
    const runs = await findOrphanedRuns(journal, table, hasty);
    await journal.settled();
    return runs.length;
  }

  it("is emptied when nothing is left", async () => {
    assert.equal(await look(thisTable), 0);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("keeps an entry when the look fails, however often it is tried", async () => {
    let looks = 0;
    const markers = (): Promise<never> => {
      looks++;
      return Promise.reject(new Error("EMFILE"));
    };
    assert.equal(await look({ ...thisTable, markers }), 0);
    assert.equal(readdirSync(folder).length, 1);
    assert.ok(looks > 1);
  });

  it("is emptied when a look succeeds after one that has failed", async () => {
    let looks = 0;
    const markers: ProcessTable["markers"] = async (...asked) => {
      if (looks++ === 0) throw new Error("EMFILE");
      return await thisTable.markers(...asked);
    };
    assert.equal(await look({ ...thisTable, markers }), 0);
    assert.deepEqual(readdirSync(folder), []);
  });
});

describe("A window that looks for what others have left", () => {
  let folder: string;
  let clock: FakeClock;
  let child: ChildProcess;
  const searches: OrphanSearch[] = [];
  const OWN = "/home/me/own";

  beforeEach(async function () {
    if (process.platform !== "linux") this.skip();
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    clock = new FakeClock();
    child = spawn("sleep", ["60"], { env: { ...process.env, CANCELLABLE_TASKS_RUN: "ab" }, detached: true, stdio: "ignore" });
    await once(child, "spawn");
  });
  afterEach(async () => {
    searches.splice(0).forEach((search) => search.dispose());
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  });

  /** As a window has written it that is dead now. */
  async function leave(more: Partial<RunRecord> = {}, owner = { pid: 99999, start: 1 }): Promise<void> {
    const leader = await thisTable.read(child.pid ?? 0);
    assert.ok(leader !== undefined);
    const journal = new Journal(folder, thisTable, OWN);
    await journal.write({ id: "ab", label: "dev", commandLine: "sleep 60", startedAt: Date.now(), since: leader.start, marker: "CANCELLABLE_TASKS_RUN=ab", leader, survivors: [], ...more });
    const [name = ""] = readdirSync(folder);
    const text = readFileSync(join(folder, name), "utf8").replace(/("host":.*"pid":)\d+/, `$1${owner.pid}`);
    rmSync(join(folder, name));
    writeFileSync(join(folder, `ab.${owner.pid}-${owner.start}.json`), text.replace(/("host":.*"start":)\d+/, `$1${owner.start}`));
  }

  interface Window {
    readonly search: OrphanSearch;
    readonly shown: OrphanedRun[];
    /** Moves the time on, and resolves when everything has been looked at that is due. */
    pass(ms: number): Promise<void>;
  }

  /** @param pid the live process that passes for its extension host */
  async function open(openFolder: string, pid = process.pid, table = thisTable): Promise<Window> {
    const self = { ...(await thisHost(thisTable)), pid, start: (await thisTable.read(pid))?.start ?? 0 };
    const shown: OrphanedRun[] = [];
    let looks = Promise.resolve();
    const search = new OrphanSearch({
      journal: new Journal(folder, table, openFolder, Promise.resolve(self)),
      table,
      clock,
      found: (runs) => shown.push(...runs),
      gone: (run) => {
        shown.splice(shown.indexOf(run), 1);
        run.dispose();
      },
    });
    const look = search.look.bind(search);
    search.look = () => (looks = look());
    searches.push(search);
    await search.look();
    const pass = async (ms: number): Promise<void> => {
      clock.advance(ms);
      await looks;
    };
    return { search, shown, pass };
  }

  it("of the same folder shows it at once, and does not name the folder", async () => {
    await leave();
    const window = await open(OWN);
    assert.deepEqual(window.shown.map((run) => [run.label, run.snapshot().folder, run.snapshot().survivors.map(({ pid }) => pid)]), [["dev", undefined, [child.pid]]]);
    assert.equal(clock.timers, 1); // Only that of the survivors.
  });

  it("looks again where it cannot be seen who lives", async () => {
    await leave();
    let isBlind = true;
    const window = await open(OWN, process.pid, { ...thisTable, list: async () => (isBlind ? [] : await thisTable.list()) });
    const before = [...window.shown];
    isBlind = false;
    await window.pass(2000);
    assert.deepEqual([before.length, window.shown.length], [0, 1]);
  });

  it("shows a start time that is right by its own clock", async () => {
    await leave({ startedAt: Date.now() - 5000 });
    const [run] = (await open(OWN)).shown;
    const age = clock.now() - (run?.snapshot().startedAt ?? 0);
    assert.ok(age >= 5000 && age < 15_000, String(age));
  });

  for (const [name, leaveWith] of [
    ["a watchdog that is about to stop it", (busy: ProcessInfo) => leave({ watchdog: { pid: busy.pid, start: busy.start } })],
    ["the folder's last window, while that is being reloaded", (busy: ProcessInfo) => leave({}, busy)],
  ] as const) {
    it(`waits for the end of ${name}`, async () => {
      const busy = spawn("sleep", ["60"], { stdio: "ignore" });
      try {
        const info = await thisTable.read(busy.pid ?? 0);
        assert.ok(info !== undefined);
        await leaveWith(info);
        const window = await open(OWN);
        await window.pass(2000);
        const before = [...window.shown];
        busy.kill();
        await once(busy, "exit");
        await window.pass(2000);
        assert.deepEqual([before.length, window.shown.length], [0, 1]);
      } finally {
        busy.kill("SIGKILL");
      }
    });
  }

  it("of another folder leaves it to that folder's window for a minute, then shows it, and names the folder", async () => {
    await leave();
    const window = await open("/home/me/other");
    await window.pass(58_000);
    const before = [...window.shown];
    await window.pass(2000);
    assert.deepEqual([before, window.shown.map((run) => run.snapshot().folder)], [[], [OWN]]);
  });

  it("of another folder gives it up when that folder's window comes up after all", async () => {
    await leave();
    const other = await open("/home/me/other");
    await other.pass(60_000);
    assert.equal(other.shown.length, 1);
    const own = await open(OWN, process.ppid);
    assert.deepEqual(own.shown.map((run) => run.snapshot().folder), [undefined]);
    await other.pass(2000);
    assert.deepEqual(other.shown, []);
  });

  it("has nothing to look for any more when it has shown everything and that has ended", async () => {
    await leave();
    const window = await open("/home/me/other");
    await window.pass(60_000);
    const [run] = window.shown;
    assert.ok(run !== undefined);
    child.kill();
    await once(child, "exit");
    // The survivors are looked at, too.
    await window.pass(2000);
    await run.gone;
    await window.pass(2000);
    assert.deepEqual([window.shown, clock.timers, readdirSync(folder)], [[], 0, []]);
  });
});
