import * as l10n from "@vscode/l10n";
import { homedir } from "node:os";
import * as vscode from "vscode";
import { InputCanceled, VariableError, type Lookup } from "./task/variables";
import { split, valueOf, written, type NamedFolder, type VariableFacts } from "./task/variableValues";

/** Looks up VS Code's variables, where VS Code does not do it for us. */
export function variableLookup(folder: vscode.WorkspaceFolder | undefined, inputs: unknown): Lookup {
  const lookup: Lookup = async (inner) => {
    const [name, argument] = split(inner);
    if (argument !== undefined) {
      if (name === "config") return configValue(inner, argument, folder);
      if (name === "command") return await commandValue(inner, argument, undefined);
      if (name === "input") return await inputValue(inner, argument, inputs);
      if (name === "extensionInstallFolder") return extensionFolder(inner, argument);
    }
    return valueOf(inner, facts(folder));
  };
  return lookup;
}

function facts(folder: vscode.WorkspaceFolder | undefined): VariableFacts {
  const editor = vscode.window.activeTextEditor;
  const selection = editor?.selection;
  return {
    folder: named(folder),
    folders: (vscode.workspace.workspaceFolders ?? []).flatMap((one) => named(one) ?? []),
    editor:
      editor === undefined || selection === undefined || editor.document.isUntitled
        ? undefined
        : {
            path: editor.document.uri.fsPath,
            folder: named(vscode.workspace.getWorkspaceFolder(editor.document.uri)),
            line: selection.active.line + 1,
            column: selection.active.character + 1,
            selectedText: editor.document.getText(selection),
          },
    home: homedir(),
    execPath: process.execPath,
    environment: process.env,
  };
}

function named(folder: vscode.WorkspaceFolder | undefined): NamedFolder | undefined {
  return folder === undefined ? undefined : { name: folder.name, path: folder.uri.fsPath };
}

function configValue(inner: string, key: string, folder: vscode.WorkspaceFolder | undefined): string {
  const value = vscode.workspace.getConfiguration(undefined, folder?.uri).get<unknown>(key);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new VariableError(value === undefined || value === null ? l10n.t("{0} has no value, because there is no such setting.", written(inner)) : l10n.t("{0} has no value, because that setting is not a text.", written(inner)));
}

async function commandValue(inner: string, command: string, args: unknown): Promise<string> {
  let value: unknown;
  try {
    value = await vscode.commands.executeCommand(command, ...(args === undefined ? [] : [args]));
  } catch (error) {
    throw new VariableError(l10n.t("{0} has no value, because its command failed: {1}.", written(inner), error instanceof Error ? error.message : String(error)));
  }
  if (value === undefined || value === null) throw new InputCanceled(written(inner));
  if (typeof value !== "string") throw new VariableError(l10n.t("{0} has no value, because its command gave something other than a text.", written(inner)));
  return value;
}

/** As VS Code's configuration has it: every property may be anything. */
interface Input {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly description?: unknown;
  readonly default?: unknown;
  readonly password?: unknown;
  readonly options?: unknown;
  readonly command?: unknown;
  readonly args?: unknown;
}

async function inputValue(inner: string, id: string, inputs: unknown): Promise<string> {
  const input = (Array.isArray(inputs) ? (inputs as unknown[]) : []).find((one): one is Input => typeof one === "object" && one !== null && (one as Input).id === id);
  if (input === undefined) throw new VariableError(l10n.t('{0} has no value, because "inputs" of tasks.json has no {1}.', written(inner), JSON.stringify(id)));
  const value = await ask(inner, input);
  if (value === undefined) throw new InputCanceled(written(inner));
  return value;
}

async function ask(inner: string, input: Input): Promise<string | undefined> {
  const title = text(input.description);
  switch (input.type) {
    case "promptString":
      return await vscode.window.showInputBox({ ignoreFocusOut: true, ...(title === undefined ? {} : { prompt: title }), value: text(input.default) ?? "", password: input.password === true });
    case "pickString":
      return await pick(title, text(input.default), Array.isArray(input.options) ? (input.options as unknown[]) : []);
    case "command":
      if (typeof input.command === "string") return await commandValue(inner, input.command, input.args);
      break;
  }
  throw new VariableError(l10n.t('{0} has no value, because its "type" in "inputs" of tasks.json is none of "promptString", "pickString" and "command".', written(inner)));
}

/** The default comes first, as VS Code has it. */
async function pick(title: string | undefined, first: string | undefined, options: readonly unknown[]): Promise<string | undefined> {
  const items = options.flatMap((option) => {
    if (typeof option === "string") return [{ label: option, value: option }];
    const { label, value } = (option ?? {}) as { readonly label?: unknown; readonly value?: unknown };
    return typeof value === "string" ? [{ label: text(label) ?? value, value }] : [];
  });
  items.sort((a, b) => Number(b.value === first) - Number(a.value === first));
  const picked = await vscode.window.showQuickPick(items, { ignoreFocusOut: true, ...(title === undefined ? {} : { placeHolder: title }) });
  return picked?.value;
}

function extensionFolder(inner: string, id: string): string {
  const extension = vscode.extensions.getExtension(id);
  if (extension === undefined) throw new VariableError(l10n.t("{0} has no value, because that extension is not installed.", written(inner)));
  return extension.extensionPath;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
