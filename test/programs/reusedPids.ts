// reusedPids.js TRIES
// To be run in a pid namespace of its own, by a shell that reaps orphans: there nobody else takes pids, and they are free
// as soon as their process is dead. Gives strangers the pids of a run's dead processes, and has the run signalled.
// Prints how often, and how many signals have reached a stranger.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { RunProcesses } from "../../src/taskRunner/process/runProcesses";
import { thisTable } from "../../src/taskRunner/process/system";
import { isStillAlive, type ProcessInfo } from "../../src/taskRunner/process/table";

interface DeadRun {
  readonly processes: RunProcesses;
  readonly leader: number;
  readonly member: ProcessInfo;
}

/** A run whose command has ended, and whose member was known and is dead too. */
async function deadRun(): Promise<DeadRun> {
  const since = thisTable.now();
  const child = spawn("sh", ["-c", "sleep 61 >/dev/null 2>&1 & echo $!; exit 0"], { detached: true, stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, CANCELLABLE_TASKS_RUN: "reused" } });
  const exit = once(child, "exit");
  const leader = { pid: child.pid ?? NaN, wait: () => exit, state: undefined as object | undefined };
  void exit.then(() => (leader.state = {}));
  const processes = new RunProcesses({ leader, marker: "CANCELLABLE_TASKS_RUN=reused", since, pipes: () => [], table: thisTable });
  await exit;
  const [member] = await processes.survivors();
  if (member === undefined) throw new Error("The member was not found.");
  process.kill(member.pid, "SIGKILL");
  while ((await thisTable.read(member.pid)) !== undefined) await new Promise(setImmediate);
  return { processes, leader: leader.pid, member };
}

/** A stranger with this pid, who leads a group of that number; undefined when the pid was not free yet. */
async function strangerWith(pid: number): Promise<ChildProcess | undefined> {
  writeFileSync("/proc/sys/kernel/ns_last_pid", String(pid - 1));
  const child = spawn("sleep", ["61"], { detached: true, stdio: "ignore" });
  if (child.pid === pid) return child;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
  return undefined;
}

async function main(): Promise<void> {
  const tries = Number(process.argv[2]);
  let signals = 0;
  let sameTick = 0;
  let failed = 0;
  for (let i = 0; i < tries; i++) {
    const { processes, leader, member } = await deadRun();
    // In turn: the pid of the command, and so the id of the run's own group, and that of a member.
    const stranger = await strangerWith(i % 2 === 0 ? leader : member.pid);
    if (stranger === undefined) {
      if (failed++ > 10 * tries) throw new Error("The pids do not become free.");
      i--;
      continue;
    }
    const exit = once(stranger, "exit");
    const before = await thisTable.read(stranger.pid ?? NaN);
    if (before?.start === member.start) sameTick++;
    const reached = await processes.signal("SIGKILL");
    signals += (reached.group === undefined ? 0 : 1) + reached.others.length;
    if (await thisTable.signal(member, "SIGKILL")) signals++;
    if (await thisTable.signalGroup([member], "SIGKILL")) signals++;
    if (await processes.isAlive()) signals++;
    if (before === undefined || !isStillAlive(await thisTable.read(before.pid), before)) signals++;
    stranger.kill("SIGKILL");
    await exit;
  }
  console.log(JSON.stringify({ tries, signals, sameTick, failed }));
}

void main();
