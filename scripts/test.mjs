// npm test: every check of the project, in order, or those that are named: npm test -- unit suite --grep "stops".
// The last line it prints is "N passed, N failed", and nothing else.
import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensureDependencies, ensureSystemd, root } from "./setup.mjs";

const stepLimit = 60 * 60_000; // ms: only for what hangs, as each test has a limit of its own
const leaveLimit = 10_000; // ms that processes get to be gone after the last test
const mark = `CANCELLABLE_TASKS_TEST=${randomUUID()}`;
process.env.CANCELLABLE_TASKS_TEST = mark.split("=")[1];
const earlierWatchdogs = new Set(lostWatchdogs());

// The last one is what the tests of the user interface install.
const packages = [
  ["--target", "universal", "--out", "cancellable-tasks-universal.vsix"],
  ["--target", "current", "--out", "cancellable-tasks.vsix"],
];
const names = ["lint", "types", "unit", "suite", "suite-1.139", "suite-1.100", "package", "ui"];
const { chosen, grep } = readArguments(process.argv.slice(2));
const scratch = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));

function readArguments(args) {
  const at = args.indexOf("--grep");
  const pattern = at < 0 ? undefined : args[at + 1];
  const steps = at < 0 ? args : args.toSpliced(at, 2);
  const unknown = steps.find((step) => !names.includes(step));
  if (unknown !== undefined || (at >= 0 && pattern === undefined)) {
    console.error(`Usage: npm test -- [${names.join(" | ")}] ... [--grep REGEXP]`);
    process.exit(2);
  }
  return { chosen: new Set(steps), grep: pattern };
}

function isChosen(...step) {
  return chosen.size === 0 || step.some((name) => chosen.has(name));
}

/** Runs a program of node_modules with its output shown; resolves with what went wrong, or undefined. */
function node(script, args, env = {}) {
  return new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "inherit", "inherit"] };
    const child = spawn(process.execPath, ["--enable-source-maps", join(root, script), ...args], options);
    let late = false;
    // Nobody asks it to end first: whoever catches that, as the browser's library does, goes on with half of what it needs.
    const limit = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, stepLimit);
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => {
      clearTimeout(limit);
      const how = late ? `killed after ${stepLimit / 60_000} minutes` : `ended by ${signal}`;
      resolve(code === 0 ? undefined : signal === null ? `exit code ${code}` : how);
    });
  });
}

/** A step that is one test: it passes, or one of these runs of a script fails. */
async function one(title, script, ...runs) {
  let problem;
  for (const args of runs) {
    problem ??= await node(script, args);
  }
  return problem === undefined
    ? { passed: 1, failures: [] }
    : { passed: 0, failures: [{ title, message: `${problem}: see its output above` }] };
}

/** Checks the scripts in other languages, where there is what checks them: no npm package brings it along. */
function otherScripts() {
  const checks = [
    ["shellcheck", ["--shell=sh", "src/taskRunner/recovery/watchdog.sh"]],
    ["perl", ["-wc", "src/taskRunner/exec/sessionLeader.pl"]],
  ];
  return checks.map(([program, args]) => {
    const { error, status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: "utf8" });
    if (error?.code === "ENOENT") {
      console.log(`${program} is not installed: ${args.at(-1)} is not checked`);
      return { passed: 0, failures: [] };
    }
    return status === 0 ? { passed: 1, failures: [] } : { passed: 0, failures: [{ title: program, message: error?.message ?? stdout + stderr }] };
  });
}

async function lint() {
  const all = [...otherScripts(), await one("lint", "node_modules/eslint/bin/eslint.js", ["."])];
  return { passed: all.reduce((sum, { passed }) => sum + passed, 0), failures: all.flatMap(({ failures }) => failures) };
}

function testFiles(folder, except) {
  const start = join(root, "out", "test", folder);
  return (existsSync(start) ? readdirSync(start, { recursive: true, encoding: "utf8" }) : [])
    .filter((file) => file.endsWith(".test.js") && !except.test(file))
    .sort()
    .map((file) => join(start, file));
}

async function mocha(title, files, timeout) {
  if (files.length === 0) {
    return { passed: 0, failures: [] };
  }
  const results = join(scratch, `${randomUUID()}.json`);
  const args = ["--reporter", join(root, "out", "test", "reporter.js"), "--timeout", String(timeout), "--exit"];
  const problem = await node(
    "node_modules/mocha/bin/mocha.js",
    [...args, ...(grep === undefined ? [] : ["--grep", grep]), ...files],
    { CANCELLABLE_TASKS_RESULTS: results },
  );
  if (!existsSync(results)) {
    return { passed: 0, failures: [{ title, message: `the tests did not run to their end (${problem})` }] };
  }
  return JSON.parse(readFileSync(results, "utf8"));
}

