// npm run bench: side by side in one run, as medians and ratios. Nothing here is asserted: machines differ.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import treeKill from "tree-kill";
import { Cmd } from "../src/taskRunner/exec/cmd";
import { fifoStock } from "../src/taskRunner/exec/fifo";
import { thisSystem } from "../src/taskRunner/process/system";

const ROUNDS = 7;
const PROCESSES = 300;

interface Contest {
  readonly name: string;
  readonly ours: () => Promise<number>;
  readonly theirs: () => Promise<number>;
  readonly their: string;
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

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
  const group = cmd.process === undefined ? undefined : thisSystem.group(cmd.process, "BENCH=1");
  const ms = await timed(async () => {
    await kill(cmd, pid);
    while (await group?.isAlive()) await new Promise((resolve) => setTimeout(resolve, 1));
  });
  await cmd.wait().catch(() => undefined);
  return ms;
}

const contests: readonly Contest[] = [
  {
    name: `kill ${PROCESSES} processes until the last is gone`,
    ours: () => killCrowd(async (cmd) => (cmd.process === undefined ? undefined : thisSystem.group(cmd.process, "BENCH=1").signal("SIGKILL"))),
    theirs: () => killCrowd((_, pid) => new Promise((resolve) => treeKill(pid, "SIGKILL", resolve))),
    their: "tree-kill",
  },
  {
    name: "run `true` to its end, with its output piped",
    ours: () => timed(() => new Cmd("/bin/true").combinedOutput()),
    theirs: () => timed(() => once(spawn("/bin/true", { stdio: ["ignore", "pipe", "pipe"] }), "close")),
    their: "child_process",
  },
];

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

async function main(): Promise<void> {
  console.log(`Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores; medians of ${ROUNDS} rounds, in turn`);
  for (const { name, ours, theirs, their } of contests) {
    const pairs: [number, number][] = [];
    for (let i = 0; i < ROUNDS; i++) pairs.push([await ours(), await theirs()]);
    const [a, b, ratio] = [median(pairs.map(([x]) => x)), median(pairs.map(([, y]) => y)), median(pairs.map(([x, y]) => y / x))];
    console.log(`${name}: ours ${a.toFixed(1)} ms, ${their} ${b.toFixed(1)} ms, ratio ${ratio.toFixed(2)}`);
  }
  await fifoStock.close();
}

void main();
