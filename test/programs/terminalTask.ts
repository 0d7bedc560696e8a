// Runs a command line as a task that wants a terminal, and prints what happened as JSON.
import { systemClock } from "../../src/taskRunner/base/clock";
import { fifoStock } from "../../src/taskRunner/exec/fifo";
import { thisTable } from "../../src/taskRunner/process/system";
import { checkDefinition } from "../../src/taskRunner/task/definition";
import type { RunEvent } from "../../src/taskRunner/run/state";
import { TaskRun } from "../../src/taskRunner/run/taskRun";

async function main(): Promise<void> {
  const [, , command] = process.argv;
  const events: RunEvent[] = [];
  let output = "";
  const defaults = { waitDelay: "5s", cancelSignal: "SIGINT", hungPipe: "warn", survivors: "warn", stdio: "pty" };
  const run = new TaskRun({
    id: "0",
    label: "task",
    checked: checkDefinition({ command }, defaults),
    context: { folder: undefined, environment: process.env, defaultShell: "/bin/sh", terminal: { language: "en", version: "1" } },
    output: { write: (chunk) => void (output += Buffer.from(chunk).toString()) },
    clock: systemClock,
    table: thisTable,
    protection: { arm: () => ({ started: () => undefined, ended: () => undefined }) },
    previous: [],
  });
  run.onEvent((event) => events.push(event));
  run.start();
  const outcome = await run.ended;
  console.log(JSON.stringify({ output, events, outcome }));
  run.dispose();
  await fifoStock.close();
}

void main();
