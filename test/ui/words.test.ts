// What our own words look like: in the terminal in each theme, in notifications, in the status bar.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { expectations } from "./expectations";
import { eventually, killLeftovers, nothingRuns, shows, taskProcesses } from "./taskProcesses";
import { useWorkbench } from "./useWorkbench";
import type { Workbench, WorkbenchOptions } from "./workbench";

const where: WorkbenchOptions = { version: "1.139", vsix: join(projectRoot, "cancellable-tasks.vsix"), folder: join(projectRoot, "test", "ui", "words"), theme: "dark" };
const THEMES: [string, number][] = [
  ["Dark Modern", 4.5],
  ["Light Modern", 4.5],
  ["Dark High Contrast", 7],
  ["Light High Contrast", 7],
];

let w: Workbench;
const { row } = expectations(() => w);

/** The smallest contrast ratio, as WCAG 2 defines it, of the text in the terminal's rows that begin with a bullet of ours; 0 where there are none. */
function smallestContrast(): Promise<number> {
  return w.page.evaluate(() => {
    type Rgba = [number, number, number, number];
    const parse = (text: string): Rgba => {
      const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
      return [r, g, b, a];
    };
    const luminance = (color: number[]): number => {
      const [r = 0, g = 0, b = 0] = color.map((channel) => (channel / 255 <= 0.03928 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const backgroundOf = (element: Element | null): Rgba => {
      for (let one = element; one !== null; one = one.parentElement) {
        const color = parse(getComputedStyle(one).backgroundColor);
        if (color[3] === 1) return color;
      }
      return [255, 255, 255, 1];
    };
    const rows = [...document.querySelectorAll(".terminal-wrapper.active .xterm-rows > div")].filter((row) => /^[●▲] /.test(row.textContent));
    const ratios = rows.flatMap((row) => {
      const background = backgroundOf(row);
      return [...row.querySelectorAll("span")].filter((span) => span.textContent.trim() !== "").map((span) => {
        const style = getComputedStyle(span);
        const [r, g, b, a] = parse(style.color);
        const alpha = a * Number(style.opacity);
        const shown = [r, g, b].map((channel, i) => channel * alpha + (background[i] ?? 0) * (1 - alpha));
        const [light = 0, dark = 0] = [luminance(shown), luminance(background.slice(0, 3))].sort((x, y) => y - x);
        return (light + 0.05) / (dark + 0.05);
      });
    });
    return ratios.length === 0 ? 0 : Math.min(...ratios);
  });
}

/** Ctrl+click on the text in the active terminal. */
async function follow(text: string): Promise<void> {
  const link = w.page.locator(".monaco-hover", { hasText: "Read what this means" }).first();
  await eventually(`the mouse on ${text} shows a link`, async () => {
    const { x, y } = await placeOf(text);
    await w.page.mouse.move(x - 3, y);
    await w.page.mouse.move(x, y);
    return link.waitFor({ state: "visible", timeout: 1_500 }).then(() => true, () => false);
  });
  const { x, y } = await placeOf(text);
  await w.page.keyboard.down("Control");
  await w.page.mouse.click(x, y).finally(() => w.page.keyboard.up("Control"));
}

/** The middle of the last such text in the active terminal. */
async function placeOf(text: string): Promise<{ x: number; y: number }> {
  const at = await w.page.evaluate((wanted) => {
    for (const row of [...document.querySelectorAll(".terminal-wrapper.active .xterm-rows > div")].reverse()) {
      const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const start = node.textContent?.indexOf(wanted) ?? -1;
        if (start < 0) continue;
        const range = document.createRange();
        range.setStart(node, start);
        range.setEnd(node, start + wanted.length);
        const { left, top, width, height } = range.getBoundingClientRect();
        return { x: left + width / 2, y: top + height / 2 };
      }
    }
    return undefined;
  }, text);
  assert.ok(at !== undefined, `the terminal shows no ${text}`);
  return at;
}

describe("the words that a person reads", () => {
  useWorkbench({ ...where, settings: { "workbench.preferredDarkColorTheme": "Default Dark Modern" } }, (opened) => void (w = opened));

  for (const [theme, goal] of THEMES) {
    it(`have a contrast of ${goal}:1 at least in the terminal in ${theme}`, async () => {
      await w.command("Preferences: Color Theme");
      await w.quickInput.pick(theme);
      await w.runTask("brief");
      await w.waitForTerminal(shows("brief", "▲ succeeded after [^]*docs: held-output"));
      await killLeftovers(w.folder);
      await eventually(`the contrast is ${goal}:1`, async () => (await smallestContrast()) >= goal);
      await w.screenshot(`words-${theme.toLowerCase().replaceAll(" ", "-")}`);
    });
  }

  it("lead to the page that explains them", async () => {
    await w.runTask("brief");
    await w.waitForTerminal(shows("brief", "▲ succeeded after [^]*docs: held-output"));
    await follow("docs:");
    await eventually("the page is open", async () => (await w.page.locator(".tab.active .label-name").allTextContents()).some((name) => name.includes("held-output.md")));
    await w.screenshot("words-docs-page");
    await w.command("View: Close All Editors");
  });

  it("count five tasks in one notification, which goes when all is settled", async () => {
    await w.runTask("all five");
    const five = /5 tasks have exited, but their output is still open: "[a-z]+", "[a-z]+", "[a-z]+" and 2 more\./;
    await w.waitForNotification(five);
    await eventually("there is one notification", async () => (await w.notifications()).length === 1);
    await w.screenshot("words-five-tasks");
    await w.clickNotification(five, "Kill Them");
    await nothingRuns(w.folder);
    await w.waitForNoNotification(/have exited, but their output|has exited, but its output/);
  });

  it("count what is left when one of two is settled, and leave the other one", async () => {
    await w.runTask("one");
    await w.waitForNotification(/"one" has exited/);
    await w.runTask("two");
    await w.waitForNotification(/2 tasks have exited/);
    await eventually("there is one notification", async () => (await w.notifications()).length === 1);
    await w.clickTreeAction("Runs", "two", "Stop");
    await w.waitForNotification(/"one" has exited, but its output is still open/);
    await w.clickNotification(/"one" has exited/, "Leave Them");
    await w.waitForNoNotification(/"one" has exited/);
  });

  it("say in the row of a task why it has failed, and all of it in the tooltip", async () => {
    await w.runTask("misspelt");
    await row("misspelt", /^could not start, no such file: \.\/no-such-file$/);
    await w.runTask("gives up");
    await row("gives up", /^exit code 4, not restarted again, /);
    assert.match(await w.view("Runs").tooltip("gives up"), /not restarted again: 1 restart within 1 min did not help/);
    await w.screenshot("words-why");
  });

  it("ask about a held port, and go when the question is settled: by an answer, by a stop, or because the port has become free", async () => {
    const question = /"wants a port" is not started yet: port 8129 is held by/;
    const holder = spawn(process.execPath, ["-e", "require('net').createServer().listen(8129, '127.0.0.1', () => console.log('up'))"], { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(holder, "exit");
    try {
      await once(holder.stdout, "data");
      await w.runTask("wants a port");
      await w.waitForNotification(question);
      await w.screenshot("words-held-port");
      await w.command("Cancellable Tasks: Stop All");
      await w.waitForNoNotification(question);
      await row("wants a port", /^not started: port 8129 was held by `node /);
      await w.runTask("wants a port");
      await w.clickNotification(question, "Stop It and Start");
      await exited;
      await w.waitForTerminal(shows("wants a port", "stopping `[^]*up"));
      await w.waitForNoNotification(question);
      // Its own second run asks about the first one, which then ends.
      await w.runTask("wants a port");
      await w.waitForNotification(question);
      for (const { pid } of await taskProcesses(w.folder)) process.kill(pid, "SIGKILL");
      await w.waitForNoNotification(question);
      await eventually("it runs", async () => (await taskProcesses(w.folder)).length > 0);
    } finally {
      holder.kill("SIGKILL");
      await w.command("Cancellable Tasks: Stop All");
      await nothingRuns(w.folder);
    }
  });
});
