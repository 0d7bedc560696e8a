import type { Entry, JsonObject } from "./tasksDocument";
import type { TextEdit } from "./textEdits";

/** What becomes of an entry: edits of its text, with what a person should know of them, or the reason why it stays as it is. */
export type Conversion = { readonly kind: "converted"; readonly edits: readonly TextEdit[]; readonly notes: readonly string[] } | { readonly kind: "refused"; readonly why: string };

/** The parts of an entry that count on one platform only. */
export function platformParts(entry: Entry): JsonObject[] {
  return ["windows", "osx", "linux"].flatMap((name) => entry.object(name) ?? []);
}
