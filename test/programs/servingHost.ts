// servingHost.js FOLDER DEFINITIONS
// An extension host whose live runs other processes can reach: runs these tasks (JSON, an array of definitions), with the journal in
// FOLDER/runs and the socket in FOLDER/sockets, prints a line with the runs' ids when each has written "ready", and waits for its death.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/taskRunner/base/clock";
import { thisTable } from "../../src/taskRunner/process/system";
import { WatchdogAndJournal } from "../../src/taskRunner/recovery/crashProtection";
import { Journal } from "../../src/taskRunner/recovery/journal";
import { Endpoints } from "../../src/taskRunner/remote/endpoint";
import { RunServer } from "../../src/taskRunner/remote/runServer";
import { OutputTail } from "../../src/taskRunner/run/outputTail";
import { TaskRun } from "../../src/taskRunner/run/taskRun";
import { TaskRuns } from "../../src/taskRunner/run/taskRuns";
import { checkDefinition } from "../../src/taskRunner/task/definition";

const [folder = "", definitions = "[]"] = process.argv.slice(2);
const defaults = { waitDelay: "5s", cancelSignal: "SIGINT", hungPipe: "warn", survivors: "warn", stdio: "pipe" };
const journal = new Journal(join(folder, "runs"), thisTable, "/srv/project", undefined, new Endpoints(join(folder, "sockets")));
const protection = new WatchdogAndJournal(thisTable, journal, true);
const runs = new TaskRuns();
const outputs = new Map<string, OutputTail>();
new RunServer({ runs, output: (id) => outputs.get(id), endpoint: () => journal.ownEndpoint(), listening: (isOn) => void journal.reachable(isOn), folder: journal.openFolder });

function startRun(definition: Record<string, unknown>, i: number): Promise<string> {
  const id = randomBytes(8).toString("hex");
  return new Promise((resolve) => {
    let output = "";
    const write = (chunk: Uint8Array): void => {
      output = (output + Buffer.from(chunk).toString()).slice(-1000);
      if (output.includes("ready")) resolve(id);
    };
    const tail = new OutputTail({ write });
    outputs.set(id, tail);
    const around = { folder, environment: process.env, defaultShell: "/bin/bash", terminal: { language: "en", version: "1.139.1" } };
    const run = new TaskRun({ id, label: `task ${i}`, checked: checkDefinition(definition, defaults), context: around, output: tail, clock: systemClock, table: thisTable, protection, previous: [] });
    runs.add(run);
    run.start();
  });
}

async function main(): Promise<void> {
  const ids = await Promise.all((JSON.parse(definitions) as Record<string, unknown>[]).map(startRun));
  await journal.settled();
  const socket = (await journal.ownEndpoint())?.path ?? "";
  while (ids.length > 0 && !existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 5));
  console.log(JSON.stringify(ids));
  setInterval(() => undefined, 1000);
}

void main();
