// More output than a screen can take: reading stops while it is behind, and the window stays usable.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { expectations } from "./expectations";
import { eventually, extensionHosts, nothingRuns } from "./taskProcesses";
import { useWorkbench } from "./useWorkbench";
import type { Workbench, WorkbenchOptions } from "./workbench";

const MB = 1024;

describe("a person whose task writes more than a screen can take", () => {
  let w: Workbench;
  const { row, titleHas } = expectations(() => w);

  const where: WorkbenchOptions = { version: "1.139", vsix: join(projectRoot, "cancellable-tasks.vsix"), folder: join(projectRoot, "test", "ui", "floods"), theme: "dark" };
  useWorkbench(where, (opened) => void (w = opened));

  /** Resident memory of the extension host, in MB. */
  async function memory(): Promise<number> {
    const sizes = await Promise.all((await extensionHosts(w.server.pid)).map((pid) => readFile(`/proc/${pid}/status`, "utf8")));
    return Math.max(...sizes.map((text) => Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1]) / MB));
  }

  it("stops `yes` with a click, opens a list meanwhile, and its memory does not grow", async function () {
    this.timeout(60_000);
    const idle = await memory();
    await w.runTask("yes");
    await w.waitForTerminal(/y\ny\ny/);
    await titleHas("Stop");
    // What is thrown away at this rate makes the heap larger once, and the more so the less processor time is left to collect it.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const settled = await memory();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const busy = await memory();
    const asked = performance.now();
    await w.quickInput.offers("Cancellable Tasks: Stop All");
    const answered = performance.now() - asked;
    await w.clickTerminalTitleAction("Stop");
    const clicked = performance.now();
    await nothingRuns(w.folder);
    const gone = performance.now() - clicked;
    await row("yes", /^stopped/);
    console.log(`      (extension host ${idle.toFixed(0)} MB, ${settled.toFixed(0)} MB after 5 s, ${busy.toFixed(0)} MB after 10 s; palette ${answered.toFixed(0)} ms; gone ${gone.toFixed(0)} ms after the click)`);
    assert.ok(busy - settled < 50, `${(busy - settled).toFixed(0)} MB more in 5 s`);
    assert.ok(gone < 2000, `${gone.toFixed(0)} ms`);
  });

  it("sees the last line of 15 MB, and then how the run has ended", async function () {
    this.timeout(60_000);
    const start = performance.now();
    await w.runTask("numbered");
    await w.waitForTerminal(/1999999\s+2000000\s+the last line\s+● succeeded after/, 40_000);
    console.log(`      (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    await row("numbered", /^succeeded/);
  });

  it("types an answer after a lot of output, and none of the terminal's own answers is in it", async function () {
    this.timeout(60_000);
    await w.runTask("asks");
    await w.waitForTerminal(/200000\s+Name\?/, 20_000);
    await w.typeInTerminal("Ada\n");
    await w.waitForTerminal("Hello, Ada!");
    await eventually("it has ended", async () => (await w.treeItems("Runs")).some(({ description }) => description.startsWith("succeeded")));
  });
});
