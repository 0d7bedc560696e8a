import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { BUILD_FILES } from "../detect/buildFiles";
import type { DetectedTask } from "../detect/detectedTask";
import { chooseManager, LOCK_FILE_NAMES, managerOfSettings, packageScripts, type PackageFolder } from "../detect/packageScripts";
import { isOneOf, LOCAL_BIN, PACKAGE_MANAGERS, RUNNERS, type PackageManager } from "../kinds";
import type { ProjectFacts } from "../conversion";
import { packagePath } from "../makeBuiltIn";
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
    const manager = await managerOf(root, folder);
    const title = folder === "" ? l10n.t({ message: "{0} scripts", args: [manager], comment: ["{0}: npm, pnpm, yarn or bun."] }) : l10n.t({ message: "{0} scripts in {1}", args: [manager, folder], comment: ["{0}: npm, pnpm, yarn or bun. {1}: a folder."] });
    return { title, tasks: packageScripts(text, folder, manager) };
  }
  const kind = BUILD_FILES.find(({ names }) => names.includes(name));
  const title = kind?.title ?? name;
  return { title: folder === "" ? title : l10n.t({ message: "{0} in {1}", args: [title, folder], comment: ["{0}: a file. {1}: a folder."] }), tasks: kind?.read(text, folder) ?? [] };
}

/** What a conversion of these tasks has to know of their folder, looked up beforehand. */
export async function factsFor(folder: vscode.Uri | undefined, tasks: TasksDocument): Promise<ProjectFacts> {
  const managers = new Map<string, PackageManager>();
  const programs = new Set<string>();
  const withReferences = new Set<string>();
  if (folder !== undefined) {
    const typed = (type: string): readonly TasksDocument["entries"][number][] => tasks.entries.filter((entry) => entry.type === type);
    const paths = new Set([...typed("npm").map((entry) => clean(entry.text("path"))), ...tasks.entries.filter((entry) => isOneOf(PACKAGE_MANAGERS, entry.text("command"))).map((entry) => clean(packagePath(entry)))]);
    // What is a tsconfig among the arguments of a command is found when it is read.
    const args = tasks.entries.flatMap((entry) => (/(^|\/)tsc$/.test(entry.text("command") ?? "") ? [entry.value("args")].flat() : []));
    const tsconfigs = new Set([...typed("typescript").map((entry) => entry.text("tsconfig")), ...args].flatMap((one: unknown) => (typeof one === "string" && !one.startsWith("-") ? [one] : [])));
    await Promise.all([
      ...[...paths].map(async (path) => managers.set(path, await managerOf(folder, path))),
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
    packageManager: (path) => managers.get(clean(path)) ?? "npm",
    hasLocalProgram: (program) => programs.has(program),
    hasReferences: (tsconfig) => withReferences.has(tsconfig),
  };
}

/** As VS Code chooses it: by its settings, else by what the project says. */
async function managerOf(root: vscode.Uri, path: string): Promise<PackageManager> {
  const settings = vscode.workspace.getConfiguration("npm", root);
  const chosen = managerOfSettings(settings.get("scriptRunner"), settings.get("packageManager"));
  if (chosen !== undefined) return chosen;
  const parts = path.split("/").filter((part) => part !== "");
  const folders = Array.from({ length: parts.length + 1 }, (_, i) => vscode.Uri.joinPath(root, ...parts.slice(0, parts.length - i)));
  return chooseManager(await Promise.all(folders.map(packageFolder)));
}

async function packageFolder(folder: vscode.Uri): Promise<PackageFolder> {
  const locks = await Promise.all(LOCK_FILE_NAMES.map(async (name) => ((await exists(vscode.Uri.joinPath(folder, name))) ? [name] : [])));
  return { manifest: await textOf(vscode.Uri.joinPath(folder, "package.json")), files: new Set(locks.flat()) };
}

function clean(path: string | undefined): string {
  return (path ?? "").replace(/^\.\//, "").replace(/\/+$/, "");
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
