import { tmpdir } from "node:os";
import { join } from "node:path";

import type { InstalledVSCode } from "./install";
import { projectRoot } from "./projectRoot";

/** What VS Code's server runs on. */
export interface Machine {
  /** Where folders can be made that it sees, too. */
  readonly scratch: string;
  /** By which its programs know a file of ours. */
  path(file: string): string;
  /** By which the workbench knows it, in a URI. */
  uriPath(file: string): string;
  /** The command that runs VS Code's server, without its arguments, to its end, or until its standard input ends: then nothing is left that it has started. */
  server(installed: InstalledVSCode): readonly [string, ...string[]];
  /** The command that runs VS Code's server for one thing, without its arguments; its standard input stays open until it has ended. */
  once(installed: InstalledVSCode): readonly [string, ...string[]];
}

export const thisMachine: Machine = {
  scratch: tmpdir(),
  path: (file) => file,
  uriPath: (file) => file,
  server: ({ node, serverMain }) => [process.execPath, join(projectRoot, "out", "test", "vscode", "guard.js"), node, serverMain],
  once: ({ node, serverMain }) => [node, serverMain],
};

/**
 * A Windows under Wine, which scripts/wine.mjs has set up.
 * @param scratch the folder that it sees
 * @param launcher the command that runs node.exe there
 */
export function windowsMachine(scratch: string, launcher: readonly [string, ...string[]]): Machine {
  const path = (file: string): string => `Z:${file.replaceAll("/", "\\")}`;
  const server = ({ serverMain }: InstalledVSCode): readonly [string, ...string[]] => [...launcher, path(serverMain)];
  return { scratch, path, uriPath: (file) => `/z:${file}`, server, once: server };
}
