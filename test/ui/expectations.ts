import { eventually } from "./taskProcesses";
import type { TreeRow } from "./treeView";
import type { Workbench } from "./workbench";

export interface Expectations {
  /** Resolves when the tree has this row with such a description. */
  readonly row: (label: string | RegExp, description: RegExp) => Promise<void>;
  readonly noRow: (label: string | RegExp) => Promise<void>;
  /** Resolves when the terminal panel's title bar has this button. */
  readonly titleHas: (action: string) => Promise<void>;
  readonly titleHasNot: (...actions: string[]) => Promise<void>;
}

function isIt(label: string, wanted: string | RegExp): boolean {
  return typeof wanted === "string" ? label === wanted : wanted.test(label);
}

/** What a test waits to see in the workbench that is open when it asks. */
export function expectations(workbench: () => Workbench): Expectations {
  async function row(label: string | RegExp, description: RegExp): Promise<void> {
    let items: readonly TreeRow[] = [];
    const isThere = async (): Promise<boolean> => {
      items = await workbench().treeItems("Runs");
      return items.some((item) => isIt(item.label, label) && description.test(item.description));
    };
    await eventually(`the tree says ${String(label)} ${String(description)}`, isThere).catch((error: unknown) => {
      throw new Error(`${(error as Error).message} It says:\n${items.map((item) => `${item.label}: ${item.description}`).join("\n")}`, { cause: error });
    });
  }

  async function noRow(label: string | RegExp): Promise<void> {
    await eventually(`the tree has no ${String(label)}`, async () => !(await workbench().treeItems("Runs")).some((item) => isIt(item.label, label)));
  }

  async function titleHas(action: string): Promise<void> {
    await eventually(`the title bar has ${action}`, async () => (await workbench().terminalTitleActions()).includes(action));
  }

  async function titleHasNot(...actions: string[]): Promise<void> {
    await eventually(`the title bar has none of ${actions.join()}`, async () => {
      const shown = await workbench().terminalTitleActions();
      return !actions.some((action) => shown.includes(action));
    });
  }

  return { row, noRow, titleHas, titleHasNot };
}
