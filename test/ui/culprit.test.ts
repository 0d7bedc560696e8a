// Who is left, who holds what, and what becomes of it: when a task ends, is restarted, and when the editor dies.
import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { expectations } from "./expectations";
import { eventually, extensionHosts, isListening, nothingRuns, shows, taskProcesses } from "./taskProcesses";
import { useWorkbench } from "./useWorkbench";
import type { Workbench, WorkbenchOptions } from "./workbench";

const SETSID = "holder in a session of its own";
const HOSTILE = "hostile [label](command:workbench.action.closeSidebar)";
const TWENTY = "all twenty";
/** VS Code starts one after the other, each with a terminal of its own: 20 s and more on a machine that has other work. */
const TWENTY_START_MS = 60_000;
/** The longest waitDelay among the twenty, in milliseconds. */
const LONGEST_MS = 12_000;
/** Twenty watchdogs share a machine that may have other work. In milliseconds. */
const SLACK_MS = 10_000;
/** The extension host has 5 s; watchdogs that have to do the rest wait for the waitDelay after that. In milliseconds. */
const CLOSED_MS = LONGEST_MS + 5000 + SLACK_MS;

const where: WorkbenchOptions = {
  version: "1.139",
  vsix: join(projectRoot, "cancellable-tasks.vsix"),
  folder: join(projectRoot, "test", "ui", "culprits"),
  theme: "dark",
};

let w: Workbench;
const { row, noRow } = expectations(() => w);

async function files(prefix: string): Promise<string[]> {
  return (await readdir(w.folder)).filter((name) => name.startsWith(prefix));
}

/**
 * Starts the twenty mixed tasks: obedient ones, deaf ones, some with a child in another session, some with a forgotten child. These
 * exit when all have started: their waitDelay is not to end before.
 */
async function startTwenty(): Promise<void> {
  for (const name of [...(await files("ready-")), ...(await files("cleaned-"))]) await rm(join(w.folder, name));
  await w.runTask(TWENTY);
  await eventually("all twenty run", async () => (await files("ready-")).length === 20, TWENTY_START_MS);
}

async function killExtensionHost(): Promise<void> {
  const hosts = await extensionHosts(w.server.pid);
  assert.notDeepEqual(hosts, []);
  for (const pid of hosts) process.kill(pid, "SIGKILL");
}

