import { parseTasks, type TasksDocument } from "./tasksDocument";
import { applyEdits, type TextEdit } from "./textEdits";

/** Whether a text that can be read still can be afterwards: nobody wants an edit that breaks the file. */
export function keepsSyntax({ text, isWorkspaceFile, syntaxErrors }: TasksDocument, edits: readonly TextEdit[]): boolean {
  return parseTasks(applyEdits(text, edits), isWorkspaceFile).syntaxErrors.length <= syntaxErrors.length;
}
