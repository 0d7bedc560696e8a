import assert from "node:assert/strict";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { eventually, isListening, nothingRuns, shows, taskProcesses } from "./taskProcesses";
import { useWorkbench } from "./useWorkbench";
import type { Workbench } from "./workbench";

const where = { vsix: join(projectRoot, "cancellable-tasks.vsix"), folder: join(projectRoot, "examples") };

for (const [version, theme] of [["1.139", "light"], ["1.100", "dark"]] as const) {
  describe(`a person with VS Code ${version} in a ${theme} theme`, () => {
    let w: Workbench;

    useWorkbench({ ...where, version, theme }, (opened) => void (w = opened));

    it("stops the HTTP server with the button in the title bar", async () => {
      await w.runTask("HTTP server (Node)");
      await w.waitForTerminal("listening on");
      await w.screenshot(`${theme}-${version}-running`);
      await w.clickTerminalTitleAction("Stop");
      await w.waitForTerminal(/good bye[^]*● stopped after/);
      assert.equal(await isListening(8123), false);
      await nothingRuns(w.folder);
      await w.screenshot(`${theme}-${version}-stopped`);
    });

    it("sees the hung pipe in terminal, tree and status bar", async () => {
      await w.runTask("build that forgets a child");
      await w.waitForTerminal("output is still held by `sleep 600`");
      const status = await w.statusBarItem("Cancellable Tasks: hung pipe");
      assert.equal(status.background, "warning");
      await w.screenshot(`${theme}-${version}-hung-pipe`);
      await w.waitForTerminal("ErrWaitDelay");
      await eventually("the tree shows it", async () => {
        const rows = await w.treeItems("Runs");
        return rows.some(({ description }) => description === "ErrWaitDelay") && rows.some(({ label }) => label === "sleep 600");
      });
      await w.screenshot(`${theme}-${version}-err-wait-delay`);
    });

    it("leaves no process of a running task behind when the window and its extension host go", async () => {
      await w.runTask("ignores SIGINT");
      await w.waitForTerminal(shows("ignores SIGINT", "working"));
      assert.notEqual((await taskProcesses(w.folder)).length, 0);
      await w.close();
      await nothingRuns(w.folder);
    });
  });
}
