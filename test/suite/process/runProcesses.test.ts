import assert from "node:assert/strict";
import { runIdOf } from "../../../src/taskRunner/base/marker";
import { RunProcesses } from "../../../src/taskRunner/process/runProcesses";
import type { Container } from "../../../src/taskRunner/process/container";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessInfo, ProcessTable } from "../../../src/taskRunner/process/table";
import { killStarted, start } from "./startedProcess";

const MARKER = "CANCELLABLE_TASKS_RUN=run-processes-test";
const LEADER = 900_000;
const SINCE = 1000;
/** When the leader is reaped, in the fake table's time. */
const GONE_AT = 2000;

function info(pid: number, more: Partial<ProcessInfo> = {}): ProcessInfo {
  return { pid, ppid: 1, pgid: LEADER, sid: LEADER, zombie: false, stopped: false, start: 1500, name: "x", command: "x", ...more };
}

interface Facts {
  readonly marked?: readonly number[];
  readonly holding?: readonly number[];
  /** Each has come when the one before it, or the last of the list, was looked at; and that one has gone. */
  readonly heirs?: readonly ProcessInfo[];
}

const PIPE = { kind: "output", file: { dev: 1, ino: 2 } } as const;

function fakeTable(all: readonly ProcessInfo[], { marked = [], holding = [], heirs = [] }: Facts): ProcessTable & { readonly signalled: number[] } {
  const signalled: number[] = [];
  const toCome = [...heirs];
  return {
    signalled,
    hasGroups: true,
    tickMs: 1,
    now: () => GONE_AT,
    list: () => Promise.resolve([info(process.pid, { ppid: 1, pgid: 5, sid: 5, start: 1 }), ...all]),
    newestPid: () => undefined,
    newcomers: () => Promise.resolve(toCome.splice(0, 1)),
    read: (pid) => Promise.resolve(all.find((one) => one.pid === pid)),
    describe: (processes) => Promise.resolve([...processes]),
    listNow: () => undefined,
    alive: (processes) => Promise.resolve(all.filter((one) => processes.some(({ pid }) => pid === one.pid))),
    markers: (pids) => Promise.resolve(new Map(pids.filter((pid) => marked.includes(pid)).map((pid) => [pid, runIdOf(MARKER)]))),
    signalOwnGroup: (pid) => signalled.push(-pid) > 0,
    groupExists: () => true,
    holders: (pids) => Promise.resolve(new Map(pids.filter((pid) => holding.includes(pid)).map((pid) => [pid, [{ fd: 1, file: PIPE.file, writable: true }]]))),
    foreground: () => Promise.resolve(undefined),
    ports: () => Promise.resolve(new Map()),
    listeners: () => Promise.resolve([]),
    foreignUsers: () => Promise.resolve(new Map()),
    ignoring: () => Promise.resolve(new Set()),
    terminalReaders: () => Promise.resolve(new Map()),
    signal: (one) => Promise.resolve(signalled.push(one.pid) > 0),
    signalGroup: (members) => Promise.resolve(signalled.push(...members.map(({ pgid }) => -pgid)) > 0),
  };
}

/** Who is found of a run whose leader has ended, with these processes in the system. */
async function found(all: readonly ProcessInfo[], facts: Facts = {}): Promise<number[]> {
  const table = fakeTable(all, facts);
  const processes = new RunProcesses({ leader: { pid: LEADER, state: {}, wait: () => new Promise(() => undefined) }, marker: MARKER, since: SINCE, pipes: () => [PIPE], table });
  return (await processes.find()).filter(({ owned }) => owned).map(({ pid }) => pid);
}

