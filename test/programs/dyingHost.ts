// dyingHost.js JOURNAL on|off DEFINITIONS [CGROUP]
// An extension host for tests that kill it: runs these tasks (JSON, an array of definitions), the watchdog on or off, prints a
// line with the runs' ids when each has written "ready", and waits for its death. With CGROUP, a folder, each run is in a cgroup there;
// with "found" where the extension finds a place for it.
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { systemClock } from "../../src/taskRunner/base/clock";
import { CgroupContainment } from "../../src/taskRunner/process/cgroupContainment";
import { thisTable } from "../../src/taskRunner/process/system";
import { checkDefinition } from "../../src/taskRunner/task/definition";
import { Journal } from "../../src/taskRunner/recovery/journal";
import { WatchdogAndJournal } from "../../src/taskRunner/recovery/crashProtection";
import { TaskRun } from "../../src/taskRunner/run/taskRun";

const [folder = "", watchdog, definitions = "[]", cgroup] = process.argv.slice(2);
const defaults = { waitDelay: "5s", cancelSignal: "SIGINT", hungPipe: "warn", survivors: "warn", stdio: "pipe" };
const journal = new Journal(folder, thisTable);
const containment = cgroup === undefined ? {} : { containment: cgroup === "found" ? new CgroupContainment() : new CgroupContainment(() => cgroup) };
const protection = new WatchdogAndJournal(thisTable, journal, watchdog === "on");

function startRun(definition: Record<string, unknown>, i: number): Promise<string> {
  const id = randomBytes(8).toString("hex");
  return new Promise((resolve) => {
    let output = "";
    const write = (chunk: Uint8Array): void => {
      output += Buffer.from(chunk).toString();
      if (output.includes("ready")) resolve(id);
    };
    const around = { folder: tmpdir(), environment: process.env, defaultShell: "/bin/bash", terminal: { language: "en", version: "1.139.1" } };
    const checked = checkDefinition(definition, defaults);
    new TaskRun({ id, label: `task ${i}`, checked, context: around, output: { write }, clock: systemClock, table: thisTable, ...containment, protection, previous: [] }).start();
  });
}

async function main(): Promise<void> {
  const ids = await Promise.all((JSON.parse(definitions) as Record<string, unknown>[]).map(startRun));
  await journal.settled();
  console.log(JSON.stringify(ids));
  setInterval(() => undefined, 1000);
}

void main();
