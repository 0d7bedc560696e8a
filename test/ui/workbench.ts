import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { Locator, Page } from "playwright-core";

import { launchBrowser } from "../vscode/browser";
import { Cleanup } from "../vscode/cleanup";
import { DelayProxy } from "../vscode/delayProxy";
import type { VSCodeVersion } from "../vscode/install";
import { thisMachine, type Machine } from "../vscode/machine";
import { projectRoot } from "../vscode/projectRoot";
import { installExtension, startServer, type VSCodeServer } from "../vscode/server";
import { calmSettings, writeSettings } from "../vscode/settings";
import { exactly, QuickInput } from "./quickInput";
import { eventually, PATIENCE_MS } from "./taskProcesses";
import { TerminalPanel } from "./terminalPanel";
import { TreeView, type TreeRow } from "./treeView";

export interface WorkbenchOptions {
  readonly version: VSCodeVersion;
  /** The packaged extension to install; none when absent. */
  readonly vsix?: string;
  /** The folder to open a fresh copy of. */
  readonly folder: string;
  readonly theme: "light" | "dark";
  readonly settings?: Readonly<Record<string, unknown>>;
  /** A .code-workspace file in the folder, to open in its place. */
  readonly workspaceFile?: string;
  /** The window is reached over a connection whose latency can be set. */
  readonly slowConnection?: boolean;
  /** What VS Code's server runs on; absent: this machine. */
  readonly machine?: Machine;
  /** Added to the environment of the server, its extension hosts and terminals. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface StatusBarItem {
  readonly text: string;
  readonly ariaLabel: string;
  readonly background: "error" | "warning" | "none";
  /** What the mouse shows when it rests on the item; "" when that is nothing. */
  readonly tooltip: string;
}

export interface Notification {
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly buttons: readonly string[];
}

/** How long a test waits for VS Code itself. */
const START_MS = 60_000;
const themes = { light: "Default Light Modern", dark: "Default Dark Modern" };
const testSettings = {
  "terminal.integrated.gpuAcceleration": "off", // Text in the DOM, and on screenshots without a GPU.
  "task.problemMatchers.neverPrompt": true,
};

/** A real VS Code with one window: what its user sees and does. Every method waits for what it needs. */
export class Workbench {
  public readonly terminal: TerminalPanel;
  public readonly quickInput: QuickInput;

  public constructor(
    public readonly page: Page,
    public readonly server: VSCodeServer,
    /** The copy of the folder that is open. */
    public readonly folder: string,
    private readonly cleanup: Cleanup,
    private readonly connection?: DelayProxy,
  ) {
    this.terminal = new TerminalPanel(page);
    this.quickInput = new QuickInput(page);
  }

  /** From now on everything between the browser and the server takes so many milliseconds longer, each way. */
  public setLatency(ms: number): void {
    if (this.connection === undefined) throw new Error("Only a workbench with a slow connection has a latency.");
    this.connection.delay = ms;
  }

  /** Runs a command by its title in the palette, category included. */
  public command(title: string): Promise<void> {
    return this.quickInput.command(title);
  }

  /** Runs the task of tasks.json with exactly this label. Resolves when it was picked: see `waitForTerminal`. */
  public async runTask(label: string): Promise<void> {
    // The list closes when something takes the focus from it, such as a terminal that is restored after a reload.
    for (let tries = 3; ; tries--) {
      await this.command("Tasks: Run Task");
      if (tries === 1 || (await this.quickInput.opens(5_000))) break;
    }
    await this.quickInput.pick(label);
  }

  /** VS Code's own Terminate Task, for the running task with exactly this label. */
  public async terminateTask(label: string): Promise<void> {
    await this.command("Tasks: Terminate Task");
    await this.quickInput.pick(label);
  }

  public terminalText(): Promise<string> {
    return this.terminal.text();
  }

  public waitForTerminal(wanted: string | RegExp, timeout?: number): Promise<string> {
    return this.terminal.waitFor(wanted, timeout);
  }

  public typeInTerminal(text: string): Promise<void> {
    return this.terminal.type(text);
  }

  public pressInTerminal(key: string): Promise<void> {
    return this.terminal.press(key);
  }

  public terminalTitleActions(): Promise<string[]> {
    return this.terminal.titleActions();
  }

  public clickTerminalTitleAction(label: string): Promise<void> {
    return this.terminal.clickTitleAction(label);
  }

  public trashTerminal(): Promise<void> {
    return this.terminal.trash();
  }

  /** Opens a view by its title, as in "View: Open View", and resolves when it is there. */
  public async openView(title: string): Promise<TreeView> {
    await this.quickInput.openView(title);
    const view = this.view(title);
    await view.waitUntilOpen();
    return view;
  }

  public view(title: string): TreeView {
    return new TreeView(this.page, title);
  }

  public treeItems(viewTitle: string): Promise<TreeRow[]> {
    return this.view(viewTitle).rows();
  }

