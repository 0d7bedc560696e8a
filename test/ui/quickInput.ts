import type { Locator, Page } from "playwright-core";

const patience = 20_000; // ms for the palette to open: the workbench may be busy starting extensions

/** A regular expression for exactly this text, blanks at its ends aside. */
export function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$`);
}

/** The list that opens at the top of the workbench: the command palette, and every pick after it. */
export class QuickInput {
  private readonly widget: Locator;
  private readonly input: Locator;

  public constructor(private readonly page: Page) {
    this.widget = page.locator(".quick-input-widget");
    this.input = this.widget.locator(".quick-input-box input");
  }

  /** Runs the command that the palette shows as `title`, with its category: "Tasks: Run Task". */
  public async command(title: string): Promise<void> {
    await this.chooseFromPalette(`>${title}`, title);
  }

  /** Opens the view that "View: Open View" lists as `title`. */
  public async openView(title: string): Promise<void> {
    await this.chooseFromPalette(`view ${title}`, title);
  }

  /** Opens the file with this name, which no other in the workspace has. */
  public async openFile(name: string): Promise<void> {
    await this.chooseFromPalette(name, name);
  }

  /** Picks the row whose label is exactly `label` from the list that is open, or about to open. */
  public async pick(label: string): Promise<void> {
    await this.input.waitFor({ state: "visible" });
    await this.choose(label, label);
  }

  /** Whether a list opens within this time, in ms. */
  public opens(timeout: number): Promise<boolean> {
    return this.input.waitFor({ state: "visible", timeout }).then(() => true, () => false);
  }

  /** The labels of the rows that the open list shows. */
  public async labels(): Promise<string[]> {
    await this.widget.locator(".monaco-list-row").first().waitFor({ state: "visible" });
    const texts = await this.widget.locator(".monaco-list-row .label-name").allTextContents();
    return texts.map((text) => text.trim());
  }

  /** Whether the palette offers a command with exactly this title: one that `when` hides is not offered. */
  public async offers(title: string): Promise<boolean> {
    await this.typeInPalette(`>${title}`);
    const labels = await this.labels(); // There is always a row: "No matching commands" if no other.
    await this.page.keyboard.press("Escape");
    await this.widget.waitFor({ state: "hidden" });
    return labels.includes(title);
  }

  private async openPalette(): Promise<void> {
    const deadline = Date.now() + patience;
    for (;;) {
      // F1 is lost while the workbench is still starting, and closes nothing when the palette is already open.
      await this.page.keyboard.press("F1");
      const opened = await this.input.waitFor({ state: "visible", timeout: 1_000 }).then(() => true, () => false);
      if (opened && (await this.input.inputValue()).startsWith(">")) {
        return;
      }
      if (Date.now() > deadline) {
        throw new Error(`F1 did not open the command palette within ${patience / 1000} s.`);
      }
    }
  }

  /** What takes the focus closes the palette, as the workbench does that has just been reloaded. People open it again. */
  private async inPalette(act: (patience: number) => Promise<void>): Promise<void> {
    for (let again = 3; again > 0; again--) {
      await this.openPalette();
      if (await act(3_000).then(() => true, () => false)) return;
    }
    await this.openPalette();
    await act(15_000);
  }

  private async typeInPalette(filter: string): Promise<void> {
    await this.inPalette((timeout) => this.input.fill(filter, { timeout }));
  }

  private async chooseFromPalette(filter: string, label: string): Promise<void> {
    await this.inPalette(async (timeout) => {
      await this.input.fill(filter, { timeout });
      await this.row(label).click({ timeout });
    });
    await this.untilChosen(filter, label);
  }

  private row(label: string): Locator {
    const name = this.page.locator(".label-name", { hasText: exactly(label) });
    return this.widget.locator(".monaco-list-row").filter({ has: name }).first();
  }

  private async choose(filter: string, label: string): Promise<void> {
    await this.input.fill(filter);
    await this.row(label).click();
    await this.untilChosen(filter, label);
  }

  /** A list that draws its rows anew between the press and the release takes no click for one. People click again. */
  private async untilChosen(filter: string, label: string): Promise<void> {
    for (let again = 3; !(await this.leaves(filter, 3_000)); again--) {
      if (again === 0) throw new Error(`A click on ${label} did not choose it.`);
      await this.row(label).click({ timeout: 1_000 }).catch(() => undefined); // It has left in this moment: `leaves` tells.
    }
  }

  /** Whether the list with this filter goes within this time, in ms. */
  private leaves(filter: string, timeout: number): Promise<boolean> {
    // What follows may be another list, in the same widget: the filter tells one from the other.
    const left = this.page.waitForFunction((value) => {
      const input = document.querySelector<HTMLInputElement>(".quick-input-widget .quick-input-box input");
      return input?.offsetParent == null || input.value !== value;
    }, filter, { timeout });
    return left.then(() => true, () => false);
  }
}
