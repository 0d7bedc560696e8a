import { parse } from "jsonc-parser";
import { groupOf, isOneOf, PACKAGE_MANAGERS, type PackageManager } from "../kinds";
import { commandTask, labelIn, soundsLongRunning, type DetectedTask, type Folder } from "./detectedTask";

/**
 * The scripts of a package.json; a script's name is an argument, whatever is in it.
 * @param runner what runs a script, up to its name
 */
export function packageScripts(text: string, folder: Folder, [program = "npm", ...before]: readonly string[]): DetectedTask[] {
  const scripts = fieldOf(parse(text), "scripts");
  if (typeof scripts !== "object" || scripts === null) return [];
  return Object.entries(scripts).flatMap(([name, line]) => {
    // A name that begins with "-" would be taken for an option.
    if (typeof line !== "string" || name === "" || name.startsWith("-")) return [];
    const group = groupOf(name);
    const label = labelIn(folder, `${program}: ${name}`);
    const task = commandTask(label, program, [...before, name], folder, { ...(group === undefined ? {} : { group }), detail: line });
    return [{ label, description: line, task, isLongRunning: soundsLongRunning(name) && !/^(pre|post)/.test(name) }];
  });
}

/** The package manager that a package.json declares: "packageManager", or "devEngines". */
export function declaredManager(text: string): PackageManager | undefined {
  const manifest: unknown = parse(text);
  const declared = fieldOf(manifest, "packageManager");
  const engine = fieldOf(fieldOf(fieldOf(manifest, "devEngines"), "packageManager"), "name");
  const name = typeof declared === "string" ? declared.replace(/@.*$/s, "") : typeof engine === "string" ? engine : undefined;
  return isOneOf(PACKAGE_MANAGERS, name) ? name : undefined;
}

/**
 * The package manager that VS Code's settings name for scripts; undefined where they leave it to the project ("auto"), or name none that is known.
 * @param scriptRunner `npm.scriptRunner`
 * @param packageManager `npm.packageManager`
 */
export function managerOfSettings(scriptRunner: unknown, packageManager: unknown): PackageManager | undefined {
  return PACKAGE_MANAGERS.find((one) => one === scriptRunner) ?? PACKAGE_MANAGERS.find((one) => one === packageManager);
}

/** Which lock file belongs to which package manager; an earlier one counts where a folder has several, npm's first, as in VS Code. */
const LOCK_FILES: readonly [file: string, manager: PackageManager][] = [
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
];
export const LOCK_FILE_NAMES = LOCK_FILES.map(([file]) => file);

/** What is known of a folder, and of the folders above it, for choosing a package manager. */
export interface PackageFolder {
  readonly manifest: string | undefined;
  readonly files: ReadonlySet<string>;
}

/** @param folders the folder of the package.json and those above it, the nearest first: a declaration counts before a lock file, then the nearest */
export function chooseManager(folders: readonly PackageFolder[]): PackageManager {
  for (const { manifest } of folders) {
    const declared = manifest === undefined ? undefined : declaredManager(manifest);
    if (declared !== undefined) return declared;
  }
  for (const { files } of folders) {
    const locked = LOCK_FILES.find(([file]) => files.has(file));
    if (locked !== undefined) return locked[1];
  }
  return "npm";
}

/** A property of what may be anything. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
