import { findNodeAtLocation, type Node } from "jsonc-parser";

/** The node that a path such as "args[2]" or "env.PORT" names; names of variables may have dots in them. */
export function nodeAt(root: Node, path: string): Node | undefined {
  for (let node: Node | undefined = root, rest = path; ; ) {
    if (node === undefined || rest === "") return node;
    const index = /^\[(\d+)\]\.?/.exec(rest);
    if (index !== null) {
      node = findNodeAtLocation(node, [Number(index[1])]);
      rest = rest.slice(index[0].length);
      continue;
    }
    const whole = findNodeAtLocation(node, [rest]);
    if (whole !== undefined) return whole;
    const name: string = /^[^.[]*/.exec(rest)?.[0] ?? "";
    node = findNodeAtLocation(node, [name]);
    rest = rest.slice(name.length).replace(/^\./, "");
    if (name === "") return undefined;
  }
}

/** What stands nearest to a path that leads nowhere: of "restart.on" the value of "restart"; undefined where there is not even that. */
export function nearestNode(root: Node, path: string): Node | undefined {
  for (let rest = path; rest !== ""; rest = rest.replace(/(^|\.)[^.[]*$|\[\d+\]$/, "")) {
    const node = nodeAt(root, rest);
    if (node !== undefined) return node;
  }
  return undefined;
}

/** The name of the property whose value this is. */
export function keyOf(node: Node): Node {
  return (node.parent?.type === "property" ? node.parent.children?.[0] : undefined) ?? node;
}
