// The runs of a window whose browser has died, and of a window beside it, as another window shows them.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { expectations } from "./expectations";
import { eventually, killLeftovers, nothingRuns, shows, taskProcesses } from "./taskProcesses";
import { openWorkbench, type Workbench } from "./workbench";

/** Where the only extension host with runs listens, as its journal says. It is written beside the run, which does not wait for it. */
async function socketOf(data: string): Promise<string> {
  let found: string | undefined;
  await eventually("the journal tells of the run", () => {
    const [file] = readdirSync(data, { recursive: true, encoding: "utf8" }).filter((name) => /runs\/[0-9a-f]+\.\d+-\d+\.json$/.test(name));
    const { endpoint } = file === undefined ? {} : (JSON.parse(readFileSync(join(data, file), "utf8")) as { endpoint?: { path: string } });
    found = endpoint?.path;
    return Promise.resolve(found !== undefined);
  });
  return found ?? "";
}

for (const version of ["1.139", "1.100"] as const) {
  describe(`a person with two windows of VS Code ${version}`, function () {
    this.timeout(180_000);
    let first: Workbench;
    let second: Workbench;
    const { row } = expectations(() => second);

    /** Its task, which can be run here too, stays listed. */
    function nothingElsewhere(): Promise<void> {
      return eventually("no run of another window is listed", async () => !(await second.treeItems("Runs")).some(({ description }) => description.startsWith("in another window")));
    }

    before(async () => {
      first = await openWorkbench({ version, vsix: join(projectRoot, "cancellable-tasks.vsix"), folder: join(projectRoot, "test", "ui", "servers"), theme: "light" });
      second = await first.another();
      await second.openView("Runs");
    });
    after(async () => {
      await first.kill();
      await killLeftovers(first.folder);
    });

    it("sees in one what runs in the other, follows its output, and stops it", async () => {
      await first.runTask("slow");
      await first.waitForTerminal(shows("slow", "slow is up"));
      await row("slow", /^in another window \(workspace\): running, pid \d+$/);
      await second.openView("Runs");
      await second.clickTreeAction("Runs", "slow", "Reveal Terminal");
      await second.waitForTerminal(/● the output of "slow", which runs in another window[^]*slow is up/);
      await second.screenshot(`other-window-${version}`);
      await second.clickTreeAction("Runs", "slow", "Stop");
      await second.waitForTerminal(/slow is closing\s+● that run has ended, or its window has/);
      await nothingElsewhere();
      await first.waitForTerminal(shows("slow", "● stopped after"));
      await nothingRuns(first.folder);
    });

    it("finds and kills in a new window what the extension host of a dead browser still runs", async () => {
      await first.runTask("stubborn");
      await first.waitForTerminal(shows("stubborn", "stubborn is up"));
      const socket = await socketOf(join(first.folder, "..", "data"));
      assert.equal(existsSync(socket), true);
      await first.killBrowser();
      await row("stubborn", /^in another window \(workspace\): running/);
      const empty = mkdtempSync(join(tmpdir(), "cancellable-tasks-ui-"));
      try {
        second = await first.another(empty);
        await second.openView("Runs");
        await row("stubborn", /^in another window \(workspace\): running, pid \d+$/);
        await second.clickTreeAction("Runs", "stubborn", "Stop");
        await row("stubborn", /^in another window \(workspace\): stopping, kill in \d+ s$/);
        await second.clickTreeAction("Runs", "stubborn", "Kill Now");
        await nothingElsewhere();
        await nothingRuns(first.folder);
        assert.deepEqual(await taskProcesses(first.folder), []);
      } finally {
        rmSync(empty, { recursive: true });
      }
      await eventually("no socket is left", () => Promise.resolve(!existsSync(socket)));
    });
  });
}
