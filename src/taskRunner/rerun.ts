import * as vscode from "vscode";
import { isDependency } from "./task/compounds";
import { configuredTasks, entryOf, tasksFile } from "./tasksConfiguration";

/** Starts VS Code's last task again, with the values that its variables had. */
const RERUN = "workbench.action.tasks.reRunTask";
/** How long VS Code may take to count a run as ended that has ended, in milliseconds. */
const ENDED_MS = 2000;

/**
 * Starts a task again. One with `"reevaluateOnRerun": false` keeps the values of its variables, and the user is not asked again, where
 * that is to be had: VS Code knows the values of the last task only.
 */
export class Rerun implements vscode.Disposable {
  readonly #listener: vscode.Disposable;
  #last: vscode.Task | undefined;

  constructor() {
    this.#listener = vscode.tasks.onDidStartTask(({ execution }) => (this.#last = execution.task));
  }

  dispose(): void {
    this.#listener.dispose();
  }

  async start(task: vscode.Task): Promise<void> {
    if (keepsValues(task) && this.#isLast(task) && (await hasEnded(task))) await vscode.commands.executeCommand(RERUN);
    else await vscode.tasks.executeTask(task);
  }

  /** For VS Code the last task is the one that was asked for: of what has started as its dependency, none is. */
  #isLast(task: vscode.Task): boolean {
    return this.#last !== undefined && isSame(this.#last, task) && !isDependency(configuredTasks(scopeOf(task)), task.name);
  }
}

function keepsValues({ name, scope }: vscode.Task): boolean {
  // VS Code 1.100 does not tell its run options.
  const options = entryOf(name, tasksFile(scope ?? vscode.TaskScope.Workspace))?.["runOptions"];
  return typeof options === "object" && options !== null && (options as { readonly reevaluateOnRerun?: unknown }).reevaluateOnRerun === false;
}

async function hasEnded(task: vscode.Task): Promise<boolean> {
  const isRunning = (): boolean => vscode.tasks.taskExecutions.some((execution) => isSame(execution.task, task));
  if (!isRunning()) return true;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      listener.dispose();
      resolve();
    };
    const listener = vscode.tasks.onDidEndTask(({ execution }) => {
      if (isSame(execution.task, task)) done();
    });
    const timer = setTimeout(done, ENDED_MS);
  });
  return !isRunning();
}

function isSame(a: vscode.Task, b: vscode.Task): boolean {
  return a.name === b.name && a.definition.type === b.definition.type && scopeOf(a) === scopeOf(b);
}

function scopeOf({ scope }: vscode.Task): string {
  return typeof scope === "object" ? scope.uri.toString() : String(scope);
}
