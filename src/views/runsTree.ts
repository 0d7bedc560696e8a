import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";
import type { RunSnapshot } from "../taskRunner/run/state";
import { badge, runNodes, type TreeNode } from "./runsTreeModel";

/** Draws the tree of runs. */
export class RunsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<TreeNode>;
  #nodes: readonly TreeNode[] = [];

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
    const nodes = runNodes(runs, now);
    // Drawing a row anew takes away the button that is just being clicked.
    if (isDeepStrictEqual(nodes, this.#nodes)) return;
    this.#nodes = nodes;
    this.#changed.fire(undefined);
  }

  getChildren(node?: TreeNode): TreeNode[] {
    return [...(node === undefined ? this.#nodes : node.children)];
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
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

  dispose(): void {
    this.#view.dispose();
    this.#changed.dispose();
  }
}
