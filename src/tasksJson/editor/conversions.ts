import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { TASK_TYPE, TASKS_JSON_COMMANDS } from "../../contributions";
import { taskKey } from "../../taskRunner/taskList";
import { nameOf } from "../choices";
import { whyNot, makeCancellable } from "../makeCancellable";
import { makeBuiltIn } from "../makeBuiltIn";
import type { Conversion } from "../conversion";
import { runLenses, type TaskState } from "../runLenses";
import type { Entry, TasksDocument } from "../tasksDocument";
import type { Only } from "./convertCommand";
import { kindOfFile } from "./fileKinds";
import { factsFor } from "./project";
import { parseDocument, scopeOf } from "./tasksFiles";

/** "Make cancellable" above each entry that can be, and "Run" or "Stop" above each that is. @param stateOf by a task's key */
export function lensesFor(document: vscode.TextDocument, stateOf: (key: string) => TaskState | undefined): vscode.CodeLens[] {
  if (kindOfFile(document.uri) === undefined) return [];
  const tasks = parseDocument(document);
  return [...conversionLenses(document, tasks), ...lensesOfRuns(document, tasks, stateOf)];
}

function lensesOfRuns(document: vscode.TextDocument, tasks: TasksDocument, stateOf: (key: string) => TaskState | undefined): vscode.CodeLens[] {
  const scope = scopeOf(document.uri);
  if (scope === undefined) return [];
  return runLenses(tasks, TASK_TYPE, (label) => stateOf(taskKey({ label, scope }))).map(
    ({ entry, title, tooltip, command, argument }) => new vscode.CodeLens(rangeOf(document, entry), { title, tooltip, command, arguments: [argument] }),
  );
}

function conversionLenses(document: vscode.TextDocument, tasks: TasksDocument): vscode.CodeLens[] {
  const possible = tasks.entries.filter((entry) => whyNot(tasks, entry) === undefined);
  return possible.map((entry) => {
    const only: Only = { uri: document.uri, entries: [{ index: entry.index, label: nameOf(entry) }] };
    return new vscode.CodeLens(rangeOf(document, entry), { title: `$(debug-stop) ${l10n.t("Make cancellable")}`, tooltip: l10n.t('Gives this task the type "cancellable"; you see what will be written before it is'), command: TASKS_JSON_COMMANDS.makeCancellable, arguments: [only] });
  });
}

/** The same as an edit of the text in the editor, for the entries that are selected, and the way back. */
export async function conversionsAt(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.CodeAction[]> {
  if (kindOfFile(document.uri) === undefined) return [];
  const tasks = parseDocument(document);
  if (tasks.syntaxErrors.length > 0) return [];
  const selected = tasks.entries.filter((entry) => rangeOf(document, entry).intersection(range) !== undefined);
  const toCancellable = selected.filter((entry) => whyNot(tasks, entry) === undefined);
  const toBuiltIn = selected.filter((entry) => entry.type === "cancellable");
  const facts = toCancellable.length + toBuiltIn.length === 0 ? undefined : await factsFor(vscode.workspace.getWorkspaceFolder(document.uri)?.uri, tasks);
  if (facts === undefined) return [];
  return [
    ...(toCancellable.length === 0 ? [] : [action(document, cancellableTitle(toCancellable.length), toCancellable, (entry) => makeCancellable(tasks, entry, facts))]),
    ...(toBuiltIn.length === 0 ? [] : [action(document, builtInTitle(toBuiltIn.length), toBuiltIn, (entry) => makeBuiltIn(tasks, entry, facts))]),
  ];
}

function cancellableTitle(n: number): string {
  return n === 1 ? l10n.t("Make cancellable") : l10n.t("Make cancellable ({0} tasks)", n);
}

function builtInTitle(n: number): string {
  return n === 1 ? l10n.t("Make built-in again") : l10n.t("Make built-in again ({0} tasks)", n);
}

function action(document: vscode.TextDocument, title: string, entries: readonly Entry[], convert: (entry: Entry) => Conversion): vscode.CodeAction {
  const conversions = entries.map(convert);
  const notes = conversions.flatMap((conversion) => (conversion.kind === "converted" ? conversion.notes : []));
  const result = new vscode.CodeAction(notes.length === 0 ? title : `${title}: ${notes.join("; ")}`, vscode.CodeActionKind.RefactorRewrite);
  result.edit = new vscode.WorkspaceEdit();
  for (const conversion of conversions) {
    if (conversion.kind === "refused") continue;
    for (const { offset, length, text } of conversion.edits) result.edit.replace(document.uri, new vscode.Range(document.positionAt(offset), document.positionAt(offset + length)), text);
  }
  return result;
}

function rangeOf(document: vscode.TextDocument, entry: Entry): vscode.Range {
  return new vscode.Range(document.positionAt(entry.start), document.positionAt(entry.end));
}
