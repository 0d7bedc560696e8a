// What a window that is reloaded knows of the tasks that ran in it.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { systemClock } from "../../../src/taskRunner/base/clock";
import { markerOf } from "../../../src/taskRunner/base/marker";
import { thisTable } from "../../../src/taskRunner/process/system";
import { Journal } from "../../../src/taskRunner/recovery/journal";
import { parseNote, ReloadNote, type InterruptedTask } from "../../../src/taskRunner/recovery/reloadNote";
import { InterruptedRun } from "../../../src/taskRunner/run/interruptedRun";
import { InterruptedTasks, isInterrupted } from "../../../src/taskRunner/run/interrupted";
import { projectRoot } from "../../vscode/projectRoot";
import { markedWith } from "../process/marked";
import { RunUnderTest } from "../run/startedRun";

const server: InterruptedTask = { label: "server", scope: "file:///srv", runId: "ab", isBackground: true };
const build: InterruptedTask = { label: "build", scope: "file:///srv", runId: "cd", isBackground: false };

describe("A window that is reloaded", () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    path = join(folder, "storage", "reload.json");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("finds the note of its tasks once, which only its user can read", async () => {
    new ReloadNote(path).writeNow([server, build]);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const taken = await Promise.all([new ReloadNote(path).take(), new ReloadNote(path).take()]);
    assert.deepEqual(taken.flat(), [server, build]);
    assert.deepEqual(await new ReloadNote(path).take(), []);
    assert.deepEqual(readdirSync(join(folder, "storage")), []);
  });

  it("finds nothing when nothing ran, and when what is there is no note", async () => {
    new ReloadNote(path).writeNow([]);
    assert.equal(existsSync(path), false);
    writeFileSync(join(folder, "reload.json"), "{");
    assert.deepEqual(await new ReloadNote(join(folder, "reload.json")).take(), []);
  });

  it("takes a window that comes up later for a new one", () => {
    const note = JSON.stringify({ version: 1, at: 1000, tasks: [server] });
    assert.deepEqual(parseNote(note, 31_000), [server]);
    assert.deepEqual(parseNote(note, 31_001), []);
    assert.deepEqual(parseNote(note, 999), []);
  });

  it("reads of a note only what is a task", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.jsonValue()), (whole, tasks) => {
        assert.ok(Array.isArray(parseNote(JSON.stringify(whole), 1000)));
        assert.deepEqual(parseNote(JSON.stringify({ version: 1, at: 1000, tasks: [...tasks, server] }), 1000).at(-1), server);
      }),
    );
    assert.deepEqual(parseNote(JSON.stringify({ version: 1, at: 1000, tasks: [{ ...server, runId: "../ab" }, { ...server, label: 1 }, null] }), 1000), []);
  });

  it("starts each background task once, and none that VS Code has started", async () => {
    const tasks = new InterruptedTasks(Promise.resolve([server, { ...server, runId: "ac" }, { ...server, label: "watch" }, build]));
    assert.deepEqual(tasks.toRestart(), []);
    await tasks.ready;
    const [first, second] = tasks.toRestart();
    assert.deepEqual(tasks.toRestart().map(({ label }) => label), ["server", "watch"]);
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(tasks.begun(first), { runIds: ["ab", "ac"], isRestart: true });
    assert.deepEqual(tasks.begun(first), { runIds: [], isRestart: false });
    assert.deepEqual(tasks.toRestart(), [second]);
  });

  it("says that a task is started again only of what it starts because of the reload, and lets every task wait for its last run", async () => {
    const watch = { ...server, label: "watch", runId: "ef" };
    const tasks = new InterruptedTasks(Promise.resolve([server, watch, build]));
    await tasks.ready;
    const asked: string[] = [];
    assert.deepEqual(await tasks.restart(({ label }) => Promise.resolve(asked.push(label) === 1), () => false), ["watch"]);
    assert.deepEqual(asked, ["server", "watch"]);
    assert.deepEqual(tasks.begun(server), { runIds: ["ab"], isRestart: true });
    assert.deepEqual(tasks.begun(watch), { runIds: ["ef"], isRestart: false }, "it is run by hand after it could not be started");
    assert.deepEqual(tasks.begun(build), { runIds: ["cd"], isRestart: false }, "it is no background task");
  });

  /** `web` depends on `api`, and that on `db`. @returns what is started when these can be, and what is told as failed */
  async function restartWeb(canStart: (label: string) => boolean, begins: readonly string[] = []): Promise<{ readonly started: string[]; readonly failed: string[]; readonly tasks: InterruptedTasks }> {
    const order = ["db", "api", "web"];
    const noted = [...order, "watch"].map((label) => ({ ...server, label }));
    const tasks = new InterruptedTasks(Promise.resolve(noted));
    await tasks.ready;
    const started: string[] = [];
    const start = ({ label }: { readonly label: string }): Promise<boolean> => {
      if (canStart(label)) started.push(label);
      for (const one of begins) tasks.begun({ ...server, label: one });
      return Promise.resolve(canStart(label));
    };
    const failed = await tasks.restart(start, (a, b) => order.includes(a.label) && order.includes(b.label) && order.indexOf(a.label) >= order.indexOf(b.label));
    return { started, failed, tasks };
  }

  it("leaves what another one of its tasks depends on to that one's start", async () => {
    const { started, failed, tasks } = await restartWeb(() => true);
    assert.deepEqual([started, failed], [["web", "watch"], []]);
    assert.equal(tasks.begun({ ...server, label: "db" }).isRestart, true);
  });

  it("starts what a task depends on alone when that task cannot be started", async () => {
    assert.deepEqual(await restartWeb((label) => label !== "web").then(({ started, failed }) => [started, failed]), [["api", "watch"], ["web"]]);
  });

  it("asks right before each start whether the task has begun", async () => {
    assert.deepEqual((await restartWeb(() => true, ["watch"])).started, ["web"]);
  });

  it("does not say it where nothing is started again", async () => {
    const tasks = new InterruptedTasks(Promise.resolve([server]));
    await tasks.ready;
    tasks.leave();
    assert.deepEqual(tasks.begun(server), { runIds: ["ab"], isRestart: false });
  });

  it("knows which runs its own end has interrupted", () => {
    const closed = { kind: "terminalClosed" } as const;
    const stopping = { kind: "stopping", reason: closed, since: 1000, killAt: undefined, killed: false } as const;
    const ended = { kind: "ended", at: 1000, outcome: { kind: "canceled", stop: closed } } as const;
    assert.equal(isInterrupted({ kind: "running" }, 1000), true);
    assert.equal(isInterrupted({ ...stopping, reason: { kind: "windowClosing" } }, 9000), true);
    assert.equal(isInterrupted(stopping, 3000), true);
    assert.equal(isInterrupted(stopping, 3001), false, "its terminal was closed by the user");
    assert.equal(isInterrupted({ ...stopping, reason: { kind: "user" } }, 1000), false);
    assert.equal(isInterrupted(ended, 1500), true);
    assert.equal(isInterrupted(ended, 3001), false);
    assert.equal(isInterrupted({ ...ended, outcome: { kind: "succeeded" } }, 1000), false);
    assert.equal(isInterrupted({ ...ended, outcome: { kind: "canceled", stop: { kind: "user" } } }, 1000), false);
  });

  describe("while its previous extension host is still there", function () {
    this.timeout(60_000);
    let host: ChildProcess | undefined;
    const ids: string[] = [];

    before(function () {
      if (process.platform === "win32") this.skip();
    });
    afterEach(async () => {
      if (host?.exitCode === null && host.signalCode === null) host.kill("SIGKILL");
      await RunUnderTest.cleanUp();
      const left = async (id: string): Promise<number> => (await markedWith((await thisTable.list()).map(({ pid }) => pid), markerOf(id))).size;
      for (const id of ids.splice(0)) while ((await left(id)) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    });

    it("starts a task when that, or the watchdog after its death, has ended the task's run", async () => {
      const runs = join(folder, "runs");
      const command = "trap 'sleep 0.5; echo > cleaned; exit 0' INT; echo ready; while :; do sleep 0.02; done";
      host = spawn(process.execPath, [join(projectRoot, "out/test/programs/dyingHost.js"), runs, "on", JSON.stringify([{ command, cwd: folder }])], { stdio: ["ignore", "pipe", "inherit"] });
      assert.ok(host.stdout);
      const [line] = (await once(host.stdout, "data")) as [Buffer];
      ids.push(...(JSON.parse(line.toString()) as string[]));
      const [id = ""] = ids;
      const journal = new Journal(runs, thisTable);
      assert.equal(await journal.isCaredFor(id), true);
      assert.equal(await journal.isCaredFor("abcdef"), false);
      const previous = new InterruptedRun(id, "server", journal, systemClock);
      const next = new RunUnderTest({ command: `test -e ${join(folder, "cleaned")}` }, { previous: [previous] });
      next.start();
      await next.untilEvent("waiting");
      host.kill("SIGKILL");
      assert.deepEqual(await next.run.ended, { kind: "succeeded" });
    });
  });
});
