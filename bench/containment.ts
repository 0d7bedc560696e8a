// npm run bench, its part about cgroups: what it costs to start in one, and how fast it is to list and to kill what is in it. Nothing here is
// asserted: machines differ. Says so where no cgroup can be made.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fifoStock } from "../src/taskRunner/exec/fifo";
import type { Containment, NoContainment } from "../src/taskRunner/process/container";
import { thisContainment, thisTable } from "../src/taskRunner/process/system";
import { WatchdogAndJournal } from "../src/taskRunner/recovery/crashProtection";
import { Journal } from "../src/taskRunner/recovery/journal";
import type { TaskRun } from "../src/taskRunner/run/taskRun";
import { makeRun } from "./benchRun";
import { median } from "./median";
import { watchLoop } from "./watchLoop";

const OFF: NoContainment = { kind: "off" };
const ROUNDS = 7;
const STARTS = 100;
/** Milliseconds before each start: right after one in a cgroup the kernel is still ready for the next one, which a user's is not. */
const PAUSE_MS = 50;
const CROWD = 1000;
const OTHERS = Number(process.env["BENCH_PROCESSES"] ?? 20_000);

const folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-bench-"));
const protection = new WatchdogAndJournal(thisTable, new Journal(folder, thisTable), false);

/** @returns milliseconds from the start to the end of one task */
async function startOne(containment: Containment | NoContainment, stdio: "pipe" | "pty"): Promise<number> {
  await setTimeout(PAUSE_MS);
  const { run } = makeRun({ command: "/bin/true", stdio }, { protection, containment });
  const start = performance.now();
  run.start();
  await run.ended;
  const ms = performance.now() - start;
  run.dispose();
  return ms;
}

const crowd = (count: number): string => `i=0; while [ $i -lt ${count} ]; do sleep 600 & i=$((i+1)); done; echo ready; wait`;

/** A run of many processes in one group, until the last is gone. @returns milliseconds */
async function killRun(containment: Containment | NoContainment): Promise<number> {
  const { run, ready } = makeRun({ command: crowd(CROWD), survivors: "ignore" }, { protection, containment });
  run.start();
  await ready;
  const pid = run.snapshot().pid ?? NaN;
  const start = performance.now();
  const killed = run.kill();
  await untilGone(pid);
  const ms = performance.now() - start;
  await killed;
  run.dispose();
  return ms;
}

/** The least that can be done: one signal to the group. */
async function killGroup(): Promise<number> {
  const shell = await startCrowd(CROWD);
  const start = performance.now();
  process.kill(-(shell.pid ?? NaN), "SIGKILL");
  await untilGone(shell.pid ?? NaN);
  return performance.now() - start;
}

async function untilGone(group: number): Promise<void> {
  for (;;) {
    try {
      process.kill(-group, 0);
    } catch {
      return;
    }
    await setTimeout(1);
  }
}

async function startCrowd(count: number): Promise<ChildProcess> {
  const shell = spawn("sh", ["-c", crowd(count)], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  await once(shell.stdout, "data");
  return shell;
}

/** Looks for what a run has left, all the others being younger than the run: where nothing else is known, each must be looked at. */
async function survivors(containment: Containment | NoContainment): Promise<{ run: TaskRun; look: () => Promise<string> }> {
  const { run } = makeRun({ command: "setsid sleep 600 >/dev/null 2>&1 & exit 0" }, { protection, containment });
  run.start();
  await run.ended;
  const look = async (): Promise<string> => {
    const watch = watchLoop();
    const start = performance.now();
    await run.killAllSurvivors();
    return `${(performance.now() - start).toFixed(1)} ms, event loop blocked for at most ${watch().toFixed(1)} ms`;
  };
  return { run, look };
}

async function main(): Promise<void> {
  const none = "open" in thisContainment ? await thisContainment.available() : thisContainment;
  if (none !== undefined) {
    console.log(`No cgroup can be made here (${JSON.stringify(none)}).`);
    return;
  }
  console.log(`Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores; medians of ${ROUNDS} rounds, in turn`);
  for (const stdio of ["pipe", "pty"] as const) {
    await startOne(OFF, stdio);
    const times: [number, number][] = [];
    for (let i = 0; i < STARTS; i++) times.push([await startOne(thisContainment, stdio), await startOne(OFF, stdio)]);
    console.log(`a task of \`true\` on a ${stdio}, from start to end: in a cgroup ${median(times.map(([x]) => x)).toFixed(2)} ms, without ${median(times.map(([, y]) => y)).toFixed(2)} ms, ${median(times.map(([x, y]) => x - y)).toFixed(2)} ms more`);
  }
  const kills: [number, number][] = [];
  for (let i = 0; i < ROUNDS; i++) kills.push([await killRun(thisContainment), await killGroup()]);
  console.log(`${CROWD} processes until the last is gone: Kill Now in a cgroup ${median(kills.map(([x]) => x)).toFixed(1)} ms, a bare signal to the group ${median(kills.map(([, y]) => y)).toFixed(1)} ms, ratio ${median(kills.map(([x, y]) => x / y)).toFixed(2)}`);
  const [inside, outside] = [await survivors(thisContainment), await survivors(OFF)];
  const others = await startCrowd(OTHERS);
  console.log(`a survivor found and killed among ${OTHERS} younger processes: in a cgroup ${await inside.look()}; without ${await outside.look()}`);
  process.kill(-(others.pid ?? NaN), "SIGKILL");
  await once(others, "exit");
  for (const { run } of [inside, outside]) run.dispose();
  await fifoStock.close();
  rmSync(folder, { recursive: true });
}

void main();
