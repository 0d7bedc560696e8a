// What VS Code's terminal knows of a task's command: its directory, where it begins and ends, and how it ended.
import assert from "node:assert/strict";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { expectations } from "./expectations";
import { eventually, shows } from "./taskProcesses";
import { useWorkbench } from "./useWorkbench";
import type { Workbench } from "./workbench";

const where = { vsix: join(projectRoot, "cancellable-tasks.vsix"), folder: join(projectRoot, "test", "ui", "marks"), theme: "light" } as const;

for (const version of ["1.139", "1.100"] as const) {
  describe(`a person who reads a task's terminal in VS Code ${version}`, () => {
    let w: Workbench;
    const { titleHas } = expectations(() => w);

    useWorkbench({ ...where, version, settings: { "terminal.integrated.tabs.hideCondition": "never" } }, (opened) => void (w = opened));
    afterEach(() => w.command("Terminal: Kill All Terminals"));

    /** The mark beside the active terminal's newest command. */
    async function mark(wanted: string): Promise<void> {
      const marks = w.page.locator(".terminal-wrapper.active .terminal-command-decoration");
      await eventually(`the command has the mark ${wanted}`, async () => {
        const last = (await marks.count()) === 0 ? null : await marks.last().getAttribute("class");
        return last?.includes(wanted) === true;
      });
    }

    it("opens a file that the output names where the task runs, at its line, and sees which command has failed", async () => {
      await w.runTask("lint");
      await w.waitForTerminal(shows("lint", "wrong[^]*● exited with code 3"));
      await mark("codicon-terminal-decoration-error");
      await w.screenshot(`marks-${version}-failed`);
      const row = w.page.locator(".terminal-wrapper.active .xterm-rows > div", { hasText: /^src\/lint\.txt/ });
      await eventually("the link opens", async () => {
        const box = await row.boundingBox();
        if (box === null) return false;
        await w.page.mouse.move(box.x + 30, box.y + 8);
        await w.page.keyboard.down("Control");
        await w.page.mouse.move(box.x + 40, box.y + 8);
        await w.page.mouse.click(box.x + 40, box.y + 8);
        await w.page.keyboard.up("Control");
        return w.page.locator(`.tab[aria-label^="lint.txt"]`).isVisible();
      });
      await eventually("the cursor is at the line", async () => (await w.statusBarText("Ln ")).includes("Ln 2, Col 3"));
      await w.screenshot(`marks-${version}-link`);
    });

    it("sees what was run, and that it has succeeded", async () => {
      await w.runTask("fine");
      const text = await w.waitForTerminal(shows("fine", "all is well\n[^]*● succeeded"));
      assert.match(text, /^● executing `echo all is well`$/m);
      await mark("codicon-terminal-decoration-success");
    });

    it("sees that a command which was stopped has neither succeeded nor failed", async () => {
      await w.runTask("serve");
      await w.waitForTerminal(shows("serve", "up: "));
      await titleHas("Stop");
      await mark("codicon-terminal-decoration-incomplete");
      await w.screenshot(`marks-${version}-running`);
      await w.clickTerminalTitleAction("Stop");
      await w.waitForTerminal(shows("serve", "● stopped by SIGINT"));
      await mark("codicon-terminal-decoration-incomplete");
      await w.screenshot(`marks-${version}-stopped`);
    });
  });
}
