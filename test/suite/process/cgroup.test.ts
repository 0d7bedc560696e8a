// The cgroup of a run, on the real files of the kernel; and how our own is found, from text.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { Cgroup, folderOf, isFolderOf } from "../../../src/taskRunner/process/cgroup";
import { ownCgroup } from "../../../src/taskRunner/process/cgroupMount";
import { TestCgroup } from "../testCgroup";

const TOO_LONG_S = 61;
const ID = "0123456789abcdef";

describe("Our own cgroup", () => {
  const MOUNT = "38 31 0:29 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw";

  it("is found below the mount", () => {
    assert.deepEqual(ownCgroup("0::/user.slice/app.scope\n", `1 0 8:1 / / rw - ext4 /dev/sda rw\n${MOUNT}\n`), { kind: "found", folder: "/sys/fs/cgroup/user.slice/app.scope" });
  });

  it("is found beside version 1, where that is mounted too", () => {
    const mounts = "31 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n38 31 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
    assert.deepEqual(ownCgroup("4:cpu:/x\n0::/\n", mounts), { kind: "found", folder: "/sys/fs/cgroup/unified/" });
  });

  it("is found where only a part is mounted, whose path is left out", () => {
    assert.deepEqual(ownCgroup("0::/a/b/c\n", "38 31 0:29 /a /mnt rw - cgroup2 cgroup2 rw\n"), { kind: "found", folder: "/mnt/b/c" });
    assert.deepEqual(ownCgroup("0::/a\n", "38 31 0:29 /a /mnt rw - cgroup2 cgroup2 rw\n"), { kind: "found", folder: "/mnt" });
    assert.deepEqual(ownCgroup("0::/ab\n", "38 31 0:29 /a /mnt rw - cgroup2 cgroup2 rw\n"), { kind: "outside" });
  });

  it("is found where the mount has blanks in its name", () => {
    assert.deepEqual(ownCgroup("0::/a b\n", "38 31 0:29 / /my\\040groups\\134 rw - cgroup2 cgroup2 rw\n"), { kind: "found", folder: "/my groups\\/a b" });
  });

  it("is not to be had when it lies outside of what is mounted, or of our namespace", () => {
    assert.deepEqual(ownCgroup("0::/../other\n", MOUNT), { kind: "outside" });
    assert.deepEqual(ownCgroup("0::/\n", "38 31 0:29 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"), { kind: "outside" });
  });

  it("is not to be had with version 1 alone", () => {
    assert.deepEqual(ownCgroup("4:cpu:/\n", "31 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"), { kind: "noCgroup2" });
    assert.deepEqual(ownCgroup("0::/\n", ""), { kind: "noCgroup2" });
    assert.deepEqual(ownCgroup("", MOUNT), { kind: "noCgroup2" });
  });
});

