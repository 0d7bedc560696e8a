import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";

import type { Locator } from "playwright-core";

import { projectRoot } from "../vscode/projectRoot";
import { exactly } from "./quickInput";
import { eventually, nothingRuns, shows } from "./taskProcesses";
import { useWorkbench } from "./useWorkbench";
import type { Workbench } from "./workbench";

const vsix = join(projectRoot, "cancellable-tasks.vsix");

function tasksJson(w: Workbench): string {
  return readFileSync(join(w.folder, ".vscode", "tasks.json"), "utf8");
}

/** Clicks the button that ends a list with check boxes. */
async function clickOk(w: Workbench): Promise<void> {
  await w.page.locator(".quick-input-widget:visible .monaco-button", { hasText: exactly("OK") }).click();
}

/** Clicks an answer below a preview. */
async function answer(w: Workbench, text: string): Promise<void> {
  const row = w.page.locator(".quick-input-widget:visible .monaco-list-row", { hasText: text }).first();
  await row.click();
  await row.waitFor({ state: "hidden" });
}

describe("a newcomer with an npm script, in VS Code 1.139", () => {
  let w: Workbench;

  useWorkbench({ version: "1.139", vsix, folder: join(projectRoot, "test", "ui", "newcomer"), theme: "light" }, (opened) => void (w = opened));

  it("is told by the empty view how to begin", async () => {
    await eventually("the view says how to begin", async () => /No cancellable task has run[^]*Run a Task/.test(await w.view("Runs").welcome()));
    await w.screenshot("light-welcome");
  });

  it("is led to a new task where the folder has neither tasks nor scripts", async () => {
    const [there, away] = [join(w.folder, "package.json"), join(w.folder, "elsewhere.txt")];
    renameSync(there, away);
    await w.command("Cancellable Tasks: Make Tasks Cancellable...");
    await w.waitForNotification("There is no task that could be made cancellable.");
    await w.screenshot("light-make-cancellable-nothing");
    await w.clickNotification("There is no task that could be made cancellable.", "New Cancellable Task...");
    await w.page.locator(".quick-input-widget:visible .monaco-list-row", { hasText: "Server" }).first().waitFor({ state: "visible" });
    await w.page.keyboard.press("Escape");
    renameSync(away, there);
  });

  it("has a server that runs and can be stopped after three clicks and no edit", async () => {
    const welcome = w.page.locator(".welcome-view-content .monaco-button", { hasText: "Make Tasks Cancellable..." });
    await welcome.click();
    const picked = w.page.locator(".quick-input-widget:visible .monaco-list-row", { hasText: "npm: dev" });
    await picked.waitFor({ state: "visible" });
    await w.screenshot("light-make-cancellable-pick");
    await clickOk(w);
    await w.page.locator(".quick-input-widget:visible .monaco-list-row", { hasText: "Write and run npm: dev" }).waitFor({ state: "visible" });
    await w.page.locator(".monaco-diff-editor").waitFor({ state: "visible" });
    await w.screenshot("light-make-cancellable-preview");
    assert.equal(existsSync(join(w.folder, ".vscode", "tasks.json")), false, "something was written before it was asked for");
    await answer(w, "Write and run npm: dev");
    await w.waitForTerminal(shows("npm: dev", "the server is listening"));
    await w.screenshot("light-make-cancellable-running");
    assert.deepEqual(JSON.parse(tasksJson(w)), {
      version: "2.0.0",
      tasks: [{ type: "cancellable", label: "npm: dev", command: "npm", args: ["run", "dev"], detail: "node server.mjs", problemMatcher: [] }],
    });
    await w.clickTerminalTitleAction("Stop");
    await w.waitForTerminal(/the server has closed[^]*● stopped /);
    await nothingRuns(w.folder);
    await w.screenshot("light-make-cancellable-stopped");
  });

  it("begins with a server in two clicks, and types over what is to be filled in", async () => {
    await w.command("Cancellable Tasks: New Cancellable Task...");
    await w.quickInput.pick("Server");
    await w.page.locator(".monaco-editor .view-line", { hasText: "dev server" }).waitFor({ state: "visible" });
    await w.page.keyboard.type("mine");
    await w.page.locator(".monaco-editor .view-line", { hasText: '"label": "mine"' }).waitFor({ state: "visible" });
    await w.screenshot("light-new-task");
    await w.command("File: Save");
    await eventually("it is in tasks.json", () => Promise.resolve(/"label": "npm: dev"[^]*"type": "cancellable",\s*"label": "mine"/.test(tasksJson(w))));
  });
});

