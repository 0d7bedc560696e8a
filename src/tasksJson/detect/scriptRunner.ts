import { parse } from "jsonc-parser";
import { isOneOf, PACKAGE_MANAGERS, type PackageManager } from "../kinds";
import { fieldOf, type PackageFolder } from "./packageScripts";

/** VS Code's settings `npm.*`, as they are. */
export interface NpmSettings {
  readonly scriptRunner: unknown;
  readonly packageManager: unknown;
  readonly runSilent: unknown;
}

/**
 * What VS Code runs an npm script with, up to the script's name.
 * @param auto the package manager that is meant where the settings leave it open
 */
export function scriptCommand({ scriptRunner, runSilent }: NpmSettings, auto: PackageManager): string[] {
  if (scriptRunner === "node") return ["node", "--run"];
  return [known(scriptRunner) ?? auto, "run", ...(runSilent === true ? ["--silent"] : [])];
}

/** What VS Code runs for an npm task with the script "install". */
export function installCommand({ packageManager, runSilent }: NpmSettings, auto: PackageManager): string[] {
  return [known(packageManager) ?? auto, "install", ...(runSilent === true ? ["--silent"] : [])];
}

function known(setting: unknown): PackageManager | undefined {
  return typeof setting === "string" && isOneOf(PACKAGE_MANAGERS, setting) ? setting : undefined;
}

/** What of a folder says which package manager VS Code takes; looked for in the workspace folder, whatever folder a script is in. */
export const TRACES = ["package-lock.json", "pnpm-lock.yaml", "shrinkwrap.yaml", "yarn.lock", "bun.lockb", "bun.lock", "node_modules/.yarn-integrity", "node_modules/.modules.yaml"];

/**
 * The package manager that VS Code takes where its settings say "auto": it looks at no declaration.
 * @param path of the workspace folder
 * @param folders that one and those above it, the nearest first
 */
export function managerOfVSCode(path: string, folders: readonly PackageFolder[]): PackageManager {
  const has = (...names: string[]): boolean => names.some((name) => folders[0]?.files.has(name) === true);
  if (has("package-lock.json")) return "npm";
  if (has("shrinkwrap.yaml") || folders.some(({ files }) => files.has("pnpm-lock.yaml"))) return "pnpm";
  if (has("yarn.lock") || isOfWorkspaces(path, folders)) return "yarn";
  if (has("bun.lockb", "bun.lock")) return "bun";
  return has("node_modules/.yarn-integrity") ? "yarn" : has("node_modules/.modules.yaml") ? "pnpm" : "npm";
}

/** Whether the nearest package.json with "workspaces" is that of the folder, or has it among them. */
function isOfWorkspaces(path: string, folders: readonly PackageFolder[]): boolean {
  const names = path.split("/").filter((name) => name !== "");
  for (const [i, { manifest }] of folders.entries()) {
    const found = manifest === undefined ? undefined : fieldOf(parse(manifest), "workspaces");
    const patterns = Array.isArray(found) ? (found as unknown[]) : fieldOf(found, "packages");
    if (!Array.isArray(patterns)) continue;
    const relative = names.slice(names.length - i).join("/");
    return i === 0 || patterns.some((pattern) => typeof pattern === "string" && matches(pattern, relative));
  }
  return false;
}

/** "packages/*", "apps/**". */
function matches(pattern: string, path: string): boolean {
  const parts = pattern.replace(/^\.\/|\/+$/g, "").split(/(\*\*|\*)/);
  const source = parts.map((part) => (part === "**" ? ".*" : part === "*" ? "[^/]*" : part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"))).join("");
  return new RegExp(`^${source}$`).test(path);
}
