import * as vscode from "vscode";
import { SETTINGS, TASKS_JSON_COMMANDS } from "../../contributions";
import type { TaskState } from "../runLenses";
import type { Only } from "./convertCommand";
import { TASKS_FILES } from "./fileKinds";
import { WatchedFiles } from "./watchedFiles";

/** Which tasks run, by their keys; known when it is asked for. */
export interface TaskLensStates {
  readonly onDidChange: vscode.Event<void>;
  get(): Promise<{ of(key: string): TaskState | undefined }>;
}

/** Registers what helps with tasks.json. Nothing of it is loaded before it is asked for, by a command or by an open tasks.json. */
export function registerTasksJson(states: TaskLensStates): vscode.Disposable {
  const { makeCancellable, makeBuiltIn, newTask } = TASKS_JSON_COMMANDS;
  return vscode.Disposable.from(
    vscode.commands.registerCommand(makeCancellable, async (only?: unknown) => (await import("./lazy.js")).convertTasks("cancellable", isOnly(only) ? only : undefined)),
    vscode.commands.registerCommand(makeBuiltIn, async () => (await import("./lazy.js")).convertTasks("builtIn")),
    vscode.commands.registerCommand(newTask, async () => (await import("./lazy.js")).newTask()),
    vscode.languages.registerCodeLensProvider(TASKS_FILES, {
      onDidChangeCodeLenses: states.onDidChange,
      async provideCodeLenses(document) {
        if (!vscode.workspace.getConfiguration("", document).get<boolean>(SETTINGS.codeLens, true)) return [];
        const [{ lensesFor }, known] = await Promise.all([import("./lazy.js"), states.get()]);
        return lensesFor(document, (key) => known.of(key));
      },
    }),
    vscode.languages.registerCodeActionsProvider(
      TASKS_FILES,
      { provideCodeActions: async (document, range) => (await import("./lazy.js")).conversionsAt(document, range) },
      { providedCodeActionKinds: [vscode.CodeActionKind.RefactorRewrite] },
    ),
    vscode.languages.registerCodeActionsProvider(
      TASKS_FILES,
      { provideCodeActions: async (document, _range, context) => (await import("./lazy.js")).fixesAt(document, context) },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
    vscode.languages.registerCompletionItemProvider(TASKS_FILES, { provideCompletionItems: async (document, position) => (await import("./lazy.js")).complete(document, position) }, '"', "{", "["),
    vscode.languages.registerHoverProvider(TASKS_FILES, { provideHover: async (document, position) => (await import("./lazy.js")).hover(document, position) }),
    new WatchedFiles(),
  );
}

function isOnly(value: unknown): value is Only {
  return typeof value === "object" && value !== null && "uri" in value && value.uri instanceof vscode.Uri && "entries" in value && Array.isArray(value.entries);
}