describe("a person with a tasks.json, in VS Code 1.139", () => {
  let w: Workbench;
  let before: string;

  useWorkbench({ version: "1.139", vsix, folder: join(projectRoot, "test", "ui", "habits"), theme: "dark" }, async (opened) => {
    w = opened;
    before = tasksJson(w);
    await w.quickInput.openFile("tasks.json");
  });

  it("clicks the line above a task, sees the change, writes it, and runs the task", async () => {
    const lens = w.page.locator(".codelens-decoration a", { hasText: "Make cancellable" });
    // A VS Code that is just starting asks for the lenses, and sometimes does not draw them before it asks again.
    await eventually("the lenses are drawn", async () => {
      if (await lens.first().waitFor({ state: "visible", timeout: 4_000 }).then(() => true, () => false)) return true;
      await w.command("View: Close Editor");
      await w.quickInput.openFile("tasks.json");
      return false;
    });
    assert.equal(await lens.count(), 2);
    await w.screenshot("dark-code-lens");
    await lens.first().click();
    await w.page.locator(".monaco-diff-editor").waitFor({ state: "visible" });
    await w.screenshot("dark-code-lens-preview");
    assert.equal(tasksJson(w), before);
    await answer(w, "Write and run greet");
    await w.waitForTerminal(shows("greet", "hello 42"));
    assert.equal(tasksJson(w), before.replace('"type": "shell"', '"type": "cancellable"'));
  });

  it("runs and stops a task with the line above it", async () => {
    const lens = (text: string): Locator => w.page.locator(".codelens-decoration a", { hasText: text }).first();
    await lens("Run").click();
    await lens("Stop").waitFor({ state: "visible" });
    await w.screenshot("dark-code-lens-stop");
    await lens("Stop").click();
    await lens("Run").waitFor({ state: "visible" });
    await nothingRuns(w.folder);
  });

  it("makes all others cancellable by the command, and is told what stays as it is", async () => {
    await w.command("Cancellable Tasks: Make Tasks Cancellable...");
    await w.page.locator(".quick-input-widget:visible .monaco-list-row", { hasText: "direct" }).waitFor({ state: "visible" });
    await clickOk(w);
    await answer(w, "Write .vscode/tasks.json");
    await eventually("it is written", () => Promise.resolve(tasksJson(w) === before.replace('"type": "shell"', '"type": "cancellable"').replace('"type": "process"', '"type": "cancellable"')));
    await w.waitForNotification('"all" stays as it is: it only starts other tasks');
  });

  it("makes them built-in again, to the same text, and undoes that with a key", async () => {
    const middle = tasksJson(w);
    await w.command("Cancellable Tasks: Make Tasks Built-in Again...");
    await w.page.locator(".quick-input-widget:visible .monaco-list-row", { hasText: "direct" }).waitFor({ state: "visible" });
    await clickOk(w);
    await answer(w, "Write .vscode/tasks.json");
    await eventually("it is as it was", () => Promise.resolve(tasksJson(w) === before));
    await w.page.locator(".editor-group-container .monaco-editor .view-lines").first().click();
    await w.page.keyboard.press("Control+z");
    await w.command("File: Save");
    await eventually("it is cancellable again", () => Promise.resolve(tasksJson(w) === middle));
  });

  it("writes nothing when the preview is left with Escape", async () => {
    const now = tasksJson(w);
    await w.command("Cancellable Tasks: Make Tasks Built-in Again...");
    await w.page.locator(".quick-input-widget:visible .monaco-list-row", { hasText: "direct" }).waitFor({ state: "visible" });
    await clickOk(w);
    await w.page.locator(".quick-input-widget:visible .monaco-list-row", { hasText: "Write .vscode/tasks.json" }).waitFor({ state: "visible" });
    await w.page.keyboard.press("Escape");
    await w.page.locator(".monaco-diff-editor").waitFor({ state: "detached" });
    assert.equal(tasksJson(w), now);
  });
});

describe("a person who writes a tasks.json by hand, in VS Code 1.139", () => {
  let w: Workbench;

  useWorkbench({ version: "1.139", vsix, folder: join(projectRoot, "test", "ui", "byHand"), theme: "light", settings: { "editor.quickSuggestions": { strings: "off" } } }, async (opened) => {
    w = opened;
    await w.quickInput.openFile("tasks.json");
  });

  it("sees what is wrong, and mends it with a quick fix", async () => {
    await w.waitForProblem('is "5 sec", but must be a duration');
    const problems = await w.problems();
    assert.ok(problems.some((problem) => problem.includes('did you mean "cancelSignal"?')), problems.join("\n"));
    await w.screenshot("light-diagnostics");
    await w.page.locator(".monaco-editor .view-line span span", { hasText: "5 sec" }).first().click();
    await w.page.locator(".monaco-editor .cursor").first().waitFor({ state: "visible" });
    await w.command("Quick Fix...");
    const fix = w.page.locator(".action-widget .monaco-list-row", { hasText: 'Change to "5s"' }).first();
    await fix.waitFor({ state: "visible" });
    await w.screenshot("light-quick-fix");
    await w.page.keyboard.press("Enter");
    await w.command("File: Save");
    await eventually("it is mended", () => Promise.resolve(tasksJson(w).includes('"timeout": "5s"')));
  });

  it("is offered the type before there is a command", async () => {
    await w.page.locator(".monaco-editor .view-line", { hasText: "unfinished" }).first().click();
    await w.page.keyboard.press("End");
    await w.page.keyboard.type(' "type": ');
    await w.page.keyboard.press("Control+Space");
    await w.page.locator(".suggest-widget .monaco-list-row", { hasText: '"cancellable"' }).first().waitFor({ state: "visible" });
    await w.screenshot("light-completion");
    assert.equal(await w.page.locator(".suggest-widget .monaco-list-row", { hasText: '"cancellable"' }).count(), 1);
    await w.page.keyboard.press("Escape");
  });

  it("is told what a signal does, by resting on it", async () => {
    await w.page.locator(".monaco-editor .view-line span", { hasText: "SIGHUP" }).last().hover();
    await w.page.locator(".monaco-hover", { hasText: "what a closed terminal sends" }).first().waitFor({ state: "visible" });
    await w.screenshot("light-hover");
  });
});
