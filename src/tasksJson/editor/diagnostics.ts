import * as vscode from "vscode";
import { checkTasks } from "../checkTasks";
import { labelsElsewhere, type ConfiguredTasks } from "../labelsElsewhere";
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
  const kind = kindOfFile(document.uri);
  if (kind === undefined) return [];
  const elsewhere = labelsElsewhere(kind, configuredTasks(document.uri), vscode.workspace.workspaceFile !== undefined);
  return checkTasks(parseDocument(document), elsewhere);
}

function actionFor(document: vscode.TextDocument, diagnostic: vscode.Diagnostic, { title, edits }: Fix, isPreferred: boolean): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  action.isPreferred = isPreferred;
  action.edit = new vscode.WorkspaceEdit();
  for (const { offset, length, text } of edits) action.edit.replace(document.uri, new vscode.Range(document.positionAt(offset), document.positionAt(offset + length)), text);
  return action;
}

function configuredTasks(uri: vscode.Uri): ConfiguredTasks[] {
  const own = vscode.workspace.getWorkspaceFolder(uri)?.uri.toString();
  const scopes = [uri, ...(vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri)];
  return scopes.map((scope) => ({ ...vscode.workspace.getConfiguration("tasks", scope).inspect<unknown>("tasks"), isOwnFolder: scope === uri || scope.toString() === own }));
}

function rangeOf(document: vscode.TextDocument, { start, end }: Problem): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}
