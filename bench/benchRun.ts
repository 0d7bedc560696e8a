import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { systemClock } from "../src/taskRunner/base/clock";
import { thisTable } from "../src/taskRunner/process/system";
import { TaskRun } from "../src/taskRunner/run/taskRun";
import type { TaskRunOptions } from "../src/taskRunner/run/taskRunOptions";
import { checkDefinition } from "../src/taskRunner/task/definition";

const DEFAULTS = { waitDelay: "5s", cancelSignal: "SIGINT", hungPipe: "warn", survivors: "warn", stdio: "pipe" };

/** A run that is not started yet. `ready` resolves when it has written "ready". */
export function makeRun(definition: Record<string, unknown>, more: Pick<TaskRunOptions, "protection"> & Partial<TaskRunOptions>): { run: TaskRun; ready: Promise<void> } {
  let output = "";
  let isReady!: () => void;
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  const write = (chunk: Uint8Array): void => {
    if (output.length > 100) return;
    output += Buffer.from(chunk).toString();
    if (output.includes("ready")) isReady();
  };
  const run = new TaskRun({
    id: randomBytes(8).toString("hex"),
    label: "bench",
    checked: checkDefinition(definition, DEFAULTS),
    context: { folder: tmpdir(), environment: process.env, defaultShell: "/bin/sh", terminal: { language: "en", version: "1" } },
    output: { write },
    clock: systemClock,
    table: thisTable,
    previous: [],
    ...more,
  });
  return { run, ready };
}
