// What everything promises by which the processes of a run are known: the signs, on the fake table and on real ones, and a cgroup, be it root's,
// delegated to an ordinary user, or in a scope of systemd's.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunProcess } from "../../../src/taskRunner/process/runProcess";
import type { RunScan } from "../../../src/taskRunner/process/runProcesses";
import { IS_SCOPE } from "../testCgroup";
import { IS_DELEGATED, passesDelegated } from "../testDelegated";
import { passesUnderSystemd } from "../testSystemd";
import { containmentWorlds, type RunWorld } from "./containmentWorlds";

const AS = IS_SCOPE ? ", in a scope of systemd's" : IS_DELEGATED ? ", of an ordinary user" : "";

for (const [name, make] of containmentWorlds) {
  describe(`The contract of containment: ${name}${AS}`, function () {
    this.timeout(30_000);
    let world: RunWorld;

    beforeEach(async function () {
      const made = await make();
      if (made === undefined) return this.skip();
      world = made;
    });
    afterEach(async () => await (world as RunWorld | undefined)?.close());

    /** A look that is late, on a busy machine, says so: then once more. */
    async function complete(look: () => Promise<RunScan>): Promise<readonly RunProcess[]> {
      for (;;) {
        const { found, problem } = await look();
        if (problem === undefined) return found;
        await sleep(10);
      }
    }

    const found = async (): Promise<number[]> => (await complete(() => world.processes.scan())).filter(({ owned }) => owned).map(({ pid }) => pid);
    const survivors = async (): Promise<readonly RunProcess[]> => await complete(() => world.processes.survivorsScan());
    const pidsOf = (infos: readonly { readonly pid: number }[]): number[] => sorted(infos.map(({ pid }) => pid));
    const sorted = (pids: readonly number[]): number[] => [...pids].sort((a, b) => a - b);

    async function untilGone(pids: readonly number[]): Promise<void> {
      for (const pid of pids) while (await world.lives(pid)) await sleep(10);
    }

    it("knows the command and what it has started, in its group and in a session of its own, and nobody else", async () => {
      const pids = [world.command, await world.start("group"), await world.start("session")];
      await world.startBystander();
      assert.deepEqual(sorted(await found()), sorted(pids));
      assert.deepEqual(await world.processes.survivors(), []);
    });

    it("knows what outlives the command, and says by which sign", async () => {
      const pids = [await world.start("group"), await world.start("session")];
      await world.endCommand();
      const left = await survivors();
      assert.deepEqual(pidsOf(left), sorted(pids));
      assert.ok(left.every(({ owned, evidence }) => owned && evidence.length > 0));
      assert.equal(left.every(({ evidence }) => evidence.includes("contained")), world.isExact);
    });

    it("knows who has shed every sign where it is a container, and else leaves him alone", async () => {
      const pid = await world.start("shed");
      await world.endCommand();
      assert.deepEqual(pidsOf(await survivors()), world.isExact ? [pid] : []);
      await world.processes.signal("SIGKILL");
      if (world.isExact) await untilGone([pid]);
      else assert.equal(await world.lives(pid), true);
    });

    it("says who holds the output", async () => {
      const pid = await world.start("holder");
      await world.start("session");
      await world.endCommand();
      const holders = await complete(() => world.processes.holders());
      assert.deepEqual(holders.map((info) => [info.pid, info.owned, info.holds.length]), [[pid, true, 1]]);
    });

    it("is alive as long as any of them is", async () => {
      const pid = await world.start("session");
      assert.equal(await world.processes.liveness(), "alive");
      await found();
      await world.endCommand();
      assert.notEqual(await world.processes.liveness(), "gone");
      world.kill(pid);
      await untilGone([pid]);
      while ((await world.processes.liveness()) !== "gone") await sleep(10);
      assert.deepEqual(await survivors(), []);
    });

    it("asks the command and who has no parent left in the run, and nobody else", async () => {
      const group = [world.command, await world.start("group")];
      const bystander = await world.startBystander();
      await found();
      const { group: reached, others } = await world.processes.signal("SIGTERM");
      // Where nothing is told at once, who has obeyed may not be seen any more.
      assert.ok(reached?.every(({ pid }) => group.includes(pid)));
      assert.deepEqual(others, []);
      await untilGone(group);
      assert.equal(await world.lives(bystander), true);
    });

    it("asks what outlives the command", async () => {
      const pids = [await world.start("session"), await world.start("session")];
      await world.endCommand();
      await found();
      const { group, others } = await world.processes.signal("SIGTERM");
      assert.deepEqual([group, pidsOf(others)], [undefined, sorted(pids)]);
      await untilGone(pids);
    });

    it("kills all of them, and nobody else", async () => {
      const pids = [world.command, await world.start("group"), await world.start("session"), await world.start("session")];
      const bystander = await world.startBystander();
      // Whom it has reached cannot be seen afterwards.
      await found();
      const { group, others } = await world.processes.signal("SIGKILL");
      assert.deepEqual(pidsOf([...(group ?? []), ...others]), sorted(pids));
      await untilGone(pids);
      assert.equal(await world.lives(bystander), true);
      while (await world.processes.isAlive()) await sleep(10);
    });
  });
}

describe("The contract of containment, for others than root", () => {
  it("holds in a cgroup that is delegated to an ordinary user", async function () {
    await passesDelegated(this, __filename, "of containment: a cgroup, of an ordinary user");
  });

  it("holds in a scope of systemd's", async function () {
    await passesUnderSystemd(this, __filename, "of containment: a cgroup, in a scope of systemd's");
  });
});
