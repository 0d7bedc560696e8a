import * as vscode from "vscode";
import { offers, remembered } from "./commandHistory";
import { COMMANDS } from "./contributions";
import { toError } from "./taskRunner/base/errors";
import { showError } from "./views/messages";
import { pickText } from "./views/plainText";

const HISTORY_KEY = "commandHistory";
const FORGET: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("trash"), tooltip: "Forget This Command" };

/** Runs a command line as a task that is in no tasks.json. */
export type RunLine = (line: string, scope: vscode.WorkspaceFolder | vscode.TaskScope.Workspace) => Promise<void>;

interface Item extends vscode.QuickPickItem {
  readonly line: string;
}

/** Run Command...: asks for a command line, offers those that were run before in this workspace, and runs it. */
export function registerRunCommand(memory: vscode.Memento, run: RunLine): vscode.Disposable {
  return vscode.commands.registerCommand(COMMANDS.runCommand, async (given?: unknown) => {
    const line = typeof given === "string" ? given.trim() : await askForLine(memory);
    if (line === undefined || line === "") return;
    const scope = await askForScope();
    if (scope === undefined) return;
    await memory.update(HISTORY_KEY, remembered(historyOf(memory), line));
    await run(line, scope).catch((error: unknown) => showError(`"${line}" could not be run: ${toError(error).message}`));
  });
}

/** @returns undefined when the user has changed his mind */
async function askForLine(memory: vscode.Memento): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = "Run Command";
  pick.placeholder = "A command line for your shell, such as npm run dev";
  const show = (): void => {
    pick.items = offers(historyOf(memory), pick.value).map(({ line, isRemembered }) => ({
      label: pickText(line),
      line,
      ...(isRemembered ? { buttons: [FORGET] } : { alwaysShow: true, description: "run this" }),
    }));
  };
  show();
  pick.onDidChangeValue(show);
  pick.onDidTriggerItemButton(({ item }) => {
    void memory.update(HISTORY_KEY, historyOf(memory).filter((line) => line !== item.line)).then(show);
  });
  return await new Promise((resolve) => {
    pick.onDidAccept(() => {
      resolve(pick.activeItems[0]?.line ?? pick.value.trim());
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

/** @returns undefined when the user has changed his mind */
async function askForScope(): Promise<vscode.WorkspaceFolder | vscode.TaskScope.Workspace | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length < 2) return folders[0] ?? vscode.TaskScope.Workspace;
  return await vscode.window.showWorkspaceFolderPick({ placeHolder: "The folder in which the command is to run" });
}

function historyOf(memory: vscode.Memento): string[] {
  const history = memory.get<unknown>(HISTORY_KEY);
  return Array.isArray(history) ? history.filter((line) => typeof line === "string") : [];
}
