import assert from "node:assert/strict";
import type { TreeNode } from "../../../src/views/runsTreeModel";
import { TreeElements } from "../../../src/views/treeElements";

function node(id: string, description = "", children: readonly TreeNode[] = []): TreeNode {
  return { id, runId: id, pid: 1, kind: "run", label: id, description, tooltip: "", icon: { id: "pass", color: undefined }, contextValue: "run.running", children };
}

describe("the rows of the tree", () => {
  let elements: TreeElements;
  beforeEach(() => void (elements = new TreeElements()));

  /** The ids of the rows that are drawn anew. */
  function update(...nodes: TreeNode[]): "root" | string[] {
    const changed = elements.update(nodes);
    return changed === "root" ? changed : changed.map((element) => element.node.id);
  }

  it("are the same objects as long as they are there, whatever they show", () => {
    update(node("a", "running"), node("b"));
    const [a, b] = elements.roots;
    assert.deepEqual(update(node("a", "stopping"), node("b")), ["a"]);
    assert.deepEqual([elements.roots[0] === a, elements.roots[1] === b, a?.node.description], [true, true, "stopping"]);
  });

  it("are all drawn anew only when one comes, goes or moves", () => {
    assert.equal(update(node("a")), "root");
    assert.deepEqual(update(node("a")), []);
    assert.equal(update(node("b"), node("a")), "root");
    assert.equal(update(node("a"), node("b")), "root");
    assert.equal(update(node("a")), "root");
  });

  it("are not drawn anew when a row above them is, nor it when one below it is", () => {
    update(node("a", "", [node("a/1"), node("a/2")]));
    assert.deepEqual(update(node("a", "", [node("a/1", "changed"), node("a/2")])), ["a/1"]);
    assert.deepEqual(update(node("a", "changed", [node("a/1", "changed"), node("a/2")])), ["a"]);
  });

  it("are drawn anew with the row above them when they come or go", () => {
    update(node("a", "", [node("a/1")]));
    const [before] = elements.roots[0]?.children ?? [];
    assert.deepEqual(update(node("a", "", [node("a/1"), node("a/2")])), ["a"]);
    assert.equal(elements.roots[0]?.children[0], before);
  });
});
