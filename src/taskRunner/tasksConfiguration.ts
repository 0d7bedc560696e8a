import * as vscode from "vscode";

export type Scope = vscode.WorkspaceFolder | vscode.TaskScope;
type Properties = Readonly<Record<string, unknown>>;

/** What may stand at the top of a tasks.json and counts for all of its tasks. */
const TOP_LEVEL = ["options", "windows", "osx", "linux", "inputs", "presentation", "problemMatcher", "tasks"] as const;

/** The file that a task of this scope stands in, as VS Code reads it: a folder's tasks.json, the workspace's file, or the user's tasks. */
export function tasksFile(scope: Scope): Properties {
  const configuration = vscode.workspace.getConfiguration("tasks", typeof scope === "object" ? scope.uri : undefined);
  return Object.fromEntries(
    TOP_LEVEL.map((key) => {
      const values = configuration.inspect<unknown>(key);
      if (typeof scope === "object") return [key, values?.workspaceFolderValue];
      return [key, scope === vscode.TaskScope.Global ? values?.globalValue : values?.workspaceValue];
    }),
  );
}

/** What is written under `tasks`, for this scope: in a folder's tasks.json, in the workspace's file, and in the user's tasks. */
export function configuredTasks(scope: string): unknown[] {
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.toString() === scope);
  const values = vscode.workspace.getConfiguration("tasks", folder?.uri).inspect<unknown>("tasks");
  return [values?.workspaceFolderValue, values?.workspaceValue, values?.globalValue].flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : []));
}

/** The entry of a task, by its label. */
export function entryOf(label: string, file: Properties): Properties | undefined {
  const { tasks } = file;
  if (!Array.isArray(tasks)) return undefined;
  return (tasks as unknown[]).find((task): task is Properties => typeof task === "object" && task !== null && (task as Properties)["label"] === label);
}