  public clickTreeAction(viewTitle: string, row: string, action: string): Promise<void> {
    return this.view(viewTitle).clickAction(row, action);
  }

  /** The status bar item whose id, text or aria-label contains `wanted`, once it is there. */
  public async statusBarItem(wanted: string): Promise<StatusBarItem> {
    const item = this.findStatusBarItem(wanted);
    await item.waitFor({ state: "visible" });
    const classes = (await item.getAttribute("class")) ?? "";
    return {
      text: (await item.innerText()).trim(),
      ariaLabel: (await item.getAttribute("aria-label")) ?? "",
      background: classes.includes("error-kind") ? "error" : classes.includes("warning-kind") ? "warning" : "none",
      tooltip: await this.tooltip(item),
    };
  }

  /** What the item says now, without resting the mouse on it. */
  public async statusBarText(wanted: string): Promise<string> {
    return (await this.findStatusBarItem(wanted).innerText()).trim();
  }

  /** Resolves when the list of tasks to run has no task with exactly this label: VS Code has read the changed tasks.json. */
  public waitUntilTaskIsGone(label: string): Promise<void> {
    return this.untilTasks((labels) => !labels.includes(label));
  }

  public waitUntilTaskIsThere(label: string): Promise<void> {
    return this.untilTasks((labels) => labels.includes(label));
  }

  private async untilTasks(holds: (labels: readonly string[]) => boolean): Promise<void> {
    await eventually("the list of tasks is as expected", async () => {
      await this.command("Tasks: Run Task");
      const labels = (await this.quickInput.opens(5_000)) ? await this.quickInput.labels() : [];
      await this.page.keyboard.press("Escape");
      return holds(labels);
    }, 60_000);
  }

  /** Whether the status bar shows such an item now. */
  public hasStatusBarItem(wanted: string): Promise<boolean> {
    return this.findStatusBarItem(wanted).isVisible();
  }

  public async clickStatusBarItem(wanted: string): Promise<void> {
    await this.findStatusBarItem(wanted).locator("a").click();
  }

  /** The notifications on the screen, the newest first. */
  public notifications(): Promise<Notification[]> {
    return this.page.locator(".notifications-toasts .notification-toast .notification-list-item").evaluateAll((elements) =>
      elements.map((element) => ({
        severity: element.querySelector(".codicon-error") ? "error" : element.querySelector(".codicon-warning") ? "warning" : "info",
        message: element.querySelector(".notification-list-item-message")?.textContent.trim() ?? "",
        buttons: [...element.querySelectorAll(".notification-list-item-buttons-container .monaco-text-button")].map((button) =>
          button.textContent.trim(),
        ),
      })),
    );
  }

  /** Resolves when a notification with this text is on the screen. */
  public async waitForNotification(text: string | RegExp): Promise<void> {
    await this.notification(text).waitFor({ state: "visible" });
  }

  /** Resolves when no notification with this text is on the screen, nor in the list of notifications. */
  public async waitForNoNotification(text: string | RegExp): Promise<void> {
    await this.page.locator(".notification-list-item-message", { hasText: text }).first().waitFor({ state: "detached" });
  }

  /** Clicks a button, or a link, of the notification with this text. */
  public async clickNotification(text: string | RegExp, button: string): Promise<void> {
    const toast = this.notification(text);
    await toast.hover();
    await toast.locator(".monaco-text-button, .notification-list-item-message a", { hasText: exactly(button) }).click();
  }

  /** Opens the Problems panel and resolves when one of its rows says this. */
  public async waitForProblem(text: string): Promise<void> {
    await this.problems();
    await this.page.locator(`.markers-panel .monaco-list-row[aria-label*=${JSON.stringify(text)}]`).first().waitFor({ state: "visible" });
  }

  /** Opens the Problems panel and resolves with what its rows say now; [] when it has none. */
  public async problems(): Promise<string[]> {
    await this.command("Problems: Focus on Problems View");
    const panel = this.page.locator(".markers-panel");
    await panel.locator(":is(.monaco-list-row, .message-box-container):visible").first().waitFor({ state: "visible" });
    return panel.locator(".monaco-list-row").evaluateAll((rows) => rows.map((row) => row.getAttribute("aria-label") ?? ""));
  }

  /** How long the extensions of this window have taken to load and to be activated, by VS Code's own measure, in milliseconds. */
  public async activationTimes(): Promise<Map<string, number>> {
    await this.command("Developer: Show Running Extensions");
    const list = this.page.locator(".runtime-extensions-editor .monaco-list");
    const rows = list.locator(".monaco-list-row");
    await rows.first().waitFor({ state: "visible" });
    await list.press("Home");
    const times = new Map<string, number>();
    // Only the rows in sight are there, and all are drawn anew now and then.
    for (let page = 0; page < 8; page++) {
      for (const text of await rows.allInnerTexts()) {
        const [, ms] = /Activation: (\d+)ms/.exec(text) ?? [];
        if (ms !== undefined) times.set(text.trim().split("\n", 1)[0] ?? "", Number(ms));
      }
      await list.press("PageDown");
      await this.page.waitForTimeout(300);
    }
    await this.page.keyboard.press("Escape");
    return times;
  }

