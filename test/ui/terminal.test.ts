// Programs on a real terminal: prompts, keys, colours, full screens, sizes, pasted text; and what Ctrl+C and Stop do to them.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { expectations } from "./expectations";
import { eventually, nothingRuns, shows, taskProcesses } from "./taskProcesses";
import { useWorkbench } from "./useWorkbench";
import type { Workbench, WorkbenchOptions } from "./workbench";

const where: WorkbenchOptions = {
  version: "1.139",
  vsix: join(projectRoot, "cancellable-tasks.vsix"),
  folder: join(projectRoot, "test", "ui", "terminals"),
  theme: "light",
};

/** Longer than a program gets to show what it does with a Ctrl+C. */
const SETTLED_MS = 600;

let w: Workbench;
const { row, titleHas } = expectations(() => w);

async function run(label: string, ready: string): Promise<void> {
  await w.runTask(label);
  await w.waitForTerminal(shows(label, ready));
  // VS Code drops what is typed in the first milliseconds of a terminal that it uses again.
  await titleHas("Stop");
}

function said(label: string, what: string, timeout?: number): Promise<string> {
  return w.waitForTerminal(shows(label, what), timeout);
}

async function stillRuns(label: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  await row(label, /^running, pid \d+$/);
}

describe("a person whose tasks are programs for a terminal", () => {
  useWorkbench(where, (opened) => void (w = opened));
  afterEach(() => w.command("Terminal: Clear"));

  it("works with Node's prompt, where Ctrl+C is its own, and leaves it with Ctrl+D", async () => {
    await run("node prompt", "information\\.");
    await w.typeInTerminal("6*7\n");
    await said("node prompt", "\\n42\\n");
    await w.pressInTerminal("Control+C");
    await said("node prompt", "To exit, press Ctrl\\+C again");
    await stillRuns("node prompt");
    await w.screenshot("light-node-prompt");
    await w.pressInTerminal("Control+D");
    await said("node prompt", "● succeeded after");
  });

  it("interrupts a loop in Python's prompt, and goes on with it", async () => {
    await run("python prompt", ">>>");
    await w.typeInTerminal("while True: pass\n\n");
    await said("python prompt", "while True: pass\\n+\\.\\.\\.");
    await w.pressInTerminal("Control+C");
    await said("python prompt", "KeyboardInterrupt");
    await stillRuns("python prompt");
    await w.typeInTerminal("2**10\n");
    await said("python prompt", "\\n1024\\n");
    await w.pressInTerminal("Control+D");
    await said("python prompt", "● succeeded after");
  });

  it("steers a watcher with keys, Ctrl+C among them", async () => {
    await w.runTask("watcher");
    await w.waitForTerminal("RUN  all #1");
    await titleHas("Stop");
    await w.typeInTerminal("r");
    await w.waitForTerminal('RUN  "r" #2');
    await w.pressInTerminal("Control+C");
    await w.waitForTerminal("RUN  Ctrl+C #3");
    await stillRuns("watcher");
    await w.screenshot("light-watcher");
    await w.typeInTerminal("q");
    await w.waitForTerminal(/bye\s+● succeeded after/);
  });

  it("has a usable screen again when a full-screen program was killed, and reads there what was done", async () => {
    await w.runTask("full screen");
    await w.waitForTerminal("full screen ");
    await titleHas("Stop");
    await w.clickTerminalTitleAction("Stop");
    const text = await said("full screen", "sent SIGINT to process group \\d+[^]*killed process group[^]*● stopped by SIGKILL after");
    assert.match(text, /Executing task: full screen/);
    // Where the mouse is not the program's any more, it selects.
    const mode = await w.page.evaluate(() => document.querySelector<Element & { xterm?: { modes: { mouseTrackingMode: string } } }>(".terminal-wrapper.active")?.xterm?.modes.mouseTrackingMode);
    assert.equal(mode, "none");
    await w.screenshot("light-after-full-screen");
  });

  it("sees colours, and programs that know they are on a terminal", async () => {
    await w.runTask("colours");
    await said("colours", "a terminal[^]*● succeeded after");
    // What git has added is green.
    assert.match(await w.page.locator(".terminal-wrapper.active .xterm-rows .xterm-fg-2").first().innerText(), /\+(2|four)/);
    await w.screenshot("light-colours");
  });

  it("stops and continues jobs in a shell, and interrupts them", async () => {
    await run("shell", "prompt>");
    await w.typeInTerminal("sleep 100\n");
    await eventually("the job runs", async () => (await taskProcesses(w.folder)).some(({ command }) => command === "sleep 100"));
    await w.pressInTerminal("Control+Z");
    await said("shell", "Stopped +sleep 100");
    await w.typeInTerminal("fg\n");
    await said("shell", "fg\\nsleep 100");
    await w.pressInTerminal("Control+C");
    await stillRuns("shell");
    await w.typeInTerminal("echo alive $((1+1))\n");
    await said("shell", "alive 2");
    await w.pressInTerminal("Control+D");
    await said("shell", "● (succeeded|exited with code \\d+) after");
  });

  it("types and erases wide characters", async () => {
    await run("wide", "type:");
    await w.pressInTerminal("Shift");
    await w.page.keyboard.insertText("漢字é");
    await said("wide", "type: 漢字é");
    await w.pressInTerminal("Backspace");
    await w.pressInTerminal("Backspace");
    await w.typeInTerminal("\n");
    await said("wide", "<漢>[^]*● succeeded after");
    await w.screenshot("light-wide");
  });

  it("pastes 1 MB, and all of it arrives", async function () {
    this.timeout(90_000);
    await run("paste", "paste please");
    await w.pressInTerminal("Shift");
    const text = Array.from({ length: 10_000 }, (_, i) => `line ${i} `.padEnd(104, "ä")).join("\n");
    await w.page.evaluate((pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", pasted);
      const target = document.querySelector(".terminal-wrapper.active .xterm-helper-textarea");
      target?.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
    const md5 = createHash("md5").update(text.replaceAll("\n", "\r")).digest("hex");
    await said("paste", `${text.length} characters, md5 ${md5}`, 60_000);
  });

  it("answers npm init", async function () {
    this.timeout(90_000);
    await run("init", "package name:");
    const answers: [string, string][] = [["package name:", "pkg"], ["version:", "2.3.4"], ["description:", "made in a task"], ["entry point:", ""], ["test command:", ""], ["git repository:", ""], ["keywords:", ""], ["author:", ""], ["license:", ""], ["type:", ""], ["Is this OK\\?", "yes"]];
    for (const [question, answer] of answers) {
      await said("init", question);
      await w.typeInTerminal(`${answer}\n`);
    }
    await said("init", "● succeeded after", 30_000);
    const { name, version, description } = JSON.parse(await readFile(join(w.folder, "package.json"), "utf8")) as Record<string, string>;
    assert.deepEqual([name, version, description], ["pkg", "2.3.4", "made in a task"]);
  });

  it("makes the window smaller, and the program is told", async () => {
    await run("size", "\\d+ \\d+");
    const before = /(\d+) (\d+)\s*$/.exec(await w.terminalText())?.[2];
    await w.page.setViewportSize({ width: 900, height: 700 });
    try {
      await eventually("the width has changed", async () => Number(/(\d+) (\d+)\s*$/.exec(await w.terminalText())?.[2]) < Number(before));
    } finally {
      await w.page.setViewportSize({ width: 1280, height: 800 });
    }
  });

  it("is told who still has the terminal, and the task ends after the waitDelay", async () => {
    await w.runTask("hung terminal");
    await said("hung terminal", "output is still held by `sleep 600` \\(pid \\d+\\)");
    await row("sleep 600", /^pid \d+, holds terminal$/);
    await w.screenshot("light-hung-terminal");
    await said("hung terminal", "▲ succeeded after 3(\\.\\d)? s [^]*output was still held[^]*ErrWaitDelay; terminal held");
  });

  it("sees Stop type a text, or run a command, or go on when that fails", async () => {
    await run("asked by a key", "press q:");
    await w.clickTerminalTitleAction("Stop");
    await said("asked by a key", 'q\\s+bye[^]*● stopped after');
    await run("asked by a command", "listening");
    await w.clickTerminalTitleAction("Stop");
    await said("asked by a command", 'running `echo asking; kill[^]*asking\\s[^]*closing[^]*● stopped after');
    await run("asked in vain", "listening");
    await w.clickTerminalTitleAction("Stop");
    await said("asked in vain", 'no such server[^]*the "cancelCommand" failed: exit status 3; kill in 500 ms[^]*killed process group[^]*● stopped by SIGKILL');
    await w.screenshot("light-cancel-command");
    await nothingRuns(w.folder);
  });
});

describe("a person with the package for all platforms, which has no node-pty", () => {
  useWorkbench({ ...where, vsix: join(projectRoot, "cancellable-tasks-universal.vsix"), theme: "dark" }, (opened) => void (w = opened));

  it("is told that a task has pipes, and works with it", async () => {
    await w.runTask("wide");
    await w.waitForTerminal(shows("wide", "could not allocate a pseudoterminal; using pipes instead[^]*Cannot find module[^]*type:"));
    await titleHas("Stop");
    await w.typeInTerminal("abc\n");
    await said("wide", "<abc>[^]*● succeeded after");
    await w.screenshot("dark-no-terminal");
  });
});
