// npm run test:programs: runs programs that other people wrote, stops them in every way there is, and compares with a bash prompt.
// The last line it prints is "N passed, N failed", and nothing else.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fifoStock } from "../../src/taskRunner/exec/fifo";
import { projectRoot } from "../vscode/projectRoot";
import { judge, referenceActs, type Cell } from "./cell";
import type { Stdio } from "./hostedRun";
import { install, missingFor } from "./install";
import { failed, type Observation } from "./observation";
import { asTask, VARIANTS, type Variant } from "./ours";
import { PROGRAMS } from "./programs";
import type { Program } from "./program";
import { atPrompt, type PromptAct } from "./prompt";
import { tableOf } from "./table";
import { Trial } from "./trial";

const STDIOS: readonly Stdio[] = ["pty", "pipe"];
/** What the prompt keeps so many times in a row it keeps; what is lost is tried so often on both sides. */
const SURE = 3;
const USAGE = `Usage: npm run test:programs -- [--grep REGEXP] [--variant ${VARIANTS.join("|")}] [--stdio pty|pipe] [--repeat N] [--keep] [--list]`;

interface Arguments {
  readonly programs: readonly Program[];
  readonly variants: readonly Variant[];
  readonly stdios: readonly Stdio[];
  readonly repeat: number;
  /** Whether the folders of the trials are kept, to be looked into. */
  readonly isKept: boolean;
}

function readArguments(args: readonly string[]): Arguments {
  const given = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const [name = "", value] = (args[i] ?? "").split("=", 2);
    given.set(name, ["--keep", "--list"].includes(name) ? "" : (value ?? args[++i] ?? ""));
  }
  const isUnknown = [...given.keys()].some((name) => !["--grep", "--variant", "--stdio", "--repeat", "--keep", "--list"].includes(name));
  const variants = VARIANTS.filter((variant) => (given.get("--variant") ?? variant).split(",").includes(variant));
  const stdios = STDIOS.filter((stdio) => (given.get("--stdio") ?? stdio) === stdio);
  const repeat = Number(given.get("--repeat") ?? 1);
  const grep = new RegExp(given.get("--grep") ?? "", "i");
  const programs = PROGRAMS.filter(({ name }) => grep.test(name));
  if (isUnknown || variants.length === 0 || stdios.length === 0 || !(repeat >= 1) || programs.length === 0) {
    console.error(USAGE);
    process.exit(2);
  }
  if (given.has("--list")) {
    programs.forEach(({ name, command }) => console.log(`${name}: ${command}`));
    process.exit(0);
  }
  return { programs, variants, stdios, repeat, isKept: given.has("--keep") };
}

/** One run in a folder of its own, of which nothing is left. */
async function tried(program: Program, isKept: boolean, run: (trial: Trial) => Promise<Observation>): Promise<Observation> {
  const trial = await Trial.begin();
  try {
    const { status, stderr, stdout } = spawnSync("/bin/bash", ["-c", program.prepare ?? ""], { cwd: trial.folder, env: { ...trial.environment }, encoding: "utf8" });
    if (status !== 0) return failed(`could not be prepared: ${stdout}${stderr}`);
    return await run(trial);
  } catch (error) {
    return failed(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    await trial.end(isKept);
    if (isKept) console.log(`  ${trial.folder}`);
  }
}

async function cellsOf(program: Program, { variants, stdios, repeat, isKept }: Arguments): Promise<Cell[]> {
  const times = async (count: number, one: () => Promise<Observation>): Promise<Observation[]> => {
    const all: Observation[] = [];
    for (let i = 0; i < count; i++) all.push(await one());
    return all;
  };
  const references = new Map<PromptAct, Observation[]>();
  const cells: Cell[] = [];
  const refer = async (variant: Variant, atLeast: number): Promise<Observation[][]> => {
    const all: Observation[][] = [];
    for (const act of referenceActs(variant)) {
      const known = references.get(act) ?? [];
      references.set(act, known);
      while (known.length < atLeast) known.push(await tried(program, isKept, (trial) => atPrompt(trial, program, act)));
      all.push(known);
    }
    return all;
  };
  for (const stdio of program.ptyOnly ? stdios.filter((one) => one === "pty") : stdios) {
    for (const variant of variants) {
      const first = await refer(variant, repeat);
      const run = (): Promise<Observation> => tried(program, isKept, (trial) => asTask(trial, program, variant, stdio));
      const once = judge({ program, variant, stdio, prompt: first, ours: await times(repeat, run) });
      // As often as at the prompt: what is a matter of luck is one on both sides.
      const more = once.lost.length === 0 ? [] : await times(SURE - repeat, run);
      const cell = once.lost.length === 0 ? once : judge({ ...once, ours: [...once.ours, ...more], prompt: await refer(variant, SURE) });
      cells.push(cell);
      console.log(`${cell.failures.length === 0 ? "ok  " : "FAIL"} ${program.name} ${variant} ${stdio}${cell.failures.map((why) => `\n       ${why.replaceAll("\n", "\n       ")}`).join("")}`);
    }
  }
  return cells;
}

async function main(): Promise<void> {
  const chosen = readArguments(process.argv.slice(2));
  if (process.platform !== "linux") throw new Error("The programs are observed through /proc: this runs on Linux only.");
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void Trial.endAll().finally(() => process.exit(130)));
  install(chosen.programs);
  const cells: Cell[] = [];
  const skipped: string[] = [];
  for (const program of chosen.programs) {
    const missing = missingFor(program);
    if (missing !== undefined) {
      skipped.push(`${program.name}: ${missing}`);
      console.log(`SKIPPED ${program.name}: ${missing}`);
      continue;
    }
    cells.push(...(await cellsOf(program, chosen)));
    writeFileSync(join(projectRoot, "out", "programs.md"), tableOf(cells, skipped));
  }
  await fifoStock.close();
  const failures = cells.filter((cell) => cell.failures.length > 0).length;
  console.log(`\n${tableOf(cells, skipped)}\n${cells.length - failures} passed, ${failures} failed`);
  process.exit(failures > 0 || cells.length === 0 ? 1 : 0);
}

main().catch((error: unknown) => {
  console.log(error instanceof Error ? error.message : error);
  process.exit(1);
});
