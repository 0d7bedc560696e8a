import * as vscode from "vscode";
import { closureOf, dependsOn, readTasks, type ListedTask } from "./task/configuredTask";
import type { TaskKey } from "./run/stopAllGate";

/** By what a task is known: the same label in another folder is another task. */
export function taskKey({ label, scope }: TaskKey): string {
  return `${scope}#${label}`;
}

/** The tasks that are configured. They are read when somebody asks, and again when the configuration has changed. */
export class TaskList implements vscode.Disposable {
  readonly #type: string;
  readonly #changed = new vscode.EventEmitter<undefined>();
  /** Told that there may be other tasks now. */
  readonly onDidChange = this.#changed.event;
  readonly #listeners: vscode.Disposable;
  #tasks: readonly ListedTask[] | undefined;

  constructor(type: string) {
    this.#type = type;
    this.#listeners = vscode.Disposable.from(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("tasks")) this.#forget();
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.#forget()),
    );
  }

  all(): readonly ListedTask[] {
    return (this.#tasks ??= this.#read());
  }

  get(key: string): ListedTask | undefined {
    return this.all().find((task) => task.key === key);
  }

  /** The keys of everything that a task depends on, directly or not. */
  closureOf(task: ListedTask): ReadonlySet<string> {
    return new Set([...closureOf(this.#in(task.scope), task.label)].map((label) => taskKey({ label, scope: task.scope })));
  }

  /** Whether a task depends on the other one, directly or not, or is started after it in a sequence. */
  dependsOn(dependent: TaskKey, dependency: TaskKey): boolean {
    return dependent.scope === dependency.scope && dependsOn(this.#in(dependent.scope), dependent.label, dependency.label);
  }

  dispose(): void {
    this.#listeners.dispose();
    this.#changed.dispose();
  }

  #in(scope: string): ListedTask[] {
    return this.all().filter((task) => task.scope === scope);
  }

  #read(): ListedTask[] {
    const folders = vscode.workspace.workspaceFolders ?? [];
    const ofFolders = folders.flatMap((folder) => {
      const values = vscode.workspace.getConfiguration("tasks", folder.uri).inspect<unknown>("tasks");
      // Without a workspace file, the only folder's tasks are the workspace's.
      const tasks = values?.workspaceFolderValue ?? (vscode.workspace.workspaceFile === undefined ? values?.workspaceValue : undefined);
      return this.#listed(tasks, folder.uri.toString(), folders.length > 1 ? folder.name : undefined);
    });
    const values = vscode.workspace.getConfiguration("tasks").inspect<unknown>("tasks");
    const ofWorkspace = vscode.workspace.workspaceFile === undefined ? [] : this.#listed(values?.workspaceValue, String(vscode.TaskScope.Workspace));
    return [...ofFolders, ...ofWorkspace, ...this.#listed(values?.globalValue, String(vscode.TaskScope.Global))];
  }

  #listed(tasks: unknown, scope: string, folder?: string): ListedTask[] {
    return readTasks(tasks, this.#type).map((task) => ({ ...task, key: taskKey({ label: task.label, scope }), scope, ...(folder === undefined ? {} : { folder }) }));
  }

  #forget(): void {
    this.#tasks = undefined;
    this.#changed.fire(undefined);
  }
}
