// Packages of npm's for other platforms than this one, which npm does not install: kept in a folder outside of the repository.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where things are kept that are set up once. */
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "cancellable-tasks");

function run(program, args, cwd) {
  const { status, error, stderr } = spawnSync(program, args, { cwd, encoding: "utf8", shell: process.platform === "win32" });
  if (status !== 0) throw new Error(`"${program} ${args.join(" ")}" failed: ${error?.message ?? stderr.trim().split("\n").at(-1)}.`);
}

/**
 * @param name with its version: "name@1.2.3"
 * @param integrity as package-lock.json has it
 * @returns the folder of the package
 */
export function fetched(name, integrity) {
  const folder = join(cache, name.replace("/", "+"));
  if (existsSync(folder)) return join(folder, "package");
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(join(cache, "fetching-"));
  try {
    console.log(`Getting ${name} ...`);
    run("npm", ["pack", name, "--silent"], temporary);
    const archive = join(temporary, readdirSync(temporary).find((file) => file.endsWith(".tgz")));
    const sum = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
    if (sum !== integrity) throw new Error(`${name} is not what it was: ${sum} instead of ${integrity}.`);
    run("tar", ["xzf", archive], temporary);
    rmSync(archive);
    // At once: half of a package is none.
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return join(folder, "package");
}
