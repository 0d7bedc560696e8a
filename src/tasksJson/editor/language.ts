import * as vscode from "vscode";
import { completionsAt } from "../completions";
import { hoverAt, type SettingValue } from "../hovers";
import { kindOfFile } from "./fileKinds";
import { parseDocument } from "./tasksFiles";

export function complete(document: vscode.TextDocument, position: vscode.Position): vscode.CompletionItem[] {
  if (kindOfFile(document.uri) === undefined) return [];
  return completionsAt(parseDocument(document), document.offsetAt(position)).map((completion, i) => {
    const isSnippet = completion.kind === "snippet";
    const item = new vscode.CompletionItem(completion.label, isSnippet ? vscode.CompletionItemKind.Snippet : vscode.CompletionItemKind.Value);
    const range = new vscode.Range(document.positionAt(completion.start), document.positionAt(completion.end));
    item.detail = completion.detail;
    item.insertText = isSnippet ? new vscode.SnippetString(completion.text) : completion.text;
    item.range = range;
    item.filterText = isSnippet ? `${document.getText(range)} ${completion.label}` : completion.text;
    item.sortText = `0${i}`;
    return item;
  });
}

export function hover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
  if (kindOfFile(document.uri) === undefined) return undefined;
  const found = hoverAt(parseDocument(document), document.offsetAt(position), (name) => settingOf(document, name));
  return found && new vscode.Hover(new vscode.MarkdownString(found.markdown), new vscode.Range(document.positionAt(found.start), document.positionAt(found.end)));
}

function settingOf(document: vscode.TextDocument, name: string): SettingValue {
  const values = vscode.workspace.getConfiguration("cancellableTasks", document).inspect(name);
  if (values?.workspaceFolderValue !== undefined) return { value: values.workspaceFolderValue, source: "folder" };
  if (values?.workspaceValue !== undefined) return { value: values.workspaceValue, source: "workspace" };
  if (values?.globalValue !== undefined) return { value: values.globalValue, source: "user" };
  return { value: values?.defaultValue, source: "default" };
}
