import { isDeepStrictEqual } from "node:util";
import type { TreeNode } from "./runsTreeModel";

/** What VS Code knows a row by: the same object as long as the row is there, whatever it shows. It is the argument of the row's commands. */
export interface TreeElement {
  readonly runId: string | undefined;
  readonly taskKey: string | undefined;
  readonly pid: number | undefined;
  readonly node: TreeNode;
  readonly children: readonly TreeElement[];
  readonly parent: TreeElement | undefined;
}

class Element implements TreeElement {
  node: TreeNode;
  children: Element[] = [];
  readonly parent: Element | undefined;

  constructor(node: TreeNode, parent: Element | undefined) {
    this.node = node;
    this.parent = parent;
  }

  get runId(): string | undefined {
    return this.node.runId;
  }

  get taskKey(): string | undefined {
    return this.node.taskKey;
  }

  get pid(): number | undefined {
    return this.node.pid;
  }
}

/**
 * The rows of the tree. A row that VS Code draws anew takes a click away that is between press and release, and until its
 * children have been fetched again, and with the root all rows, a click on them arrives without its row. So as little as
 * possible is drawn anew.
 */
export class TreeElements {
  #roots: Element[] = [];

  get roots(): readonly TreeElement[] {
    return this.#roots;
  }

  /** @returns the elements to draw anew, each with its children; "root" when rows have come, gone or moved; [] when nothing has changed */
  update(nodes: readonly TreeNode[]): "root" | TreeElement[] {
    const changed: Element[] = [];
    const roots = merge(this.#roots, nodes, changed);
    const isSame = hasSameRows(this.#roots, roots);
    this.#roots = roots;
    return isSame ? changed : "root";
  }
}

/** Gives each node its element, that of before where there is one. */
function merge(before: readonly Element[], nodes: readonly TreeNode[], changed: Element[], parent?: Element): Element[] {
  const known = new Map(before.map((element) => [element.node.id, element]));
  return nodes.map((node) => {
    const element = known.get(node.id) ?? new Element(node, parent);
    const below: Element[] = [];
    const children = merge(element.children, node.children, below, element);
    const isSame = isDeepStrictEqual(shown(element.node), shown(node)) && hasSameRows(element.children, children);
    element.node = node;
    element.children = children;
    changed.push(...(isSame ? below : [element]));
    return element;
  });
}

/** What the row itself shows; its children are rows of their own. */
function shown(node: TreeNode): Omit<TreeNode, "children"> {
  return { ...node, children: undefined } as Omit<TreeNode, "children">;
}

function hasSameRows(before: readonly Element[], after: readonly Element[]): boolean {
  return before.length === after.length && before.every((element, i) => element === after[i]);
}
