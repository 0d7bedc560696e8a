// A click means what was clicked: with several servers, a slow connection, a busy extension host and hasty fingers.
import assert from "node:assert/strict";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { expectations } from "./expectations";
import { eventually, extensionHosts, nothingRuns, PATIENCE_MS, shows, taskProcesses } from "./taskProcesses";
import { useWorkbench } from "./useWorkbench";
import type { Workbench, WorkbenchOptions } from "./workbench";

const SERVERS = ["web", "api", "worker"];
/** VS Code asks the server many questions, one after the other, before it starts a task: with 1000 ms each way it needs 20 s for one of its own. */
const SLOW_START_MS = 120_000;
/** How long the extension host does nothing, in milliseconds. */
const BLOCKED_MS = 2000;

const where: WorkbenchOptions = {
  version: "1.139",
  vsix: join(projectRoot, "cancellable-tasks.vsix"),
  folder: join(projectRoot, "test", "ui", "servers"),
  theme: "dark",
};

let w: Workbench;
/** How long is waited for what needs several questions to the server, one after the other, in milliseconds. */
let patience = PATIENCE_MS;
const { row, titleHas, titleHasNot } = expectations(() => w);

/** The servers that have left a file: "up" or "stopped". */
async function marks(kind: "up" | "stopped"): Promise<string[]> {
  return (await readdir(w.folder)).filter((name) => name.startsWith(`${kind}-`)).map((name) => name.slice(kind.length + 1)).sort();
}

async function forgetMarks(): Promise<void> {
  for (const name of await readdir(w.folder)) if (/^(up|stopped)-/.test(name)) await rm(join(w.folder, name));
}

async function isUp(...servers: string[]): Promise<void> {
  await eventually(`${servers.join()} are up`, async () => (await marks("up")).join() === [...servers].sort().join(), SLOW_START_MS);
}

/** Resolves when exactly these were stopped. */
async function wereStopped(...servers: string[]): Promise<void> {
  await eventually(`${servers.join()} were stopped`, async () => (await marks("stopped")).length === servers.length);
  assert.deepEqual(await marks("stopped"), [...servers].sort());
}

async function startAll(): Promise<void> {
  await forgetMarks();
  await w.runTask("all");
  await isUp(...SERVERS);
}

async function openBash(): Promise<void> {
  await w.command("Terminal: Create New Terminal");
  await eventually("there is a bash", async () => (await w.terminal.names()).includes("bash"));
}

/** Clicks the tab of a terminal; resolves when its text is on the screen. */
async function show(server: string): Promise<void> {
  await w.terminal.selectTab(server);
  await w.waitForTerminal(shows(server, `${server} is up`), patience);
}

/** The extension host does nothing while this is done, and at least as long. */
async function whileBlocked(act: () => Promise<void>): Promise<void> {
  const hosts = await extensionHosts(w.server.pid);
  const over = new Promise((resolve) => setTimeout(resolve, BLOCKED_MS));
  for (const pid of hosts) process.kill(pid, "SIGSTOP");
  try {
    await act();
    await over;
  } finally {
    for (const pid of hosts) process.kill(pid, "SIGCONT");
  }
}

/** Resolves when the status bar has counted some seconds of a stop. */
async function countedDown(): Promise<void> {
  const counts = new Set<string>();
  await eventually("the status bar has counted two seconds", async () => counts.add(await w.statusBarText("Cancellable Tasks: stopping")).size >= 3);
}

async function closeTerminals(): Promise<void> {
  await nothingRuns(w.folder);
  await w.command("Terminal: Kill All Terminals");
}

/** A row that is drawn anew between the press and the release takes no click for one. People click again. */
async function reveal(server: string): Promise<void> {
  const wanted = shows(server, `${server} is up`);
  for (let tries = 3; tries > 0; tries--) {
    await w.clickTreeAction("Runs", server, "Reveal Terminal");
    if (await w.waitForTerminal(wanted, patience).then(() => true, () => false)) return;
  }
  await w.waitForTerminal(wanted);
}

