import * as l10n from "@vscode/l10n";
import { basename, dirname, extname, relative, sep } from "node:path";
import { variableIn } from "../base/variableNames";
import { VariableError } from "./variables";

export interface NamedFolder {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** What variables about folders, files and the environment are made of. */
export interface VariableFacts {
  /** The task's folder. */
  readonly folder: NamedFolder | undefined;
  readonly folders: readonly NamedFolder[];
  /** What is open in the active editor. Lines and columns count from 1. */
  readonly editor: { readonly path: string; readonly folder: NamedFolder | undefined; readonly line: number; readonly column: number; readonly selectedText: string } | undefined;
  readonly home: string;
  readonly execPath: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The value of one of VS Code's variables that are known without asking anybody.
 * @param inner what stands in the braces
 * @returns undefined if it is none of these
 * @throws VariableError if it has no value now
 */
export function valueOf(inner: string, facts: VariableFacts): string | undefined {
  const [name, argument] = split(inner);
  const { editor } = facts;
  switch (name) {
    case "env":
      return argument === undefined ? undefined : (variableIn(facts.environment, argument) ?? "");
    case "workspaceFolder":
    case "workspaceRoot":
    case "cwd":
      return folderOf(inner, argument, facts).path;
    case "workspaceFolderBasename":
    case "workspaceRootFolderName":
      return basename(folderOf(inner, argument, facts).path);
    case "userHome":
      return facts.home;
    case "execPath":
      return facts.execPath;
    case "pathSeparator":
    case "/":
      return sep;
    case "lineNumber":
      return String(opened(inner, editor).line);
    case "columnNumber":
      return String(opened(inner, editor).column);
    case "selectedText":
      return opened(inner, editor).selectedText;
    case "fileWorkspaceFolder":
      return fileFolder(inner, editor).path;
    case "fileWorkspaceFolderBasename":
      return basename(fileFolder(inner, editor).path);
    case "relativeFile":
      return relativePath(inner, argument, facts);
    case "relativeFileDirname":
      return dirname(relativePath(inner, argument, facts));
    default:
      return /^file[A-Z]?\w*$/.test(name) ? ofFile(name, inner, editor) : undefined;
  }
}

const NO_FACTS: VariableFacts = { folder: undefined, folders: [], editor: undefined, home: "", execPath: "", environment: {} };

/** Whether VS Code replaces `${inner}`. Any other one, such as `${HOME}`, it leaves to a shell. */
export function isVariable(inner: string): boolean {
  const [name, argument] = split(inner);
  if (argument === undefined ? name === "defaultBuildTask" : ["config", "command", "input", "extensionInstallFolder"].includes(name)) return true;
  try {
    return valueOf(inner, NO_FACTS) !== undefined;
  } catch (error) {
    // It has no value without a folder and an editor.
    if (error instanceof VariableError) return true;
    throw error;
  }
}

/** The names of those without an argument. */
export const VARIABLE_NAMES = [
  ...["workspaceFolder", "workspaceFolderBasename", "fileWorkspaceFolder", "fileWorkspaceFolderBasename", "userHome", "execPath", "pathSeparator", "defaultBuildTask"],
  ...["file", "relativeFile", "relativeFileDirname", "fileBasename", "fileBasenameNoExtension", "fileExtname", "fileDirname", "fileDirnameBasename", "lineNumber", "columnNumber", "selectedText"],
] as const;

/** A variable as tasks.json has it. */
export function written(inner: string): string {
  return `\${${inner}}`;
}

/** "workspaceFolder:api" has a name and an argument. */
export function split(inner: string): readonly [name: string, argument: string | undefined] {
  const at = inner.indexOf(":");
  return at < 0 ? [inner, undefined] : [inner.slice(0, at), inner.slice(at + 1)];
}

function ofFile(name: string, inner: string, editor: VariableFacts["editor"]): string | undefined {
  switch (name) {
    case "file":
      return opened(inner, editor).path;
    case "fileBasename":
      return basename(opened(inner, editor).path);
    case "fileBasenameNoExtension": {
      const { path } = opened(inner, editor);
      return basename(path, extname(path));
    }
    case "fileExtname":
      return extname(opened(inner, editor).path);
    case "fileDirname":
      return dirname(opened(inner, editor).path);
    case "fileDirnameBasename":
      return basename(dirname(opened(inner, editor).path));
    default:
      return undefined;
  }
}

function folderOf(inner: string, argument: string | undefined, { folder, folders }: VariableFacts): NamedFolder {
  const found = argument === undefined ? (folder ?? folders[0]) : folders.find(({ name }) => name === argument);
  if (found === undefined) throw new VariableError(argument === undefined ? l10n.t("{0} has no value, because no folder is open.", written(inner)) : l10n.t("{0} has no value, because no folder of the workspace is called {1}.", written(inner), JSON.stringify(argument)));
  return found;
}

function opened(inner: string, editor: VariableFacts["editor"]): NonNullable<VariableFacts["editor"]> {
  if (editor === undefined) throw new VariableError(l10n.t("{0} has no value, because no file is open in the active editor.", written(inner)));
  return editor;
}

function fileFolder(inner: string, editor: VariableFacts["editor"]): NamedFolder {
  const { folder, path } = opened(inner, editor);
  if (folder === undefined) throw new VariableError(l10n.t("{0} has no value, because {1} is in no folder of the workspace.", written(inner), JSON.stringify(path)));
  return folder;
}

/** A file outside of the folder keeps its whole path. */
function relativePath(inner: string, argument: string | undefined, facts: VariableFacts): string {
  const { path } = opened(inner, facts.editor);
  return relative(folderOf(inner, argument, facts).path, path);
}
