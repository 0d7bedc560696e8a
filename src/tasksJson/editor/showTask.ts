import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { TASK_TYPE } from "../../contributions";
import { inform } from "../../views/messages";
import { placeOf } from "../taskPlace";
import { kindOfFile } from "./fileKinds";
import { parseDocument } from "./tasksFiles";

/**
 * Opens the file that a task is in, with the cursor at its label.
 * @param scope by which VS Code knows the file: a folder's URI, or the number of `TaskScope`
 */
export async function showTask(label: string, scope: string): Promise<void> {
  const editor = await open(scope);
  const place = editor && placeOf(parseDocument(editor.document), label, TASK_TYPE);
  if (editor === undefined || place === undefined) {
    void inform(l10n.t('"{0}" was not found in tasks.json.', label));
    return;
  }
  const position = editor.document.positionAt(place);
  editor.selection = new vscode.Selection(position, position);
  editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

async function open(scope: string): Promise<vscode.TextEditor | undefined> {
  switch (scope) {
    case String(vscode.TaskScope.Global):
      // Which of the user's profiles is meant, only VS Code knows.
      return openBy("workbench.action.tasks.openUserTasks", "user");
    case String(vscode.TaskScope.Workspace):
      return openBy("workbench.action.openWorkspaceConfigFile", "workspace");
    default:
      return vscode.workspace.openTextDocument(vscode.Uri.joinPath(vscode.Uri.parse(scope, true), ".vscode", "tasks.json")).then(
        (document) => vscode.window.showTextDocument(document),
        () => undefined,
      );
  }
}

async function openBy(command: string, kind: "user" | "workspace"): Promise<vscode.TextEditor | undefined> {
  await vscode.commands.executeCommand(command);
  const editor = vscode.window.activeTextEditor;
  return editor !== undefined && kindOfFile(editor.document.uri) === kind ? editor : undefined;
}
