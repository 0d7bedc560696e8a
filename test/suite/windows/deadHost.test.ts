// Only on Windows, or under Wine: npm run test:windows.
import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/taskRunner/base/clock";
import { Journal } from "../../../src/taskRunner/recovery/journal";
import { findOrphanedRuns } from "../../../src/taskRunner/run/orphanedRuns";
import { projectRoot } from "../../vscode/projectRoot";
import { death, isWindows, lives, World } from "./windows";

const WAIT = "setTimeout(() => undefined, 60000)";

interface Ready {
  readonly id: string;
  readonly helper: number;
  readonly output: string;
}

describe("When the extension host on Windows dies", function () {
  this.timeout(30_000);
  let folder: string;
  let world: World;
  let host: ChildProcess | undefined;
  before(function () {
    if (!isWindows) this.skip();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    world = new World();
  });
  afterEach(async () => {
    host?.kill();
    await world.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  /** Resolves when the task has written "ready". The file is what it writes its clean-up to. */
  async function started(script: string, more: Readonly<Record<string, unknown>> = {}): Promise<Ready & { readonly pid: number }> {
    const body = `const fs = require("fs"); const note = (text) => fs.appendFileSync(${JSON.stringify(file())}, text); ${script}; console.log("pid " + process.pid + " ready"); ${WAIT}`;
    const definition = { command: process.execPath, args: ["-e", body], ...more };
    host = fork(join(projectRoot, "out", "test", "programs", "windowsHost.js"), [join(folder, "runs"), JSON.stringify(definition)], { stdio: "ignore" });
    const [ready] = (await once(host, "message", { signal: AbortSignal.timeout(20_000) })) as [Ready | { kind: string }];
    const told = "id" in ready ? ready : await next<Ready>((message): message is Ready => "id" in message);
    return { ...told, pid: Number(/pid (\d+)/.exec(told.output)?.[1]) };
  }

  async function next<T extends object>(is: (message: object) => message is T): Promise<T> {
    for (;;) {
      const [message] = (await once(host ?? assert.fail(), "message", { signal: AbortSignal.timeout(20_000) })) as [object];
      if (is(message)) return message;
    }
  }

  async function kill(): Promise<void> {
    const dead = once(host ?? assert.fail(), "exit");
    host?.kill("SIGKILL");
    await dead;
  }

  function file(): string {
    return join(folder, "notes");
  }

  function notes(): string {
    return existsSync(file()) ? readFileSync(file(), "utf8") : "";
  }

  it("its task is asked by Ctrl+C, once, and may clean up; then the helper ends, and a later window has nothing to show", async () => {
    const { pid, helper } = await started(`process.on("SIGINT", () => { note("asked "); setTimeout(() => { note("clean"); process.exit() }, 700) })`);
    await kill();
    await death(pid);
    await death(helper);
    assert.equal(notes(), "asked clean");
    assert.deepEqual(await orphans(), []);
  });

  it("a task that ignores Ctrl+C is ended when its delay is over, with what it has started, and not before", async () => {
    const { pid, output, helper } = await started(
      `process.on("SIGINT", () => note("asked ")); const c = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(`process.on("SIGINT", () => undefined); ${WAIT}`)}], { detached: true, stdio: "ignore" }); console.log("child " + c.pid)`,
      { waitDelay: 1500 },
    );
    const child = Number(/child (\d+)/.exec(output)?.[1]);
    await kill();
    const start = performance.now();
    await Promise.all([death(pid), death(child)]);
    const ms = performance.now() - start;
    assert.ok(ms > 1000 && ms < 8000, `${ms}`);
    assert.equal(notes(), "asked ");
    await death(helper);
  });

  it("a task that has been asked already is not asked again", async () => {
    const { pid } = await started(`process.on("SIGINT", () => { note("asked "); setTimeout(() => process.exit(), 3000) })`);
    const signaled = next((message): message is { kind: string } => "kind" in message && message.kind === "signaled");
    host?.send("stop");
    await signaled;
    await kill();
    await death(pid);
    assert.equal(notes(), "asked ");
  });

  it("and its helper too, a later window finds the task by its mark, and can kill it", async () => {
    const { id, pid, helper } = await started("");
    process.kill(helper);
    await death(helper);
    await kill();
    assert.ok(lives(pid));
    const [orphan] = await orphans();
    assert.deepEqual([orphan?.id, orphan?.snapshot().survivors.map((one) => one.pid)], [id, [pid]]);
    await orphan?.killAllSurvivors();
    await death(pid);
    orphan?.dispose();
  });

  async function orphans(): Promise<Awaited<ReturnType<typeof findOrphanedRuns>>> {
    return await findOrphanedRuns(new Journal(join(folder, "runs"), world.table), world.table, systemClock);
  }
});