/** Stops each server in another way, each time looking at which one has really been stopped. */
async function stopEachInItsWay(): Promise<void> {
  await openBash();
  for (const server of SERVERS) {
    await reveal(server);
  }
  await w.terminal.selectTab("bash");
  await titleHasNot("Stop");
  await w.terminal.clickTabMenu("api", "Stop");
  await wereStopped("api");
  await show("web");
  await titleHas("Stop");
  // The button is that of the terminal that was active until now: the click means the one that is.
  await w.terminal.selectTab("worker");
  await w.clickTerminalTitleAction("Stop");
  await wereStopped("api", "worker");
  await show("web");
  await titleHas("Stop");
  await w.terminal.clickMenuOfActive("Stop");
  await wereStopped(...SERVERS);
}

describe("a person with three servers and a slow connection, in VS Code 1.139", () => {
  useWorkbench({ ...where, slowConnection: true }, (opened) => void (w = opened));
  afterEach(async () => {
    w.setLatency(0);
    patience = PATIENCE_MS;
    await closeTerminals();
  });

  for (const latency of [0, 200, 1000]) {
    it(`stops that server which was meant, with ${latency} ms each way`, async function () {
      this.timeout(300_000);
      w.setLatency(latency);
      patience += 30 * latency;
      await startAll();
      await stopEachInItsWay();
    });
  }

  it("stops that server which was meant, when all began while the connection was slow and the extension host blocked", async function () {
    this.timeout(120_000);
    w.setLatency(200);
    await forgetMarks();
    await w.runTask("all");
    await eventually("the first is up", async () => (await marks("up")).length > 0);
    await whileBlocked(() => Promise.resolve());
    await isUp(...SERVERS);
    await stopEachInItsWay();
  });
});

