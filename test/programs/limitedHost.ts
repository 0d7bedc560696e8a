// limitedHost.js user|descriptors DEFINITION stop|kill|end
// An extension host that may not do everything: it is another user than its command becomes, or has no free descriptor. Runs
// the task, is limited when that has written "ready", stops or kills it, and prints how that went, as JSON.
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { systemClock } from "../../src/taskRunner/base/clock";
import { thisTable } from "../../src/taskRunner/process/system";
import { TaskRun } from "../../src/taskRunner/run/taskRun";
import type { RunEvent } from "../../src/taskRunner/run/state";
import { eventLines } from "../../src/taskRunner/run/words";
import { checkDefinition } from "../../src/taskRunner/task/definition";

const [limit = "", definition = "{}", act = ""] = process.argv.slice(2);
const NOBODY = 65534;

/** @returns what frees them again */
function useUpDescriptors(): () => void {
  const used: number[] = [];
  try {
    for (;;) used.push(openSync("/dev/null", "r"));
  } catch {
    return () => used.forEach((fd) => closeSync(fd));
  }
}

function becomeNobody(): void {
  process.setgroups?.([]);
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}

async function main(): Promise<void> {
  if (limit === "user") becomeNobody();
  const rejected: string[] = [];
  process.on("unhandledRejection", (error) => rejected.push(String(error)));
  const events: RunEvent[] = [];
  const id = randomBytes(8).toString("hex");
  let output = "";
  let ready = (): void => undefined;
  const isReady = new Promise<void>((resolve) => (ready = resolve));
  const run = new TaskRun({
    id,
    label: "limited",
    checked: checkDefinition(JSON.parse(definition) as Record<string, unknown>, { waitDelay: "5s", cancelSignal: "SIGINT", hungPipe: "warn", survivors: "warn", stdio: "pipe" }),
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
  run.onEvent((event) => events.push(event));
  run.start();
  await isReady;
  const free = limit === "descriptors" ? useUpDescriptors() : undefined;
  const at = performance.now();
  if (act !== "end") void run[act === "kill" ? "kill" : "stop"]();
  else run.console.write("go\n");
  const outcome = await run.ended;
  const ms = performance.now() - at;
  free?.();
  const { pid, survivors } = run.snapshot();
  console.log(JSON.stringify({ id, pid, outcome, ms, output, rejected, kinds: events.map(({ kind }) => kind), lines: events.flatMap(eventLines), survivors: survivors.map((info) => info.pid) }));
  process.exit();
}

void main();
