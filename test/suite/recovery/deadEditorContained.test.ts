// What happens to tasks in cgroups when the process that runs them gets no chance to stop them.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { systemClock } from "../../../src/taskRunner/base/clock";
import { thisTable } from "../../../src/taskRunner/process/system";
import { findOrphanedRuns } from "../../../src/taskRunner/run/orphanedRuns";
import type { OrphanedRun } from "../../../src/taskRunner/run/orphanedRun";
import { Journal } from "../../../src/taskRunner/recovery/journal";
import { projectRoot } from "../../vscode/projectRoot";
import { IS_SCOPE, TestCgroup } from "../testCgroup";
import { passesUnderSystemd } from "../testSystemd";

const TOO_LONG_S = 61;
/** Sheds everything, and ignores SIGINT, or not. */
const daemon = (folder: string, onInterrupt: string): string =>
  `env -i perl -MPOSIX -e 'exit if fork; setsid; POSIX::close($_) for 0 .. 255; $SIG{INT} = ${onInterrupt}; open F, ">${folder}/new"; print F $$; close F; rename "${folder}/new", "${folder}/pid"; sleep 1 for 1 .. ${TOO_LONG_S}'; until [ -s ${folder}/pid ]; do sleep 0.01; done; echo ready; `;

describe(`When the editor dies, of a run in a cgroup${IS_SCOPE ? ", in a scope of systemd's" : ""}`, function () {
  this.timeout(60_000);

  let cgroup: TestCgroup;
  let folder: string;
  let child: ChildProcess;
  let bystander: ChildProcess;
  let runs: OrphanedRun[] = [];

  beforeEach(async function () {
    const made = IS_SCOPE ? undefined : TestCgroup.make();
    if (made === undefined && !IS_SCOPE) return this.skip();
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    if (made !== undefined) await use(made);
  });
  afterEach(async () => {
    if ((cgroup as TestCgroup | undefined) === undefined) return;
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    runs.splice(0).forEach((run) => run.dispose());
    assert.deepEqual(bystander.exitCode ?? bystander.signalCode, null);
    if (IS_SCOPE) await collected();
    else await cgroup.remove();
    rmSync(folder, { recursive: true });
  });

  async function use(made: TestCgroup): Promise<void> {
    cgroup = made;
    bystander = await cgroup.start(`exec sleep ${TOO_LONG_S}`);
  }

  /** The editor finds its place by itself where it has a systemd. */
  async function host(watchdog: "on" | "off", definition: Record<string, unknown>): Promise<void> {
    const program = join(projectRoot, "out/test/programs/dyingHost.js");
    child = spawn(process.execPath, [program, join(folder, "runs"), watchdog, JSON.stringify([definition]), IS_SCOPE ? "found" : cgroup.folder], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" } });
    await once(child.stdout ?? child, "data");
    if (IS_SCOPE) await use(TestCgroup.ofOther(dirname(cgroupInJournal())));
  }

  function cgroupInJournal(): string {
    const files = readdirSync(join(folder, "runs"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const found = files.flatMap((entry) => /"cgroup":"([^"]+)"/.exec(readFileSync(join(entry.parentPath, entry.name), "utf8"))?.[1] ?? []);
    return found[0] ?? assert.fail("the journal names no cgroup");
  }

  /** With the last that lives in it systemd removes the scope. */
  async function collected(): Promise<void> {
    bystander.kill("SIGKILL");
    const end = Date.now() + 10_000;
    while (existsSync(cgroup.folder) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(existsSync(cgroup.folder), false);
  }

  async function die(): Promise<void> {
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** Resolves when nothing of the run is left, its cgroup included. */
  async function gone(): Promise<void> {
    const end = Date.now() + 30_000;
    while (cgroup.children.length > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(cgroup.children, []);
    assert.deepEqual(cgroup.members, [bystander.pid]);
  }

  async function find(): Promise<OrphanedRun> {
    runs = await findOrphanedRuns(new Journal(join(folder, "runs"), thisTable), thisTable, systemClock);
    const [run] = runs;
    if (run === undefined) throw new Error("nothing was found");
    return run;
  }

  for (const stdio of ["pipe", "pty"]) {
    it(`the watchdog asks who has shed everything, and removes the cgroup, on a ${stdio}`, async () => {
      await host("on", { command: `${daemon(folder, `sub { open F, ">>${folder}/asked"; print F "asked\\n"; close F; exit }`)}exec sleep ${TOO_LONG_S}`, waitDelay: 20_000, stdio });
      await die();
      await gone();
      assert.equal(readFileSync(join(folder, "asked"), "utf8"), "asked\n");
    });

    it(`the watchdog kills who has shed everything and does not obey, on a ${stdio}`, async () => {
      await host("on", { command: `${daemon(folder, '"IGNORE"')}exec sleep ${TOO_LONG_S}`, waitDelay: 500, stdio });
      await die();
      await gone();
    });
  }

  it("the watchdog lets go what its editor was keeping from moving", async () => {
    await host("on", { command: `trap 'echo asked >${folder}/asked; exit' INT; echo ready; while :; do sleep 0.02; done`, waitDelay: 20_000 });
    writeFileSync(join(cgroup.folder, cgroup.children[0] ?? "", "cgroup.freeze"), "1");
    await die();
    await gone();
    assert.equal(existsSync(join(folder, "asked")), true);
  });

  it("and there is no watchdog, the next window finds who has shed everything, kills it, and removes the cgroup", async () => {
    await host("off", { command: `${daemon(folder, '"IGNORE"')}exec sleep ${TOO_LONG_S}`, waitDelay: 500 });
    writeFileSync(join(cgroup.folder, cgroup.children[0] ?? "", "cgroup.freeze"), "1");
    await die();
    const run = await find();
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    assert.deepEqual(run.snapshot().survivors.find((info) => info.pid === pid)?.evidence, ["contained"]);
    await run.killAllSurvivors();
    await run.gone;
    await gone();
    while (readdirSync(join(folder, "runs")).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it("and nothing is left, the next window removes the cgroup", async () => {
    await host("off", { command: "echo ready; read -r line" });
    await die();
    while (cgroup.members.length > 1) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(await findOrphanedRuns(new Journal(join(folder, "runs"), thisTable), thisTable, systemClock), []);
    await gone();
  });
});

describe("When the editor dies in an SSH session, of a run in a scope of systemd's", () => {
  it("all is the same", async function () {
    await passesUnderSystemd(this, __filename, ", in a scope of systemd's");
  });
});
