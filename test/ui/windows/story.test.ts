// What a person does in a VS Code on Windows. Windows is Wine here, see docs/windows.md for what that cannot show.
import assert from "node:assert/strict";
import { cpSync, symlinkSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "../../vscode/projectRoot";
import { expectations } from "../expectations";
import { eventually, isListening, shows } from "../taskProcesses";
import { useWorkbench } from "../useWorkbench";
import type { Workbench } from "../workbench";
import { onWindows, runTask, running, runs } from "./windows";

const [PIPES, TERMINAL, STUBBORN_TERMINAL] = ["server", "server on a terminal", "stubborn on a terminal"];
const [PIPES_PORT, TERMINAL_PORT] = [8141, 8142];
/** What a task has left is called so. */
const LEFT = "node.exe sleeper.cjs";

describe("a person with VS Code 1.100 on Windows", function () {
  this.timeout(90_000);
  let w: Workbench;
  const { row, noRow, titleHas, titleHasNot } = expectations(() => w);

  useWorkbench(onWindows(), (opened) => {
    w = opened;
    // The examples' own, and the tsc that is here.
    cpSync(join(projectRoot, "examples", "typescript"), join(w.folder, "typescript"), { recursive: true });
    symlinkSync(join(projectRoot, "node_modules"), join(w.folder, "node_modules"));
  });

  it("stops a server on pipes with a click, which cleans up before its port is free", async () => {
    await runTask(w, PIPES, "listening on");
    assert.equal(await isListening(PIPES_PORT), true);
    await row(PIPES, /^running, port 8141, pid \d+$/);
    await titleHas("Stop");
    await eventually("it is seen what it uses", async () => (await w.treeItems("Runs")).some(({ label, description }) => /% CPU, .* MB/.test(`${label} ${description}`)));
    await w.screenshot("windows-running");
    await w.clickTerminalTitleAction("Stop");
    const text = await w.waitForTerminal(shows(PIPES, "● stopped after"));
    assert.match(text, /(?=[^]*sent Ctrl\+C)[^]*closing[^]*good bye/);
    assert.equal(await isListening(PIPES_PORT), false);
    await titleHasNot("Stop", "Kill Now");
    await row(PIPES, /^stopped, /);
    await runs("server.cjs", 0);
    await w.screenshot("windows-stopped");
  });

  it("stops it with Ctrl+C typed, and from the tree", async () => {
    await runTask(w, PIPES, "listening on");
    await w.pressInTerminal("Control+C");
    await w.waitForTerminal(shows(PIPES, "good bye[^]*● stopped after"));
    await runTask(w, PIPES, "listening on");
    await row(PIPES, /^running/);
    await w.clickTreeAction("Runs", PIPES, "Stop");
    await w.waitForTerminal(shows(PIPES, "good bye[^]*● stopped after"));
    await runs("server.cjs", 0);
  });

  it("restarts it from the tree, and it has its port again", async () => {
    await runTask(w, PIPES, "listening on");
    await row(PIPES, /^running/);
    const [before] = await running("server.cjs 8141");
    await w.clickTreeAction("Runs", PIPES, "Restart");
    await eventually("another one listens", async () => {
      const [now, ...more] = await running("server.cjs 8141");
      return now !== undefined && now !== before && more.length === 0 && (await isListening(PIPES_PORT));
    });
  });

  it("sees the output of one on a terminal, and stops it", async () => {
    await runTask(w, TERMINAL, "listening on");
    assert.equal(await isListening(TERMINAL_PORT), true);
    await row(TERMINAL, /^running, port 8142, pid \d+$/);
    await titleHas("Stop");
    await w.clickTerminalTitleAction("Stop");
    await w.waitForTerminal(shows(TERMINAL, "typed Ctrl\\+C[^]*● stopped"));
    assert.equal(await isListening(TERMINAL_PORT), false);
    await runs("server.cjs", 0);
    await row(TERMINAL, /^(stopped|killed), /);
  });

  it("sees what ignores Ctrl+C on a terminal killed when the delay is over", async () => {
    await runTask(w, STUBBORN_TERMINAL, "working");
    await runs("stubborn.cjs", 3);
    await titleHas("Stop");
    await w.clickTerminalTitleAction("Stop");
    await titleHas("Kill Now");
    const text = await w.waitForTerminal(shows(STUBBORN_TERMINAL, "typed Ctrl\\+C[^]*s after the stop[^]*● stopped"));
    const [, seconds] = /([\d.]+) s after the stop/.exec(text) ?? [];
    assert.ok(Number(seconds) >= 2 && Number(seconds) <= 3, `killed after ${seconds ?? "?"} s, not 2 s`);
    await runs("stubborn.cjs", 0);
    // The shell that the command is a line of ends of Ctrl+C.
    await row(STUBBORN_TERMINAL, /^(stopped|killed), /);
  });

  it("sees one that ignores Ctrl+C ended, with all it has started, when the delay is over", async () => {
    await runTask(w, "stubborn", "working");
    await runs("stubborn.cjs", 2);
    await titleHas("Stop");
    await w.clickTerminalTitleAction("Stop");
    await titleHas("Kill Now");
    await row("stubborn", /^stopping, kill in [123] s$/);
    await w.screenshot("windows-stopping");
    const text = await w.waitForTerminal(shows("stubborn", "● stopped by SIGKILL after"));
    const [, seconds] = /([\d.]+) s after the stop/.exec(text) ?? [];
    assert.ok(Number(seconds) >= 3 && Number(seconds) <= 4, `killed after ${seconds ?? "?"} s, not 3 s`);
    await runs("stubborn.cjs", 0);
    await row("stubborn", /^killed, /);
  });

  it("does not wait for the delay after Kill Now", async () => {
    await runTask(w, "stubborn", "working");
    await titleHas("Stop");
    await w.clickTerminalTitleAction("Stop");
    await titleHas("Kill Now");
    await w.clickTerminalTitleAction("Kill Now");
    await w.waitForTerminal(shows("stubborn", "killed [^]*(\\d+ ms|[12](\\.\\d)? s) after the stop"));
    await runs("stubborn.cjs", 0);
  });

  it("is shown who may hold the output of a command that has ended, and gets rid of him", async () => {
    await w.command("View: Show Explorer");
    await runTask(w, "forgets a child", "output is still held");
    await titleHas("Stop Waiting for Output");
    const draining = await w.statusBarItem("Cancellable Tasks: hung pipe");
    assert.equal(draining.background, "warning");
    assert.match(draining.tooltip, /forgets a child \(pid \d+\) has ended; its output is held since .*sleeper\.cjs/);
    const text = await w.waitForTerminal(shows("forgets a child", "▲ still running: "));
    assert.match(text.replace(/\s+/g, " "), /▲ succeeded after \d(\.\d)? s \(exit code 0\), but output was still held by .*`node\.exe sleeper\.cjs` \(pid \d+\), .*ErrWaitDelay/);
    await w.openView("Runs");
    await row("forgets a child", /^output was still held, /);
    await w.screenshot("windows-err-wait-delay");
    await w.clickTreeAction("Runs", LEFT, "Kill");
    await runs("sleeper.cjs", 0);
    await noRow(LEFT);
  });

  it("finds what a task has left, with a dead parent and an empty environment, and kills it", async () => {
    await runTask(w, "leaves a process behind", "● succeeded[^]*still running: ");
    await runs("sleeper.cjs", 1);
    await row(LEFT, /^pid \d+$/);
    await w.clickTreeAction("Runs", LEFT, "Kill");
    await runs("sleeper.cjs", 0);
    await noRow(LEFT);
  });

  it("runs a batch file with the arguments as they are written", async () => {
    await runTask(w, "batch file", "● succeeded");
    assert.ok((await w.terminalText()).includes(JSON.stringify(["two words", "100% & more", 'say "hi"'])), await w.terminalText());
  });

  it("runs a line of cmd.exe, and is told its exit code", async () => {
    await runTask(w, "line for cmd.exe", "one&two\\s+a {2}b\\s+● exited with code 3");
    await row("line for cmd.exe", /^exit code 3/);
  });

  it("finds the problem that tsc --watch reports in the Problems panel, until it is mended", async () => {
    await w.runTask("tsc --watch");
    // It clears the screen.
    await w.waitForTerminal("Watching for file changes", 30_000);
    await w.waitForProblem("Argument of type 'string' is not assignable");
    await w.screenshot("windows-problems");
    const file = join(w.folder, "typescript", "src", "area.ts");
    await writeFile(file, (await readFile(file, "utf8")).replace('"4"', "4"));
    await eventually("the problem is gone", async () => !(await w.problems()).some((text) => text.includes("Argument of type")));
    await w.command("Terminal: Focus Terminal");
    await w.clickTerminalTitleAction("Stop");
    await runs("tsc", 0);
  });

  it("stops all with one command", async () => {
    await w.runTask(PIPES);
    await w.waitForTerminal(shows(PIPES, "listening on"));
    await w.runTask("stubborn");
    await w.waitForTerminal(shows("stubborn", "working"));
    await w.command("Cancellable Tasks: Stop All");
    await runs("server.cjs", 0);
    await runs("stubborn.cjs", 0);
  });
});
