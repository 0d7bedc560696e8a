import type { Locator, Page } from "playwright-core";

import { exactly } from "./quickInput";

export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** What a screen reader says. */
  readonly ariaLabel: string;
  /** 1 at the top. */
  readonly level: number;
  /** Absent where there is nothing to expand. */
  readonly expanded?: boolean;
  /** The codicon's name, or "". */
  readonly icon: string;
  readonly selected: boolean;
}

/** A view with a tree, wherever the workbench shows it. */
export class TreeView {
  private readonly pane: Locator;

  public constructor(
    private readonly page: Page,
    title: string,
  ) {
    const header = page.locator(`.pane-header[aria-label*=${JSON.stringify(title)}]`);
    this.pane = page.locator(".split-view-view > .pane").filter({ has: header });
  }

  /** Resolves when the view is open. */
  public async waitUntilOpen(): Promise<void> {
    await this.pane.locator(".pane-body").waitFor({ state: "visible" });
  }

  public isOpen(): Promise<boolean> {
    return this.pane.locator(".pane-body").isVisible();
  }

  /** The rows that are in sight, from top to bottom. */
  public rows(): Promise<TreeRow[]> {
    return this.pane.locator(".monaco-list-row").evaluateAll((elements) =>
      elements
        .sort((a, b) => Number(a.getAttribute("data-index")) - Number(b.getAttribute("data-index")))
        .map((element) => {
          const text = (selector: string): string => element.querySelector(selector)?.textContent.trim() ?? "";
          const icon = element.querySelector(".custom-view-tree-node-item-icon")?.className ?? "";
          const expanded = element.getAttribute("aria-expanded");
          return {
            label: text(".label-name"),
            description: text(".label-description"),
            ariaLabel: element.getAttribute("aria-label") ?? "",
            level: Number(element.getAttribute("aria-level")),
            ...(expanded === null ? {} : { expanded: expanded === "true" }),
            icon: /codicon-([\w-]+)/.exec(icon.replace("codicon-modifier", ""))?.[1] ?? "",
            selected: element.classList.contains("selected"),
          };
        }),
    );
  }

  /** What the view says instead of rows: its welcome content, or "". */
  public async welcome(): Promise<string> {
    return (await this.pane.locator(".welcome-view-content").filter({ visible: true }).allInnerTexts()).join("\n");
  }

  /** The labels of a row's inline actions. */
  public async actions(label: string): Promise<string[]> {
    const row = await this.hover(label);
    const actions = row.locator(".actions a.action-label[aria-label]");
    return actions.evaluateAll((elements) => elements.map((element) => element.getAttribute("aria-label") ?? ""));
  }

  /** Clicks an inline action of a row. */
  public async clickAction(label: string, action: string): Promise<void> {
    await this.settled(label);
    const row = await this.hover(label);
    await row.locator(`.actions a.action-label[aria-label^=${JSON.stringify(action)}]`).first().click();
  }

  /**
   * Resolves when the row has not been drawn anew for a moment. VS Code gathers the changes of 200 ms and then draws all rows,
   * also those that look as before: a click that comes just then is lost.
   */
  private async settled(label: string): Promise<void> {
    const isDrawnAnew = async (): Promise<boolean> => {
      const before = await this.row(label).locator(".label-name").elementHandle();
      await this.page.waitForTimeout(250);
      return !(await before.evaluate((element) => element.isConnected));
    };
    while (await isDrawnAnew());
  }

  /** Clicks an inline action of a row, and holds the mouse button down until something has happened. */
  public async clickActionSlowly(label: string, action: string, until: () => Promise<void>): Promise<void> {
    await this.settled(label);
    const row = await this.hover(label);
    await row.locator(`.actions a.action-label[aria-label^=${JSON.stringify(action)}]`).first().hover();
    await this.page.mouse.down();
    await until();
    await this.page.mouse.up();
  }

  /** Clicks a row itself. */
  public async click(label: string): Promise<void> {
    await this.row(label).click();
  }

  /** Opens or closes a row's children. */
  public async toggle(label: string): Promise<void> {
    await this.row(label).locator(".monaco-tl-twistie").click();
  }

  /** The texts of a row's context menu; the menu is closed again. */
  public async contextMenu(label: string): Promise<string[]> {
    await this.row(label).click({ button: "right" });
    const items = this.page.locator(".context-view .monaco-menu .action-item:not(.disabled) .action-label:not(.separator)");
    await items.first().waitFor({ state: "visible" });
    const texts = await items.allTextContents();
    await this.page.keyboard.press("Escape");
    return texts;
  }

  /** Clicks an entry of a row's context menu. */
  public async chooseFromMenu(label: string, entry: string): Promise<void> {
    await this.settled(label);
    await this.row(label).click({ button: "right" });
    await this.page.locator(".context-view .monaco-menu .action-item .action-label", { hasText: exactly(entry) }).click({ delay: 200 });
  }

  /** What the mouse shows when it rests on a row. */
  public async tooltip(label: string): Promise<string> {
    await this.hover(label);
    const hover = this.page.locator(".monaco-hover:visible").last();
    await hover.waitFor({ state: "visible" });
    return hover.innerText();
  }

  private async hover(label: string): Promise<Locator> {
    const row = this.row(label);
    await row.hover();
    return row;
  }

  private row(label: string): Locator {
    const name = this.page.locator(".label-name", { hasText: exactly(label) });
    return this.pane.locator(".monaco-list-row").filter({ has: name }).first();
  }
}
