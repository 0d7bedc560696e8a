import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { PosixGroup, type Leader } from "../../../src/taskRunner/process/group";
import { linuxTable, parseStat } from "../../../src/taskRunner/process/linux";
import { parsePs } from "../../../src/taskRunner/process/ps";
import { thisSystem } from "../../../src/taskRunner/process/system";
import { isSameProcess, type ProcessInfo, type ProcessTable } from "../../../src/taskRunner/process/table";

const MARK = "CANCELLABLE_TASKS_RUN=group-test";
const started: ChildProcess[] = [];

/** Starts a script as the leader of its own group; resolves when it has printed its first line, with that line. */
async function start(script: string, env: Record<string, string> = { CANCELLABLE_TASKS_RUN: "group-test" }): Promise<[Leader, string]> {
  const child = spawn("bash", ["-c", script], { detached: true, stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, ...env } });
  started.push(child);
  const exit = once(child, "exit");
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const leader: Leader = {
    pid: child.pid ?? 0,
    get state() {
      return child.exitCode === null && child.signalCode === null ? undefined : {};
    },
    wait: () => exit,
  };
  return [leader, line.toString().trim()];
}

describe("a process group", () => {
  afterEach(() => {
    for (const { pid } of started.splice(0)) {
      try {
        process.kill(-(pid ?? NaN), "SIGKILL");
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, "ESRCH");
      }
    }
  });

  it("has its leader and the leader's children as members, in the order in which they started", async () => {
    const [leader, child] = await start("sleep 60 & echo $!; wait");
    const group = new PosixGroup(leader, MARK, thisSystem.table);
    const members = await group.members();
    assert.deepEqual(members.map(({ pid }) => pid), [leader.pid, Number(child)]);
    assert.equal(members[1]?.command, "sleep 60");
    assert.equal(members[1].sid, leader.pid);
  });

  it("gets a signal as a whole", async () => {
    const [leader] = await start("sleep 60 & echo ready; wait");
    const group = new PosixGroup(leader, MARK, thisSystem.table);
    assert.equal(await group.signal("SIGKILL"), true);
    await leader.wait();
    while (await group.isAlive()) await new Promise(setImmediate);
    assert.equal(await group.signal("SIGKILL"), false);
    assert.deepEqual(await group.members(), []);
  });

  it("is still known after its leader has gone", async () => {
    const [leader, child] = await start("sleep 60 >/dev/null & echo $!; exit 0");
    const group = new PosixGroup(leader, MARK, thisSystem.table);
    await leader.wait();
    assert.deepEqual((await group.members()).map(({ pid }) => pid), [Number(child)]);
    assert.equal(await group.signal("SIGKILL"), true);
    while (await group.isAlive()) await new Promise(setImmediate);
  });

  for (const pid of [0, 1, -1, NaN]) {
    it(`cannot be led by the pid ${pid}`, () => {
      const leader: Leader = { pid, state: undefined, wait: () => Promise.resolve() };
      assert.throws(() => new PosixGroup(leader, MARK, thisSystem.table), /not a process group/);
    });
  }

  /** A leader that has gone, and a stranger who leads a group with the same number: what a reused pid looks like. */
  async function reused(start_: number, hasMark: boolean): Promise<[PosixGroup, number]> {
    const [stranger] = await start("echo ready; exec sleep 60", {});
    const info: ProcessInfo = { pid: stranger.pid + 100_000, ppid: 1, pgid: stranger.pid, sid: stranger.pid, zombie: false, start: start_, command: "stranger" };
    const table: ProcessTable = {
      group: () => Promise.resolve([info]),
      read: (pid) => Promise.resolve(pid === info.pid ? info : undefined),
      hasEnvironment: () => Promise.resolve(hasMark),
      holdsInode: () => Promise.resolve(false),
      now: () => 1000,
    };
    const group = new PosixGroup({ pid: stranger.pid, state: {}, wait: () => Promise.resolve() }, MARK, table);
    await Promise.resolve();
    return [group, stranger.pid];
  }

  it("is never signalled when a stranger has got its number", async () => {
    const [group, stranger] = await reused(1001, false);
    assert.equal(await group.signal("SIGKILL"), false);
    assert.deepEqual(await group.members(), []);
    assert.equal((await thisSystem.table.read(stranger))?.zombie, false);
  });

  it("is signalled when a member that started later carries the mark", async () => {
    const [group] = await reused(1001, true);
    assert.equal(await group.signal("SIGKILL"), true);
  });

  it("counts as gone when only zombies are left in it", async () => {
    // The child ends when its parent has become a program that waits for nobody: it stays a zombie, in its own group.
    const child = `bash -c 'until [ "$(cat /proc/$PPID/comm)" = sleep ]; do :; done'`;
    const [parent, line] = await start(`set -m; ${child} & echo $!; exec sleep 60`);
    const zombie = Number(line);
    while ((await thisSystem.table.read(zombie))?.zombie !== true) await new Promise(setImmediate);
    assert.notEqual(parent.pid, zombie);
    assert.deepEqual(await thisSystem.table.group(zombie), []);
    const group = new PosixGroup({ pid: zombie, state: {}, wait: () => Promise.resolve() }, MARK, thisSystem.table);
    assert.equal(await group.isAlive(), false);
    assert.equal(await group.signal("SIGTERM"), false);
  });
});

