// What every process table promises: the real ones, each where it can be had, and the fake one of the tests.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { darwinTable } from "../../../src/taskRunner/process/darwin";
import { linuxTable } from "../../../src/taskRunner/process/linux";
import type { FileId, ProcessInfo, ProcessTable } from "../../../src/taskRunner/process/table";
import { darwinTools, hasDarwinTools } from "./darwinTools";
import { FakeTable } from "./fakeTable";

/** Where processes can be started that the table sees. */
interface World {
  readonly table: ProcessTable;
  /** In a group of its own, or in this one. */
  start(options?: { readonly group?: number; readonly variables?: Readonly<Record<string, string>>; readonly holding?: boolean; readonly ignores?: NodeJS.Signals }): Promise<number>;
  /** What those have open that hold it. */
  readonly file: FileId;
  close(): Promise<void>;
}

function fakeWorld(): World {
  const table = new FakeTable();
  const file = { dev: 1, ino: 2 };
  return {
    table,
    file,
    start: ({ group, variables, holding, ignores } = {}) => Promise.resolve(table.start({ ...(group === undefined ? {} : { group }), ...(variables === undefined ? {} : { variables }), ...(holding === true ? { holds: [file] } : {}), ...(ignores === undefined ? {} : { ignores: [ignores] }) })),
    close: () => Promise.resolve(),
  };
}

/** Real processes. A member of a group is started by its leader, a shell that is told to. */
function realWorld(table: ProcessTable): World {
  const folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
  const fd = openSync(join(folder, "held"), "w");
  const { dev, ino } = fstatSync(fd);
  // As a run's FIFOs: a file with a name may lie on a dead disk, and is not looked at.
  rmSync(join(folder, "held"));
  const leaders = new Map<number, ChildProcess>();
  const shell = "while read -r n; do sleep 61 </dev/null & echo $!; done; sleep 61";
  return {
    table,
    file: { dev, ino },
    async start({ group, variables, holding, ignores } = {}) {
      if (group !== undefined) {
        const { stdin, stdout } = leaders.get(group) ?? {};
        if (stdin == null || stdout == null) throw new Error(`no leader ${group}`);
        stdin.write("go\n");
        const [line] = (await once(stdout, "data")) as [Buffer];
        return Number(line.toString());
      }
      const child = spawn("sh", ["-c", `${ignores === undefined ? "" : `trap '' ${ignores.slice(3)}; `}echo ready; ${shell}`], { detached: true, stdio: ["pipe", "pipe", "ignore", holding === true ? fd : "ignore"], env: { PATH: process.env["PATH"], ...variables } });
      const { pid, stdout } = child;
      if (pid === undefined || stdout === null) throw new Error("no shell could be started");
      await once(stdout, "data");
      leaders.set(pid, child);
      return pid;
    },
    async close() {
      for (const [pid, child] of leaders) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        process.kill(-pid, "SIGKILL");
        await once(child, "exit");
      }
      closeSync(fd);
      rmSync(folder, { recursive: true });
    },
  };
}

function darwinWorld(): World {
  const tools = darwinTools();
  const world = realWorld(tools.table);
  return {
    ...world,
    async close() {
      tools.close();
      await world.close();
    },
  };
}

const worlds: readonly [name: string, make: () => World, isHere: boolean][] = [
  ["the fake table", fakeWorld, true],
  ["Linux", () => realWorld(linuxTable), process.platform === "linux"],
  ["macOS, by its tools", darwinWorld, hasDarwinTools],
];

