import * as l10n from "@vscode/l10n";
import { access, readdir } from "node:fs/promises";
import * as vscode from "vscode";
import type { CancellableTasksApi } from "../api";
import { createApi } from "./api";
import { COMMANDS, TASK_TYPE, VIEW_RUNS } from "./contributions";
import { Later } from "./taskRunner/base/later";
import { TaskRuns } from "./taskRunner/run/taskRuns";
import { registerTasksJson } from "./tasksJson/editor/register";
import type { TreeElement } from "./views/treeElements";
import type { Window } from "./window";

/** What earlier windows have left is looked for when the window has come up, not while it does. */
const LOOK_BACK_MS = 2000;

let opened: Later<Window> | undefined;

/**
 * Registers what VS Code can ask for, and starts nothing. What answers is loaded when something is asked for the first time: by a task, a
 * command or the view, or because an earlier window has left something.
 */
export function activate(context: vscode.ExtensionContext): CancellableTasksApi {
  // None where the display language is English, or nobody has translated the extension.
  if (vscode.l10n.bundle !== undefined) l10n.config({ contents: vscode.l10n.bundle });
  const runs = new TaskRuns();
  const changed = new vscode.EventEmitter<TreeElement[] | undefined>();
  const lensesChanged = new vscode.EventEmitter<void>();
  const storage = (name: string): string => vscode.Uri.joinPath(context.globalStorageUri, name).fsPath;
  const reloadNote = context.storageUri === undefined ? undefined : vscode.Uri.joinPath(context.storageUri, "reload.json").fsPath;

  const window: Later<Window> = (opened = new Later(async () => {
    const { Window } = await import("./window.js");
    standIns.dispose();
    return new Window({ context, runs, view, changed, lensesChanged, journalFolder: storage("runs"), socketFolder: storage("sockets"), reloadNote });
  }));
  const standIns = vscode.Disposable.from(...Object.values(COMMANDS).map((id) => standIn(id, window)));
  const view = vscode.window.createTreeView(VIEW_RUNS, { treeDataProvider: treeData(window, changed), showCollapseAll: true });

  const lookBack = setTimeout(() => {
    void isEmpty(storage("runs")).then((isEmpty) => isEmpty || window.use((loaded) => loaded.lookBack()));
  }, LOOK_BACK_MS);
  // What a reload of the window has interrupted goes on now.
  if (reloadNote !== undefined) access(reloadNote).then(() => window.use(() => undefined), () => undefined);

  context.subscriptions.push(
    { dispose: () => clearTimeout(lookBack) },
    standIns,
    view,
    changed,
    lensesChanged,
    window,
    registerTasksJson({ onDidChange: lensesChanged.event, get: async () => (await window.get()).states }),
    vscode.tasks.registerTaskProvider(TASK_TYPE, {
      // There are none that the user has not written.
      provideTasks: () => [],
      resolveTask: async (task) => (await window.get()).provider.resolveTask(task),
    }),
  );
  return createApi(runs, () => window.now?.plainRun);
}

/** Stops every run: the groups are signalled before this returns, and killed before VS Code loses patience. */
export async function deactivate(): Promise<void> {
  await opened?.now?.close();
}

/** A command until the window has registered what it really does. */
function standIn(id: string, window: Later<Window>): vscode.Disposable {
  return vscode.commands.registerCommand(id, async (...args: unknown[]) => {
    await window.get();
    return await vscode.commands.executeCommand(id, ...args);
  });
}

function treeData(window: Later<Window>, changed: vscode.EventEmitter<TreeElement[] | undefined>): vscode.TreeDataProvider<TreeElement> {
  return {
    onDidChangeTreeData: changed.event,
    getChildren: async (element) => (await window.get()).tree.getChildren(element),
    getTreeItem: async (element) => (await window.get()).tree.getTreeItem(element),
    getParent: async (element) => (await window.get()).tree.getParent(element),
  };
}

/** Whether there is nothing in a folder, or no folder. */
async function isEmpty(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length === 0;
}