describe("a person with hasty fingers, in VS Code 1.139", () => {
  useWorkbench({ ...where, theme: "light", settings: { "task.quickOpen.showAll": true, "task.quickOpen.history": 0 } }, (opened) => void (w = opened));
  beforeEach(forgetMarks);
  afterEach(closeTerminals);

  it("stops nothing with the button of a terminal that he has just left for a bash", async () => {
    await startAll();
    await openBash();
    await show("web");
    await titleHas("Stop");
    await whileBlocked(async () => {
      await w.terminal.selectTab("bash");
      await w.clickTerminalTitleAction("Stop");
    });
    await w.waitForNotification('The terminal "bash" is not known to show a running cancellable task.');
    await titleHasNot("Stop");
    assert.deepEqual(await marks("stopped"), []);
  });

  it("stops nothing with the context menu of a bash, also where only one task runs", async () => {
    await w.runTask("web");
    await isUp("web");
    await titleHas("Stop");
    await openBash();
    assert.ok((await w.terminal.tabMenu("web")).includes("Stop"), "the menu is about the tab that was clicked");
    await w.terminal.clickTabMenu("bash", "Stop");
    await w.waitForNotification('The terminal "bash" is not known to show a running cancellable task.');
    await w.screenshot("light-not-a-task");
    assert.deepEqual(await marks("stopped"), []);
  });

  it("clicks Stop twice while the extension host is blocked, and nothing is killed", async () => {
    await w.runTask("slow");
    await isUp("slow");
    await titleHas("Stop");
    await whileBlocked(async () => {
      await w.clickTerminalTitleAction("Stop");
      await w.clickTerminalTitleAction("Stop");
    });
    const text = await w.waitForTerminal(shows("slow", "● stopped after"));
    assert.doesNotMatch(text, /killed/);
    await wereStopped("slow");
  });

  it("clicks Stop twice in the tree while the extension host is blocked, and nothing is killed", async () => {
    await w.runTask("slow");
    await isUp("slow");
    await row("slow", /^running/);
    await whileBlocked(async () => {
      await w.clickTreeAction("Runs", "slow", "Stop");
      await w.clickTreeAction("Runs", "slow", "Stop");
    });
    await wereStopped("slow");
  });

  it("stops a run that waits for its previous one, by the button of its terminal", async () => {
    await w.runTask("slow");
    await isUp("slow");
    await titleHas("Stop");
    await forgetMarks();
    await w.command("Tasks: Restart Running Task");
    await w.waitForTerminal(shows("slow", "waiting for the previous run"));
    await titleHas("Stop");
    await w.clickTerminalTitleAction("Stop");
    await w.waitForTerminal(shows("slow", "● stopped after"));
    await wereStopped("slow");
    assert.deepEqual(await marks("up"), [], "it has not been started");
  });

  it("clicks slowly in the tree while a run counts down, and the click is not lost", async () => {
    await w.runTask("stubborn");
    await w.waitForTerminal(shows("stubborn", "is up"));
    await w.runTask("web");
    await isUp("web");
    await w.clickTreeAction("Runs", "stubborn", "Stop");
    await row("stubborn", /^stopping, kill in \d+ s$/);
    await w.view("Runs").clickActionSlowly("web", "Stop", countedDown);
    await wereStopped("web");
    await row("stubborn", /^stopping/);
    await w.screenshot("light-counting-down");
    await w.view("Runs").clickActionSlowly("stubborn", "Kill Now", countedDown);
    await row("stubborn", /^killed/);
  });

  it("stops all, and what a compound task would start later is not started, until he runs it again", async () => {
    await w.runTask("web and late");
    await isUp("web");
    await row("web", /^running/);
    await w.command("Cancellable Tasks: Stop All");
    await writeFile(join(w.folder, "go"), "");
    const text = await w.waitForTerminal(shows("late", "● stopped after"));
    assert.match(text.replace(/\s+/g, " "), /▲ not started: Stop All was used while the tasks that go with "web" were being started; run it again ● stopped after \d+ ms \(exit code 130\)/);
    await w.screenshot("light-refused");
    await wereStopped("web");
    assert.deepEqual(await marks("up"), ["web"]);
    await w.runTask("web and late");
    await isUp("late", "web");
    await rm(join(w.folder, "go"));
  });

  it("restarts a server, but not one whose task cannot be found: that goes on running", async () => {
    const file = join(w.folder, ".vscode", "tasks.json");
    const text = await readFile(file, "utf8");
    await w.runTask("web");
    await isUp("web");
    await row("web", /^running/);
    const refused = /^"web" goes on running and cannot be restarted: no task of that name can be read from the tasks.json of "workspace" now/;
    try {
      for (const bad of [text.replace('"label": "web"', '"label": "wobble"'), text.slice(0, text.indexOf('"label": "web"') + 11), undefined]) {
        if (bad === undefined) await rm(file);
        else await writeFile(file, bad);
        await w.waitUntilTaskIsGone("web");
        await w.clickTreeAction("Runs", "web", "Restart");
        await w.waitForNotification(refused);
        await w.screenshot("light-not-restarted");
        await w.command("Notifications: Clear All Notifications");
      }
      assert.deepEqual(await marks("stopped"), []);
    } finally {
      await writeFile(file, text);
    }
    await w.waitUntilTaskIsThere("web");
    await forgetMarks();
    await w.clickTreeAction("Runs", "web", "Restart");
    await wereStopped("web");
    await isUp("web");
  });
});

describe("a person with two folders that have tasks of the same name, in VS Code 1.139", () => {
  const settings = { "task.quickOpen.showAll": true, "task.quickOpen.history": 0 };
  useWorkbench({ ...where, folder: join(projectRoot, "test", "ui", "folders"), workspaceFile: "two.code-workspace", settings }, (opened) => void (w = opened));

  it("does not get the other folder's task by a restart when the one of the task has left the workspace", async () => {
    await w.runTask("start second");
    await row("web", /^running/);
    await w.waitForTerminal("web of second");
    const running = await taskProcesses(w.folder);
    await writeFile(join(w.folder, "two.code-workspace"), JSON.stringify({ folders: [{ path: "first" }] }));
    await w.waitUntilTaskIsGone("start second");
    await w.clickTreeAction("Runs", "web", "Restart");
    await w.waitForNotification('"web" goes on running and cannot be restarted: its folder "second" is no longer in the workspace');
    await w.screenshot("dark-folder-removed");
    assert.deepEqual(await taskProcesses(w.folder), running);
  });
});