for (const [name, make, isHere] of worlds) {
  describe(`The contract of a process table: ${name}`, function () {
    this.timeout(30_000);
    let world: World;
    let table: ProcessTable;
    before(function () {
      if (!isHere) this.skip();
    });
    beforeEach(() => ({ table } = world = make()));
    afterEach(() => world.close());

    async function info(pid: number): Promise<ProcessInfo> {
      const found = await table.read(pid);
      if (found === undefined) throw new Error(`no process ${pid}`);
      return found;
    }

    /** Waits until it has died; it may stay a zombie. */
    async function death(pid: number): Promise<void> {
      for (let now = await table.read(pid); now !== undefined && !now.zombie; now = await table.read(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
    }

    it("lists a live process as it reads it", async () => {
      const pid = await world.start();
      const listed = (await table.list()).find((one) => one.pid === pid);
      const { pgid, start, zombie } = await info(pid);
      assert.deepEqual([listed?.pgid, listed?.start, listed?.zombie], [pgid, start, zombie]);
      assert.deepEqual([pgid, zombie], [pid, false]);
    });

    it("lists at once what it lists, or says that it cannot", async () => {
      const pid = await world.start();
      const other = await world.start();
      const now = table.listNow(1000);
      assert.ok(now === undefined || now.some((one) => one.pid === pid));
      const few = table.listNow(1000, [pid]);
      assert.ok(few === undefined || (few.length === 1 && few[0]?.pid === pid && few[0].pid !== other));
    });

    it("names those that have come since a list", async () => {
      const list = await table.list();
      const pid = await world.start();
      const newcomers = (await table.newcomers(list)).map((one) => one.pid);
      assert.ok(newcomers.includes(pid));
      assert.ok(!newcomers.some((one) => list.some((known) => known.pid === one)));
    });

    it("knows that a process is the same and alive, and that it is not any more", async () => {
      const pid = await world.start();
      const before = await info(pid);
      assert.deepEqual((await table.alive([before])).map((one) => one.pid), [pid]);
      assert.deepEqual(await table.alive([{ ...before, start: before.start - 1000, sid: -1, name: "other" }]), []);
      table.signalOwnGroup(pid, "SIGKILL");
      await death(pid);
      assert.deepEqual(await table.alive([before]), []);
    });

    it("tells the value of a variable in the environment of each process that has it", async () => {
      const [a, b, c] = [await world.start({ variables: { CANCELLABLE_TASKS_X: "one" } }), await world.start({ variables: { CANCELLABLE_TASKS_X: "two" } }), await world.start()];
      assert.deepEqual([...(await table.markers([a, b, c], "CANCELLABLE_TASKS_X"))].sort(), [[a, "one"], [b, "two"]].sort());
      assert.equal((await table.markers([], "CANCELLABLE_TASKS_X")).size, 0);
    });

    it("tells which processes have a file open", async () => {
      const [holder, other] = [await world.start({ holding: true }), await world.start()];
      const held = await table.holders([holder, other], [world.file]);
      assert.deepEqual([...held.keys()], [holder]);
      assert.deepEqual([held.get(holder)?.[0]?.file.ino, held.get(holder)?.[0]?.writable], [world.file.ino, true]);
      assert.equal((await table.holders([holder], [])).size, 0);
    });

    it("signals one process and no other, and none that is not the same any more", async () => {
      const [one, other] = [await world.start(), await world.start()];
      const before = await info(one);
      assert.equal(await table.signal({ ...before, start: before.start - 1000, sid: -1, name: "other" }, "SIGKILL"), false);
      assert.equal(await table.signal(before, "SIGKILL"), true);
      await death(one);
      assert.equal(await table.signal(before, "SIGKILL"), false);
      assert.equal((await info(other)).zombie, false);
    });

    it("signals a whole group by one of its members, and none in which no member is left", async () => {
      const leader = await world.start();
      const member = await world.start({ group: leader });
      const before = await info(member);
      assert.equal(await table.signalGroup([{ ...before, start: before.start - 1000, sid: -1, name: "other" }], "SIGKILL"), false);
      assert.equal(await table.signalGroup([before], "SIGKILL"), true);
      await Promise.all([death(leader), death(member)]);
      assert.equal(await table.signalGroup([before], "SIGKILL"), false);
    });

    it("signals the group of a child before it returns, and knows whether a group exists", async () => {
      const leader = await world.start();
      const member = await world.start({ group: leader });
      assert.equal(table.groupExists(leader), true);
      assert.equal(table.signalOwnGroup(leader, "SIGKILL"), true);
      await Promise.all([death(leader), death(member)]);
      assert.equal(table.groupExists(3_999_999), false);
      assert.equal(table.signalOwnGroup(3_999_999, "SIGKILL"), false);
    });

    it("tells who ignores all of some signals, or nobody where the system does not say", async () => {
      const [deaf, other] = [await world.start({ ignores: "SIGUSR1" }), await world.start()];
      const found = await table.ignoring([deaf, other], ["SIGUSR1"]);
      assert.deepEqual([...found], table === darwinTable ? [] : [deaf]);
      assert.equal((await table.ignoring([deaf, other], ["SIGUSR1", "SIGUSR2"])).size, 0);
    });

    it("names no user of a process that we may signal, and takes none for a reader of a terminal that has none", async () => {
      const pid = await world.start();
      assert.equal((await table.foreignUsers([pid])).size, 0);
      assert.equal((await table.terminalReaders([pid])).size, 0);
    });

    it("has a smaller answer, and no error, for what is gone", async () => {
      const gone: ProcessInfo = { pid: 3_999_999, ppid: 1, pgid: 3_999_999, sid: 3_999_999, zombie: false, stopped: false, start: 1, name: "x", command: "x" };
      assert.equal(await table.read(gone.pid), undefined);
      assert.deepEqual(await table.describe([gone]), []);
      assert.deepEqual(await table.alive([gone]), []);
      assert.equal((await table.markers([gone.pid], "X")).size + (await table.holders([gone.pid], [world.file])).size + (await table.ports([gone.pid])).size, 0);
      assert.equal((await table.foreignUsers([gone.pid])).size + (await table.ignoring([gone.pid], ["SIGINT"])).size + (await table.terminalReaders([gone.pid])).size, 0);
    });

    it("does not say of its own time that it is before what has been started", async () => {
      const before = table.now();
      const { start } = await info(await world.start());
      // What `ps` rounds can be a second early.
      const tolerance = 2 * Math.ceil(1000 / table.tickMs / 1000);
      assert.ok(start >= before - tolerance && table.now() >= start - tolerance, `${before} ${start} ${table.now()}`);
    });
  });
}
