import * as l10n from "@vscode/l10n";
import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";
import { harmless } from "../../taskRunner/base/harmless";
import { inform, showError, showWarning } from "../../views/messages";
import { pickText } from "../../views/plainText";
import { choicesIn, editsFor, newIn, type Choice, type Direction, type NamedEntry, type Refusal } from "../choices";
import { nothingFound, type NothingFound } from "../nothingFound";
import { kindOfFile } from "./fileKinds";
import { newTask } from "./newTaskCommand";
import { preview, write, type Answer, type Change } from "./preview";
import { detectTasks, factsFor } from "./project";
import { allTasksFiles, parseDocument, styleFor, tasksFile, type TasksFile } from "./tasksFiles";

/** What a lens names: entries of one file. */
export interface Only {
  readonly uri: vscode.Uri;
  readonly entries: readonly NamedEntry[];
}

/** A file that cannot be read, in a sentence, and where. */
interface BrokenFile {
  readonly text: string;
  readonly uri: vscode.Uri;
  readonly position: vscode.Position;
}

interface Row extends vscode.QuickPickItem {
  readonly choice?: { readonly file: TasksFile; readonly choice: Choice };
  readonly opensUserTasks?: boolean;
}

function titleOf(direction: Direction): string {
  return direction === "cancellable" ? l10n.t("Make Tasks Cancellable") : l10n.t("Make Tasks Built-in Again");
}

function doneText(direction: Direction, n: number): string {
  if (direction === "cancellable") return n === 1 ? l10n.t("1 task is cancellable.") : l10n.t("{0} tasks are cancellable.", n);
  return n === 1 ? l10n.t("1 task is built-in again.") : l10n.t("{0} tasks are built-in again.", n);
}

function keptText({ label, why }: Refusal): string {
  return l10n.t({ message: '"{0}" stays as it is: {1}.', args: [label, why], comment: ["{0}: a task. {1}: a reason, such as 'it has no command'."] });
}

/** "Make Tasks Cancellable..." and "Make Tasks Built-in Again...": picks, shows, asks, writes. */
export async function convertTasks(direction: Direction, only?: Only): Promise<void> {
  const files = only === undefined ? await allTasksFiles() : [await tasksFile(only.uri)];
  const { rows, refusals, broken } = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: l10n.t("Looking for tasks") }, () => rowsOf(files, direction, only));
  const all = rows.flatMap(({ choice }) => choice ?? []);
  if (all.length === 0 && !rows.some((row) => row.opensUserTasks)) {
    await offerNextStep(nothingFound(direction, { broken: broken.map(({ text }) => text), kept: refusals.map(keptText), canHold: files.length > 0 }), broken[0]);
    return;
  }
  if (broken.length > 0) void showWarning(broken.map(({ text }) => text).join(" "));
  const picked = only === undefined ? await pick(direction, rows) : all;
  if (picked === "userTasks") {
    await vscode.commands.executeCommand("workbench.action.tasks.openUserTasks");
    const uri = vscode.window.activeTextEditor?.document.uri;
    if (uri !== undefined && kindOfFile(uri) === "user") await convertTasks(direction);
    return;
  }
  if (picked === undefined || picked.length === 0) return;
  const changes = changesFor(files, picked);
  if (typeof changes === "string") showError(changes);
  else await confirm(direction, changes, picked.map(({ choice }) => choice), refusals);
}

/** Says that there is nothing to convert, and does what the user wants to do instead. */
async function offerNextStep({ text, buttons }: NothingFound, broken: BrokenFile | undefined): Promise<void> {
  const title = await inform(text, ...buttons.map((button) => button.title));
  switch (buttons.find((button) => button.title === title)?.step) {
    case undefined:
      return;
    case "newTask":
      return newTask();
    case "makeCancellable":
      return convertTasks("cancellable");
    case "openFolder":
      await vscode.commands.executeCommand("vscode.openFolder");
      return;
    case "openBroken":
      if (broken !== undefined) await vscode.window.showTextDocument(broken.uri, { selection: new vscode.Range(broken.position, broken.position) });
  }
}

async function rowsOf(files: readonly TasksFile[], direction: Direction, only: Only | undefined): Promise<{ rows: Row[]; refusals: Refusal[]; broken: BrokenFile[] }> {
  const rows: Row[] = [];
  const refusals: Refusal[] = [];
  const broken: BrokenFile[] = [];
  for (const file of files) {
    if (file.tasks.root !== undefined && file.tasks.syntaxErrors.length > 0) {
      const position = file.document?.positionAt(file.tasks.syntaxErrors[0]?.offset ?? 0) ?? new vscode.Position(0, 0);
      broken.push({ text: l10n.t("{0} has a syntax error in line {1}: mend it first.", file.name, position.line + 1), uri: file.uri, position });
      continue;
    }
    const { choices, refusals: kept } = choicesIn(file.tasks, direction, await factsFor(file.folder, file.tasks), only?.entries);
    refusals.push(...kept);
    if (choices.length > 0) rows.push(separator(file.name));
    for (const choice of choices) rows.push(rowOf(file, choice, choice.notes, choice.notes.length === 0));
    if (direction !== "cancellable" || only !== undefined || kindOfFile(file.uri) !== "folder" || file.folder === undefined) continue;
    for (const { title, tasks } of await detectTasks(file.folder)) {
      const more = newIn(file.tasks, tasks);
      if (more.length > 0) rows.push(separator(l10n.t({ message: "{0}: added to {1}", args: [title, files.length > 1 ? file.name : "tasks.json"], comment: ["The heading of a list of tasks. {0}: where they were found, such as 'npm scripts'. {1}: the file to which those that are picked are added."] })));
      for (const choice of more) rows.push(rowOf(file, choice, [], false));
    }
  }
  if (only === undefined) rows.push(...userTasksRow(files));
  preselectServer(rows);
  return { rows, refusals, broken };
}

