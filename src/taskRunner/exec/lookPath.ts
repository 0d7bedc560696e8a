import { constants, type Stats } from "node:fs";
import { access, lstat, stat } from "node:fs/promises";
import { delimiter, extname, isAbsolute, join } from "node:path";
import { systemCode } from "../base/errors";
import { LookPathError } from "./errors";

const windows = process.platform === "win32";

export interface LookPathOptions {
  /** The list of folders to search; default: PATH of this process. */
  path?: string | undefined;
  /** Windows: the list of endings that make a file executable; default: PATHEXT of this process. */
  pathExt?: string | undefined;
  /** Whose programs these are: Windows has endings and aliases; default: this one. */
  platform?: NodeJS.Platform | undefined;
}

/**
 * Finds the program that a name stands for: exec.LookPath. A name with a slash is taken as it is, if it is an
 * executable file.
 * @throws LookPathError with the reason ErrNotFound; ErrDot when only the current directory has it (the path list has
 *   an empty or relative entry); or the system's reason for a name with a slash
 */
export async function lookPath(file: string, options: LookPathOptions = {}): Promise<string> {
  if (file === "" || file === "." || file === "..") throw new LookPathError(file, "ErrNotFound");
  if (hasSlash(file)) {
    const found = await findExecutable(file, options);
    if (typeof found === "string") return found;
    throw new LookPathError(file, found);
  }
  const folders = (options.path ?? process.env["PATH"] ?? "").split(delimiter);
  for (const folder of folders) {
    const found = await findExecutable(join(folder === "" ? "." : folder, file), options);
    if (typeof found !== "string") continue;
    // Running what happens to lie in the current directory is how trojans work: name it with ./ to mean it.
    if (!isAbsolute(found)) throw new LookPathError(file, "ErrDot");
    return found;
  }
  throw new LookPathError(file, "ErrNotFound");
}

export function hasSlash(file: string): boolean {
  return file.includes("/") || (windows && /[\\:]/.test(file));
}

/** For so long, in milliseconds, a file system that has answered is taken to be there. */
const REACHABLE_MS = 1000;
let reached: { readonly path: string; readonly at: number } | undefined;

/** Resolves when the file system answers for this path, whatever it says. */
export async function reach(path: string): Promise<void> {
  // In a row of starts the question, a thread's awakening each time, would be a twentieth of their time.
  if (reached?.path === path && performance.now() - reached.at < REACHABLE_MS) return;
  await stat(path).catch(() => undefined);
  reached = { path, at: performance.now() };
}

/** The executable file at this path (on Windows: with one of the endings), or why there is none. */
async function findExecutable(path: string, options: LookPathOptions): Promise<string | NodeJS.ErrnoException> {
  let reason: NodeJS.ErrnoException | undefined;
  for (const candidate of candidates(path, options)) {
    const problem = await notExecutable(candidate, options.platform ?? process.platform);
    if (problem === undefined) return candidate;
    reason ??= problem;
  }
  return reason ?? systemError("ENOENT");
}

function candidates(path: string, options: LookPathOptions): string[] {
  if ((options.platform ?? process.platform) !== "win32") return [path];
  const endings = (options.pathExt ?? process.env["PATHEXT"] ?? ".COM;.EXE;.BAT;.CMD").split(";").filter((e) => e !== "");
  const withEndings = endings.map((ending) => path + ending);
  return extname(path) === "" ? withEndings : [path, ...withEndings];
}

async function notExecutable(path: string, platform: NodeJS.Platform): Promise<NodeJS.ErrnoException | undefined> {
  try {
    const info = await stat(path).catch((error: unknown) => statAlias(path, error, platform));
    if (info.isDirectory()) return systemError("EISDIR");
    await access(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error && systemCode(error) !== undefined ? error : systemError("ENOENT");
  }
}

/**
 * Windows executes the alias of a program from the Microsoft Store (python.exe, winget.exe), but refuses to open what it stands for.
 * @param error what the system said of the file behind it
 */
async function statAlias(path: string, error: unknown, platform: NodeJS.Platform): Promise<Stats> {
  if (platform !== "win32" || !["EACCES", "EPERM", "UNKNOWN"].includes(systemCode(error) ?? "")) throw error;
  return await lstat(path);
}

function systemError(code: "ENOENT" | "EISDIR"): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}
