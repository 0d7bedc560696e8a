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
