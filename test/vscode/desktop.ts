// npm run test:desktop: runs test/suite in VS Code's desktop app, downloaded by @vscode/test-electron or, where
// nothing can be downloaded, the one whose executable VSCODE_EXECUTABLE names.
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { downloadAndUnzipVSCode, runTests } from "@vscode/test-electron";

import { resultsVariable, type Results } from "../results";
import { projectRoot } from "./projectRoot";

async function executable(): Promise<string> {
  const given = process.env["VSCODE_EXECUTABLE"];
  if (given !== undefined && given !== "") {
    return given;
  }
  try {
    return await downloadAndUnzipVSCode({ version: process.env["VSCODE_VERSION"] ?? "stable", extensionDevelopmentPath: projectRoot });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `VS Code's desktop app could not be downloaded (${reason}): set VSCODE_EXECUTABLE to one that is installed, or use "npm test".`,
      { cause: error },
    );
  }
}

async function main(): Promise<number> {
  const vscodeExecutablePath = await executable();
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "cancellable-tasks-desktop-"));
  const [workspace, results] = [join(folder, "workspace"), join(folder, "results.json")];
  try {
    cpSync(join(projectRoot, "test", "vscode", "workspace"), workspace, { recursive: true });
    const profile = ["--user-data-dir", join(folder, "data"), "--extensions-dir", join(folder, "extensions")];
    await runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: projectRoot,
      extensionTestsPath: join(projectRoot, "out", "test", "suite", "index.js"),
      extensionTestsEnv: { [resultsVariable]: results },
      launchArgs: [workspace, ...profile, "--disable-workspace-trust", "--disable-telemetry", "--skip-welcome"],
    }).catch((error: unknown) => {
      // The failed tests are in the results; without results it is this error that counts.
      console.error(error instanceof Error ? error.message : error);
    });
    const { passed, failed } = JSON.parse(readFileSync(results, "utf8")) as Results;
    console.log(`${passed} passed, ${failed} failed`);
    return failed > 0 || passed === 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
