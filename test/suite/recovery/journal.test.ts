import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { thisHost } from "../../../src/taskRunner/process/host";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessTable } from "../../../src/taskRunner/process/table";
import { Journal, parseEntry, type AbandonedEntry, type JournalEntry, type RunRecord } from "../../../src/taskRunner/recovery/journal";

/** An extension host of this machine and this boot that is dead. */
const DEAD = { pid: 2 ** 30, start: 1 };
const LEADER = { pid: 4711, ppid: 1, pgid: 4711, sid: 4711, zombie: false, stopped: false, start: 1234, name: "sh", command: "sh -c x" };
const SURVIVOR = { ...LEADER, pid: 4712, evidence: ["group", "marker"], holds: ["stdout"], ports: [3000], owned: true };

describe("The journal", () => {
  let folder: string;
  let entry: JournalEntry;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    const host = { ...(await thisHost(thisTable)), ...DEAD };
    const rest = { id: "ab", label: "build", commandLine: "make", startedAt: Date.now(), since: 1000, marker: "CANCELLABLE_TASKS_RUN=ab" };
    entry = JSON.parse(JSON.stringify({ ...rest, version: 2, leader: LEADER, survivors: [SURVIVOR], host })) as JournalEntry;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(id: string, text: string): string {
    const name = `${id}.${DEAD.pid}-${DEAD.start}.json`;
    writeFileSync(join(folder, name), text);
    return name;
  }

  function record(id: string): RunRecord {
    return { id, label: "b", commandLine: "c", startedAt: 1, since: 1, marker: entry.marker, leader: undefined, survivors: [] };
  }

  it("reads what it has written, with a leader and survivors and without", () => {
    const { leader, ...without } = entry;
    assert.deepEqual(parseEntry(JSON.stringify(entry)), entry);
    assert.deepEqual(parseEntry(JSON.stringify({ ...without, survivors: [] })), { ...without, survivors: [] });
    assert.deepEqual(leader, LEADER);
  });

  const GARBAGE: readonly [name: string, change: (entry: JournalEntry) => unknown][] = [
    ["null", () => null],
    ["a number", () => 7],
    ["a list", () => [1]],
    ["an empty object", () => ({})],
    ["an earlier version", (good) => ({ ...good, version: 1 })],
    ["a later version", (good) => ({ ...good, version: 3 })],
    ["no id", (good) => ({ ...good, id: undefined })],
    ["an id with a path", (good) => ({ ...good, id: "../ab" })],
    ["a label that is no text", (good) => ({ ...good, label: { toString: 1 } })],
    ["a command line that is no text", (good) => ({ ...good, commandLine: null })],
    ["a time that is no number", (good) => ({ ...good, startedAt: "yesterday" })],
    ["a negative since", (good) => ({ ...good, since: -1 })],
    ["no marker", (good) => ({ ...good, marker: "" })],
    ["a marker without a value", (good) => ({ ...good, marker: "CANCELLABLE_TASKS_RUN=" })],
    ["a leader that is null", (good) => ({ ...good, leader: null })],
    ["a leader with the pid 0", (good) => ({ ...good, leader: { ...LEADER, pid: 0 } })],
    ["a leader with the pid 1", (good) => ({ ...good, leader: { ...LEADER, pid: 1 } })],
    ["a leader with a negative pid", (good) => ({ ...good, leader: { ...LEADER, pid: -4711 } })],
    ["a leader whose start is null", (good) => ({ ...good, leader: { ...LEADER, start: null } })],
    ["survivors that are no list", (good) => ({ ...good, survivors: { length: 1 } })],
    ["a survivor that is null", (good) => ({ ...good, survivors: [null] })],
    ["a survivor without evidence", (good) => ({ ...good, survivors: [LEADER] })],
    ["a survivor with evidence of an unknown kind", (good) => ({ ...good, survivors: [{ ...SURVIVOR, evidence: ["tie"] }] })],
    ["a survivor with a port that is no number", (good) => ({ ...good, survivors: [{ ...SURVIVOR, ports: ["3000"] }] })],
    ["no host", (good) => ({ ...good, host: null })],
    ["a watchdog without a start", (good) => ({ ...good, watchdog: { pid: 4713 } })],
    ["a folder that is no text", (good) => ({ ...good, folder: ["/home"] })],
    ["a host with a machine-id that is no text", (good) => ({ ...good, host: { ...good.host, machineId: 1 } })],
    ["a host without a machine", (good) => ({ ...good, host: { ...good.host, machine: undefined } })],
  ];

  for (const [name, change] of GARBAGE) {
    it(`takes no entry with ${name}, and the others all the same`, async () => {
      const text = JSON.stringify(change(entry));
      assert.equal(parseEntry(text), undefined);
      write("00", text);
      write("ab", JSON.stringify(entry));
      assert.deepEqual(await new Journal(folder, thisTable).takeOver(), [entry]);
    });
  }

  it("takes every good entry where there are files and folders that are none", async () => {
    write("00", "");
    write("01", "\0\0\0");
    write("02", JSON.stringify(entry).slice(0, -20));
    write("03", "[".repeat(100_000));
    mkdirSync(join(folder, `04.${DEAD.pid}-${DEAD.start}.json`));
    mkdirSync(join(folder, "05.abc.new"));
    write("06", JSON.stringify(entry)); // Under another name than its own.
    write("ab", JSON.stringify(entry));
    write("cd", JSON.stringify({ ...entry, id: "cd" }));
    const taken = await new Journal(folder, thisTable).takeOver();
    assert.deepEqual(taken.map(({ id }) => id).sort(), ["ab", "cd"]);
  });

  describe("takes what is of this boot, whatever the machine is called by now, and removes what is of an earlier boot of this very machine:", () => {
    before(function () {
      if (process.platform !== "linux") this.skip();
    });
    const HERE = "0123456789abcdef0123456789abcdef";
    const HOSTS: readonly [name: string, host: object, becomes: "taken" | "removed" | "kept"][] = [
      ["this boot", {}, "taken"],
      ["this boot, before the machine was called otherwise", { machine: "dhcp-7" }, "taken"],
      ["this boot, another container", { namespace: "pid:[1]" }, "kept"],
      ["an earlier boot", { boot: "earlier" }, "removed"],
      ["an earlier boot, under another name: a machine that was copied", { boot: "earlier", machine: "copy" }, "kept"],
      ["another machine of the same name", { boot: "other", machineId: "fedcba9876543210fedcba9876543210" }, "kept"],
      ["a machine of the same name, about which nothing else is known", { boot: "other", machineId: undefined }, "kept"],
    ];
    for (const [name, host, becomes] of HOSTS) {
      it(name, async () => {
        const self = { ...(await thisHost(thisTable)), machineId: HERE };
        const file = write("ab", JSON.stringify({ ...entry, host: { ...self, ...DEAD, ...host } }));
        const taken = await new Journal(folder, thisTable, "", Promise.resolve(self)).takeOver();
        assert.deepEqual([taken.length, readdirSync(folder).includes(file)], [becomes === "taken" ? 1 : 0, becomes === "kept"]);
      });
    }
  });

  it("leaves an entry alone whose watchdog is still busy, and takes it when that has ended", async () => {
    const self = await thisHost(thisTable);
    write("ab", JSON.stringify({ ...entry, watchdog: { pid: self.pid, start: self.start } }));
    assert.deepEqual(await new Journal(folder, thisTable).takeOver(), []);
    write("ab", JSON.stringify({ ...entry, watchdog: { pid: self.pid, start: self.start + 1 } }));
    assert.equal((await new Journal(folder, thisTable).takeOver()).length, 1);
  });

  it("gives an entry that was taken for want of its own folder's window to that one, and no other entry of a living window", async () => {
    // Taken by this process, which is alive, as the window of another folder.
    write("ab", JSON.stringify({ ...entry, folder: "/own" }));
    const other = new Journal(folder, thisTable, "/other");
    assert.equal((await other.takeOver()).length, 1);
    assert.equal(await other.has("ab"), true);
    const parent = await thisTable.read(process.ppid);
    assert.ok(parent !== undefined);
    const self = { ...(await thisHost(thisTable)), pid: parent.pid, start: parent.start };
    const anotherHost = (openFolder: string): Journal => new Journal(folder, thisTable, openFolder, Promise.resolve(self));
    await other.write(record("cd"));
    assert.deepEqual(await anotherHost("/third").takeOver(), []);
    assert.deepEqual(await anotherHost("/other").takeOver(), []);
    assert.deepEqual((await anotherHost("/own").takeOver()).map(({ id }) => id), ["ab"]);
    assert.equal(await other.has("ab"), false);
    assert.equal(await other.has("cd"), true);
  });

  describe("where a look at the processes fails for once", () => {
    /** A table whose tool tells nothing in the looks for which `isLate` says so. */
    function slowAt(isLate: () => boolean): ProcessTable {
      return {
        ...thisTable,
        read: async (pid) => (isLate() ? undefined : await thisTable.read(pid)),
        list: async () => (isLate() ? [] : await thisTable.list()),
      };
    }

    /** A journal that knows who it is, beside the entry of a window that has died. */
    async function besideEntry(isLate: () => boolean): Promise<Journal> {
      const journal = new Journal(folder, slowAt(isLate));
      await journal.has("ab");
      write("ab", JSON.stringify(entry));
      return journal;
    }

    for (const nth of [1, 2, 3, 4, 5, 6]) {
      it(`takes over no run of its own, and none of another live window, whichever look that is (${nth})`, async () => {
        let looks = 0;
        const parent = await thisTable.read(process.ppid);
        assert.ok(parent !== undefined);
        const host = { ...entry.host, pid: parent.pid, start: parent.start };
        writeFileSync(join(folder, `cd.${host.pid}-${host.start}.json`), JSON.stringify({ ...entry, id: "cd", folder: "/other", host }));
        const journal = new Journal(folder, slowAt(() => ++looks === nth));
        await journal.write(record("ab"));
        await journal.write(record("ab"));
        assert.deepEqual(await journal.takeOver(), []);
        assert.equal(await journal.has("ab"), true);
      });
    }

    it("takes no window for dead, and one whose watchdog may live neither", async () => {
      let isLate = false;
      const journal = await besideEntry(() => isLate);
      isLate = true;
      const asked: AbandonedEntry[] = [];
      await journal.takeOver((abandoned) => asked.push(abandoned) === 0);
      assert.deepEqual(asked.map(({ isWatched }) => isWatched), [true]);
      isLate = false;
      assert.equal((await journal.takeOver()).length, 1);
    });

    it("goes on waiting for a window that may live", async () => {
      let isLate = false;
      const journal = await besideEntry(() => isLate);
      isLate = true;
      assert.equal(await journal.isCaredFor("ab"), true);
      isLate = false;
      assert.equal(await journal.isCaredFor("ab"), false);
    });

    it("waits for what a table needs to tell all that it can only where there is anything to take over", async () => {
      let prepared = 0;
      const prepare = async (): Promise<void> => {
        prepared++;
        await Promise.resolve();
      };
      const journal = new Journal(folder, { ...thisTable, prepare });
      await journal.takeOver();
      await journal.has("ab");
      assert.equal(prepared, 0);
      write("ab", JSON.stringify(entry));
      await journal.takeOver();
      assert.equal(prepared, 1);
    });
  });

  it("leaves nothing half written when a write fails", async () => {
    const { version, host, ...run } = entry;
    const self = await thisHost(thisTable);
    // The name that it is to get is a folder's: the rename fails.
    mkdirSync(join(folder, `ab.${self.pid}-${self.start}.json`, "x"), { recursive: true });
    await new Journal(folder, thisTable).write(run);
    assert.deepEqual(readdirSync(folder).filter((name) => name.endsWith(".new")), []);
    assert.deepEqual([version, host.pid], [2, DEAD.pid]);
  });
});
