import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

import { chromium, type Browser } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];
const macPlaces = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function findBrowser(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...onPath, ...(process.platform === "darwin" ? macPlaces : [])].find(isExecutable);
}

function installWithApt(): void {
  console.log("Installing Chromium (apt-get) ...");
  const apt = (...args: readonly string[]): void => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const { status, error } = spawnSync("apt-get", ["-qq", ...args], { stdio: ["ignore", "inherit", "inherit"], env });
    if (status !== 0) {
      throw new Error(`"apt-get ${args.join(" ")}" failed, so there is no Chromium: ${error?.message ?? `exit code ${String(status)}`}.`);
    }
  };
  apt("update");
  apt("install", "-y", "--no-install-recommends", "chromium");
}

/**
 * The path of a Chromium: the environment variable CHROMIUM, else one that is installed, else, for root on
 * Debian, a newly installed one. Throws an Error with one sentence when there is none.
 */
export function ensureBrowser(): Promise<string> {
  return new Promise((resolve) => {
    const given = process.env["CHROMIUM"];
    if (given !== undefined && given !== "") {
      if (!isExecutable(given)) {
        throw new Error(`CHROMIUM is set to ${given}, which cannot be run.`);
      }
      resolve(given);
      return;
    }
    if (findBrowser() === undefined && process.getuid?.() === 0 && isExecutable("/usr/bin/apt-get")) {
      installWithApt();
    }
    const browser = findBrowser();
    if (browser === undefined) {
      throw new Error("No Chromium found: install one (or Chrome), or set the environment variable CHROMIUM to its path.");
    }
    resolve(browser);
  });
}

/** Starts a headless Chromium with a fresh profile. It ends at `close()` and when this process dies. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await ensureBrowser(), headless: true, args: quiet });
}
