// What becomes of tasks on Windows when the window, or its extension host, ends.
import assert from "node:assert/strict";

import { expectations } from "../expectations";
import { eventually, isListening } from "../taskProcesses";
import { openWorkbench, type Workbench } from "../workbench";
import { onWindows, runTask, running, runs } from "./windows";

const PORT = 8141;

describe("a person with VS Code 1.100 on Windows, whose window ends,", function () {
  this.timeout(120_000);
  let w: Workbench;
  const { row } = expectations(() => w);

  beforeEach(async () => {
    w = await openWorkbench(onWindows());
    await w.openView("Runs");
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await w.screenshot(`failed-${this.currentTest.title.replaceAll(/\W+/g, "-")}`);
    await w.close();
  });

  async function kill(program: string): Promise<void> {
    const [pid, ...more] = await running(program);
    assert.ok(pid !== undefined && more.length === 0, `${program}: ${String([pid, ...more])}`);
    process.kill(pid, "SIGKILL");
  }

  it("has its tasks stopped when the extension host is killed, also one that ignores Ctrl+C", async () => {
    await runTask(w, "server", "listening on");
    await runTask(w, "stubborn", "working");
    await runs("stubborn.cjs", 2);
    const [helper] = await running("windowsHelper.js");
    assert.ok(helper !== undefined);
    await kill("--type=extensionHost");
    const start = performance.now();
    await eventually("the port is free", async () => !(await isListening(PORT)));
    await runs("server.cjs", 0);
    assert.equal((await running("stubborn.cjs")).length, 2, "before its delay is over");
    await runs("stubborn.cjs", 0);
    assert.ok(performance.now() - start >= 2500, "asked first");
    // The next window looks by one of its own for what is left.
    await eventually("the helper has ended", async () => !(await running("windowsHelper.js")).includes(helper));
  });

  it("finds in the next window what lives on when the helper has been killed, too, and kills it", async () => {
    await runTask(w, "stubborn", "working");
    await runs("stubborn.cjs", 2);
    await kill("windowsHelper.js");
    await kill("--type=extensionHost");
    await w.reload();
    await w.openView("Runs");
    await row("stubborn", /^left by an earlier window/);
    await w.screenshot("windows-left");
    await w.clickTreeAction("Runs", "stubborn", "Kill All");
    await runs("stubborn.cjs", 0);
  });

  it("has its background task again after a reload, once, and with its port", async () => {
    await runTask(w, "server", "listening on");
    const [before] = await running("server.cjs 8141");
    await w.reload();
    await eventually("another one listens", async () => {
      const [now, ...more] = await running("server.cjs 8141");
      return now !== undefined && now !== before && more.length === 0 && (await isListening(PORT));
    }, 40_000);
    await row("server", /^running, port 8141, pid \d+$/);
    await w.screenshot("windows-reloaded");
  });
});
