// Where the cgroups of runs can be made: what is found, and when it is looked for again.
import assert from "node:assert/strict";
import childProcess, { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs, { mkdirSync, readFileSync, utimesSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOf } from "../../../src/taskRunner/process/cgroup";
import { CgroupContainment } from "../../../src/taskRunner/process/cgroupContainment";
import { ownCgroup } from "../../../src/taskRunner/process/cgroupMount";
import type { NoScope } from "../../../src/taskRunner/process/container";
import type { UserScope } from "../../../src/taskRunner/process/userScope";
import { TestCgroup } from "../testCgroup";

const TOO_LONG_S = 61;
const ID = "0123456789abcdef";

describe("Containment", () => {
  let parent: TestCgroup;

  beforeEach(function () {
    const made = TestCgroup.make();
    if (made === undefined) return this.skip();
    parent = made;
  });
  afterEach(async () => await (parent as TestCgroup | undefined)?.remove());

  it("is there where we may make a cgroup and move a process into it, and leaves none of the probe", async () => {
    const containment = new CgroupContainment(() => parent.folder);
    assert.equal(await containment.available(), undefined);
    assert.deepEqual(parent.children, []);
    const opened = await containment.open(ID);
    assert.ok("folder" in opened);
    assert.deepEqual(parent.children, [`cancellable-tasks-${ID}`]);
    opened.remove();
  });

  it("has the kernel make ready for a process that is about to enter one, and moves nobody by that", async function () {
    const containment = new CgroupContainment(undefined, () => Promise.resolve("noManager"));
    if ((await containment.available()) !== undefined) return this.skip();
    const own = readFileSync("/proc/self/cgroup", "utf8");
    const found = ownCgroup(own, readFileSync("/proc/self/mountinfo", "utf8"));
    const watcher = watch(join("folder" in found ? found.folder : "", "cgroup.procs"));
    const written = once(watcher, "change");
    containment.expectEntry();
    await written;
    watcher.close();
    assert.equal(readFileSync("/proc/self/cgroup", "utf8"), own);
  });

  it("removes what earlier windows have left when nothing lives in it, but not what may just have been made", async () => {
    const [old, young, busy] = ["aa", "bb", "cc"].map((id) => folderOf(parent.folder, id)) as [string, string, string];
    for (const folder of [old, young, busy]) mkdirSync(folder);
    const child = spawn("/bin/sh", ["-c", `echo 0 >"$0"; echo ready; exec sleep ${TOO_LONG_S}`, join(busy, "cgroup.procs")], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    const before = new Date(Date.now() - 3_600_000);
    for (const folder of [old, busy]) utimesSync(folder, before, before);
    assert.equal(await new CgroupContainment(() => parent.folder).available(), undefined);
    assert.deepEqual(new Set(parent.children), new Set(["cancellable-tasks-bb", "cancellable-tasks-cc"]));
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  it("says why it is not there", async () => {
    assert.deepEqual(await new CgroupContainment(() => join(parent.folder, "missing")).available(), { kind: "refused", code: "ENOENT" });
    assert.deepEqual(await new CgroupContainment(() => ({ kind: "noCgroup2" })).available(), { kind: "noCgroup2" });
    // A cgroup that takes no processes: one of threads.
    mkdirSync(join(parent.folder, "threaded"));
    writeFileSync(join(parent.folder, "threaded", "cgroup.type"), "threaded");
    assert.deepEqual(await new CgroupContainment(() => join(parent.folder, "threaded")).available(), { kind: "notJoined" });
  });

  for (const [first, asked] of [["late", 2], ["notMade", 1]] as const) {
    it(`is ${asked === 1 ? "not " : ""}looked for again by the next run when systemd's answer was "${first}"`, async () => {
      const answers: (UserScope | NoScope)[] = [first];
      const open = (): Promise<UserScope | NoScope> => Promise.resolve(answers[calls++] ?? { folder: parent.folder, unit: "x.scope", mover: undefined, ended: new Promise(() => undefined), close: () => undefined });
      let calls = 0;
      const containment = new CgroupContainment(() => join(parent.folder, "missing"), open);
      assert.deepEqual(await containment.available(), { kind: "refused", code: "ENOENT", noScope: first });
      assert.equal((await containment.available()) === undefined, asked === 2);
      await containment.available();
      assert.equal(calls, asked);
    });
  }

  describe("is looked for again by the next run when the system was out of", () => {
    const { spawn: realSpawn } = childProcess;
    const { readFileSync: realRead } = fs;
    const noScope = (): Promise<NoScope> => Promise.resolve("noManager");
    const fail = (code: string) => (): never => {
      throw Object.assign(new Error(code), { code });
    };
    const restore = (): void => {
      childProcess.spawn = realSpawn;
      fs.readFileSync = realRead;
    };
    afterEach(restore);

    it("memory for a probe: spawn throws", async () => {
      const containment = new CgroupContainment(() => parent.folder);
      childProcess.spawn = fail("ENOMEM");
      // However many tasks are started meanwhile.
      for (let run = 0; run < 4; run++) assert.deepEqual(await containment.available(), { kind: "refused", code: "ENOMEM" });
      restore();
      assert.equal(await containment.available(), undefined);
      assert.deepEqual(parent.children, []);
    });

    it("descriptors to find its own cgroup with", async () => {
      const containment = new CgroupContainment(undefined, noScope);
      fs.readFileSync = fail("EMFILE");
      assert.deepEqual(await containment.available(), { kind: "refused", code: "EMFILE" });
      restore();
      assert.deepEqual(await containment.available(), await new CgroupContainment(undefined, noScope).available());
    });

    it("processes to keep a scope with", async () => {
      const answers: (() => Promise<NoScope>)[] = [async () => await Promise.resolve().then(fail("EAGAIN")), noScope];
      const containment = new CgroupContainment(() => join(parent.folder, "missing"), () => (answers.shift() ?? assert.fail())());
      assert.deepEqual(await containment.available(), { kind: "refused", code: "EAGAIN" });
      for (let run = 0; run < 2; run++) assert.deepEqual(await containment.available(), { kind: "refused", code: "ENOENT", noScope: "noManager" });
    });
  });

  it("is looked for again by three runs at most", async () => {
    let calls = 0;
    const containment = new CgroupContainment(() => join(parent.folder, "missing"), () => (calls++, Promise.resolve("late")));
    for (let run = 0; run < 5; run++) assert.equal((await containment.available())?.kind, "refused");
    assert.equal(calls, 3);
  });

  it("is there for an ordinary user to whom the cgroup is delegated, and not for one to whom it is not", () => {
    const own = `import("node:fs")`;
    const probe = (uid: number): string => spawnSync("/bin/sh", ["-c", `echo 0 >"$0" && exec setpriv --reuid ${uid} --regid ${uid} --clear-groups "$1" -e '${own}.then((fs) => { try { fs.mkdirSync(process.argv[1]); fs.rmdirSync(process.argv[1]); console.log("may"); } catch (error) { console.log(error.code); } })' "$2"`, join(parent.folder, "cgroup.procs"), process.execPath, join(parent.folder, "x")], { encoding: "utf8" }).stdout.trim();
    parent.delegateTo(1000);
    assert.equal(probe(1000), "may");
    assert.equal(probe(1001), "EACCES");
  });
});
