import * as vscode from "vscode";
import type { RunSnapshot, RunState } from "../taskRunner/run/state";
import { dateOf } from "../taskRunner/base/clock";
import { badge, runNodes } from "./runsTreeModel";
import { TreeElements, type TreeElement } from "./treeElements";

/** Draws the tree of runs. */
export class RunsTree implements vscode.TreeDataProvider<TreeElement>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<TreeElement[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<TreeElement>;
  readonly #elements = new TreeElements();
  /** When each state of a run was first shown. */
  readonly #shownAt = new WeakMap<RunState, number>();

  constructor(viewId: string) {
    this.#view = vscode.window.createTreeView(viewId, { treeDataProvider: this });
  }

  get visible(): boolean {
    return this.#view.visible;
  }

  onDidChangeVisibility(listener: () => void): vscode.Disposable {
    return this.#view.onDidChangeVisibility(listener);
  }

  update(runs: readonly RunSnapshot[], now: number): void {
    this.#view.badge = badge(runs);
    // A row whose seconds ticked would lose the click that is just between press and release: the status bar counts down.
    const nodes = [...runs].reverse().flatMap((run) => runNodes([run], this.#since(run.state, now), dateOf));
    const changed = this.#elements.update(nodes);
    if (changed === "root") this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed);
  }

  getChildren(element?: TreeElement): TreeElement[] {
    return [...(element?.children ?? this.#elements.roots)];
  }

  getTreeItem({ node }: TreeElement): vscode.TreeItem {
    const state = node.children.length === 0 ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Expanded;
    const item = new vscode.TreeItem(node.label, state);
    item.id = node.id;
    item.description = node.description;
    item.tooltip = node.tooltip;
    item.contextValue = node.contextValue;
    item.iconPath = new vscode.ThemeIcon(node.icon.id, node.icon.color === undefined ? undefined : new vscode.ThemeColor(node.icon.color));
    item.accessibilityInformation = { label: `${node.label}, ${node.description}` };
    return item;
  }

  #since(state: RunState, now: number): number {
    const since = this.#shownAt.get(state) ?? now;
    this.#shownAt.set(state, since);
    return since;
  }

  dispose(): void {
    this.#view.dispose();
    this.#changed.dispose();
  }
}
