// npm run test:windows [-- --grep REGEXP] [-- FILE ...]: the unit tests that make sense on Windows, there or under Wine (scripts/wine.mjs),
// and under Wine what a person does in a VS Code on Windows (test/ui/windows).
// The last line it prints is "N passed, N failed", and nothing else.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";

import { ensureDependencies, root } from "./setup.mjs";
import { launcher, missing, runNode, scratchFolder, setUp, windowsPath } from "./wine.mjs";

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

function testFiles(folder, wanted) {
  const start = join(root, "out", "test", folder);
  return readdirSync(start, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/")).filter((name) => name.endsWith(".test.js") && wanted(name)).sort().map((name) => relative(root, join(start, name)));
}

function mochaArguments(reporter, limit, grep, files) {
  return ["--enable-source-maps", "node_modules/mocha/bin/mocha.js", "--reporter", reporter, "--timeout", String(limit), "--exit", ...(grep === undefined ? [] : ["--grep", grep]), ...files];
}

/** Runs tests, here or under Wine. */
async function unit(nodeExe, files, grep, scratch) {
  const path = nodeExe === undefined ? (one) => one : windowsPath;
  const args = mochaArguments(path(join(root, "out", "test", "reporter.js")), timeout, grep, files);
  const results = join(scratch, "unit.json");
  const env = { CANCELLABLE_TASKS_RESULTS: path(results) };
  const code = nodeExe === undefined ? here(args, env) : await runNode(nodeExe, args, env, scratch);
  return resultsIn(results, "unit tests", code);
}

/** Runs tests that look into a VS Code for Windows from here. */
function userInterface(nodeExe, files, grep, scratch) {
  const { status } = spawnSync(process.execPath, [join(root, "scripts", "package.mjs"), "--target", "win32-x64", "--out", join(scratch, "windows.vsix")], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error("The package for Windows failed.");
  const results = join(scratch, "ui.json");
  const machine = { scratch, launcher: launcher(nodeExe, {}, scratch) };
  const env = { CANCELLABLE_TASKS_RESULTS: results, CANCELLABLE_TASKS_WINDOWS: JSON.stringify(machine) };
  return resultsIn(results, "user interface", here(mochaArguments(join(root, "out", "test", "reporter.js"), 2 * timeout, grep, files), env));
}

function here(args, env) {
  return spawnSync(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: "inherit" }).status;
}

function resultsIn(file, title, code) {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  return { passed: 0, failures: [{ title, message: `the tests did not run to their end (${code})` }] };
}

async function runAll(nodeExe, chosen, grep) {
  const scratch = nodeExe === undefined ? mkdtempSync(join(tmpdir(), "cancellable-tasks-test-")) : scratchFolder();
  const isChosen = (name) => chosen.some((one) => name.includes(one));
  try {
    const units = testFiles("suite", (name) => (chosen.length === 0 ? reasonFor(name) === undefined : isChosen(name)));
    if (chosen.length === 0) console.log(`${units.length} files with unit tests: why the others are left out is said in scripts/testWindows.mjs`);
    // A VS Code on Windows itself is for npm run test:desktop.
    const stories = nodeExe === undefined ? [] : testFiles("ui", (name) => name.startsWith("windows/") && (chosen.length === 0 || isChosen(`ui/${name}`)));
    const done = [];
    if (units.length > 0) done.push(await unit(nodeExe, units, grep, scratch));
    if (stories.length > 0) done.push(userInterface(nodeExe, stories, grep, scratch));
    return { passed: done.reduce((sum, one) => sum + one.passed, 0), failures: done.flatMap((one) => one.failures) };
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
  const { passed, failures } = await runAll(nodeExe, positionals, values.grep);
  for (const { title, message } of failures) console.log(`\n${title}\n${message}`);
  console.log(`\n${passed} passed, ${failures.length} failed`);
  process.exit(failures.length > 0 || passed === 0 ? 1 : 0);
}

main().catch((error) => {
  console.log(`${error.message}\n0 passed, 1 failed`);
  process.exit(1);
});
