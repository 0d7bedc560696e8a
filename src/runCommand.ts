import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { offers, remembered } from "./commandHistory";
import { COMMANDS } from "./contributions";
import { toError } from "./taskRunner/base/errors";
import { showError } from "./views/messages";
import { pickText } from "./views/plainText";

const HISTORY_KEY = "commandHistory";

/** Runs a command line as a task that is in no tasks.json. */
export type RunLine = (line: string, scope: vscode.WorkspaceFolder | vscode.TaskScope.Workspace) => Promise<void>;

interface Item extends vscode.QuickPickItem {
  readonly line: string;
}

/** Run Command...: asks for a command line, offers those that were run before in this workspace, and runs it. */
export function registerRunCommand(memory: vscode.Memento, run: RunLine): vscode.Disposable {
  return vscode.commands.registerCommand(COMMANDS.runCommand, async (given?: unknown) => {
    const typed = typeof given === "string" ? given : await askForLine(memory);
    const line = typed?.trim();
    if (typed === undefined || line === undefined || line === "") return;
    const scope = await askForScope();
    if (scope === undefined) return;
    await memory.update(HISTORY_KEY, remembered(historyOf(memory), typed));
    await run(line, scope).catch((error: unknown) => showError(l10n.t('"{0}" could not be run: {1}', line, toError(error).message)));
  });
}

/** @returns undefined when the user has changed his mind */
async function askForLine(memory: vscode.Memento): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = l10n.t("Run Command");
  pick.placeholder = l10n.t("A command line for your shell, such as npm run dev");
  const forget: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("trash"), tooltip: l10n.t("Forget This Command") };
  const show = (): void => {
    pick.items = offers(historyOf(memory), pick.value).map(({ line, isRemembered }) => ({
      label: pickText(line.trim()),
      line,
      ...(isRemembered ? { buttons: [forget] } : { alwaysShow: true, description: l10n.t("run this") }),
    }));
  };
  show();
  pick.onDidChangeValue(show);
  pick.onDidTriggerItemButton(({ item }) => {
    void memory.update(HISTORY_KEY, historyOf(memory).filter((line) => line !== item.line)).then(show);
  });
  return await new Promise((resolve) => {
    pick.onDidAccept(() => {
      resolve(pick.activeItems[0]?.line ?? pick.value);
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
  return await vscode.window.showWorkspaceFolderPick({ placeHolder: l10n.t("The folder in which the command is to run") });
}

function historyOf(memory: vscode.Memento): string[] {
  const history = memory.get<unknown>(HISTORY_KEY);
  return Array.isArray(history) ? history.filter((line) => typeof line === "string") : [];
}
