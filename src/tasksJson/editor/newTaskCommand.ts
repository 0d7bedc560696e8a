import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { showError } from "../../views/messages";
import { addTasks } from "../addTasks";
import { snippetText, taskSnippets } from "../snippets";
import { applyEdits } from "../textEdits";
import { allTasksFiles, parseDocument, styleFor, type TasksFile } from "./tasksFiles";

/** "New Cancellable Task...": picks a kind, opens tasks.json, and writes an entry whose parts are then typed over. */
export async function newTask(): Promise<void> {
  const rows = taskSnippets().map((snippet) => ({ label: snippet.title, description: snippet.description, snippet }));
  const picked = await vscode.window.showQuickPick(rows, { title: l10n.t("New Cancellable Task"), placeHolder: l10n.t("What kind of task is it?") });
  const file = picked && (await chooseFile());
  if (picked === undefined || file === undefined) return;
  const editor = await vscode.window.showTextDocument(file.document?.uri ?? (await create(file)));
  const place = await makePlace(editor, file.name);
  if (place !== undefined) await editor.insertSnippet(new vscode.SnippetString(snippetText(picked.snippet)), place);
}

async function chooseFile(): Promise<TasksFile | undefined> {
  const files = await allTasksFiles();
  if (files.length === 0) showError(l10n.t("Open a folder first: a task belongs to one."));
  if (files.length < 2) return files[0];
  return (await vscode.window.showQuickPick(files.map((file) => ({ label: file.name, file })), { title: l10n.t("New Cancellable Task"), placeHolder: l10n.t("Where does it belong?") }))?.file;
}

async function create({ uri }: TasksFile): Promise<vscode.Uri> {
  const { eol } = styleFor(uri);
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(uri, { contents: Buffer.from(`{${eol}}${eol}`), ignoreIfExists: true });
  await vscode.workspace.applyEdit(edit);
  return uri;
}

/** Adds an entry that the snippet then takes the place of. */
async function makePlace(editor: vscode.TextEditor, name: string): Promise<vscode.Range | undefined> {
  const { document } = editor;
  const tasks = parseDocument(document);
  const edits = tasks.root !== undefined && tasks.syntaxErrors.length > 0 ? undefined : addTasks(tasks, [{}], styleFor(document.uri));
  if (edits === undefined) {
    showError(l10n.t('{0} has a syntax error, or no list of "tasks": mend it first.', name));
    return undefined;
  }
  const after = applyEdits(tasks.text, edits);
  const done = await editor.edit((builder) => {
    for (const { offset, length, text } of edits) builder.replace(new vscode.Range(document.positionAt(offset), document.positionAt(offset + length)), text);
  });
  const entry = done && document.getText() === after ? parseDocument(document).entries.at(-1) : undefined;
  return entry && new vscode.Range(document.positionAt(entry.start), document.positionAt(entry.end));
}
