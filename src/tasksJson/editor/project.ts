import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { BUILD_FILES } from "../detect/buildFiles";
import type { DetectedTask } from "../detect/detectedTask";
import { chooseManager, LOCK_FILE_NAMES, managerOfSettings, packageScripts, type PackageFolder } from "../detect/packageScripts";
import { isOneOf, LOCAL_BIN, PACKAGE_MANAGERS, RUNNERS, type PackageManager } from "../kinds";
import type { ProjectFacts } from "../conversion";
import { installCommand, managerOfVSCode, scriptCommand, TRACES, type NpmSettings } from "../detect/scriptRunner";
import { parse } from "jsonc-parser";
import type { TasksDocument } from "../tasksDocument";

/** What was found in one file, for a section of a list. */
export interface DetectedFile {
  /** "npm scripts", "Makefile", with the folder. */
  readonly title: string;
  readonly tasks: readonly DetectedTask[];
}

const SKIPPED = "**/{node_modules,bower_components,vendor,target,dist,out,build,.git,.vscode-test}/**";
/** More than that is no list that one picks from; the nearest files are kept. */
const MOST_FILES = 60;

/** Finds what the projects in a folder can run, by their files. */
export async function detectTasks(folder: vscode.Uri): Promise<DetectedFile[]> {
  const names = ["package.json", ...BUILD_FILES.flatMap((kind) => kind.names)];
  const pattern = new vscode.RelativePattern(folder, `**/{${names.join(",")}}`);
  const found = await vscode.workspace.findFiles(pattern, SKIPPED, MOST_FILES * 5);
  const depth = (uri: vscode.Uri): number => uri.path.split("/").length;
  const files = found.sort((a, b) => depth(a) - depth(b) || (a.path < b.path ? -1 : 1)).slice(0, MOST_FILES);
  const detected = await Promise.all(files.map((uri) => detectIn(folder, uri)));
  return detected.filter(({ tasks }) => tasks.length > 0);
}

async function detectIn(root: vscode.Uri, uri: vscode.Uri): Promise<DetectedFile> {
  const text = (await textOf(uri)) ?? "";
  const name = uri.path.replace(/^.*\//, "");
  const folder = relative(root, vscode.Uri.joinPath(uri, ".."));
  if (name === "package.json") {
    const runner = scriptCommand(npmSettings(root), await managerOf(root, folder));
    const manager = runner[0] ?? "";
    const title = folder === "" ? l10n.t({ message: "{0} scripts", args: [manager], comment: ["{0}: npm, pnpm, yarn or bun."] }) : l10n.t({ message: "{0} scripts in {1}", args: [manager, folder], comment: ["{0}: npm, pnpm, yarn or bun. {1}: a folder."] });
    return { title, tasks: packageScripts(text, folder, runner) };
  }
  const kind = BUILD_FILES.find(({ names }) => names.includes(name));
  const title = kind?.title ?? name;
  return { title: folder === "" ? title : l10n.t({ message: "{0} in {1}", args: [title, folder], comment: ["{0}: a file. {1}: a folder."] }), tasks: kind?.read(text, folder) ?? [] };
}

/** What a conversion of these tasks has to know of their folder, looked up beforehand. */
export async function factsFor(folder: vscode.Uri | undefined, tasks: TasksDocument): Promise<ProjectFacts> {
  let auto: PackageManager = "npm";
  const programs = new Set<string>();
  const withReferences = new Set<string>();
  if (folder !== undefined) {
    const typed = (type: string): readonly TasksDocument["entries"][number][] => tasks.entries.filter((entry) => entry.type === type);
    const hasScripts = typed("npm").length > 0 || tasks.entries.some((entry) => isOneOf(PACKAGE_MANAGERS, entry.text("command")));
    // What is a tsconfig among the arguments of a command is found when it is read.
    const args = tasks.entries.flatMap((entry) => (/(^|\/)tsc$/.test(entry.text("command") ?? "") ? [entry.value("args")].flat() : []));
    const tsconfigs = new Set([...typed("typescript").map((entry) => entry.text("tsconfig")), ...args].flatMap((one: unknown) => (typeof one === "string" && !one.startsWith("-") ? [one] : [])));
    await Promise.all([
      ...(hasScripts ? [foldersAbove(folder).then((folders) => void (auto = managerOfVSCode(folder.path, folders)))] : []),
      ...[...RUNNERS, "tsc"].map(async (program) => {
        if (await exists(vscode.Uri.joinPath(folder, `${LOCAL_BIN}${program}`))) programs.add(program);
      }),
      ...[...tsconfigs].map(async (tsconfig) => {
        const config: unknown = parse((await textOf(vscode.Uri.joinPath(folder, tsconfig.replace(/^\$\{workspace(Folder|Root)\}\//, "")))) ?? "");
        if (typeof config === "object" && config !== null && "references" in config) withReferences.add(tsconfig);
      }),
    ]);
  }
  return {
    scriptCommand: scriptCommand(npmSettings(folder), auto),
    installCommand: installCommand(npmSettings(folder), auto),
    hasLocalProgram: (program) => programs.has(program),
    hasReferences: (tsconfig) => withReferences.has(tsconfig),
  };
}

/** What runs the scripts that are found in a folder: by VS Code's settings, else by what the project says. */
async function managerOf(root: vscode.Uri, path: string): Promise<PackageManager> {
  const { scriptRunner, packageManager } = npmSettings(root);
  return managerOfSettings(scriptRunner, packageManager) ?? chooseManager(await foldersAbove(vscode.Uri.joinPath(root, path)));
}

function npmSettings(root: vscode.Uri | undefined): NpmSettings {
  const settings = vscode.workspace.getConfiguration("npm", root);
  return { scriptRunner: settings.get("scriptRunner"), packageManager: settings.get("packageManager"), runSilent: settings.get("runSilent") };
}

/** A folder, and those above it: what is opened may be a part of a project. */
async function foldersAbove(folder: vscode.Uri): Promise<PackageFolder[]> {
  const folders = [folder];
  for (let next = vscode.Uri.joinPath(folder, ".."); next.path !== folders.at(-1)?.path; next = vscode.Uri.joinPath(next, "..")) folders.push(next);
  return Promise.all(folders.map(packageFolder));
}

async function packageFolder(folder: vscode.Uri): Promise<PackageFolder> {
  const names = [...new Set([...LOCK_FILE_NAMES, ...TRACES])];
  const found = await Promise.all(names.map(async (name) => ((await exists(vscode.Uri.joinPath(folder, name))) ? [name] : [])));
  return { manifest: await textOf(vscode.Uri.joinPath(folder, "package.json")), files: new Set(found.flat()) };
}

function relative(root: vscode.Uri, uri: vscode.Uri): string {
  return uri.path.slice(root.path.length).replace(/^\//, "");
}

async function textOf(uri: vscode.Uri): Promise<string | undefined> {
  return vscode.workspace.fs.readFile(uri).then((bytes) => Buffer.from(bytes).toString("utf8"), () => undefined);
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(() => true, () => false);
}
