// killLatency.js ROUNDS AT_ONCE
// Measures, with real commands and beside whatever else the machine does: how long stop() takes to send the signal, and from
// the end of the waitDelay to the death of the last process. Prints milliseconds.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { systemClock } from "../../src/taskRunner/base/clock";
import { thisTable } from "../../src/taskRunner/process/system";
import { TaskRun } from "../../src/taskRunner/run/taskRun";
import { checkDefinition } from "../../src/taskRunner/task/definition";

const [rounds, atOnce] = process.argv.slice(2).map(Number) as [number, number];
const WAIT_DELAY = 200;

function isDead(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return true;
  }
}

async function measure(): Promise<{ readonly stop: number; readonly kill: number }> {
  let output = "";
  let ready = (): void => undefined;
  const isReady = new Promise<void>((resolve) => (ready = resolve));
  const run = new TaskRun({
    id: randomBytes(8).toString("hex"),
    label: "measured",
    checked: checkDefinition({ command: "trap '' INT; sleep 60 & echo \"child $!\"; echo ready; exec sleep 60" }, { waitDelay: WAIT_DELAY, cancelSignal: "SIGINT", hungPipe: "warn", survivors: "warn", stdio: "pipe" }),
    context: { folder: tmpdir(), environment: process.env, defaultShell: "/bin/bash", terminal: { language: "en", version: "1.139.1" } },
    output: {
      write: (chunk) => {
        output += Buffer.from(chunk).toString();
        if (output.includes("ready")) ready();
      },
    },
    clock: systemClock,
    table: thisTable,
    protection: { arm: () => ({ started: () => undefined, ended: () => undefined }) },
    previous: [],
  });
  run.start();
  await isReady;
  const pids = [run.snapshot().pid ?? 0, Number(/child (\d+)/.exec(output)?.[1])];
  const at = performance.now();
  void run.stop();
  const stop = performance.now() - at;
  // Every turn of the event loop from shortly before: the look costs some microseconds.
  await new Promise((resolve) => setTimeout(resolve, WAIT_DELAY - 10));
  const { state } = run;
  const due = state.kind === "stopping" ? (state.killAt ?? NaN) - performance.timeOrigin : NaN;
  while (!pids.every(isDead)) await new Promise(setImmediate);
  const kill = performance.now() - due;
  await run.ended;
  run.dispose();
  return { stop, kill };
}

function show(name: string, values: readonly number[]): void {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(2);
  console.log(`${name}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${at(1)} ms, of ${sorted.length}`);
}

async function main(): Promise<void> {
  const all: { readonly stop: number; readonly kill: number }[] = [];
  for (let i = 0; i < rounds; i++) all.push(...(await Promise.all(Array.from({ length: atOnce }, measure))));
  show("stop to signal", all.map(({ stop }) => stop));
  show("end of the delay to the last death", all.map(({ kill }) => kill));
}

void main();
