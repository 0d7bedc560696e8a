import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

function isProjectRoot(folder: string): boolean {
  const manifest = join(folder, "package.json");
  return existsSync(manifest) && (JSON.parse(readFileSync(manifest, "utf8")) as { name?: string }).name === "cancellable-tasks";
}

function findRoot(from: string): string {
  if (isProjectRoot(from)) {
    return from;
  }
  if (dirname(from) === from) {
    throw new Error(`No package.json named "cancellable-tasks" above ${__dirname}.`);
  }
  return findRoot(dirname(from));
}

/** The project's root folder, wherever the bundle that holds this code was written. */
export const projectRoot = findRoot(__dirname);