async function suite(version) {
  const { runSuite } = await import(new URL("../out/test/vscode/runSuite.js", import.meta.url));
  return runSuite(version, grep);
}

/** The processes that carry the mark of this run in their environment, this one left out, and the watchdogs that have lost their editor in it. */
function leftBehind() {
  const marked = pidsWhere((pid) => Number(pid) !== process.pid && readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark));
  return [...marked, ...lostWatchdogs().filter((pid) => !earlierWatchdogs.has(pid))];
}

/** A watchdog (recovery/watchdog.sh) and the leader of a terminal's session do not have the mark, nor has what they start to empty a pipe; when their editor has died they are children of init. */
function lostWatchdogs() {
  return pidsWhere((pid) => {
    if (readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ")[1] !== "1") return false;
    const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    const isOurs = line.includes("# Cancellable Tasks: stops a task when its editor dies") || line.startsWith("cancellable-tasks: terminal of ");
    return isOurs || readdirSync(`/proc/${pid}/fd`).some((fd) => /\/cancellable-tasks-\w+ \(deleted\)$/.test(readlinkSync(`/proc/${pid}/fd/${fd}`)));
  });
}

function pidsWhere(holds) {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && holds(pid);
    } catch {
      return false; // It has ended meanwhile.
    }
  });
}

function describeProcess(pid) {
  try {
    return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`;
  } catch {
    return `${pid} (ended)`;
  }
}

async function nothingLeft() {
  const deadline = Date.now() + leaveLimit;
  while (leftBehind().length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const left = leftBehind().map(describeProcess);
  left.forEach((line) => console.log(`still running: ${line}`));
  return left.length === 0
    ? { passed: 1, failures: [] }
    : { passed: 0, failures: [{ title: "nothing is left behind", message: `still running:\n${left.join("\n")}` }] };
}

function steps() {
  return [
    isChosen("lint") && ["lint", lint],
    isChosen("types") && ["types", () => one("types", "node_modules/typescript/bin/tsc", ["-p", "."], ["-p", "test/ui"], ["-p", "bench/vscode"])],
    isChosen("unit") && ["unit and conformance tests in plain Node", () => mocha("unit", testFiles("suite", /^vscode[\\/]/), 20_000)],
    isChosen("suite", "suite-1.139") && ["suite in VS Code 1.139", () => suite("1.139")],
    isChosen("suite", "suite-1.100") && ["suite in VS Code 1.100", () => suite("1.100")],
    isChosen("package", "ui") && ["package", () => one("package", "scripts/package.mjs", ...packages)],
    isChosen("ui") && ["tests of the user interface", () => mocha("ui", testFiles("ui", /^windows[\\/]/), 60_000)],
    process.platform === "linux" && ["nothing is left behind", nothingLeft],
  ].filter(Boolean);
}

async function runStep([title, action]) {
  console.log(`\n== ${title}`);
  const start = Date.now();
  const { passed, failures } = await action().catch((error) => ({ passed: 0, failures: [{ title, message: error.message }] }));
  if (passed === 0 && failures.length === 0 && grep === undefined) {
    failures.push({ title, message: "this step ran no test" });
  }
  console.log(`-- ${title}: ${passed} passed, ${failures.length} failed, ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return { title, passed, failures };
}

ensureDependencies();
if (isChosen("unit")) ensureSystemd();
const problem = await node("scripts/build.mjs", ["--tests"]);
if (problem !== undefined) {
  console.log(`The build failed (${problem}).\n0 passed, 1 failed`);
  process.exit(1);
}
const done = [];
for (const step of steps()) {
  done.push(await runStep(step));
}
rmSync(scratch, { recursive: true, force: true });
const failures = done.flatMap(({ title, failures: all }) => all.map((failure) => ({ ...failure, step: title })));
if (failures.length > 0) {
  console.log("\n== failures");
  failures.forEach(({ step, title, message }) => console.log(`\n${step} > ${title}\n${message}`));
}
const passed = done.reduce((sum, step) => sum + step.passed, 0);
console.log(`\n${passed} passed, ${failures.length} failed`);
process.exit(failures.length > 0 || passed === 0 ? 1 : 0);
