import * as vscode from "vscode";
import { checkDefinition, type Defaults, type ValidationResult } from "./task/definition";
import { findingsIn } from "./task/findings";
import { layered, taskPlatform } from "./task/layers";
import type { LaunchContext } from "./task/launch";
import { asOnePath } from "./task/shellLine";
import { profiledShell } from "./task/terminalProfile";
import { InputCanceled, mergedByVSCode, VariableError, Variables } from "./task/variables";
import { entryOf, tasksFile, type Scope } from "./tasksConfiguration";
import { variableLookup } from "./variableLookup";

/** A task, ready to be started. */
export interface ReadTask {
  readonly checked: ValidationResult;
  readonly context: LaunchContext;
  /** What its terminal says before it starts: sentences. */
  readonly notes: readonly string[];
  /** The variable for which the user was asked and gave no value: the task is not started. */
  readonly canceled: string | undefined;
}

/**
 * Reads what VS Code hands over of a task, and what it does not: the top of its tasks.json, and what of the task's own properties a
 * platform's block would hide.
 * @param task with the definition as it stands in tasks.json
 * @param resolved the definition with its variables resolved
 */
export async function readTask(task: vscode.Task, resolved: vscode.TaskDefinition, scope: Scope): Promise<ReadTask> {
  const folder = typeof scope === "object" ? scope : vscode.workspace.workspaceFolders?.[0];
  const file = tasksFile(scope);
  const raw = layered(task.definition, file, taskPlatform(process.platform));
  const variables = new Variables(mergedByVSCode(task.definition), resolved, variableLookup(folder, file["inputs"]));
  try {
    const effective = (await variables.resolve(raw.task)) as Record<string, unknown>;
    const definition = { ...effective, command: asOnePath(raw.task["command"], effective["command"], effective["args"]) };
    const defaults = { ...defaultsFor(folder), shell: await variables.resolve(raw.shell) };
    const entry = entryOf(task.name, file);
    const found = findingsIn({ ...definition, dependsOn: entry?.["dependsOn"], dependsOrder: entry?.["dependsOrder"] });
    return {
      checked: checkDefinition(definition, defaults),
      context: await contextFor(folder, variables),
      notes: found.filter(({ severity }) => severity === "warning").map(({ message, suggestion }) => `${message} ${suggestion}`),
      canceled: undefined,
    };
  } catch (error) {
    const context = await contextFor(folder, undefined);
    // What is not started needs no definition that is complete.
    if (error instanceof InputCanceled) return { checked: checkDefinition({ ...resolved }, defaultsFor(folder)), context, notes: [], canceled: error.message };
    if (error instanceof VariableError) return { checked: { ok: false, problems: [error.message] }, context, notes: [], canceled: undefined };
    throw error;
  }
}

function defaultsFor(folder: vscode.WorkspaceFolder | undefined): Defaults {
  const settings = vscode.workspace.getConfiguration("cancellableTasks", folder);
  return {
    waitDelay: settings.get<unknown>("waitDelay"),
    cancelSignal: settings.get<unknown>("cancelSignal"),
    isSignalNamed: isSet(settings.inspect("cancelSignal")),
    hungPipe: settings.get<unknown>("hungPipe"),
    survivors: settings.get<unknown>("survivors"),
    stdio: settings.get<unknown>("stdio"),
  };
}

/** Whether the user has set it, anywhere. */
function isSet(values: ReturnType<vscode.WorkspaceConfiguration["inspect"]>): boolean {
  return [values?.globalValue, values?.workspaceValue, values?.workspaceFolderValue].some((value) => value !== undefined);
}

/** @param variables resolves those in the settings for terminals */
async function contextFor(folder: vscode.WorkspaceFolder | undefined, variables: Variables | undefined): Promise<LaunchContext> {
  const settings = vscode.workspace.getConfiguration("terminal.integrated", folder);
  const platform = taskPlatform(process.platform);
  const forPlatform = async (key: string): Promise<unknown> => {
    const value = settings.get<unknown>(`${key}.${platform}`);
    return variables === undefined ? undefined : await variables.resolve(value);
  };
  const shell = profiledShell(
    { automationProfile: await forPlatform("automationProfile"), defaultProfile: settings.get(`defaultProfile.${platform}`), profiles: await forPlatform("profiles") },
    vscode.env.shell || fallbackShell(),
  );
  return {
    folder: folder?.uri.fsPath,
    environment: withSettings(process.env, await forPlatform("env"), shell.env),
    defaultShell: shell,
    terminal: { language: settings.get<unknown>("detectLocale") !== "off" ? vscode.env.language : undefined, version: vscode.version },
  };
}

/** The editor's environment with what the settings have for all terminals of it; null takes a variable away. */
function withSettings(environment: NodeJS.ProcessEnv, ...settings: readonly unknown[]): Record<string, string | undefined> {
  const merged: Record<string, string | undefined> = { ...environment };
  for (const setting of settings) {
    if (typeof setting !== "object" || setting === null) continue;
    for (const [name, value] of Object.entries(setting)) merged[name] = typeof value === "string" ? value : undefined;
  }
  return merged;
}

function fallbackShell(): string {
  return process.platform === "win32" ? (process.env["ComSpec"] ?? "cmd.exe") : "/bin/sh";
}
