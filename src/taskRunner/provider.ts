import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { systemClock } from "./base/clock";
import { thisTable } from "./process/system";
import { checkDefinition, type Defaults } from "./task/definition";
import type { LaunchContext } from "./task/launch";
import type { Run } from "./run/run";
import type { CrashProtection } from "./recovery/crashProtection";
import type { RunEvent } from "./run/state";
import { TaskRun } from "./run/taskRun";
import type { TaskRuns } from "./run/taskRuns";
import type { RunTerminal } from "./terminal/runTerminal";
import type { Terminals } from "./terminal/terminals";

/** The tasks of type "cancellable" in tasks.json. There are none that the user has not written. */
export class CancellableTaskProvider implements vscode.TaskProvider {
  readonly #runs: TaskRuns;
  readonly #terminals: Terminals;
  readonly #protection: CrashProtection;
  readonly #onEvent: (run: Run, event: RunEvent) => void;
  readonly #tasks = new WeakMap<Run, vscode.Task>();

  /** @param onEvent told what happens in every run */
  constructor(
    readonly type: string,
    runs: TaskRuns,
    terminals: Terminals,
    protection: CrashProtection,
    onEvent: (run: Run, event: RunEvent) => void,
  ) {
    this.#runs = runs;
    this.#terminals = terminals;
    this.#protection = protection;
    this.#onEvent = onEvent;
  }

  provideTasks(): vscode.Task[] {
    return [];
  }

  resolveTask(task: vscode.Task): vscode.Task {
    const scope = task.scope ?? vscode.TaskScope.Workspace;
    // The callback gets the definition with its variables resolved. The process is started in the terminal's open():
    // what is written earlier is lost, and a terminal closed in between would never tell us.
    const execution = new vscode.CustomExecution(async (resolved) => {
      // Loaded with the first task, not with the window: what measures the width of characters takes 15 ms to load.
      const terminals = await import("./terminal/runTerminal.js");
      return new terminals.RunTerminal((terminal) => this.#begin(terminal, task, resolved, scope));
    });
    // VS Code wants the very definition object back that it gave.
    const resolved = new vscode.Task(task.definition, scope, task.name, this.type, execution, task.problemMatchers);
    resolved.isBackground = task.isBackground;
    return resolved;
  }

  /** Runs the task of an earlier run again, as tasks.json has it now. */
  async runAgain(run: Run): Promise<void> {
    const task = this.#tasks.get(run);
    if (task === undefined) return;
    const configured = (await vscode.tasks.fetchTasks({ type: this.type })).filter((candidate) => candidate.name === task.name);
    const again = configured.find((candidate) => isSameScope(candidate.scope, task.scope)) ?? configured[0];
    if (again === undefined) void vscode.window.showErrorMessage(`There is no task "${task.name}" in tasks.json any more.`);
    else await vscode.tasks.executeTask(again);
  }

  #isSameTask(run: Run, task: vscode.Task): boolean {
    const other = this.#tasks.get(run);
    return other?.name === task.name && isSameScope(other.scope, task.scope);
  }

  #begin(terminal: RunTerminal, task: vscode.Task, definition: vscode.TaskDefinition, scope: vscode.WorkspaceFolder | vscode.TaskScope): TaskRun {
    const folder = typeof scope === "object" ? scope : vscode.workspace.workspaceFolders?.[0];
    const run = new TaskRun({
      id: randomBytes(8).toString("hex"),
      label: task.name,
      checked: checkDefinition(definition, defaults(folder)),
      context: context(folder),
      output: terminal,
      clock: systemClock,
      table: thisTable,
      protection: this.#protection,
      previous: this.#runs.stopping().filter((other) => this.#isSameTask(other, task)),
    });
    this.#runs.add(run);
    run.onEvent((event) => this.#onEvent(run, event));
    this.#tasks.set(run, task);
    this.#terminals.find(run.id, terminal, task.name);
    return run;
  }
}

function isSameScope(a: vscode.Task["scope"], b: vscode.Task["scope"]): boolean {
  return typeof a === "object" && typeof b === "object" ? a.uri.toString() === b.uri.toString() : a === b;
}

function defaults(folder: vscode.WorkspaceFolder | undefined): Defaults {
  const settings = vscode.workspace.getConfiguration("cancellableTasks", folder);
  return {
    waitDelay: settings.get<unknown>("waitDelay"),
    cancelSignal: settings.get<unknown>("cancelSignal"),
    hungPipe: settings.get<unknown>("hungPipe"),
    survivors: settings.get<unknown>("survivors"),
    stdio: settings.get<unknown>("stdio"),
  };
}

function context(folder: vscode.WorkspaceFolder | undefined): LaunchContext {
  const setsLocale = vscode.workspace.getConfiguration("terminal.integrated").get<unknown>("detectLocale") !== "off";
  return {
    folder: folder?.uri.fsPath,
    environment: process.env,
    defaultShell: vscode.env.shell || fallbackShell(),
    terminal: { language: setsLocale ? vscode.env.language : undefined, version: vscode.version },
  };
}

function fallbackShell(): string {
  return process.platform === "win32" ? (process.env["ComSpec"] ?? "cmd.exe") : "/bin/sh";
}
