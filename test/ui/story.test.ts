import assert from "node:assert/strict";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { expectations } from "./expectations";
import { eventually, isListening, nothingRuns, shows, taskProcesses } from "./taskProcesses";
import { useWorkbench } from "./useWorkbench";
import type { Workbench, WorkbenchOptions } from "./workbench";

const SERVER = "HTTP server (Node)";
const STUBBORN = "ignores SIGINT";
const FORGETFUL = "build that forgets a child";

describe("a person with the examples, in VS Code 1.139", () => {
  let w: Workbench;
  const { row, noRow, titleHas, titleHasNot } = expectations(() => w);

  const where: WorkbenchOptions = { version: "1.139", vsix: join(projectRoot, "cancellable-tasks.vsix"), folder: join(projectRoot, "examples"), theme: "dark" };
  useWorkbench(where, async (opened) => {
    w = opened;
    // The examples are copied away from the project, and `tsc` is there.
    await symlink(join(projectRoot, "node_modules"), join(w.folder, "node_modules"));
  });

  async function run(label: string, ready: string): Promise<void> {
    // What an earlier run of it has said is not to be taken for this one's.
    if ((await w.terminalText()).includes(`Executing task: ${label}`)) await w.command("Terminal: Clear");
    await w.runTask(label);
    await w.waitForTerminal(shows(label, ready));
  }

  it("sees which tasks there are before any has run", async () => {
    for (const label of [SERVER, STUBBORN, FORGETFUL]) await row(label, /^(?!running)/);
    await w.screenshot("dark-idle");
  });

  it("clicks Stop, and the HTTP server closes its port, says so, and the terminal stays", async () => {
    await run(SERVER, "listening on");
    assert.equal(await isListening(8123), true);
    await titleHas("Stop");
    await row(SERVER, /^running, pid \d+$/);
    await w.screenshot("dark-server-running");
    await w.clickTerminalTitleAction("Stop");
    const clicked = performance.now();
    await eventually("the port is free", async () => !(await isListening(8123)));
    const text = await w.waitForTerminal(shows(SERVER, "● stopped after"));
    const ms = performance.now() - clicked;
    assert.match(text, /sent SIGINT to process group \d+; kill in 5 s, stop again to kill now/);
    assert.match(text, /port 8123 is closed, good bye/);
    assert.ok(ms < 1000 + 1000, `it took ${ms.toFixed(0)} ms from the click`); // 1 s, and as much for a busy machine.
    console.log(`      (${ms.toFixed(0)} ms from the click to the end)`);
    await titleHasNot("Stop", "Kill Now");
    await row(SERVER, /^stopped, /);
    await nothingRuns(w.folder);
    await w.screenshot("dark-server-stopped");
  });

  it("stops the server from the tree", async () => {
    await run(SERVER, "listening on");
    await row(SERVER, /^running/);
    assert.deepEqual(await w.view("Runs").actions(SERVER), ["Stop", "Restart", "Reveal Terminal"]);
    await w.clickTreeAction("Runs", SERVER, "Stop");
    await w.waitForTerminal(shows(SERVER, "good bye[^]*● stopped after"));
    await nothingRuns(w.folder);
  });

  it("stops the server from the terminal's context menu", async () => {
    await run(SERVER, "listening on");
    await titleHas("Stop");
    await w.page.locator(".terminal-wrapper.active .xterm-screen").click({ button: "right", position: { x: 200, y: 10 } });
    // VS Code takes no click for one that comes with the menu: the button has to stay down for a moment.
    await w.page.locator(".context-view .monaco-menu .action-menu-item", { hasText: /^Stop$/ }).click({ delay: 200 });
    await w.waitForTerminal(shows(SERVER, "good bye[^]*● stopped after"));
  });

  it("stops the server in a terminal of the editor area, by the button there", async () => {
    await run(SERVER, "listening on");
    await w.command("Terminal: Move Terminal into Editor Area");
    const stop = w.page.locator(".editor-group-container .title-actions, .editor-group-container .editor-actions").locator("a.action-label[aria-label^='Stop']");
    await stop.first().click();
    await nothingRuns(w.folder);
    await row(SERVER, /^stopped, /);
    await w.screenshot("dark-editor-terminal");
    await w.command("View: Close All Editors");
  });

  it("sees one that ignores SIGINT killed, with its group, when the waitDelay is over", async () => {
    await run(STUBBORN, "working");
    await titleHas("Stop");
    await w.clickTerminalTitleAction("Stop");
    await titleHas("Kill Now");
    await row(STUBBORN, /^stopping, kill in [123] s$/);
    const status = await w.statusBarItem("Cancellable Tasks: stopping");
    assert.match(status.text, /stopping [123] s/);
    assert.match(status.tooltip, new RegExp(`${STUBBORN} \\(pid \\d+\\) is stopping`));
    await w.screenshot("dark-stopping");
    const text = await w.waitForTerminal(shows(STUBBORN, "● stopped by SIGKILL after"));
    const [, seconds] = /killed process group \d+ \(2 processes: [^)]*\), ([\d.]+) s after the stop/.exec(text) ?? [];
    assert.ok(Number(seconds) >= 3 && Number(seconds) <= 3.5, `killed after ${seconds ?? "?"} s, not 3 s`);
    await nothingRuns(w.folder);
    await row(STUBBORN, /^killed, /);
    await titleHasNot("Stop", "Kill Now");
    await eventually("the status bar is quiet", async () => !(await w.hasStatusBarItem("Cancellable Tasks: ")));
  });

  it("does not wait for the waitDelay after Kill Now", async () => {
    await run(STUBBORN, "working");
    await titleHas("Stop");
    await w.clickTerminalTitleAction("Stop");
    await titleHas("Kill Now");
    await w.clickTerminalTitleAction("Kill Now");
    const text = await w.waitForTerminal(shows(STUBBORN, "● stopped by SIGKILL after"));
    assert.match(text.slice(text.lastIndexOf("Executing")), /killed process group \d+ \(2 processes: [^)]*\), (\d+ ms|[12](\.\d)? s) after the stop/);
    await nothingRuns(w.folder);
  });

  it("kills with Ctrl+C typed twice", async () => {
    await run(STUBBORN, "working");
    // VS Code drops what is typed in the first milliseconds of a terminal that it uses again.
    await titleHas("Stop");
    await w.pressInTerminal("Control+C");
    await w.waitForTerminal(shows(STUBBORN, "\\^C[^]*Ctrl\\+C: sent SIGINT"));
    await w.pressInTerminal("Control+C");
    const text = await w.waitForTerminal(shows(STUBBORN, "● stopped by SIGKILL after"));
    assert.match(text.slice(text.lastIndexOf("Executing")), /killed process group \d+ \(2 processes: [^)]*\), (\d+ ms|[12](\.\d)? s) after the stop/);
    await nothingRuns(w.folder);
  });

  it("is shown who holds the output of a build that has ended, and gets rid of him", async () => {
    await w.command("View: Show Explorer");
    await run(FORGETFUL, "output is still held by `sleep 600` \\(pid \\d+\\)");
    await titleHas("Stop Waiting for Output");
    const draining = await w.statusBarItem("Cancellable Tasks: hung pipe");
    assert.equal(draining.background, "warning");
    assert.match(draining.tooltip, /build that forgets a child \(pid \d+\) has ended; its output is held since .*sleep 600/);
    await w.screenshot("dark-hung-pipe");
    const text = await w.waitForTerminal(shows(FORGETFUL, "▲ still running: `sleep 600`"));
    assert.match(text.replace(/\s+/g, " "), /▲ succeeded after 3(\.\d)? s \(exit code 0\), but output was still held by `sleep 600` \(pid \d+\), .*\(ErrWaitDelay; stdout and stderr held\)/);
    await w.openView("Runs");
    await row(FORGETFUL, /^output was still held, 3(\.\d)? s$/);
    await row(/^stdout and stderr held by `sleep 600` \(pid \d+\)$/, /^ErrWaitDelay$/);
    await row("sleep 600", /^pid \d+$/);
    await w.screenshot("dark-err-wait-delay");
    await w.clickTreeAction("Runs", "sleep 600", "Kill");
    await nothingRuns(w.folder);
    await noRow("sleep 600");
  });

  it("is led from the hung pipe in the status bar to the runs, and then it is quiet", async () => {
    await w.command("View: Show Explorer");
    await run(FORGETFUL, "▲ still running: `sleep 600`");
    const status = await w.statusBarItem("Cancellable Tasks: hung pipe");
    assert.equal(status.background, "warning");
    assert.match(status.tooltip, /ErrWaitDelay/);
    await w.screenshot("dark-hung-pipe-unseen");
    await w.clickStatusBarItem("Cancellable Tasks: hung pipe");
    await row(FORGETFUL, /^output was still held/);
    await eventually("the status bar is quiet", async () => !(await w.hasStatusBarItem("Cancellable Tasks: hung pipe")));
  });

  it("stops waiting for held output, and the holder lives", async () => {
    await run(FORGETFUL, "output is still held by");
    await titleHas("Stop Waiting for Output");
    await w.clickTerminalTitleAction("Stop Waiting for Output");
    await w.waitForTerminal(shows(FORGETFUL, "▲ succeeded after [^]*output was still held"));
    assert.deepEqual((await taskProcesses(w.folder)).map(({ command }) => command), ["sleep 600"]);
  });

  it("stops the holder of a held output", async () => {
    await run(FORGETFUL, "output is still held by");
    await titleHas("Stop");
    // The `sleep` of a shell that does no job control ignores SIGINT, as every background process of such a shell does.
    await w.clickTerminalTitleAction("Stop");
    await w.waitForTerminal(shows(FORGETFUL, "sent SIGINT to what is left of process group"));
    await nothingRuns(w.folder);
    await row(FORGETFUL, /^(output was still held|succeeded), /);
  });

  it("leaves no process behind with the trash icon, and sees the stop go on without the terminal", async () => {
    await run(STUBBORN, "working");
    await titleHas("Stop");
    await w.trashTerminal();
    await row(STUBBORN, /^stopping, kill in [123] s$/);
    await w.statusBarItem("Cancellable Tasks: stopping");
    await w.screenshot("dark-trashed");
    await nothingRuns(w.folder);
    await row(STUBBORN, /^killed, /);
  });

  it("leaves no process behind with Terminate Task", async () => {
    await run(SERVER, "listening on");
    await w.terminateTask(SERVER);
    await nothingRuns(w.folder);
    assert.equal(await isListening(8123), false);
    await row(SERVER, /^stopped, /);
  });

  it("goes on to the next task of a dependsOn chain after success", async () => {
    await w.runTask("publish");
    await w.waitForTerminal(/Executing task: publish[^]*published[^]*● succeeded after/, 25_000);
    await row("check", /^succeeded/);
    await row("package", /^succeeded/);
  });

  it("does not go on with a dependsOn chain after a stop", async () => {
    await w.runTask("publish");
    await row("check", /^running/);
    await w.clickTreeAction("Runs", "check", "Stop");
    await row("check", /^stopped/);
    await nothingRuns(w.folder);
    // Those after it have not run.
    const others = (await w.treeItems("Runs")).filter(({ label }) => label === "package" || label === "publish");
    assert.deepEqual(others.map(({ description }) => /^(running|succeeded|stopped)/.test(description)), [false, false]);
  });

  it("finds the problem that tsc --watch reports in the Problems panel, until it is mended", async () => {
    await run("tsc --watch", "Watching for file changes");
    await w.waitForProblem("Argument of type 'string' is not assignable");
    await w.screenshot("dark-problems");
    const file = join(w.folder, "typescript", "src", "area.ts");
    await writeFile(file, (await readFile(file, "utf8")).replace('"4"', "4"));
    await eventually("the problem is gone", async () => !(await w.problems()).some((text) => text.includes("Argument of type")));
    await w.command("Terminal: Focus Terminal");
    await w.clickTerminalTitleAction("Stop");
    await nothingRuns(w.folder);
  });

  it("types an answer, with Backspace", async () => {
    await run("asks a question", "Your name:");
    await w.typeInTerminal("Adaa");
    await w.pressInTerminal("Backspace");
    await w.typeInTerminal("\n");
    await w.waitForTerminal(shows("asks a question", "Hello, Ada!"));
  });

  it("gives the end of input with Ctrl+D", async () => {
    await run("asks a question", "Your name:");
    await w.pressInTerminal("Control+D");
    await w.waitForTerminal(shows("asks a question", "Nobody there."));
  });

  it("sees what a program writes to /dev/stderr", async () => {
    await run("writes to /dev/stderr", "to stdout\\s+to /dev/stderr\\s+● succeeded");
  });

  it("finds its way from the tree to the terminal, also of a run that ended at once", async () => {
    const label = "writes to /dev/stderr";
    await run(label, "● succeeded");
    await row(label, /^succeeded/);
    await w.command("View: Hide Panel");
    await w.clickTreeAction("Runs", label, "Reveal Terminal");
    await w.page.locator(".terminal-wrapper.active .xterm-screen").waitFor({ state: "visible" });
    await w.waitForTerminal(shows(label, "to /dev/stderr"));
  });

  it("sees a timeout stop the task with exit code 124", async () => {
    await run("has a timeout", "● timed out after 2 s: sent SIGINT[^]*exit code 124");
    await row("has a timeout", /^timed out/);
    await nothingRuns(w.folder);
  });

  it("finds the survivor of a task that succeeded in the tree", async () => {
    await run("leaves a process behind", "● succeeded[^]*still running: `sleep 600`");
    await row("sleep 600", /^pid \d+$/);
    await w.clickTreeAction("Runs", "sleep 600", "Kill");
    await nothingRuns(w.folder);
    await noRow("sleep 600");
  });

  it("restarts a task from the tree: the old run ends, and a new one starts", async () => {
    await run(SERVER, "listening on");
    await row(SERVER, /^running/);
    await w.clickTreeAction("Runs", SERVER, "Restart");
    await eventually("there is a running one, and below it a stopped one", async () => {
      const rows = await w.treeItems("Runs");
      const at = rows.findIndex(({ label, description }) => label === SERVER && /^running/.test(description));
      return at >= 0 && rows.slice(at + 1, at + 3).some(({ label, level }) => label === "stopped" && level === (rows[at]?.level ?? 0) + 1);
    });
    await eventually("it listens again", () => isListening(8123));
  });

  it("stops all with one command", async () => {
    await w.runTask(SERVER);
    await w.waitForTerminal(shows(SERVER, "listening on"));
    await w.runTask("HTTP server (Python)");
    await eventually("both listen", async () => (await isListening(8123)) && (await isListening(8124)));
    await w.screenshot("dark-two-runs");
    await w.command("Cancellable Tasks: Stop All");
    await nothingRuns(w.folder);
    await row(SERVER, /^stopped/);
    await row("HTTP server (Python)", /^stopped/);
  });

  it("is told in a friendly way that there is nothing to stop", async () => {
    await w.command("Cancellable Tasks: Stop");
    await w.waitForNotification("There is no cancellable task to stop.");
    await w.command("Notifications: Clear All Notifications");
  });
});
