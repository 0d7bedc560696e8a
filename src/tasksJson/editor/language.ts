import * as vscode from "vscode";
import { EXTENSION_ID, TASK_TYPE } from "../../contributions";
import { blockCompletionsAt, type PropertySchemas } from "../blockCompletions";
import { completionsAt } from "../completions";
import { hoverAt, type SettingValue } from "../hovers";
import { kindOfFile } from "./fileKinds";
import { parseDocument } from "./tasksFiles";

export function complete(document: vscode.TextDocument, position: vscode.Position): vscode.CompletionItem[] {
  if (kindOfFile(document.uri) === undefined) return [];
  const [tasks, offset] = [parseDocument(document), document.offsetAt(position)];
  const offered = [...completionsAt(tasks, offset), ...blockCompletionsAt(tasks, offset, propertySchemas())];
  return offered.map((completion, i) => {
    const isSnippet = completion.kind === "snippet";
    const isProperty = completion.kind === "property";
    const item = new vscode.CompletionItem(completion.label, KINDS[completion.kind]);
    const range = new vscode.Range(document.positionAt(completion.start), document.positionAt(completion.end));
    if (completion.detail !== "") item.detail = completion.detail;
    if (completion.documentation !== undefined && completion.documentation !== "") item.documentation = new vscode.MarkdownString(completion.documentation);
    item.insertText = isSnippet || isProperty ? new vscode.SnippetString(completion.text) : completion.text;
    item.range = range;
    item.filterText = isSnippet ? `${document.getText(range)} ${completion.label}` : isProperty ? `"${completion.label}"` : completion.text;
    item.sortText = `0${String(i).padStart(2, "0")}`;
    return item;
  });
}

const KINDS = { value: vscode.CompletionItemKind.Value, property: vscode.CompletionItemKind.Property, snippet: vscode.CompletionItemKind.Snippet } as const;

/** As package.json has them, in the user's language. */
function propertySchemas(): PropertySchemas {
  const { contributes } = vscode.extensions.getExtension(EXTENSION_ID)?.packageJSON as { contributes?: { taskDefinitions?: readonly { readonly type: string; readonly properties: PropertySchemas }[] } };
  return contributes?.taskDefinitions?.find(({ type }) => type === TASK_TYPE)?.properties ?? {};
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
