import { readEntries } from "../taskRunner/task/compounds";
import type { Entry, TasksDocument } from "./tasksDocument";

/** The label of an entry, as VS Code has it; undefined where it gives it none. @param type ours */
export function labelOf(entry: Entry, type: string): string | undefined {
  return readEntries([entry.data()], type)[0]?.label;
}

/**
 * Where the cursor goes for a task: to its label, or to its entry, where that has none.
 * @param label as VS Code has it
 * @param type ours: VS Code names an entry of another type without a label otherwise
 * @returns an offset in the text; undefined where no task of that name is there
 */
export function placeOf(tasks: TasksDocument, label: string, type: string): number | undefined {
  const entry = tasks.entries.find((one) => labelOf(one, type) === label);
  const name = entry?.get("label") ?? entry?.get("taskName");
  // Behind the quotation mark.
  return name === undefined ? entry?.start : name.value.offset + 1;
}
