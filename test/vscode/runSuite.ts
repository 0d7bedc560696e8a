// Runs test/suite inside a real VS Code: its server, and its workbench in a headless Chromium.
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";

import { grepVariable, outputMark, resultsVariable, type Results } from "../results";
import { launchBrowser } from "./browser";
import { Cleanup } from "./cleanup";
import type { VSCodeVersion } from "./install";
import { projectRoot } from "./projectRoot";
import { startServer, type VSCodeServer } from "./server";

const limit = 40 * 60_000; // ms: only for what hangs, as each test has a limit of its own
const noiseLines = 30;
const startLimit = 120_000; // ms until the first words from the tests

interface Progress {
  /** The tests have printed something. */
  heard: () => void;
  /** What VS Code has logged: of interest only when the tests cannot run to their end. */
  readonly noise: string[];
}

/** What ends a run in which the tests cannot end by themselves. Rejects with one sentence. */
function disaster(page: Page, server: VSCodeServer, browser: Browser, progress: Progress): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (reason: string): void => reject(new Error(reason));
    const whole = setTimeout(fail, limit, `The tests were not over after ${limit / 60_000} minutes.`);
    const start = setTimeout(fail, startLimit, `The tests had printed nothing after ${startLimit / 1000} s.`);
    whole.unref();
    start.unref();
    progress.heard = () => clearTimeout(start);
    page.once("crash", () => fail("The page with VS Code's workbench has crashed."));
    browser.once("disconnected", () => fail("The browser has ended before the tests."));
    page.on("console", (message) => {
      if (/extension host.*terminated unexpectedly|Remote Extension host.*exited/i.test(message.text())) {
        fail(`The extension host has ended before the tests: ${message.text()}`);
      }
    });
    void server.ended.then(() => fail("VS Code's server has ended before the tests."));
  });
}

/** Opens the workbench with the extension and its tests; resolves with the exit code of `run()`. */
async function runInPage(page: Page, url: string, progress: Progress): Promise<number> {
  await page.exposeFunction("codeAutomationLog", (_type: string, args: readonly unknown[]) => {
    const text = args.map((arg) => (typeof arg === "string" ? arg : JSON.stringify(arg))).join(" ");
    if (text.startsWith(outputMark)) {
      progress.heard();
      console.log(text.replaceAll(outputMark, ""));
    } else {
      progress.noise.push(text);
    }
  });
  const exit = new Promise<number>((resolve) => {
    void page.exposeFunction("codeAutomationExit", resolve).then(() => page.goto(url));
  });
  return exit;
}

function readResults(path: string, code: number): Results {
  if (!existsSync(path)) {
    throw new Error(`The tests ended with exit code ${code} and without results.`);
  }
  return JSON.parse(readFileSync(path, "utf8")) as Results;
}

async function runWith(cleanup: Cleanup, version: VSCodeVersion, grep: string | undefined): Promise<Results> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "cancellable-tasks-suite-"));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const [workspace, results] = [join(folder, "workspace"), join(folder, "results.json")];
  cpSync(join(projectRoot, "test", "vscode", "workspace"), workspace, { recursive: true });
  const server = await startServer({
    version,
    extensionsDir: join(folder, "extensions"),
    dataDir: join(folder, "data"),
    smokeTest: true,
    env: { [resultsVariable]: results, ...(grep === undefined ? {} : { [grepVariable]: grep }) },
  });
  cleanup.add(() => server.stop());
  const browser = await launchBrowser();
  cleanup.add(() => browser.close());
  const page = await browser.newPage();
  const progress: Progress = { heard: () => undefined, noise: [] };
  const url = server.url(workspace, [
    ["extensionDevelopmentPath", server.uri(projectRoot)],
    ["extensionTestsPath", server.uri(join(projectRoot, "out", "test", "suite", "index.js"))],
    ["skipWelcome", "true"],
  ]);
  try {
    const code = await Promise.race([disaster(page, server, browser, progress), runInPage(page, url, progress)]);
    return readResults(results, code);
  } catch (error) {
    console.log(`The last words of VS Code ${version}:\n${progress.noise.slice(-noiseLines).join("\n")}`);
    throw error;
  }
}

/**
 * Runs every test of test/suite, or those whose title matches `grep`, inside VS Code `version`, in a fresh copy
 * of test/vscode/workspace, with their output as it comes. Throws an Error with one sentence when they cannot run
 * to their end: the workbench does not start, something crashes, or they take more than 40 minutes.
 */
export async function runSuite(version: VSCodeVersion, grep?: string): Promise<Results> {
  const cleanup = new Cleanup();
  try {
    return await runWith(cleanup, version, grep);
  } finally {
    await cleanup.run();
  }
}
