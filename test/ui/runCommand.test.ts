// A command line that is in no tasks.json.
import assert from "node:assert/strict";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { expectations } from "./expectations";
import { nothingRuns, shows } from "./taskProcesses";
import { useWorkbench } from "./useWorkbench";
import type { Workbench } from "./workbench";

const RUN_COMMAND = "Cancellable Tasks: Run Command...";
const LINE = `trap 'echo "cleaned up"; exit' INT; echo $((40 + 2)) ready; while :; do sleep 0.05; done`;

let w: Workbench;
const { row, titleHas } = expectations(() => w);

describe("a person with a command that is in no tasks.json, in VS Code 1.139", () => {
  useWorkbench({ version: "1.139", vsix: join(projectRoot, "cancellable-tasks.vsix"), folder: join(projectRoot, "test", "ui", "tree"), theme: "dark" }, (opened) => void (w = opened));

  it("runs it in the shell, restarts it from the tree, and stops it with the button", async () => {
    await w.command(RUN_COMMAND);
    await w.quickInput.pick(LINE);
    await w.waitForTerminal(/42 ready/);
    await row(LINE, /^running/);
    await w.screenshot("dark-run-command");
    await w.clickTreeAction("Runs", LINE, "Restart");
    // Not before: a Stop right after a click on Restart is the second half of a double click.
    await w.waitForTerminal(/● stopped[^]*42 ready/);
    await titleHas("Stop");
    await w.clickTerminalTitleAction("Stop");
    await w.waitForTerminal(/● stopped[^]*42 ready[^]*cleaned up/);
    await row(LINE, /^stopped/);
    await nothingRuns(w.folder);
  });

  it("finds it in the history, and another one too", async () => {
    await w.command(RUN_COMMAND);
    assert.deepEqual(await w.quickInput.labels(), [LINE]);
    await w.page.keyboard.press("Enter");
    await row(LINE, /^running/);
    await w.command("Cancellable Tasks: Stop All");
    await nothingRuns(w.folder);
    await w.command(RUN_COMMAND);
    await w.quickInput.pick("echo other; exit 3");
    await w.waitForTerminal(shows("cancellable: echo other; exit 3", "other[^]*exit code: 3"));
    await w.command(RUN_COMMAND);
    assert.deepEqual(await w.quickInput.labels(), ["echo other; exit 3", LINE]);
    await w.page.keyboard.press("Escape");
  });
});
