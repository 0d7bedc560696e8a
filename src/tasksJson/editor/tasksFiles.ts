import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { parseTasks, type TasksDocument } from "../tasksDocument";
import type { Style } from "../addTasks";
import { kindOfFile } from "./fileKinds";

/** A file that has tasks, or may get some. */
export interface TasksFile {
  readonly uri: vscode.Uri;
  readonly isWorkspaceFile: boolean;
  /** How people are told which one it is: ".vscode/tasks.json (web)". */
  readonly name: string;
  /** Its text as the editor has it; undefined where there is no file. */
  readonly document: vscode.TextDocument | undefined;
  readonly tasks: TasksDocument;
  /** Whose package.json, Makefile ... belong to it. */
  readonly folder: vscode.Uri | undefined;
}

export function parseDocument(document: vscode.TextDocument): TasksDocument {
  return parseTasks(document.getText(), kindOfFile(document.uri) === "workspace");
}

/** Every file that VS Code reads tasks from in this window, and each folder's, which there may not be yet. */
export async function allTasksFiles(): Promise<TasksFile[]> {
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => vscode.Uri.joinPath(folder.uri, ".vscode", "tasks.json"));
  const { workspaceFile } = vscode.workspace;
  const user = vscode.workspace.textDocuments.filter(({ uri }) => kindOfFile(uri) === "user").map(({ uri }) => uri);
  const uris = [...folders, ...(workspaceFile === undefined || workspaceFile.scheme === "untitled" ? [] : [workspaceFile]), ...user];
  return Promise.all(uris.map(tasksFile));
}

/** By which VS Code knows a file's tasks: the URI of its folder, or the number of `TaskScope`; undefined for a file that it reads no tasks from. */
export function scopeOf(uri: vscode.Uri): string | undefined {
  const isIt = (other: vscode.Uri | undefined): boolean => other?.toString() === uri.toString();
  switch (kindOfFile(uri)) {
    case "folder":
      return vscode.workspace.workspaceFolders?.find((folder) => isIt(vscode.Uri.joinPath(folder.uri, ".vscode", "tasks.json")))?.uri.toString();
    case "workspace":
      return isIt(vscode.workspace.workspaceFile) ? String(vscode.TaskScope.Workspace) : undefined;
    case "user":
      return String(vscode.TaskScope.Global);
    case undefined:
      return undefined;
  }
}

export async function tasksFile(uri: vscode.Uri): Promise<TasksFile> {
  const kind = kindOfFile(uri);
  const document = (await exists(uri)) ? await vscode.workspace.openTextDocument(uri) : undefined;
  const folder = vscode.workspace.getWorkspaceFolder(uri) ?? (kind === "folder" ? undefined : vscode.workspace.workspaceFolders?.[0]);
  return {
    uri,
    isWorkspaceFile: kind === "workspace",
    name: nameOf(uri, kind),
    document,
    tasks: parseTasks(document?.getText() ?? "", kind === "workspace"),
    folder: folder?.uri,
  };
}

function nameOf(uri: vscode.Uri, kind: ReturnType<typeof kindOfFile>): string {
  if (kind === "user") return l10n.t("your own tasks.json");
  if (kind === "workspace") return uri.path.replace(/^.*\//, "");
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const isOnly = (vscode.workspace.workspaceFolders?.length ?? 0) < 2;
  return folder === undefined || isOnly ? ".vscode/tasks.json" : `.vscode/tasks.json (${folder.name})`;
}

/** Also a file that is open and not saved yet. */
async function exists(uri: vscode.Uri): Promise<boolean> {
  if (vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString())) return true;
  return vscode.workspace.fs.stat(uri).then(() => true, () => false);
}

/** How a new file is written: by the user's settings for it. */
export function styleFor(uri: vscode.Uri): Style {
  const scope = { uri, languageId: "jsonc" };
  const editor = vscode.workspace.getConfiguration("editor", scope);
  const indent = editor.get<boolean>("insertSpaces") === true ? " ".repeat(editor.get<number>("tabSize") ?? 4) : "\t";
  return { indent, eol: vscode.workspace.getConfiguration("files", scope).get("eol") === "\r\n" ? "\r\n" : "\n" };
}