describe("the process table of Linux", () => {
  before(function () {
    if (process.platform !== "linux") this.skip();
  });

  it("reads names with spaces, brackets and line ends", () => {
    const rest = "S 1 40 40 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 200";
    for (const name of ["sh", "a b", ":) (", "))", "x\ny", "1 (2) S 3"]) {
      assert.deepEqual(parseStat(`77 (${name}) ${rest}\n`), { pid: 77, ppid: 1, pgid: 40, sid: 40, zombie: false, start: 98765, command: name });
    }
  });

  it("makes nothing of what is no line of stat", () => {
    for (const line of ["", "77", "77 (x)", "77 (x) S 1", ") ("]) assert.equal(parseStat(line), undefined);
  });

  it("knows this process, and that it is itself", async () => {
    const [a, b] = [await linuxTable.read(process.pid), await linuxTable.read(process.pid)];
    assert.ok(a !== undefined && b !== undefined);
    assert.equal(a.ppid, process.ppid);
    assert.equal(isSameProcess(a, b), true);
    assert.equal(isSameProcess({ ...a, start: a.start + 1 }, b), false);
    assert.ok(a.start <= linuxTable.now());
  });

  it("has a smaller answer for a process that is gone, and no error", async () => {
    const child = spawn("true");
    await once(child, "exit");
    const pid = child.pid ?? 0;
    assert.equal(await linuxTable.read(pid), undefined);
    assert.equal(await linuxTable.hasEnvironment(pid, MARK), false);
    assert.equal(await linuxTable.holdsInode(pid, 1), false);
  });

  it("sees the environment of a process that goes from one program to the next all the time", async () => {
    const [leader] = await start(`echo ready; exec bash -c 'exec 2>/dev/null; n=$((\${1:-0}+1)); [ $n -lt 400 ] && exec bash -c "$0" "$0" $n; sleep 60' 'n=$((\${1:-0}+1)); [ $n -lt 400 ] && exec bash -c "$0" "$0" $n; sleep 60' 0`);
    let missed = 0;
    for (let i = 0; i < 300; i++) if (!(await linuxTable.hasEnvironment(leader.pid, MARK))) missed++;
    assert.equal(missed, 0);
    process.kill(-leader.pid, "SIGKILL");
  });

  it("sees an entry of the environment only as a whole", async () => {
    const [leader] = await start("echo ready; sleep 60");
    assert.equal(await linuxTable.hasEnvironment(leader.pid, MARK), true);
    assert.equal(await linuxTable.hasEnvironment(leader.pid, MARK.slice(0, -1)), false);
    process.kill(-leader.pid, "SIGKILL");
  });
});

describe("the process table of ps", () => {
  it("reads the columns that ps(1) of macOS documents, and leaves other lines out", () => {
    // Format as in ps(1) of macOS: lstart is "ctime" with spaces, stat has a state and flags, command may hold anything.
    const text = [
      "  501     1   501 Ss   Mon Nov  3 09:15:02 2025     /usr/libexec/trustd --agent",
      "93411   501 93411 Z    Sat Nov 15 23:59:59 2025     (node)",
      "garbage",
      "",
    ].join("\n");
    const [first, second, ...more] = parsePs(text);
    assert.deepEqual(first, { pid: 501, ppid: 1, pgid: 501, sid: undefined, zombie: false, start: Date.parse("Nov 3 2025 09:15:02") / 1000, command: "/usr/libexec/trustd --agent" });
    assert.deepEqual([second?.pid, second?.zombie, second?.command, more], [93411, true, "(node)", []]);
  });
});
