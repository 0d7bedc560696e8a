// npm run test:windows [-- --grep REGEXP] [-- FILE ...]: the unit tests that make sense on Windows, there or under Wine (scripts/wine.mjs).
// The last line it prints is "N passed, N failed", and nothing else.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";

import { ensureDependencies, root } from "./setup.mjs";
import { missing, runNode, scratchFolder, setUp, windowsPath } from "./wine.mjs";

const timeout = 30_000; // ms for one test

/** The reason why files of test/suite are left out; what is not named here is run. */
const leftOut = [
  ["vscode/", "needs VS Code"],
  ["realPrograms/", "is about programs that are installed on Linux"],
  [/^exec\/(cancel|copying|failedStart|misuse|waitDelay|blockedLoop|conformance|delayed|process)\./, "its commands are those of a POSIX shell (sh, cat, sleep, kill), and its errors those of POSIX"],
  [/^exec\/(blockedPool|cgroupEntry|fifoStock|hangingStart|pipe|pty|sessionLeader|terminalMode)\./, "is about FIFOs, pseudoterminals, sessions and cgroups"],
  [/^process\/(brokenLooks|cgroup|escapes|linux|reusedPid|sharing|tableContract)\./, "needs /proc, process groups or cgroups"],
  ["recovery/", "its commands are those of bash, and its watchdog is a shell script"],
  ["remote/", "its hosts run commands of bash, and listen on sockets with a path"],
  ["run/", "its commands are those of bash"],
  [/^models\/(api|taskTree)\./, "its commands are those of bash"],
  ["task/launch.", "starts bash, and programs with a first line that names their interpreter"],
  ["task/shell.", "runs what it quotes in bash and pwsh"],
  ["startup.", "counts what Linux reads at the start"],
];
/** Taken back from a folder that is left out. */
const takenIn = [];

function reasonFor(name) {
  if (takenIn.some((one) => one.test(name))) return undefined;
  return leftOut.find(([which]) => (typeof which === "string" ? name.startsWith(which) : which.test(name)))?.[1];
}

function testFiles(chosen) {
  const folder = join(root, "out", "test", "suite");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/")).filter((name) => name.endsWith(".test.js")).sort();
  const wanted = names.filter((name) => (chosen.length === 0 ? reasonFor(name) === undefined : chosen.some((one) => name.includes(one))));
  if (chosen.length === 0) console.log(`${wanted.length} of ${names.length} files: why the others are left out is said in scripts/testWindows.mjs`);
  return wanted.map((name) => relative(root, join(folder, name)));
}

async function mocha(nodeExe, files, grep) {
  const isWindows = process.platform === "win32";
  const scratch = isWindows ? mkdtempSync(join(tmpdir(), "cancellable-tasks-test-")) : scratchFolder();
  const path = isWindows ? (one) => one : windowsPath;
  const args = ["--enable-source-maps", "node_modules/mocha/bin/mocha.js", "--reporter", path(join(root, "out", "test", "reporter.js")), "--timeout", String(timeout), "--exit", ...(grep === undefined ? [] : ["--grep", grep]), ...files];
  const results = join(scratch, "results.json");
  const env = { CANCELLABLE_TASKS_RESULTS: path(results) };
  try {
    const code = isWindows ? spawnSync(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: "inherit" }).status : await runNode(nodeExe, args, env, scratch);
    if (existsSync(results)) return JSON.parse(readFileSync(results, "utf8"));
    return { passed: 0, failures: [{ title: "test:windows", message: `the tests did not run to their end (${code})` }] };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function main() {
  const { values, positionals } = parseArgs({ options: { grep: { type: "string" } }, allowPositionals: true });
  ensureDependencies();
  let nodeExe;
  if (process.platform !== "win32") {
    const problem = missing();
    if (problem !== undefined) throw new Error(`The tests for Windows cannot be run here: ${problem}.`);
    nodeExe = setUp();
    console.log(`under Wine, which is not Windows, with ${nodeExe}`);
  }
  const { status } = spawnSync(process.execPath, [join(root, "scripts", "build.mjs"), "--tests"], { cwd: root, stdio: "inherit", env: { ...process.env, CANCELLABLE_TASKS_TARGET: `win32-${process.arch}` } });
  if (status !== 0) throw new Error("The build failed.");
  const { passed, failures } = await mocha(nodeExe, testFiles(positionals), values.grep);
  for (const { title, message } of failures) console.log(`\n${title}\n${message}`);
  console.log(`\n${passed} passed, ${failures.length} failed`);
  process.exit(failures.length > 0 || passed === 0 ? 1 : 0);
}

main().catch((error) => {
  console.log(`${error.message}\n0 passed, 1 failed`);
  process.exit(1);
});
