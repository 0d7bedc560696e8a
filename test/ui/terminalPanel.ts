import type { Locator, Page } from "playwright-core";

import { exactly } from "./quickInput";
import { eventually, PATIENCE_MS } from "./taskProcesses";

/** The part used here of xterm.js, which VS Code leaves on the element of a terminal for its own tests to find. */
interface XtermElement extends Element {
  readonly xterm?: {
    readonly buffer: {
      readonly active: { readonly length: number; getLine(y: number): { readonly isWrapped: boolean; translateToString(trimRight: boolean): string } | undefined };
    };
  };
}

/** Buttons cover the rest of a tab while the mouse is on it. */
const ON_LABEL = { x: 24, y: 10 };
const active = ".terminal-wrapper.active";

function matches(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
}

/** The terminal panel and the terminal that is active in it. */
export class TerminalPanel {
  private readonly titleBar: Locator;

  public constructor(private readonly page: Page) {
    this.titleBar = page.locator(".part.panel > .title .title-actions");
  }

  /** The whole text of the active terminal, with what has scrolled away; "" when there is no terminal. Wrapped lines are joined. */
  public async text(): Promise<string> {
    const lines = await this.page.evaluate((selector) => {
      const buffer = document.querySelector<XtermElement>(selector)?.xterm?.buffer.active;
      return Array.from({ length: buffer?.length ?? 0 }, (_, y) => {
        const [line, next] = [buffer?.getLine(y), buffer?.getLine(y + 1)];
        // A line that goes on in the next one ends with its blanks.
        return { text: line?.translateToString(next?.isWrapped !== true) ?? "", isWrapped: line?.isWrapped === true };
      });
    }, active);
    return lines.reduce((all, { text, isWrapped }) => (isWrapped ? all + text : `${all}\n${text}`), "").trim();
  }

  /** Resolves with the text of the active terminal once `wanted` is in it; throws with what is there instead. */
  public async waitFor(wanted: string | RegExp, timeout = PATIENCE_MS): Promise<string> {
    const deadline = Date.now() + timeout;
    for (;;) {
      const text = await this.text();
      if (matches(text, wanted)) {
        return text;
      }
      if (Date.now() > deadline) {
        throw new Error(`The terminal does not show ${String(wanted)} after ${timeout} ms. It shows:\n${text}`);
      }
      await this.nextFrame();
    }
  }

  /** Types text into the active terminal, as at a keyboard; "\n" is Enter. */
  public async type(text: string): Promise<void> {
    await this.focus();
    await this.page.keyboard.type(text);
  }

  /** Presses one key, in Playwright's spelling: "Control+C", "Enter", "ArrowUp". */
  public async press(key: string): Promise<void> {
    await this.focus();
    await this.page.keyboard.press(key);
  }

  /** The labels of the actions in the panel's title bar, from left to right; key bindings are left out. */
  public async titleActions(): Promise<string[]> {
    const labels = await this.titleBar.locator("a.action-label[role=button][aria-label]").evaluateAll((elements) =>
      elements.map((element) => element.getAttribute("aria-label") ?? ""),
    );
    return labels.map((label) => label.replace(/\n.*/s, "").replace(/ \([^()]*\)$/, ""));
  }

  /** Clicks an action of the panel's title bar, once it is there. */
  public async clickTitleAction(label: string): Promise<void> {
    await this.titleBar.locator(`a.action-label[aria-label^=${JSON.stringify(label)}]`).first().click();
  }

  /** Closes the active terminal with its trash icon: in the title bar, or in the list when there are several terminals. */
  public async trash(): Promise<void> {
    const row = this.page.locator(".terminal-tabs-entry").locator("xpath=ancestor::*[contains(@class, 'monaco-list-row')]");
    const selected = row.and(this.page.locator(".selected, .focused")).first();
    if (await selected.isVisible()) {
      await selected.hover();
      await selected.locator(".codicon-trashcan, .codicon-trash").first().click();
    } else {
      await this.clickTitleAction("Kill Terminal");
    }
  }

  /** The titles in the list of terminals: shown when there are several; else the one in the title bar, if any. */
  public async names(): Promise<string[]> {
    const many = this.page.locator(".terminal-tabs-entry .label-name");
    const one = this.titleBar.locator(".single-terminal-tab");
    const texts = (await many.count()) > 0 ? await many.allTextContents() : await one.allTextContents();
    return texts.map((text) => text.trim());
  }

  /** Clicks a terminal in the list of terminals. */
  public async selectTab(name: string): Promise<void> {
    await this.tab(name).click({ position: ON_LABEL });
  }

  /** Clicks an item of the context menu of a terminal in the list. */
  public async clickTabMenu(name: string, item: string): Promise<void> {
    await this.clickMenu(() => this.tab(name).click({ button: "right", position: ON_LABEL }), item);
  }

  /** The items of the context menu of a terminal in the list; the menu is closed again. */
  public async tabMenu(name: string): Promise<string[]> {
    await this.tab(name).click({ button: "right", position: ON_LABEL });
    const items = this.page.locator(".context-view .monaco-menu .action-menu-item .action-label");
    await items.first().waitFor({ state: "visible" });
    const texts = await items.allTextContents();
    await this.page.keyboard.press("Escape");
    return texts;
  }

  /** Clicks an item of the context menu of the active terminal. */
  public async clickMenuOfActive(item: string): Promise<void> {
    await this.clickMenu(() => this.page.locator(`${active} .xterm-screen`).click({ button: "right", position: { x: 200, y: 10 } }), item);
  }

  /** An open menu does not change any more: where it was opened before VS Code was told that a task runs there, it is opened again. */
  private async clickMenu(open: () => Promise<void>, item: string): Promise<void> {
    const items = this.page.locator(".context-view .monaco-menu .action-menu-item");
    const wanted = items.filter({ hasText: exactly(item) }).first();
    await eventually(`the menu has ${item}`, async () => {
      await open();
      await items.first().waitFor({ state: "visible" });
      if ((await wanted.count()) > 0) return true;
      await this.page.keyboard.press("Escape");
      await items.first().waitFor({ state: "hidden" });
      return false;
    });
    // VS Code takes no click for one that comes with the menu: the button has to stay down for a moment.
    await wanted.click({ delay: 200 });
  }

  private tab(name: string): Locator {
    const label = this.page.locator(".label-name", { hasText: exactly(name) });
    return this.page.locator(".terminal-tabs-entry").filter({ has: label }).first();
  }

  private async focus(): Promise<void> {
    await this.page.locator(`${active} .xterm-helper-textarea`).focus();
  }

  private async nextFrame(): Promise<void> {
    await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
}
