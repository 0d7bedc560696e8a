// windowsHost.js JOURNAL DEFINITION
// An extension host on Windows for tests that kill it: runs this task (JSON) in a job, with the watchdog, prints the run's id and the
// pid of its helper when the task has written "ready", and waits for its death. Told "stop", it stops the task.
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { systemClock } from "../../src/taskRunner/base/clock";
import { checkDefinition } from "../../src/taskRunner/task/definition";
import { Journal } from "../../src/taskRunner/recovery/journal";
import { WatchdogAndJournal } from "../../src/taskRunner/recovery/crashProtection";
import { TaskRun } from "../../src/taskRunner/run/taskRun";
import { World } from "../suite/windows/windows";

const [folder = "", definition = "{}"] = process.argv.slice(2);
const world = new World();
const journal = new Journal(folder, world.table);
const id = randomBytes(8).toString("hex");
const context = { folder: tmpdir(), environment: process.env, defaultShell: "cmd.exe", terminal: { language: "en", version: "1.139.1" } };
const checked = checkDefinition(JSON.parse(definition) as Record<string, unknown>, { waitDelay: "5s", cancelSignal: "SIGINT", hungPipe: "warn", survivors: "warn", stdio: "pipe" });
let output = "";
const write = (chunk: Uint8Array): void => {
  const wasReady = output.includes("ready");
  output += Buffer.from(chunk).toString();
  if (!wasReady && output.includes("ready")) void journal.settled().then(() => process.send?.({ id, helper: world.helper.pid, output }));
};
const run = new TaskRun({ id, label: "task", checked, context, output: { write }, clock: systemClock, table: world.table, containment: world.containment, protection: new WatchdogAndJournal(world.table, journal, true), previous: [] });
run.onEvent(({ kind }) => process.send?.({ kind }));
process.on("message", () => void run.stop());
process.on("disconnect", () => undefined);
run.start();
