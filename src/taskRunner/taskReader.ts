import * as vscode from "vscode";
import { mergedEnvironment } from "./base/variableNames";
import type { Containment, NoContainment } from "./process/container";
import { thisContainment } from "./process/system";
import { checkDefinition, type Defaults, type ValidationResult } from "./task/definition";
import { findingsIn } from "./task/findings";
import { layered, taskPlatform } from "./task/layers";
import type { LaunchContext } from "./task/launch";
import { commandOf } from "./task/shellLine";
import { profiledShell, terminalEnvironment } from "./task/terminalProfile";
import { InputCanceled, mergedByVSCode, resolveSetting, VariableError, Variables, type Lookup } from "./task/variables";
import { entryOf, tasksFile, type Scope } from "./tasksConfiguration";
import { variableLookup } from "./variableLookup";

/** A task, ready to be started. */
export interface ReadTask {
  readonly checked: ValidationResult;
  readonly context: LaunchContext;
  /** What its terminal says before it starts: sentences. */
  readonly notes: readonly string[];
  /** What keeps its processes together, or why nothing is to. */
  readonly containment: Containment | NoContainment;
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
  const lookup = variableLookup(folder, file["inputs"]);
  const variables = new Variables(mergedByVSCode(task.definition), resolved, lookup);
  const context = await contextFor(folder, lookup);
  const containment = vscode.workspace.getConfiguration("cancellableTasks", folder).get<unknown>("containment") === "off" ? { kind: "off" as const } : thisContainment;
  try {
    const effective = (await variables.resolve(raw.task)) as Record<string, unknown>;
    const definition = { ...effective, command: commandOf(raw.task, effective) };
    const defaults = { ...defaultsFor(folder), shell: await variables.resolve(raw.shell) };
    const entry = entryOf(task.name, file);
    const found = findingsIn({ ...definition, dependsOn: entry?.["dependsOn"], dependsOrder: entry?.["dependsOrder"] });
    return {
      checked: checkDefinition(definition, defaults),
      context,
      containment,
      notes: found.filter(({ severity }) => severity === "warning").map(({ message, suggestion }) => `${message} ${suggestion}`),
      canceled: undefined,
    };
  } catch (error) {
    // What is not started needs no definition that is complete.
    if (error instanceof InputCanceled) return { checked: checkDefinition({ ...resolved }, defaultsFor(folder)), context, containment, notes: [], canceled: error.message };
    if (error instanceof VariableError) return { checked: { ok: false, problems: [error.message], properties: [] }, context, containment, notes: [], canceled: undefined };
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
    stopWithDebugSession: settings.get<unknown>("stopWithDebugSession"),
  };
}

/** Whether the user has set it, anywhere. */
function isSet(values: ReturnType<vscode.WorkspaceConfiguration["inspect"]>): boolean {
  return [values?.globalValue, values?.workspaceValue, values?.workspaceFolderValue].some((value) => value !== undefined);
}

/** @param lookup for the variables in the settings for terminals */
async function contextFor(folder: vscode.WorkspaceFolder | undefined, lookup: Lookup): Promise<LaunchContext> {
  const settings = vscode.workspace.getConfiguration("terminal.integrated", folder);
  const platform = taskPlatform(process.platform);
  const forPlatform = (key: string): unknown => settings.get<unknown>(`${key}.${platform}`);
  const resolve = (text: string): Promise<string> => resolveSetting(text, lookup);
  const profiles = { automationProfile: forPlatform("automationProfile"), defaultProfile: forPlatform("defaultProfile"), profiles: forPlatform("profiles") };
  const shell = await profiledShell(profiles, vscode.env.shell || fallbackShell(), resolve);
  return {
    folder: folder?.uri.fsPath,
    environment: mergedEnvironment([await terminalEnvironment(process.env, forPlatform("env"), resolve), shell.env]),
    defaultShell: shell,
    terminal: { language: settings.get<unknown>("detectLocale") !== "off" ? vscode.env.language : undefined, version: vscode.version },
  };
}

function fallbackShell(): string {
  return process.platform === "win32" ? (process.env["ComSpec"] ?? "cmd.exe") : "/bin/sh";
}
