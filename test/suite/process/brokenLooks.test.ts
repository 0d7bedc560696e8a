// What a broken answer of the process table makes of what is known.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import promises from "node:fs/promises";
import { markerOf } from "../../../src/taskRunner/base/marker";
import type { RunProcess } from "../../../src/taskRunner/process/runProcess";
import { RunProcesses } from "../../../src/taskRunner/process/runProcesses";
import { thisTable } from "../../../src/taskRunner/process/system";
import { killMarked } from "../run/marked";
import { FaultyTable, LOOKS, type Fault } from "./faultyTable";
import { killStarted, start } from "./startedProcess";

const RUN_ID = randomBytes(8).toString("hex");

/** A leader with an orphan that has left its session, both known. */
async function leaderAndEscaped(faulty: FaultyTable): Promise<{ readonly processes: RunProcesses; readonly escaped: number }> {
  const since = thisTable.now();
  const { pid, line, exit } = await start("(setsid sleep 60 >/dev/null 2>&1 & echo $!); exec sleep 60", { CANCELLABLE_TASKS_RUN: RUN_ID });
  const leader = { pid, state: undefined as object | undefined, wait: () => exit };
  void exit.then(() => (leader.state = {}));
  const processes = new RunProcesses({ leader, marker: markerOf(RUN_ID), since, pipes: () => [], table: faulty.table });
  const escaped = Number(line);
  const isOrphan = (all: readonly RunProcess[]): boolean => all.some((info) => info.pid === escaped && info.pgid === escaped && !all.some((other) => other.pid === info.ppid));
  while (!isOrphan(await processes.find())) await new Promise(setImmediate);
  faulty.leaderPid = pid;
  return { processes, escaped };
}

describe("A broken look", () => {
  if (process.platform !== "linux") return;
  const [open, readdir] = [fs.open, promises.readdir];
  afterEach(async () => {
    Object.assign(fs, { open });
    Object.assign(promises, { readdir });
    await killStarted();
    killMarked(RUN_ID);
  });

  it("at a list without our own child is no complete one, and nothing is forgotten for it", async () => {
    const faulty = new FaultyTable();
    const { processes, escaped } = await leaderAndEscaped(faulty);
    const list = (await thisTable.list()).filter(({ pid }) => pid !== escaped && pid !== faulty.leaderPid);
    faulty.answer("list", list);
    faulty.answer("newcomers", []);
    assert.notEqual((await processes.scan()).problem, undefined);
    const { others } = await processes.signal("SIGKILL");
    assert.deepEqual(others.map(({ pid }) => pid), [escaped]);
  });

  for (const fault of ["EIO", "undefined", "[null]"] as const satisfies readonly Fault[]) {
    it(`(${fault}) leaves those that were known to be signalled, until they are gone`, async () => {
      const faulty = new FaultyTable();
      const { processes, escaped } = await leaderAndEscaped(faulty);
      faulty.break(LOOKS, fault);
      const asked = await processes.signal("SIGTERM");
      assert.deepEqual(asked.others.map(({ pid }) => pid), [escaped]);
      assert.notEqual(asked.problem, undefined);
      while ((await thisTable.read(escaped)) !== undefined) await new Promise(setImmediate);
      while ((await processes.liveness()) === "alive") await new Promise(setImmediate);
      await processes.signal("SIGKILL");
      assert.equal(await processes.liveness(), "gone");
    });
  }

  it("does not make one that has left the group, and whose leader is dead, count as gone", async () => {
    const faulty = new FaultyTable();
    const { processes, escaped } = await leaderAndEscaped(faulty);
    faulty.break(LOOKS, "EIO");
    process.kill(faulty.leaderPid, "SIGKILL");
    while ((await processes.liveness()) === "alive") await new Promise(setImmediate);
    assert.equal(await processes.liveness(), "unknown");
    assert.deepEqual((await processes.signal("SIGKILL")).others.map(({ pid }) => pid), [escaped]);
  });

  it("without a free descriptor is no look at a process that is gone", async () => {
    const error = Object.assign(new Error("EMFILE"), { code: "EMFILE" });
    Object.assign(fs, { open: (_path: string, _flags: string, done: (error: Error) => void) => setImmediate(done, error) });
    await assert.rejects(thisTable.markers([process.pid], "PATH"), error);
    await assert.rejects(thisTable.describe((await thisTable.list()).slice(0, 1)), error);
    Object.assign(promises, { readdir: () => Promise.reject(error) });
    await assert.rejects(thisTable.holders([process.pid], [{ dev: 1, ino: 1 }]), error);
    await assert.rejects(thisTable.ports([process.pid]), error);
  });
});
