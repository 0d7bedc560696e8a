// The tree of tasks, by mouse and keyboard.
import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { expectations } from "./expectations";
import { eventually, nothingRuns, shows } from "./taskProcesses";
import { useWorkbench } from "./useWorkbench";
import { openWorkbench, type Workbench, type WorkbenchOptions } from "./workbench";

const where: WorkbenchOptions = { version: "1.139", vsix: join(projectRoot, "cancellable-tasks.vsix"), folder: join(projectRoot, "test", "ui", "tree"), theme: "dark" };

let w: Workbench;
const { row, noRow } = expectations(() => w);

async function order(): Promise<string[]> {
  return (await readFile(join(w.folder, "order"), "utf8").catch(() => "")).trim().split("\n");
}

async function startAll(): Promise<void> {
  await rm(join(w.folder, "order"), { force: true });
  await w.clickTreeAction("Runs", "all", "Run");
  await row("all", /^3 of 3 running$/);
}

describe("a person with the tree of tasks, in VS Code 1.139", () => {
  useWorkbench(where, (opened) => void (w = opened));

  it("sees each configured task, idle ones too, with its own icon and detail, and what a compound task starts below it", async () => {
    await row("build", /^Compiles$/);
    const rows = await w.treeItems("Runs");
    assert.deepEqual(rows.map(({ label, level, icon }) => `${level} ${label} ${icon}`), ["1 all layers", "2 web globe", "2 api circle-outline", "2 db circle-outline", "1 build circle-outline", "1 leaves a child circle-outline"]);
    assert.equal(rows[0]?.ariaLabel.includes("compound task"), true);
    await w.screenshot("tree-idle");
  });

  it("is led from a row to its task in tasks.json, by the row's menu", async () => {
    await row("build", /^Compiles$/);
    assert.ok((await w.view("Runs").contextMenu("api")).includes("Show in tasks.json"));
    await w.view("Runs").chooseFromMenu("build", "Show in tasks.json");
    const line = w.page.locator(".monaco-editor .view-line", { hasText: /"label":\s"build"/ }).first();
    await line.waitFor({ state: "visible" });
    await eventually("the cursor is in the line of the task", async () => {
      const [cursor, wanted] = [await w.page.locator(".monaco-editor .cursor").first().boundingBox(), await line.boundingBox()];
      return cursor !== null && wanted !== null && Math.abs(cursor.y - wanted.y) < 4;
    });
    await w.screenshot("tree-show-in-tasks-json");
    await w.command("View: Close All Editors");
  });

  it("runs an idle task with its button, and sees below it how its earlier runs ended", async () => {
    await w.clickTreeAction("Runs", "build", "Run");
    await row("build", /^succeeded, /);
    await w.clickTreeAction("Runs", "build", "Restart");
    await eventually("there are two runs", async () => {
      const rows = await w.treeItems("Runs");
      const at = rows.findIndex(({ label }) => label === "build");
      return rows[at]?.description.startsWith("succeeded") === true && rows[at].expanded !== undefined;
    });
    const rows = await w.treeItems("Runs");
    if (rows.find(({ label }) => label === "build")?.expanded === false) await w.view("Runs").toggle("build");
    await row("succeeded", /\d\d:\d\d/);
  });

  it("starts and stops a compound task: dependents first, and what they need after them", async () => {
    await startAll();
    await eventually("it is seen what they use", async () => (await w.treeItems("Runs")).filter(({ description }) => /% CPU, .* MB/.test(description)).length === 3);
    await w.screenshot("tree-running");
    await w.clickTreeAction("Runs", "all", "Stop");
    await nothingRuns(w.folder);
    assert.deepEqual(await order(), ["web", "api", "db"]);
  });

  it("is told by the terminal of a task that it stops alone what depends on it", async () => {
    await startAll();
    await w.clickTreeAction("Runs", "db", "Stop");
    await row("db", /^stopped/);
    await w.clickTreeAction("Runs", "db", "Reveal Terminal");
    await w.waitForTerminal(shows("db", '▲ ("web" and "api"|"api" and "web") depend on this task and keep running'));
  });

  it("loses no click on a button while the row below is drawn anew", async () => {
    await startAll();
    const usage = async (): Promise<string> => (await w.treeItems("Runs")).find(({ description }) => description.includes("% CPU"))?.label ?? "";
    await eventually("it is seen what all use", async () => (await w.treeItems("Runs")).filter(({ description }) => description.includes("% CPU")).length === 3);
    const before = await usage();
    await w.view("Runs").clickActionSlowly("web", "Stop", () => eventually("the usage was drawn anew twice", async () => !["", before].includes(await usage())));
    await row("web", /^stopp/);
  });

  it("uses the keyboard alone: Enter runs and shows, Delete stops, kills and clears", async () => {
    await w.view("Runs").click("leaves a child");
    await w.page.keyboard.press("Enter");
    await row("sleep 607", /^pid \d+$/);
    await w.view("Runs").click("leaves a child");
    await w.page.keyboard.press("ArrowDown");
    await w.page.keyboard.press("Delete");
    await noRow("sleep 607");
    await nothingRuns(w.folder);
    await w.view("Runs").click("leaves a child");
    await w.page.keyboard.press("Delete");
    await eventually("the run is cleared", async () => (await w.treeItems("Runs")).some(({ label, description }) => label === "leaves a child" && description === ""));
    await w.view("Runs").click("all");
    await w.page.keyboard.press("Enter");
    await row("all", /^3 of 3 running/);
    await w.page.keyboard.press("Delete");
    await nothingRuns(w.folder);
    assert.equal((await w.treeItems("Runs")).find(({ label }) => label === "all")?.expanded, true);
  });

  it("keeps what is selected and what is open while runs come and go", async () => {
    await w.view("Runs").click("build");
    await w.view("Runs").toggle("all");
    await w.runTask("build");
    await row("build", /^succeeded/);
    await w.clickTreeAction("Runs", "build", "Restart");
    await w.waitForTerminal(shows("build", "succeeded"));
    const rows = await w.treeItems("Runs");
    assert.deepEqual([rows.find(({ label }) => label === "build")?.selected, rows.find(({ label }) => label === "all")?.expanded], [true, false]);
    await w.view("Runs").toggle("all");
  });

  it("shows the terminal of the row that is clicked", async () => {
    await startAll();
    for (const name of ["api", "db"]) {
      await w.view("Runs").click(name);
      await w.waitForTerminal(`${name} is up`);
    }
  });
});