describe("The processes of a run", () => {
  afterEach(killStarted);

  for (const pid of [0, 1, -1, NaN]) {
    it(`cannot be led by the pid ${pid}`, () => {
      const leader = { pid, state: undefined, wait: () => Promise.resolve() };
      assert.throws(() => new RunProcesses({ leader, marker: MARKER, since: 0, pipes: () => [], table: thisTable }), /not a process group/);
    });
  }

  it("are the members of the group that were there before the leader ended", async () => {
    assert.deepEqual(await found([info(10)]), [10]);
  });

  it("are not those of a group in which somebody else has got the leader's pid", async () => {
    assert.deepEqual(await found([info(10), info(LEADER)]), []);
  });

  it("are all of the group when one of them carries the marker, or holds the pipe", async () => {
    const late = [info(10, { start: Infinity }), info(11, { start: Infinity })];
    assert.deepEqual(await found(late, { marked: [10] }), [10, 11]);
    assert.deepEqual(await found(late, { holding: [11] }), [10, 11]);
  });

  it("are also those that were started while the others were looked at, one by another", async () => {
    const elsewhere = { pgid: 7, sid: 7 };
    // The ones in between have ended before their marks could be read.
    const chain = [info(11, elsewhere), info(12, elsewhere), info(13, elsewhere)];
    assert.deepEqual(await found([info(10, elsewhere)], { marked: [13], heirs: chain }), [13]);
  });

  it("are found in the end where something is started all the time", async () => {
    const heirs = Array.from({ length: 1000 }, (_, i) => info(100 + i, { pgid: 7, sid: 7 }));
    assert.deepEqual(await found([info(10)], { marked: [10], heirs }), [10]);
  });

  it("are none that are older than the run, whatever they carry", async () => {
    assert.deepEqual(await found([info(10, { start: SINCE - 1, pgid: 7, sid: 7 })], { marked: [10], holding: [10] }), []);
  });

  it("are not whoever holds the pipe when somebody else's living parent has started him", async () => {
    const server = info(20, { start: 1, pgid: 20, sid: 20 });
    assert.deepEqual(await found([server, info(21, { ppid: 20, pgid: 20, sid: 20 })], { holding: [21] }), []);
  });

  it("are not our own other children, though they have no other parent", async () => {
    assert.deepEqual(await found([info(30, { ppid: process.pid, pgid: 30, sid: 30 })], { holding: [30] }), []);
  });

  it("are signalled one by one in a group that they share with somebody else, and together in one of their own", async () => {
    const all = [info(10, { pgid: 7, sid: 7 }), info(11, { pgid: 7, sid: 7, start: 1 }), info(12, { pgid: 12, sid: 12 }), info(13, { pgid: 12, sid: 12 })];
    const table = fakeTable(all, { marked: [10, 12, 13] });
    const processes = new RunProcesses({ leader: { pid: LEADER, state: {}, wait: () => new Promise(() => undefined) }, marker: MARKER, since: SINCE, pipes: () => [], table });
    const reached = await processes.signal("SIGTERM");
    assert.deepEqual(reached.others.map(({ pid }) => pid), [10, 12, 13]);
    assert.deepEqual(table.signalled, [10, -12, -12]);
  });

  for (const [which, without, failures] of [["none", [10, 11], 2], ["another", [10], undefined]] as const) {
    it(`that have no console for a Ctrl+C are told of where ${which} has got it`, async () => {
      const all = [info(10, { pgid: 0 }), info(11, { pgid: 0 })];
      const signal = ({ pid }: ProcessInfo): Promise<boolean> => ((without as readonly number[]).includes(pid) ? Promise.reject(new Error("no console")) : Promise.resolve(true));
      const table = { ...fakeTable(all, { marked: [10, 11] }), hasGroups: false, signalOwnGroup: () => false, signal };
      const processes = new RunProcesses({ leader: { pid: LEADER, state: {}, wait: () => new Promise(() => undefined) }, marker: MARKER, since: SINCE, pipes: () => [], table });
      const result = await processes.signal("SIGINT");
      assert.deepEqual([result.others.length, result.failures?.length], [2 - without.length, failures]);
    });
  }

  it("that were born in the tick of the signal are asked again, but for the command and those that had been seen before", async () => {
    const all = [info(LEADER, { start: GONE_AT }), info(10, { start: GONE_AT - 1 }), info(11, { start: GONE_AT })];
    const processes = new RunProcesses({ leader: { pid: LEADER, state: undefined, wait: () => new Promise(() => undefined) }, marker: MARKER, since: SINCE, pipes: () => [], table: fakeTable(all, {}) });
    await processes.find();
    all.push(info(12, { start: GONE_AT }), info(13, { start: GONE_AT + 1 }));
    await processes.signal("SIGTERM");
    const { asked } = await processes.signalRest("SIGTERM", undefined, () => false);
    assert.deepEqual(asked.map(({ pid }) => pid), [12, 13]);
  });

  it("may be more than those that are found where the container has one that is hidden, and not where one has just ended", async () => {
    const members = [[10, 11, 12], [10, 11]];
    const container = { members: () => (members.length > 1 ? members.shift() : members[0]), wasEntered: () => true, isPopulated: () => true } as unknown as Container;
    const all = [info(10, { start: GONE_AT })];
    const table = { ...fakeTable(all, {}), listNow: (_budget: number, pids?: readonly number[]) => all.filter(({ pid }) => pids?.includes(pid) !== false) };
    const processes = new RunProcesses({ leader: { pid: LEADER, state: {}, wait: () => new Promise(() => undefined) }, marker: MARKER, since: SINCE, pipes: () => [], table, container });
    const hidden = await processes.survivorsScan();
    assert.deepEqual([hidden.found.map(({ pid }) => pid), hidden.problem], [[10], "some of its processes are hidden by hidepid"]);
    // In each round one more is born.
    all.push(...Array.from({ length: 20 }, (_, i) => info(20 + i, { start: GONE_AT })));
    members.splice(0, Infinity, ...Array.from({ length: 20 }, (_, i) => [10, 11, ...Array.from({ length: i }, (__, born) => 20 + born)]));
    assert.equal((await processes.survivorsScan()).problem, "some of its processes are hidden by hidepid");
    members.splice(0, Infinity, [10, 11], [10]);
    assert.equal((await processes.survivorsScan()).problem, undefined);
  });

  it("are gone when none is in the list, although a zombie keeps the group, and the marks of others cannot be read", async () => {
    const keeper = { pid: LEADER - 1, hasEnded: false, ended: new Promise<void>(() => undefined) };
    const all = [info(keeper.pid, { pgid: keeper.pid }), info(LEADER + 1, { zombie: true, ppid: keeper.pid }), info(10, { pgid: 7, sid: 7 })];
    const table = { ...fakeTable(all, {}), markers: () => Promise.reject(new Error("EMFILE")) };
    const of = (world: ProcessTable): RunProcesses => new RunProcesses({ leader: { pid: LEADER, state: {}, wait: () => new Promise(() => undefined), keeper }, marker: MARKER, since: SINCE, pipes: () => [], table: world });
    assert.equal(await of(table).liveness(), "gone");
    assert.equal(await of({ ...table, list: () => Promise.reject(new Error("EMFILE")) }).liveness(), "unknown");
  });

  it("may be there while their group exists, of which none is in the list", async () => {
    const table = { ...fakeTable([info(10, { pgid: 7, sid: 7 })], {}), markers: () => Promise.reject(new Error("EMFILE")) };
    const processes = new RunProcesses({ leader: { pid: LEADER, state: {}, wait: () => Promise.resolve() }, marker: MARKER, since: SINCE, pipes: () => [], table });
    assert.equal(await processes.liveness(), "unknown");
  });

  it("are gone when only zombies are left", async function () {
    if (process.platform !== "linux") this.skip();
    // The child ends when its parent has become a program that waits for nobody: it stays a zombie, in its own group.
    const child = `bash -c 'until [ "$(cat /proc/$PPID/comm)" = sleep ]; do :; done'`;
    const since = thisTable.now();
    const { line } = await start(`set -m; ${child} & echo $!; exec sleep 60`);
    const zombie = Number(line);
    while ((await thisTable.read(zombie))?.zombie !== true) await new Promise(setImmediate);
    const processes = new RunProcesses({ leader: { pid: zombie, state: {}, wait: () => Promise.resolve() }, marker: MARKER, since, pipes: () => [], table: thisTable });
    assert.equal(await processes.isAlive(), false);
    assert.deepEqual(await processes.signal("SIGTERM"), { group: undefined, others: [], refused: [] });
  });

  it("have nobody to be looked for while nobody asks: no timer, no poll", async () => {
    let looks = 0;
    const table = { ...fakeTable([], {}), list: () => (looks++, Promise.resolve([])) };
    new RunProcesses({ leader: { pid: LEADER, state: undefined, wait: () => new Promise(() => undefined) }, marker: MARKER, since: 0, pipes: () => [], table });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(looks, 0);
  });
});
