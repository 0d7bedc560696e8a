import { eventually } from "./taskProcesses";
import type { Workbench } from "./workbench";

export interface Expectations {
  /** Resolves when the tree has this row with such a description. */
  readonly row: (label: string, description: RegExp) => Promise<void>;
  readonly noRow: (label: string) => Promise<void>;
  /** Resolves when the terminal panel's title bar has this button. */
  readonly titleHas: (action: string) => Promise<void>;
  readonly titleHasNot: (...actions: string[]) => Promise<void>;
}

/** What a test waits to see in the workbench that is open when it asks. */
export function expectations(workbench: () => Workbench): Expectations {
  async function row(label: string, description: RegExp): Promise<void> {
    await eventually(`the tree says ${label} ${String(description)}`, async () =>
      (await workbench().treeItems("Runs")).some((item) => item.label === label && description.test(item.description)),
    );
  }

  async function noRow(label: string): Promise<void> {
    await eventually(`the tree has no ${label}`, async () => !(await workbench().treeItems("Runs")).some((item) => item.label === label));
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
