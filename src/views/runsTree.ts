import { setTimeout } from "node:timers/promises";
import * as vscode from "vscode";
import type { RunSnapshot, RunState } from "../taskRunner/run/state";
import { dateOf } from "../taskRunner/base/clock";
import { badge, menuContext } from "./runsTreeModel";
import { treeNodes, type TreeInput } from "./taskTreeModel";
import { TreeElements, type TreeElement } from "./treeElements";

/** What the tree shows. */
export interface TreeSource {
  readonly runs: readonly RunSnapshot[];
  readonly now: number;
  /** What is shown beside the runs; asked for only when it is drawn. */
  readonly data: () => Pick<TreeInput, "tasks" | "usage" | "byFolder"> & { readonly keyOf: (run: RunSnapshot) => string | undefined };
}

/** What a click on a row, or Enter, does: the tree itself does nothing. */
export interface RowAction {
  readonly command: string;
  readonly title: string;
}

/** When it is looked whether VS Code has opened a row, in milliseconds after each try; the last one is not looked at. */
const OPEN_AGAIN_MS = [500, 1500, 0];

/** Draws the tree of tasks and runs. */
export class RunsTree implements vscode.Disposable {
  readonly #changed: vscode.EventEmitter<TreeElement[] | undefined>;
  readonly #view: vscode.TreeView<TreeElement>;
  readonly #elements = new TreeElements();
  readonly #click: RowAction;
  readonly #source: () => TreeSource;
  /** Something may have changed while the view was not visible. */
  #isBehind = true;
  /** When each state of a run was first shown. */
  readonly #shownAt = new WeakMap<RunState, number>();
  /** The rows that were opened because something has come below them, or are about to be: they are not opened again. */
  #opened: ReadonlySet<string> = new Set();
  /** Those that VS Code has opened or closed since. */
  readonly #moved = new Set<string>();
  readonly #listeners: vscode.Disposable;

  /**
   * @param changed tells the view what to draw anew
   * @param source what is there now
   */
  constructor(view: vscode.TreeView<TreeElement>, changed: vscode.EventEmitter<TreeElement[] | undefined>, click: RowAction, source: () => TreeSource) {
    this.#view = view;
    this.#changed = changed;
    this.#click = click;
    this.#source = source;
    const moved = ({ element }: vscode.TreeViewExpansionEvent<TreeElement>): void => void this.#moved.add(element.node.id);
    this.#listeners = vscode.Disposable.from(this.#view.onDidExpandElement(moved), this.#view.onDidCollapseElement(moved));
  }

  get visible(): boolean {
    return this.#view.visible;
  }

  /** The row that the keyboard's commands mean. */
  get selected(): TreeElement | undefined {
    return this.#view.selection[0];
  }

  onDidChangeVisibility(listener: () => void): vscode.Disposable {
    return this.#view.onDidChangeVisibility(listener);
  }

  update(source: TreeSource): void {
    this.#view.badge = badge(source.runs);
    this.#isBehind = !this.visible;
    if (!this.visible) return;
    const changed = this.#merge(source);
    if (changed === "root") this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed);
    this.#open();
  }

  #merge({ runs, now, data }: TreeSource): "root" | TreeElement[] {
    const { keyOf, ...rest } = data();
    // A row whose seconds ticked would lose the click that is just between press and release: the status bar counts down.
    const since = (run: RunSnapshot): number => this.#since(run.state, now);
    return this.#elements.update(treeNodes({ ...rest, runs: runs.map((snapshot) => ({ snapshot, taskKey: keyOf(snapshot) })), now, since, dateOf }));
  }

  getChildren(element?: TreeElement): TreeElement[] {
    // VS Code asks before it says that the view is visible, and can lose a change that it is told of while it asks.
    if (element === undefined && this.#isBehind) {
      this.#isBehind = false;
      this.#merge(this.#source());
    }
    return [...(element?.children ?? this.#elements.roots)];
  }

  getParent({ parent }: TreeElement): TreeElement | undefined {
    return parent;
  }

  getTreeItem(element: TreeElement): vscode.TreeItem {
    const { node } = element;
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(node.label, node.children.length === 0 ? None : node.isOpen === true ? Expanded : Collapsed);
    item.id = node.id;
    item.description = node.description;
    item.tooltip = node.tooltip;
    item.contextValue = menuContext(node);
    item.iconPath = new vscode.ThemeIcon(node.icon.id, node.icon.color === undefined ? undefined : new vscode.ThemeColor(node.icon.color));
    item.accessibilityInformation = { label: [node.label, node.description, node.role ?? ""].filter((part) => part !== "").join(", ") };
    // Also for a compound task, where it does nothing: else the keys, which select first, would close it.
    if (node.runId !== undefined || node.kind === "group") item.command = { ...this.#click, arguments: [element] };
    return item;
  }

  /** VS Code leaves a row closed that it has known without children: what has just come below it would not be seen. */
  #open(): void {
    const open = openRows(this.#elements.roots);
    const fresh = [...open].filter(([id]) => !this.#opened.has(id)).map(([, element]) => element);
    this.#opened = new Set(open.keys());
    for (const element of fresh) {
      this.#moved.delete(element.node.id);
      void this.#openRow(element);
    }
  }

  /** What is opened before VS Code has fetched what is below it stays closed, and nothing says so but that no event comes. */
  async #openRow(element: TreeElement): Promise<void> {
    const { id } = element.node;
    for (const pause of OPEN_AGAIN_MS) {
      await Promise.resolve(this.#view.reveal(element, { select: false, focus: false, expand: true })).catch(() => undefined);
      await setTimeout(pause);
      if (this.#moved.has(id) || !this.#opened.has(id) || !this.visible) return;
    }
  }

  #since(state: RunState, now: number): number {
    const since = this.#shownAt.get(state) ?? now;
    this.#shownAt.set(state, since);
    return since;
  }

  dispose(): void {
    this.#opened = new Set();
    this.#listeners.dispose();
  }
}

/** The tasks and runs below which there is something to be seen. Groups and folders are open from the start. */
function openRows(elements: readonly TreeElement[], rows = new Map<string, TreeElement>()): Map<string, TreeElement> {
  for (const element of elements) {
    const { node, children } = element;
    if (node.isOpen === true && children.length > 0 && (node.kind === "task" || node.kind === "run")) rows.set(node.id, element);
    openRows(children, rows);
  }
  return rows;
}
