import * as l10n from "@vscode/l10n";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { Cmd } from "../exec/cmd";
import { isBatchFile } from "../base/commandLine";
import { systemText, toError } from "../base/errors";
import { variableIn } from "../base/variableNames";
import { LookPathError, PathError } from "../exec/errors";
import { hasSlash, lookPath } from "../exec/lookPath";
import { checkDir } from "../exec/process";
import { batchCall, hasLineBreak } from "./batchFile";
import { textOf, type CommandPart } from "./commandPart";
import type { RunDefinition } from "./definition";
import { environEntries, taskEnvironment, type TerminalVariables } from "./environment";
import { quote } from "./quote";
import { invocation, type DefaultShell, type Invocation } from "./shell";

/** What surrounds a task: where it runs and what it inherits. */
export interface LaunchContext {
  /** The workspace folder; undefined without one, then the home folder stands in. */
  readonly folder: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The shell for command lines that name none. */
  readonly defaultShell: string | DefaultShell;
  readonly terminal: TerminalVariables;
}

/** The start of a task failed in a way that the user can mend: one sentence that names the property and its value. */
export class LaunchError extends Error {
  constructor(
    message: string,
    /** 127: not found; 126: found, but it cannot be run (as shells have it). */
    readonly exitCode: 126 | 127,
    /** The same in a few words, for a row; undefined where there are none. */
    readonly brief?: string,
  ) {
    super(message);
  }
}

/**
 * Makes the command of a task, ready to be started.
 * @param hasTerminal whether it will be on a terminal of its own
 * @throws LaunchError
 */
export async function prepare(definition: RunDefinition, around: LaunchContext, runId: string, signal: AbortSignal, hasTerminal: boolean): Promise<Cmd> {
  const call = invocation(definition, around.defaultShell);
  const env = taskEnvironment(around.environment, definition.env, runId, hasTerminal ? around.terminal : undefined);
  const dir = workingDirectory(definition, around);
  try {
    await checkDir(dir);
    const program = await lookPath(hasSlash(call.program) ? resolve(dir, call.program) : call.program, { path: variableIn(env, "PATH") });
    const batch = process.platform === "win32" && isBatchFile(program) ? batchCall(program, withoutLineBreaks(call.args, call), process.env) : undefined;
    const cmd = new Cmd(batch?.program ?? program, [], { signal });
    cmd.args = batch === undefined ? [call.program, ...call.args] : [batch.program, ...batch.args];
    cmd.dir = dir;
    cmd.env = [...environEntries(env), `PWD=${dir}`];
    // A session of its own: the group is the run, and a Ctrl+C in the editor's terminal does not reach it.
    cmd.sysProcAttr = { setsid: process.platform !== "win32", verbatimArguments: call.isVerbatim || batch !== undefined };
    return cmd;
  } catch (error) {
    throw explain(error, definition, call);
  }
}

/** @throws LaunchError for an argument that no batch file can be given */
function withoutLineBreaks(args: readonly string[], { program }: Invocation): readonly string[] {
  const broken = args.find(hasLineBreak);
  if (broken === undefined) return args;
  throw new LaunchError(l10n.t('"args" has {0}, but {1} is a batch file, and cmd.exe, which runs it, cannot hand on a line break.', quote(broken), quote(program)), 126);
}

/** Where the command of a task runs; the folder need not exist. */
export function workingDirectory({ cwd }: Pick<RunDefinition, "cwd">, { folder }: Pick<LaunchContext, "folder">): string {
  return resolve(folder ?? homedir(), cwd ?? ".");
}

/** Turns what the system said of a start into a sentence about tasks.json. */
export function explain(error: unknown, definition: RunDefinition, call: Invocation): LaunchError {
  if (error instanceof LaunchError) return error;
  const { property } = call;
  const program = quote(call.program);
  if (error instanceof LookPathError) return new LaunchError(lookPathText(error, property, program), error.reason === "ErrDot" || isThere(error) ? 126 : 127, lookPathBrief(error, call.program));
  if (error instanceof PathError && error.op === "chdir") {
    return new LaunchError(cwdText(error, quote(definition.cwd ?? error.path)), 126, cwdBrief(error, definition.cwd ?? error.path));
  }
  if (error instanceof PathError && error.code === "E2BIG") {
    const [name, bytes] = definition.args === undefined ? ["command", Buffer.byteLength(textOf(definition.command))] : ["args", totalBytes(definition.args)];
    return new LaunchError(l10n.t('"{0}" has {1} bytes, but together with "env" that is more than this system can hand to a program (argument list too long).', name, bytes), 126);
  }
  if (error instanceof PathError && error.code === "ENOENT") {
    return new LaunchError(l10n.t('"{0}" is {1}, but the interpreter that its first line names was not found (no such file or directory).', property, program), 126);
  }
  return new LaunchError(l10n.t('"{0}" is {1}, but it could not be started: {2}.', property, program, toError(error).message), 126);
}

/** @param property which has the program @param program as a sentence shows it */
function lookPathText(error: LookPathError, property: string, program: string): string {
  if (error.reason === "ErrNotFound") return l10n.t('"{0}" is {1}, but no executable of that name was found in {2}.', property, program, process.platform === "win32" ? "%PATH%" : "$PATH");
  if (error.reason === "ErrDot") return l10n.t('"{0}" is {1}, but $PATH finds it only relative to the current directory; name it with ./ to mean that one.', property, program);
  switch (error.reason.code) {
    case "ENOENT":
      return l10n.t('"{0}" is {1}, but there is no such file.', property, program);
    case "EISDIR":
      return l10n.t('"{0}" is {1}, but that is a directory.', property, program);
    case "EACCES":
      return l10n.t('"{0}" is {1}, but it is not executable (permission denied).', property, program);
    default:
      return l10n.t('"{0}" is {1}, but it cannot be run: {2}.', property, program, systemText(error.reason));
  }
}

function lookPathBrief({ reason }: LookPathError, program: string): string | undefined {
  if (reason === "ErrNotFound") return l10n.t("no such command: {0}", program);
  if (reason === "ErrDot") return undefined;
  switch (reason.code) {
    case "ENOENT":
      return l10n.t("no such file: {0}", program);
    case "EISDIR":
      return l10n.t("a directory: {0}", program);
    case "EACCES":
      return l10n.t("not executable: {0}", program);
    default:
      return undefined;
  }
}

function isThere(error: LookPathError): boolean {
  return typeof error.reason !== "string" && error.reason.code !== "ENOENT" && error.reason.code !== "ENOTDIR";
}

function cwdText(error: PathError, directory: string): string {
  if (error.code === "ENOENT") return l10n.t('"cwd" is {0}, but there is no such directory.', directory);
  return error.code === "ENOTDIR" ? l10n.t('"cwd" is {0}, but that is not a directory.', directory) : l10n.t('"cwd" is {0}, but it cannot be entered: {1}.', directory, systemText(error.cause));
}

function cwdBrief(error: PathError, directory: string): string | undefined {
  if (error.code === "ENOENT") return l10n.t("no such directory: {0}", directory);
  return error.code === "ENOTDIR" ? l10n.t("not a directory: {0}", directory) : undefined;
}

function totalBytes(args: readonly CommandPart[]): number {
  return args.reduce((sum, arg) => sum + Buffer.byteLength(textOf(arg)), 0);
}
