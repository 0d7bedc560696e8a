// What becomes of a program when it is run as a task and stopped.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { thisTable } from "../../src/taskRunner/process/system";
import { WatchdogAndJournal } from "../../src/taskRunner/recovery/crashProtection";
import { Journal } from "../../src/taskRunner/recovery/journal";
import { TaskRuns } from "../../src/taskRunner/run/taskRuns";
import { projectRoot } from "../vscode/projectRoot";
import { HostedRun, type Stdio, type Task } from "./hostedRun";
import { failed, observe, ranOf, type Observation } from "./observation";
import type { Program } from "./program";
import { PATIENCE_MS, SECOND_PRESS_MS } from "./prompt";
import { untilReady } from "./readiness";
import { plain } from "./screen";
import type { Trial } from "./trial";
import { until } from "./until";

export const VARIANTS = ["stop", "ctrlC", "twice", "restart", "timeout", "trash", "hostKilled"] as const;
export type Variant = (typeof VARIANTS)[number];

/** The waitDelay, and what a kill and the looks after it take on a busy machine, in milliseconds. A run that takes longer hangs. */
const END_MS = PATIENCE_MS + 4000;
/** Without its host a run is stopped by a shell script, which looks in its own time, in milliseconds. */
const ORPHAN_END_MS = PATIENCE_MS + 15_000;

const CTRL_C = "\x03";

export async function asTask(trial: Trial, program: Program, variant: Variant, stdio: Stdio): Promise<Observation> {
  const task: Task = { command: program.command, folder: trial.folder, environment: trial.environment, stdio, cancelInput: program.cancelInput };
  return variant === "hostKilled" ? await underDyingHost(trial, program, task) : await underHost(trial, program, task, variant);
}

async function underHost(trial: Trial, program: Program, task: Task, variant: Exclude<Variant, "hostKilled">): Promise<Observation> {
  const journal = new Journal(trial.path("journal"), thisTable);
  const protection = new WatchdogAndJournal(thisTable, journal, true);
  const runs = new TaskRuns();
  const hosted = new HostedRun(task, runs, protection);
  const all = [hosted];
  try {
    if (!(await untilReady(trial, program.ready, () => hosted.output, () => hosted.isOver))) return failed(`not ready as a task:\n${hosted.output.slice(-2000)}`);
    trial.look(hosted.run.snapshot().pid);
    const start = performance.now();
    act(hosted, variant);
    // A program that has kept the Ctrl+C for itself runs on, as at a prompt.
    await until(() => hosted.isOver, PATIENCE_MS);
    const isClosed = hosted.run.state.kind === "running";
    if (isClosed) hosted.terminal.close();
    const isOver = await until(() => hosted.isOver, END_MS);
    const ms = performance.now() - start;
    const listed = (): number[] => hosted.run.snapshot().survivors.map(({ pid }) => pid);
    if (!isOver) return { ...(await observe(trial, program, ms)), problem: `has not ended after ${END_MS / 1000} s` };
    if (variant !== "restart") return { ...(await observe(trial, program, ms, { listed })), isKilled: hosted.isKilled, isClosed };
    const ran = ranOf(trial, program);
    trial.forgetLogs();
    const again = new HostedRun(task, runs, protection, runs.stopping());
    all.push(again);
    if (!(await untilReady(trial, program.ready, () => again.output, () => again.isOver))) return { ...failed(`not ready again after a restart:\n${again.output.slice(-2000)}`), ran };
    await again.run.stop();
    return { ...(await observe(trial, program, ms, { listed })), ran, isKilled: hosted.isKilled };
  } finally {
    for (const { run } of all) {
      await Promise.race([run.kill(), new Promise((resolve) => setTimeout(resolve, END_MS))]);
      await run.killAllSurvivors();
    }
    runs.clearEnded();
    await journal.settled();
    all.forEach((one) => one.dispose());
  }
}

function act(hosted: HostedRun, variant: Exclude<Variant, "hostKilled">): void {
  const { run, terminal } = hosted;
  switch (variant) {
    case "stop":
    case "restart": // The command "Restart" stops the run, and starts the task again when it has ended.
      void run.stop();
      break;
    case "twice":
      setTimeout(() => terminal.handleInput(CTRL_C), SECOND_PRESS_MS);
      terminal.handleInput(CTRL_C);
      break;
    case "ctrlC":
      terminal.handleInput(CTRL_C);
      break;
    case "timeout":
      hosted.expireTimeout();
      break;
    case "trash":
      terminal.close();
  }
}

async function underDyingHost(trial: Trial, program: Program, task: Task): Promise<Observation> {
  mkdirSync(trial.path("journal"));
  const host = spawn(process.execPath, [join(projectRoot, "out/test/realPrograms/host.js"), trial.path("journal"), JSON.stringify(task)], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
  });
  const output = (): string => plain(trial.read("host.output"));
  const gone = once(host, "exit");
  try {
    const isReady = await untilReady(trial, program.ready, output, () => host.exitCode !== null);
    if (!isReady) return failed(`not ready as a task:\n${output().slice(-2000)}`);
    trial.look(Number(trial.read("leader")));
    const start = performance.now();
    host.kill("SIGKILL");
    await gone;
    await until(() => trial.living().length === 0, ORPHAN_END_MS);
    return await observe(trial, program, performance.now() - start);
  } finally {
    host.kill("SIGKILL");
    await gone;
  }
}
