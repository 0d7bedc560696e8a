import { PLATFORMS } from "../taskRunner/task/layers";
import type { JsonObject } from "./tasksDocument";
import type { TextEdit } from "./textEdits";

/** What becomes of an entry: edits of its text, with what a person should know of them, or the reason why it stays as it is. */
export type Conversion = { readonly kind: "converted"; readonly edits: readonly TextEdit[]; readonly notes: readonly string[] } | { readonly kind: "refused"; readonly why: string };

/** What a task runs depends on what is in its folder. */
export interface ProjectFacts {
  /** What VS Code runs an npm script with, up to the script's name: `npm run`. */
  readonly scriptCommand: readonly string[];
  /** What it runs for the script "install". */
  readonly installCommand: readonly string[];
  /** Whether node_modules/.bin has it. */
  hasLocalProgram(program: string): boolean;
  /** Whether a tsconfig has "references", so that tsc has to be called with -b. */
  hasReferences(tsconfig: string): boolean;
}

/** The parts of an entry that count on one platform only. */
export function platformParts(entry: JsonObject): JsonObject[] {
  return PLATFORMS.flatMap((name) => entry.object(name) ?? []);
}
