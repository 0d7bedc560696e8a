// npm run bench, its part about stopping: how late a kill is, and what many tasks at once cost. Nothing here is asserted: machines differ.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/taskRunner/base/clock";
import { fifoStock } from "../src/taskRunner/exec/fifo";
import { thisTable } from "../src/taskRunner/process/system";
import { WatchdogAndJournal } from "../src/taskRunner/recovery/crashProtection";
import { Journal } from "../src/taskRunner/recovery/journal";
import { TaskRuns } from "../src/taskRunner/run/taskRuns";
import { makeRun } from "./benchRun";
import { watchLoop } from "./watchLoop";

const STUBBORN = "trap '' INT; echo ready; while :; do sleep 0.05; done";
const ROUNDS = 15;
const AT_ONCE = 8;
const MANY = 200;

const folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-bench-"));
const protection = new WatchdogAndJournal(thisTable, new Journal(folder, thisTable), true);

function isDead(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return true;
  }
}

/** From the expiry of the delay to the death of the leader, in ms, as another thread than ours would see it: polled without a pause. */
async function overshoot(stdio: string): Promise<number> {
  const { run, ready } = makeRun({ command: STUBBORN, waitDelay: 300, stdio }, { protection });
  run.start();
  await ready;
  const stopped = run.stop();
  const pid = run.snapshot().pid ?? 0;
  // The delay begins to count when the asking has returned.
  await new Promise((resolve) => setImmediate(resolve));
  const { state } = run;
  const due = state.kind === "stopping" ? (state.killAt ?? -1) : -1;
  let dead = NaN;
  while (Number.isNaN(dead)) {
    if (systemClock.now() > due - 5 && isDead(pid)) dead = systemClock.now();
    else await new Promise((resolve) => setImmediate(resolve));
  }
  await stopped;
  run.dispose();
  return dead - due;
}

function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))] ?? NaN;
}

async function overshoots(atOnce: number, rounds: number): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < rounds; i++) all.push(...(await Promise.all(Array.from({ length: atOnce }, (_, j) => overshoot(j % 2 === 0 ? "pipe" : "pty")))));
  return all;
}

async function withBusyLoops<T>(act: () => Promise<T>): Promise<T> {
  const loops: ChildProcess[] = [1, 2].map(() => spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" }));
  try {
    return await act();
  } finally {
    for (const loop of loops) loop.kill("SIGKILL");
  }
}

async function many(stdio: string): Promise<void> {
  global.gc?.();
  const before = process.memoryUsage();
  const runs = new TaskRuns();
  const made = Array.from({ length: MANY }, () => makeRun({ command: "sleep", args: ["600"], stdio }, { protection }).run);
  for (const run of made) {
    runs.add(run);
    run.start();
  }
  while (made.some((run) => run.state.kind === "waiting")) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  global.gc?.();
  const after = process.memoryUsage();
  const kB = ({ rss, heapUsed, external }: NodeJS.MemoryUsage): string => `${((rss - before.rss) / 1024 / MANY).toFixed(0)} kB of resident memory a task (${((heapUsed + external - before.heapUsed - before.external) / 1024 / MANY).toFixed(0)} kB in use)`;
  const watch = watchLoop();
  const start = performance.now();
  await runs.stopAll();
  const ms = performance.now() - start;
  const blocked = watch();
  console.log(`${MANY} tasks (${stdio}): Stop All ${ms.toFixed(0)} ms, event loop blocked for at most ${blocked.toFixed(1)} ms, ${kB(after)}`);
  for (const run of made) run.dispose();
}

async function main(): Promise<void> {
  const row = (name: string, values: readonly number[]): void => console.log(`kill after the waitDelay's expiry, ${name} (${values.length} kills): p50 ${percentile(values, 50).toFixed(1)} ms, p99 ${percentile(values, 99).toFixed(1)} ms`);
  if (process.argv[2] === "many") {
    await many(process.argv[3] ?? "pipe");
    await fifoStock.close();
    rmSync(folder, { recursive: true });
    return;
  }
  row("idle", await overshoots(1, ROUNDS * 4));
  row(`${AT_ONCE} runs at once beside two busy loops`, await withBusyLoops(() => overshoots(AT_ONCE, ROUNDS)));
  await many("pipe");
  await many("pty");
  await fifoStock.close();
  rmSync(folder, { recursive: true });
}

void main();