/** Your own tasks can only be read where VS Code has opened them. */
function userTasksRow(files: readonly TasksFile[]): Row[] {
  const own = vscode.workspace.getConfiguration("tasks").inspect<unknown>("tasks")?.globalValue;
  if (!Array.isArray(own) || own.length === 0 || files.some(({ uri }) => kindOfFile(uri) === "user")) return [];
  return [separator(l10n.t("your own tasks.json")), { label: `$(go-to-file) ${l10n.t("Your own tasks...")}`, description: l10n.t("opens the file, and shows this list again with its tasks"), opensUserTasks: true }];
}

/** Where a project has nothing configured yet, what is most likely wanted is what runs until it is stopped. */
function preselectServer(rows: Row[]): void {
  if (rows.some(({ picked }) => picked === true)) return;
  const at = rows.findIndex(({ choice }) => choice?.choice.kind === "detected" && choice.choice.detected.isLongRunning);
  const row = rows[at];
  if (row !== undefined) rows[at] = { ...row, picked: true };
}

function rowOf(file: TasksFile, choice: Choice, notes: readonly string[], picked: boolean): Row {
  const detail = notes.length === 0 ? {} : { detail: `$(warning) ${pickText(notes.join("; "))}` };
  return { label: pickText(choice.label), description: pickText(choice.description), ...detail, picked, choice: { file, choice } };
}

function separator(label: string): Row {
  return { label: harmless(label), kind: vscode.QuickPickItemKind.Separator };
}

async function pick(direction: Direction, rows: readonly Row[]): Promise<{ file: TasksFile; choice: Choice }[] | "userTasks" | undefined> {
  const options = { canPickMany: true, title: titleOf(direction), placeHolder: l10n.t("Choose tasks; you see what will be written before it is"), matchOnDescription: true } as const;
  const picked = await vscode.window.showQuickPick([...rows], options);
  if (picked?.some((row) => row.opensUserTasks) === true) return "userTasks";
  return picked?.flatMap(({ choice }) => choice ?? []);
}

/** @returns a sentence where a file cannot take a new task */
function changesFor(files: readonly TasksFile[], picked: readonly { file: TasksFile; choice: Choice }[]): Change[] | string {
  const changes: Change[] = [];
  for (const file of files) {
    const own = picked.filter((one) => one.file === file).map(({ choice }) => choice);
    if (own.length === 0) continue;
    const edits = editsFor(file.tasks, own, styleFor(file.uri));
    if (edits === undefined) return l10n.t('{0} has no list of "tasks" to which one could be added.', file.name);
    changes.push({ file, edits });
  }
  return changes;
}

async function confirm(direction: Direction, changes: readonly Change[], choices: readonly Choice[], refusals: readonly Refusal[]): Promise<void> {
  const names = changes.map(({ file }) => file.name).join(", ");
  const [only] = choices;
  const run: Answer<"run">[] = choices.length === 1 && only !== undefined && direction === "cancellable" ? [{ label: `$(play) ${l10n.t("Write and run {0}", pickText(only.label))}`, value: "run" }] : [];
  const answers: Answer<"write" | "run">[] = [{ label: `$(check) ${l10n.t({ message: "Write {0}", args: [harmless(names)], comment: ["{0}: the files that are written."] })}`, value: "write" }, ...run];
  const answer = await preview(changes, `${titleOf(direction)}: ${choices.length === 1 ? l10n.t("1 task") : l10n.t("{0} tasks", choices.length)}`, answers);
  if (answer === undefined) return;
  const problem = await write(changes);
  if (problem !== undefined) {
    showError(problem);
    return;
  }
  const file = changes[0]?.file;
  if (file !== undefined) await vscode.window.showTextDocument(file.uri, { preview: false, preserveFocus: answer === "run" });
  const notes = choices.flatMap((choice) => (choice.kind === "entry" ? choice.notes.map((note) => `"${choice.label}": ${note}.`) : []));
  const kept = direction === "cancellable" ? refusals.map(keptText) : [];
  if (notes.length + kept.length > 0) void inform([doneText(direction, choices.length), ...notes, ...kept].join(" "));
  if (answer === "run" && only !== undefined && file !== undefined) await runTask(only, file);
}

/** VS Code reads the file anew a moment after it was written. */
async function runTask(choice: Choice, file: TasksFile): Promise<void> {
  const written = file.document && parseDocument(file.document).entries.find((entry) => (choice.kind === "entry" ? entry.index === choice.index : entry.label === choice.label));
  const isSame = ({ definition }: vscode.Task): boolean => ["command", "args"].every((name) => isDeepStrictEqual(definition[name], written?.value(name)));
  for (let tries = 0; tries < 20; tries++) {
    const named = (await vscode.tasks.fetchTasks({ type: "cancellable" })).filter((one) => one.name === choice.label && isOf(file, one));
    // Two tasks may have one name.
    const task = named.find(isSame) ?? named[0];
    if (task !== undefined) {
      await vscode.tasks.executeTask(task);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  showError(l10n.t('"{0}" was written, but VS Code does not list it yet: run it from Tasks: Run Task.', choice.label));
}

/** Another folder may have a task of the same name. */
function isOf({ uri, folder }: TasksFile, { scope }: vscode.Task): boolean {
  switch (kindOfFile(uri)) {
    case "user":
      return scope === vscode.TaskScope.Global;
    case "workspace":
      return scope === vscode.TaskScope.Workspace;
    default:
      return typeof scope === "object" && scope.uri.toString() === folder?.toString();
  }
}
