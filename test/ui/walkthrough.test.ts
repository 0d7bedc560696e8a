// The walkthrough, as somebody sees it who has just installed the extension.
import assert from "node:assert/strict";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { eventually } from "./taskProcesses";
import { useWorkbench } from "./useWorkbench";
import type { Workbench } from "./workbench";

const STEPS = ["Make a task cancellable", "Run it, and stop it", "See what runs, and what was left", "Say how it is to be stopped"];

let w: Workbench;

/** What the parts of the picture are filled with: only black where VS Code takes no notice of how it says so. */
async function coloursOfPicture(): Promise<Set<string>> {
  const all = await Promise.all(w.page.frames().map((frame) => frame.evaluate(() => [...document.querySelectorAll("body > svg *, svg[role=img] *")].map((part) => getComputedStyle(part).fill)).catch(() => [])));
  return new Set(all.flat());
}

describe("a person who has just installed the extension", () => {
  useWorkbench({ version: "1.139", vsix: join(projectRoot, "cancellable-tasks.vsix"), folder: join(projectRoot, "test", "ui", "newcomer"), theme: "dark" }, (opened) => void (w = opened));

  it("finds the walkthrough, with a picture for each step in each theme", async () => {
    // Where there is little room VS Code leaves the pictures out.
    await w.command("View: Toggle Primary Side Bar Visibility");
    await w.command("Welcome: Open Walkthrough...");
    await w.quickInput.pick("Tasks that can always be stopped");
    const titles = w.page.locator(".getting-started-category .step-title, .getting-started-step .step-title");
    await eventually("all steps are there", async () => (await titles.allTextContents()).filter((title) => STEPS.includes(title.trim())).length === STEPS.length);
    for (const theme of ["Light Modern", "Dark High Contrast", "Light High Contrast", "Dark Modern"]) {
      await w.command("Preferences: Color Theme");
      await w.quickInput.pick(theme);
      for (const [i, title] of STEPS.entries()) {
        await w.page.locator(".getting-started-step", { hasText: title }).first().click();
        await w.page.locator(".getting-started-media iframe, .getting-started-media webview, .getting-started-media img").first().waitFor({ state: "visible" });
        await eventually("the step is open", async () => (await w.page.locator(".getting-started-step.expanded .step-title").allTextContents()).join().includes(title));
        await eventually("the picture has the theme's colours", async () => (await coloursOfPicture()).size > 2);
        if (theme.startsWith("Dark Modern") || i === 1) await w.screenshot(`walkthrough-${theme.toLowerCase().replaceAll(" ", "-")}-${i + 1}`);
      }
    }
  });

  it("gets from its first button to the list of what can be made cancellable", async () => {
    await w.page.locator(".getting-started-step", { hasText: STEPS[0] ?? "" }).first().click();
    await w.page.locator(".getting-started-step.expanded .monaco-button", { hasText: "Make Tasks Cancellable..." }).first().click();
    assert.ok((await w.quickInput.labels()).length > 0);
    await w.page.keyboard.press("Escape");
  });
});