describe("a person who opens the view when the extension has long been active", () => {
  it("sees the tasks that can be run", async function () {
    this.timeout(120_000);
    const late = await openWorkbench(where);
    try {
      await late.command("Cancellable Tasks: Stop");
      await late.waitForNotification("There is no cancellable task to stop.");
      await late.page.locator(`.activitybar a.action-label[aria-label^="Cancellable Tasks"]`).click();
      await eventually("the tasks are listed", async () => (await late.treeItems("Runs")).some(({ label }) => label === "build"));
    } finally {
      await late.kill();
    }
  });
});

describe("a person with the tree in other themes", () => {
  for (const theme of ["Light Modern", "Dark High Contrast", "Light High Contrast"]) {
    describe(theme, () => {
      useWorkbench({ ...where, theme: theme.startsWith("Light") ? "light" : "dark" }, (opened) => void (w = opened));

      it("sees what runs, has failed and is left", async () => {
        await w.command("Preferences: Color Theme");
        await w.quickInput.pick(theme);
        await w.openView("Runs");
        await startAll();
        await w.runTask("leaves a child");
        await row("sleep 607", /^pid/);
        await w.clickTreeAction("Runs", "web", "Stop");
        await row("web", /^stopped/);
        await eventually("it is seen what they use", async () => (await w.treeItems("Runs")).some(({ description }) => description.includes("% CPU")));
        await w.screenshot(`tree-${theme.toLowerCase().replaceAll(" ", "-")}`);
      });
    });
  }
});
