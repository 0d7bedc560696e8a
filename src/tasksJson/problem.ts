import type { Node } from "jsonc-parser";
import { endOf } from "./tasksDocument";
import type { TextEdit } from "./textEdits";

/** Something in a tasks.json that will not do what is meant. */
export interface Problem {
  readonly start: number;
  readonly end: number;
  readonly severity: "error" | "warning" | "information" | "hint";
  /** One sentence or two, naming the property and its value. */
  readonly message: string;
  /** Changes that would mend it, the most likely one first. */
  readonly fixes: readonly Fix[];
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

/** @param node what is wrong: a value, the name of a property, or a whole task */
export function problemAt(node: Node, severity: Problem["severity"], message: string, fixes: readonly Fix[] = []): Problem {
  return { start: node.offset, end: endOf(node), severity, message, fixes };
}