  /** Writes out/screenshots/NAME.png and resolves with its path. */
  public async screenshot(name: string): Promise<string> {
    const path = join(projectRoot, "out", "screenshots", `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  /** Reloads the window, as the user does; resolves when it is back. */
  public async reload(): Promise<void> {
    await this.page.reload({ timeout: START_MS });
    await ready(this.page);
  }

  /** Another window of the same VS Code, with the same folder or this one, in a browser of its own. */
  public async another(folder = this.folder): Promise<Workbench> {
    const browser = await launchBrowser();
    this.cleanup.add(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(this.server.url(folder));
    await ready(page);
    await page.locator(`.activitybar a.action-label[aria-label^="Cancellable Tasks"]`).waitFor({ state: "visible", timeout: START_MS });
    return new Workbench(page, this.server, folder, this.cleanup);
  }

  /** Ends the browser without a word to the window: its extension host does not learn of it. */
  public async killBrowser(): Promise<void> {
    await this.page.context().browser()?.close();
  }

  /** Ends the browser, the server and everything it started, and removes its folders. Extensions are deactivated. May be called again. */
  public close(): Promise<void> {
    return this.cleanup.run();
  }

  /** The same at once, for when a test is over: `killLeftovers` then ends what a task still runs. */
  public async kill(): Promise<void> {
    await this.server.kill();
    await this.close();
  }

  private findStatusBarItem(wanted: string): Locator {
    const items = this.page.locator(".statusbar-item:visible");
    const quoted = JSON.stringify(wanted);
    return items.and(this.page.locator(`[id*=${quoted}], [aria-label*=${quoted}], :has-text(${quoted})`)).first();
  }

  private notification(text: string | RegExp): Locator {
    const message = this.page.locator(".notification-list-item-message", { hasText: text });
    return this.page.locator(".notifications-toasts .notification-list-item").filter({ has: message }).first();
  }

  private async tooltip(item: Locator): Promise<string> {
    const hover = this.page.locator(".monaco-hover:visible").last();
    await item.hover();
    const shown = await hover.waitFor({ state: "visible", timeout: 3_000 }).then(() => true, () => false);
    const text = shown ? await hover.innerText() : "";
    await this.page.mouse.move(640, 300); // Away from it, into the middle of the window.
    return text;
  }
}

async function ready(page: Page): Promise<void> {
  await page.locator(".monaco-workbench .statusbar-item").first().waitFor({ state: "visible", timeout: START_MS });
  await page.locator(".part.sidebar .pane-body, .part.editor .watermark, .part.editor .tab").first().waitFor({ state: "visible" });
}

async function open(options: WorkbenchOptions, cleanup: Cleanup): Promise<Workbench> {
  const machine = options.machine ?? thisMachine;
  const scratch = mkdtempSync(join(realpathSync(machine.scratch), "cancellable-tasks-ui-"));
  cleanup.add(() => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }));
  const folder = join(scratch, "workspace");
  const where = { version: options.version, extensionsDir: join(scratch, "extensions"), dataDir: join(scratch, "data"), machine };
  mkdirSync(folder);
  cpSync(options.folder, folder, { recursive: true });
  writeSettings(where.dataDir, { ...calmSettings, ...testSettings, "workbench.colorTheme": themes[options.theme], ...options.settings });
  if (options.vsix !== undefined) {
    await installExtension(options.vsix, where);
  }
  // Not with the hooks for smoke tests: these keep notifications off the screen.
  const server = await startServer({ ...where, smokeTest: false, env: options.env ?? {} });
  cleanup.add(() => server.stop());
  const connection = options.slowConnection === true ? await DelayProxy.to(server.port) : undefined;
  if (connection !== undefined) cleanup.add(() => connection.close());
  const browser = await launchBrowser();
  cleanup.add(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: options.theme });
  page.setDefaultTimeout(PATIENCE_MS);
  const url = new URL(server.url(folder));
  if (connection !== undefined) url.port = String(connection.port);
  if (options.workspaceFile !== undefined) {
    url.searchParams.delete("folder");
    url.searchParams.set("workspace", machine.uriPath(join(folder, options.workspaceFile)));
  }
  await page.goto(url.href);
  await ready(page);
  // The workbench shows itself before it has read what the extensions contribute.
  if (options.vsix !== undefined) await page.locator(`.activitybar a.action-label[aria-label^="Cancellable Tasks"]`).waitFor({ state: "visible", timeout: START_MS });
  return new Workbench(page, server, folder, cleanup, connection);
}

/** Opens a new VS Code, with nothing left from any other, on a fresh copy of a folder. `close()` it at the end. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const cleanup = new Cleanup();
  try {
    return await open(options, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}