/** Resolves when no task's process is left; throws when one is after this time. */
async function nothingRunsWithin(ms: number): Promise<number> {
  const start = performance.now();
  while ((await taskProcesses(w.folder)).length > 0) {
    const late = performance.now() - start - ms;
    if (late > 0) throw new Error(`Still there: ${(await taskProcesses(w.folder)).map(({ command }) => command).join("; ")}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return performance.now() - start;
}

describe("a person whose tasks leave processes behind, in VS Code 1.139", () => {
  useWorkbench(where, (opened) => void (w = opened));

  it("is told who holds the output, also from another session, and kills it from the notification", async () => {
    await w.runTask(SETSID);
    await w.waitForTerminal(shows(SETSID, "output is still held by `sleep 600` \\(pid \\d+\\)"));
    await w.waitForNotification(/has exited, but its output is still open: stdout and stderr held by `sleep 600` \(pid \d+\)/);
    await row("sleep 600", /^pid \d+, holds stdout and stderr$/);
    const status = await w.statusBarItem("Cancellable Tasks: hung pipe");
    assert.match(status.tooltip, /stdout and stderr held by `sleep 600` \(pid \d+\)/);
    await w.screenshot("dark-holder-named");
    await w.clickNotification(/has exited, but its output is still open/, "Kill It");
    await w.waitForTerminal(shows(SETSID, "● succeeded after"));
    await w.waitForNoNotification(/has exited, but its output is still open/);
    await nothingRuns(w.folder);
    await row(SETSID, /^succeeded/);
  });

  it("reads hostile names as what they are, and finds no link of theirs in a notification", async () => {
    const name = String.raw`\x1b]0;owned\x07\x9b31m\u202e[name](command:evil) 漢字 👩‍💻 600`;
    await w.runTask(HOSTILE);
    await w.waitForNotification('"hostile [label] (command:workbench.action.closeSidebar)" has exited');
    await row(name, /^pid \d+, holds terminal$/);
    await w.waitForTerminal(shows(HOSTILE, String.raw`in mid-row\s*\n▲ output is still held by`));
    await w.screenshot("dark-hostile-names");
    assert.deepEqual(await w.page.locator(".notification-list-item-message a").allTextContents(), ["Kill It"]);
    const status = await w.statusBarItem("Cancellable Tasks: hung pipe");
    assert.ok(status.tooltip.includes(String.raw`\x1b]0;owned\x07`), status.tooltip);
    await w.clickNotification(/has exited, but its output is still open/, "Kill It");
    await nothingRuns(w.folder);
  });

  it("leaves the holder alone from the notification", async () => {
    await w.runTask(SETSID);
    await w.clickNotification(/has exited, but its output is still open/, "Leave It");
    await w.waitForTerminal(shows(SETSID, "▲ succeeded after[^]*output was still held[^]*ErrWaitDelay"));
    assert.deepEqual((await taskProcesses(w.folder)).map(({ command }) => command), ["sleep 600"]);
    await w.waitForNoNotification(/has exited, but its output is still open/);
    await row(/held by `sleep 600`/, /^ErrWaitDelay$/);
    await w.command("Cancellable Tasks: Clear Ended Runs");
    await w.waitForNotification(/"holder in a session of its own" stays listed: 1 process is still running\./);
    await row("sleep 600", /^pid \d+$/);
    await w.screenshot("dark-stays-listed");
    await w.clickNotification(/stays listed/, "Kill Them");
    await noRow("sleep 600");
    await noRow(/held by/);
    await nothingRuns(w.folder);
  });

  it("sees every survivor with the reason, kills one from the tree, and then all", async () => {
    await w.runTask("three survivors");
    await w.waitForTerminal(shows("three survivors", "● succeeded[^]*still running"));
    for (const name of ["sleep 600", "sleep 601", "sleep 602"]) await row(name, /^pid \d+$/);
    await w.screenshot("dark-survivors");
    await w.clickTreeAction("Runs", "sleep 601", "Kill");
    await noRow("sleep 601");
    await row("sleep 600", /^pid \d+$/);
    assert.equal((await taskProcesses(w.folder)).some(({ command }) => command === "sleep 601"), false);
    await w.clickTreeAction("Runs", "three survivors", "Kill All Survivors");
    await noRow("sleep 600");
    await noRow("sleep 602");
    await nothingRuns(w.folder);
  });

  it("has what a task leaves killed where it says so, and left alone where that is meant", async () => {
    await w.runTask("kills what it leaves");
    await w.waitForTerminal(shows("kills what it leaves", "sent SIGTERM to [^;]*`sleep 600`[^]*● succeeded"));
    await nothingRuns(w.folder);
    await w.runTask("intended daemon");
    await w.waitForTerminal(shows("intended daemon", "● succeeded"));
    assert.equal((await taskProcesses(w.folder)).length, 1);
    await noRow("sleep 600");
  });

  it("restarts a server that is slow to close its port, and the new one finds it free", async () => {
    await w.runTask("slow server");
    await w.waitForTerminal(shows("slow server", "listening on 8125"));
    await w.command("Tasks: Restart Running Task");
    const text = await w.waitForTerminal(shows("slow server", "waiting for the previous run \\(pid \\d+\\)[^]*listening on 8125"));
    assert.doesNotMatch(text, /EADDRINUSE/);
    await w.screenshot("dark-restart-waits");
    assert.equal(await isListening(8125), true);
  });

  it("loses no process when the window is reloaded while twenty tasks run", async function () {
    this.timeout(120_000);
    await startTwenty();
    await w.reload();
    await nothingRunsWithin(CLOSED_MS);
    assert.equal((await files("cleaned-")).length, 5);
    await w.openView("Runs");
  });

  it("loses no process when the extension host is killed while twenty tasks run, and the obedient ones clean up", async function () {
    this.timeout(120_000);
    await startTwenty();
    await killExtensionHost();
    const ms = await nothingRunsWithin(LONGEST_MS + SLACK_MS);
    console.log(`      (the last one was gone ${(ms / 1000).toFixed(1)} s after the death of the extension host)`);
    assert.equal((await files("cleaned-")).length, 5);
    await w.reload();
    await w.openView("Runs");
  });

  it("loses no process when the window is closed while twenty tasks run", async function () {
    this.timeout(120_000);
    await startTwenty();
    await w.close();
    await nothingRunsWithin(CLOSED_MS);
  });
});

describe("a person whose editor has died without a watchdog", () => {
  useWorkbench({ ...where, theme: "light", env: { CANCELLABLE_TASKS_GUARD: "off" } }, (opened) => void (w = opened));

  it("is shown by the next window what is left of twenty tasks, and kills it all", async function () {
    this.timeout(120_000);
    // What is to be shown after a reload VS Code writes down later, and not when its extension host has been killed.
    await eventually("a reload brings back the Explorer", async () => {
      await w.command("View: Show Explorer");
      await w.reload();
      return !(await w.view("Runs").isOpen());
    }, 60_000);
    await startTwenty();
    await killExtensionHost();
    await w.reload();
    const left = /\d+ processes of .* were left by an earlier window\./;
    await w.waitForNotification(left);
    assert.match((await w.statusBarItem("left by an earlier window")).tooltip, /sleep 600/);
    await w.openView("Runs");
    await eventually("the tree shows it", async () => (await w.treeItems("Runs")).some(({ description }) => description === "left by an earlier window"));
    await w.screenshot("light-left-by-an-earlier-window");
    await w.clickNotification(left, "Kill Them");
    await nothingRuns(w.folder);
    await eventually("the tree has nothing left", async () => !(await w.treeItems("Runs")).some(({ description }) => description.includes("left by")));
  });
});
