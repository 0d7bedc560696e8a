import { killLeftovers } from "./taskProcesses";
import { openWorkbench, type Workbench, type WorkbenchOptions } from "./workbench";

/**
 * Opens a workbench before the tests of the `describe` that this is called in, tidies up after each, and closes it after the last.
 * @param opened gets it
 */
export function useWorkbench(options: WorkbenchOptions, opened: (w: Workbench) => void | Promise<void>): void {
  let w: Workbench;

  before(async function () {
    this.timeout(120_000);
    w = await openWorkbench(options);
    await opened(w);
    await w.openView("Runs");
  });

  afterEach(async function () {
    if (w.page.isClosed()) return;
    const failed = this.currentTest?.state === "failed" ? this.currentTest.title : undefined;
    if (failed !== undefined) await w.screenshot(`failed-${failed.replaceAll(/\W+/g, "-")}`);
    await w.command("Cancellable Tasks: Stop All");
    await killLeftovers(w.folder);
    await w.command("Cancellable Tasks: Clear Ended Runs");
    await w.command("Notifications: Clear All Notifications");
  });

  after(async () => {
    await w.kill();
    await killLeftovers(w.folder);
  });
}
