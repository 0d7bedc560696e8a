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
