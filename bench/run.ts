// npm run bench: side by side in one run, as medians and ratios. Nothing here is asserted: machines differ.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import treeKill from "tree-kill";
import { Cmd } from "../src/taskRunner/exec/cmd";
import { fifoStock } from "../src/taskRunner/exec/fifo";
import { RunProcesses } from "../src/taskRunner/process/runProcesses";
import { thisTable } from "../src/taskRunner/process/system";
import { median } from "./median";
import { watchLoop } from "./watchLoop";

const ROUNDS = 7;
const PROCESSES = 300;
const STARTS = 60;

interface Contest {
  readonly name: string;
  readonly ours: () => Promise<number>;
  readonly theirs: () => Promise<number>;
  readonly their: string;
  /** Where the aim is to be no slower, the ratio says how much slower it is. */
  readonly how?: "ours by theirs";
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** Everything that the command has started. */
function processesOf(cmd: Cmd): RunProcesses | undefined {
  const leader = cmd.process;
  return leader === undefined ? undefined : new RunProcesses({ leader, marker: "CANCELLABLE_TASKS_RUN=bench", since: since, pipes: () => [], table: thisTable });
}

const since = thisTable.now();

/** A shell with 300 children in its group, all of them started. */
async function crowd(): Promise<Cmd> {
  const cmd = new Cmd("sh", ["-c", `i=0; while [ $i -lt ${PROCESSES} ]; do sleep 60 & i=$((i+1)); done; echo ready; wait`]);
  cmd.sysProcAttr = { setsid: true };
  const stdout = await cmd.stdoutPipe();
  await cmd.start();
  await once(stdout, "data");
  stdout.resume();
  return cmd;
}

async function killCrowd(kill: (cmd: Cmd, pid: number) => Promise<unknown>): Promise<number> {
  const cmd = await crowd();
  const pid = cmd.process?.pid ?? NaN;
  const group = processesOf(cmd);
  const ms = await timed(async () => {
    await kill(cmd, pid);
    while (await group?.isAlive()) await new Promise((resolve) => setTimeout(resolve, 1));
  });
  await cmd.wait().catch(() => undefined);
  return ms;
}

/** As when a list of tasks is run: no pause in which anything could be prepared. */
async function inARow(run: () => Promise<unknown>): Promise<number> {
  return await timed(async () => {
    for (let i = 0; i < STARTS; i++) await run();
  });
}

const runCmd = (): Promise<unknown> => new Cmd("/bin/true").combinedOutput();
const runBare = (): Promise<unknown> => once(spawn("/bin/true", { stdio: ["ignore", "pipe", "pipe"] }), "close");

const contests: readonly Contest[] = [
  {
    name: `kill ${PROCESSES} processes until the last is gone`,
    ours: () => killCrowd(async (cmd) => processesOf(cmd)?.signal("SIGKILL")),
    theirs: () => killCrowd((_, pid) => new Promise((resolve) => treeKill(pid, "SIGKILL", resolve))),
    their: "tree-kill",
  },
  {
    name: "run `true` to its end, with its output piped",
    ours: () => timed(runCmd),
    theirs: () => timed(runBare),
    their: "child_process",
  },
  {
    name: `the same ${STARTS} times in a row`,
    ours: () => inARow(runCmd),
    theirs: () => inARow(runBare),
    their: "child_process",
    how: "ours by theirs",
  },
];

/** Looks for what one run has left among many processes, all of them younger than the run: the worst case. */
async function findAmong(many: number): Promise<void> {
  const cmd = new Cmd("sh", ["-c", "setsid sleep 60 >/dev/null 2>&1 & echo ready"]);
  cmd.sysProcAttr = { setsid: true };
  cmd.env = [...Object.entries(process.env).map(([key, value]) => `${key}=${value ?? ""}`), "CANCELLABLE_TASKS_RUN=bench"];
  await cmd.output();
  // By another shell, so that they are no descendants of the command.
  const others = spawn("sh", ["-c", `i=0; while [ $i -lt ${many} ]; do sleep 60 & i=$((i+1)); done; echo ready; wait`], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  await once(others.stdout, "data");
  const processes = processesOf(cmd);
  const rounds: { ms: number; blocked: number; found: number }[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const watch = watchLoop();
    const start = performance.now();
    const found = (await processes?.survivors()) ?? [];
    rounds.push({ ms: performance.now() - start, blocked: watch(), found: found.length });
    if (i === ROUNDS - 1) for (const info of found) process.kill(info.pid, "SIGKILL");
  }
  process.kill(-(others.pid ?? NaN), "SIGKILL");
  await once(others, "exit");
  const found = [...new Set(rounds.map((round) => round.found))].join(", ");
  console.log(
    `find the survivors of a run (${found}) among ${many} younger processes: ${median(rounds.map(({ ms }) => ms)).toFixed(1)} ms ` +
      `(first ${rounds[0]?.ms.toFixed(1) ?? ""}), event loop blocked for at most ${Math.max(...rounds.map(({ blocked }) => blocked)).toFixed(1)} ms`,
  );
}

async function main(): Promise<void> {
  console.log(`Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores; medians of ${ROUNDS} rounds, in turn`);
  for (const { name, ours, theirs, their, how } of contests) {
    const pairs: [number, number][] = [];
    for (let i = 0; i < ROUNDS; i++) pairs.push([await ours(), await theirs()]);
    const ratios = pairs.map(([x, y]) => (how === undefined ? y / x : x / y));
    const [a, b, ratio] = [median(pairs.map(([x]) => x)), median(pairs.map(([, y]) => y)), median(ratios)];
    console.log(`${name}: ours ${a.toFixed(1)} ms, ${their} ${b.toFixed(1)} ms, ratio ${ratio.toFixed(2)}${how === undefined ? "" : ` (${how})`}`);
  }
  await findAmong(2000);
  await fifoStock.close();
}

void main();
