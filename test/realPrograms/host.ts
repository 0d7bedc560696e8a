// host.js JOURNAL TASK: an extension host that runs one task (JSON), with its watchdog, and waits for its death.
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { thisTable } from "../../src/taskRunner/process/system";
import { WatchdogAndJournal } from "../../src/taskRunner/recovery/crashProtection";
import { Journal } from "../../src/taskRunner/recovery/journal";
import { TaskRuns } from "../../src/taskRunner/run/taskRuns";
import { HostedRun, type Task } from "./hostedRun";

const [folder = "", json = ""] = process.argv.slice(2);
const task = JSON.parse(json) as Task;
const hosted = new HostedRun(task, new TaskRuns(), new WatchdogAndJournal(thisTable, new Journal(folder, thisTable), true));
hosted.terminal.onDidWrite((text) => appendFileSync(join(folder, "..", "host.output"), text));
hosted.run.onDidChange(() => writeFileSync(join(folder, "..", "leader"), String(hosted.run.snapshot().pid ?? "")));
void hosted.run.ended.then(() => process.exit(1));