describe("The cgroup of a run", () => {
  let parent: TestCgroup;
  let cgroup: Cgroup;

  beforeEach(function () {
    const made = TestCgroup.make();
    if (made === undefined) return this.skip();
    parent = made;
    cgroup = new Cgroup(folderOf(parent.folder, ID));
    cgroup.ensure();
  });
  afterEach(async () => await (parent as TestCgroup | undefined)?.remove());

  /** Starts a script in it; resolves when it has printed its first line. */
  async function start(script: string, folder = cgroup.folder): Promise<{ readonly pid: number; readonly line: string; readonly exit: Promise<unknown> }> {
    const child = spawn("/bin/sh", ["-c", `echo 0 >"$0"; ${script}`, join(folder, "cgroup.procs")], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
    const exit = once(child, "exit");
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    return { pid: child.pid ?? NaN, line: line.toString().trim(), exit };
  }

  const asleep = `echo ready; exec sleep ${TOO_LONG_S}`;

  it("knows its members, also those in cgroups that they have made themselves", async () => {
    const first = await start(asleep);
    mkdirSync(join(cgroup.folder, "nested"));
    const second = await start(asleep, join(cgroup.folder, "nested"));
    assert.deepEqual(new Set(cgroup.members()), new Set([first.pid, second.pid]));
  });

  it("knows a daemon that has shed everything", async () => {
    const { line } = await start(`(setsid env -i sh -c 'echo $$ >&3; exec 3>&-; exec sleep ${TOO_LONG_S}' 3>&1 >/dev/null 2>&1 </dev/null &) ; sleep ${TOO_LONG_S}`);
    assert.ok(cgroup.members()?.includes(Number(line)));
  });

  it("has no zombies for members", async () => {
    const { pid, line } = await start(`exec perl -e '$| = 1; my $pid = fork; exit unless $pid; select undef, undef, undef, 0.01 until (split / /, \`cat /proc/$pid/stat\`)[2] eq "Z"; print "$pid\\n"; sleep ${TOO_LONG_S}'`);
    assert.equal(/^\d+ \(perl\) Z /.test(readFileSync(`/proc/${line}/stat`, "utf8")), true);
    assert.deepEqual(cgroup.members(), [pid]);
  });

  it("tells when the last one has ended, without being looked at", async () => {
    const { pid, exit } = await start(asleep);
    const empty = new Promise<void>((resolve) => void cgroup.onEmpty(resolve));
    assert.equal(cgroup.isPopulated(), true);
    process.kill(pid, "SIGTERM");
    await empty;
    assert.equal(cgroup.isPopulated(), false);
    await exit;
  });

  it("tells when the last one in a nested cgroup has ended", async () => {
    mkdirSync(join(cgroup.folder, "nested"));
    const { pid } = await start(asleep, join(cgroup.folder, "nested"));
    const empty = new Promise<void>((resolve) => void cgroup.onEmpty(resolve));
    process.kill(pid, "SIGKILL");
    await empty;
  });

  it("kills all at once, and nobody beside it", async () => {
    const { exit } = await start(`for i in 1 2 3 4 5 6 7 8; do setsid sleep ${TOO_LONG_S} & done; ${asleep}`);
    const bystander = await start(asleep, parent.folder);
    const empty = new Promise<void>((resolve) => void cgroup.onEmpty(resolve));
    assert.equal(cgroup.kill(), true);
    await Promise.all([empty, exit]);
    assert.deepEqual(parent.members, [bystander.pid]);
  });

  it("kills all where the kernel has no cgroup.kill, while they fork", async () => {
    // A hopper: each generation starts the next one in a session of its own and ends; sixty of them.
    const { exit } = await start(`echo ready; i=0; while [ $i -lt 4 ]; do i=$((i + 1)); (setsid perl -e 'for (1 .. 60) { exit if fork; select undef, undef, undef, 0.02 }' &) ; done; exec sleep ${TOO_LONG_S}`);
    const old = new (class extends Cgroup {
      protected override get hasKill(): boolean {
        return false;
      }
    })(cgroup.folder);
    const empty = new Promise<void>((resolve) => void cgroup.onEmpty(resolve));
    assert.equal(old.kill(), true);
    await Promise.all([empty, exit]);
    assert.deepEqual(parent.members, []);
    assert.match(readFileSync(join(cgroup.folder, "cgroup.events"), "utf8"), /frozen 0/);
  });

  it("kills one of them alone", async () => {
    const [first, second] = [await start(asleep), await start(asleep)];
    assert.equal(cgroup.killOne(first.pid), true);
    await first.exit;
    assert.deepEqual(cgroup.members(), [second.pid]);
    cgroup.kill();
    await second.exit;
    cgroup.remove();
    assert.deepEqual(parent.children, []);
  });

  it("stands still while it is frozen, and goes on", async () => {
    const { pid, exit } = await start("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done");
    const isFrozen = (): boolean => readFileSync(join(cgroup.folder, "cgroup.events"), "utf8").includes("frozen 1");
    // On a busy machine a process may take longer to come to a halt than is waited for.
    while (!cgroup.whileFrozen(() => isFrozen() && process.kill(pid, "SIGTERM")));
    assert.deepEqual(await exit, [7, null]);
  });

  it("is let go again when what is done meanwhile fails", async () => {
    const { pid } = await start(asleep);
    assert.throws(() => cgroup.whileFrozen(() => assert.fail("on purpose")), /on purpose/);
    assert.equal(readFileSync(join(cgroup.folder, "cgroup.freeze"), "utf8"), "0\n");
    assert.deepEqual(cgroup.members(), [pid]);
  });

  it("is let go again when no descriptor is free by then", async () => {
    const { pid } = await start(asleep);
    const soft = (limit: string): string => `prlimit --pid ${process.pid} --nofile=${limit}:`;
    const before = spawnSync("prlimit", ["--pid", String(process.pid), "--nofile", "--noheadings", "--output", "SOFT"], { encoding: "utf8" }).stdout.trim();
    // Who could set the limit back later would need a descriptor: so it is set back behind.
    cgroup.whileFrozen(() => spawnSync("sh", ["-c", `${soft("3")}; { sleep 0.2; ${soft(before)}; } >/dev/null 2>&1 &`], { stdio: "ignore" }));
    assert.throws(() => readFileSync(join(cgroup.folder, "cgroup.freeze")), /EMFILE/);
    const state = (): string | undefined => {
      try {
        return readFileSync(join(cgroup.folder, "cgroup.freeze"), "utf8");
      } catch {
        return undefined; // Not yet.
      }
    };
    while (state() === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(state(), "0\n");
    assert.deepEqual(cgroup.members(), [pid]);
  });

  it("does not wait for what is not there to freeze", () => {
    assert.equal(new Cgroup(join(parent.folder, "missing")).whileFrozen(() => 1), 1);
    assert.equal(cgroup.whileFrozen(() => 2), 2);
  });

  it("knows what its processes have used, also those that have ended", async () => {
    const { exit } = await start("echo ready; i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done");
    await exit;
    assert.ok((cgroup.usage()?.cpuMs ?? 0) > 1);
    assert.equal(cgroup.wasEntered(), true);
  });

  it("knows when nobody has ever entered it", () => {
    assert.equal(cgroup.wasEntered(), false);
    assert.deepEqual(cgroup.members(), []);
  });

  it("is removed when it is empty, with what was made in it", () => {
    mkdirSync(join(cgroup.folder, "nested"));
    cgroup.remove();
    assert.deepEqual(parent.children, []);
  });

  it("is removed with the last that lives on in it", async () => {
    const { pid, exit } = await start(asleep);
    cgroup.remove();
    assert.equal(existsSync(cgroup.folder), true);
    const empty = new Promise<void>((resolve) => void cgroup.onEmpty(resolve));
    process.kill(pid, "SIGTERM");
    await Promise.all([empty, exit]);
    assert.deepEqual(parent.children, []);
  });

  it("that was removed is certainly empty, until it is made again", () => {
    cgroup.remove();
    assert.deepEqual([cgroup.members(), cgroup.isPopulated()], [[], false]);
    assert.equal(cgroup.ensure(), undefined);
    rmdirSync(cgroup.folder);
    assert.deepEqual([cgroup.members(), cgroup.isPopulated()], [undefined, undefined]);
  });

  it("that another has removed has nothing to say, and throws nothing", () => {
    rmdirSync(cgroup.folder);
    assert.equal(cgroup.members(), undefined);
    assert.equal(cgroup.isPopulated(), undefined);
    assert.equal(cgroup.kill(), false);
    assert.equal(cgroup.killOne(process.pid), false);
    assert.equal(cgroup.usage(), undefined);
    cgroup.thaw();
    assert.equal(cgroup.onEmpty(() => undefined), undefined);
    cgroup.remove();
  });

  it("is told by its name from any other folder", () => {
    assert.equal(isFolderOf(cgroup.folder, ID), true);
    assert.equal(isFolderOf("/etc", ID), false);
    assert.equal(isFolderOf(`/sys/../cancellable-tasks-${ID}`, ID), false);
    assert.equal(isFolderOf("/x/cancellable-tasks-../..", "../.."), false);
  });
});
