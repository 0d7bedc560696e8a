// Installs what the project needs, once: a stamp in node_modules says which package-lock.json it came from.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "node_modules", ".cancellable-tasks-stamp");

function wanted() {
  return createHash("sha256").update(readFileSync(join(root, "package-lock.json"))).digest("hex");
}

function installed() {
  try {
    return readFileSync(stamp, "utf8");
  } catch {
    return undefined;
  }
}

/** Makes node_modules match package-lock.json. Throws an Error with one sentence when npm fails. */
export function ensureDependencies() {
  const hash = wanted();
  if (installed() === hash) {
    return;
  }
  console.log("Installing dependencies (npm ci) ...");
  const { status, error } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    throw new Error(`"npm ci" failed in ${root}: ${error?.message ?? `exit code ${status}`}.`);
  }
  writeFileSync(stamp, hash);
}

/** Installs what tests of SSH sessions need, where it is missing and we are root on Debian. Without it they say why they are left out. */
export function ensureSystemd() {
  const isThere = ["systemd-run", "busctl", "dbus-daemon"].every((name) => existsSync(join("/usr/bin", name)));
  if (isThere || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    return;
  }
  console.log("Installing systemd and dbus (apt-get) ...");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", "systemd", "dbus"]]) {
    spawnSync("apt-get", ["-qq", ...args], { stdio: ["ignore", "ignore", "inherit"], env, timeout: 60_000 });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  ensureDependencies();
}
