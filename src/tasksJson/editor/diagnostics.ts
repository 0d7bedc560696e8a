import * as vscode from "vscode";
import { checkTasks } from "../checkTasks";
import type { Fix, Problem } from "../problem";
import { kindOfFile } from "./fileKinds";
import { parseDocument } from "./tasksFiles";

export const SOURCE = "Cancellable Tasks";

const SEVERITIES: Record<Problem["severity"], vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};

export function diagnosticsFor(document: vscode.TextDocument): vscode.Diagnostic[] {
  return problemsIn(document).map((problem) => {
    const diagnostic = new vscode.Diagnostic(rangeOf(document, problem), problem.message, SEVERITIES[problem.severity]);
    diagnostic.source = SOURCE;
    return diagnostic;
  });
}

/** The quick fixes of the diagnostics at a place. */
export function fixesAt(document: vscode.TextDocument, { diagnostics }: vscode.CodeActionContext): vscode.CodeAction[] {
  const own = diagnostics.filter(({ source }) => source === SOURCE);
  if (own.length === 0) return [];
  const problems = problemsIn(document);
  return own.flatMap((diagnostic) => {
    const problem = problems.find((one) => one.message === diagnostic.message && rangeOf(document, one).isEqual(diagnostic.range));
    return (problem?.fixes ?? []).map((fix, i) => actionFor(document, diagnostic, fix, i === 0));
  });
}

function problemsIn(document: vscode.TextDocument): Problem[] {
  return kindOfFile(document.uri) === undefined ? [] : checkTasks(parseDocument(document), labelsElsewhere(document.uri));
}

function actionFor(document: vscode.TextDocument, diagnostic: vscode.Diagnostic, { title, edits }: Fix, isPreferred: boolean): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  action.isPreferred = isPreferred;
  action.edit = new vscode.WorkspaceEdit();
  for (const { offset, length, text } of edits) action.edit.replace(document.uri, new vscode.Range(document.positionAt(offset), document.positionAt(offset + length)), text);
  return action;
}

/** A task may depend on one of the workspace file, of the user, or of another folder. */
function labelsElsewhere(uri: vscode.Uri): ReadonlySet<string> {
  const scopes = [uri, ...(vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri)];
  const values = scopes.map((scope) => vscode.workspace.getConfiguration("tasks", scope).inspect<unknown>("tasks"));
  const lists = values.flatMap((value) => [value?.globalValue, value?.workspaceValue, value?.workspaceFolderValue]);
  return new Set(lists.flatMap((list) => (Array.isArray(list) ? list.flatMap(labelOf) : [])));
}

function labelOf(task: unknown): string[] {
  const label: unknown = typeof task === "object" && task !== null && "label" in task ? task.label : undefined;
  return typeof label === "string" ? [label] : [];
}

function rangeOf(document: vscode.TextDocument, { start, end }: Problem): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}
