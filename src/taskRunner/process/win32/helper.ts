// The helper of an extension host on Windows: a process of its own, which knows what only the system's functions tell, keeps the jobs
// of the runs, and stops them when the host has died. It ends with the host.
import { basename } from "node:path";
import type { GuardPlan } from "../container";
import { closeHandle, getCurrentProcess, getExitCodeProcess, openProcess, setConsoleCtrlHandler, terminateProcess, waitForSingleObject } from "./api";
import { INTERRUPT, interrupt, sendInterrupt } from "./interrupt";
import { Jobs } from "./jobs";
import { isConsoleHost, type Answer, type HelperEvent, type Launch, type Meant, type Question, type Request, type Row } from "./protocol";
import { start } from "./start";
import { listening, processes, startedWith, startOfHandle, terminate, usageOf, variableOf } from "./systemProcesses";

interface Command {
  readonly run: string;
  readonly handle: number;
}

const jobs = new Jobs((run) => changed(run));
const guards = new Map<string, GuardPlan>();
/** What is needed to wait for the end of a process, and to ask for its start and exit code: SYNCHRONIZE, PROCESS_QUERY_LIMITED_INFORMATION. */
const ENDS = 0x101000;
/** The same, and to put it into a job: PROCESS_SET_QUOTA, PROCESS_TERMINATE. */
const ADOPT = 0x101101;
/** So far the clocks may be apart, in milliseconds: that of creation times ticks slowly, and Node's follows the system's once a minute. */
const CLOCKS_MS = 250;
/** Commands that have been started here, or taken over, by pid: as long as the handle is open no other process gets the number. */
const commands = new Map<number, Command>();
/** Who was in the job of a run when that was told last, where it was anything, or a command has come into it since. */
const told = new Map<string, string>();
/** Whether commands and jobs have ended is looked at so often, in milliseconds: the message of a job may come too early, or never (Microsoft: "not guaranteed"). */
const LOOK_MS = 500;
let looking: NodeJS.Timeout | undefined;
/** Who has got a Ctrl+C, as long as he is in a job. */
const asked = new Set<number>();
let isOrphaned = false;
let emptied: () => void = () => undefined;

function tell(message: HelperEvent | Answer): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** Somebody has come into the job, or has ended. */
function changed(run: string): void {
  tellExits(run);
  expect(run, jobs.pids(run).join());
  tell({ event: "members", run, rows: members(run) });
  for (const pid of asked) if (!jobs.some(pid)) asked.delete(pid);
  emptied();
}

function tellExits(run: string): void {
  for (const [pid, command] of commands) if (command.run === run) tellExit(pid, command);
}

function watch(pid: number, run: string, handle: number): void {
  commands.set(pid, { run, handle });
  if (!told.has(run)) expect(run, `${pid}`);
}

/** @param inside who is in its job, as it has been told */
function expect(run: string, inside: string): void {
  if (inside === "") told.delete(run);
  else told.set(run, inside);
  looking ??= setInterval(look, LOOK_MS);
}

function look(): void {
  for (const [pid, command] of commands) tellExit(pid, command);
  for (const [run, inside] of told) if (jobs.pids(run).join() !== inside) changed(run);
  if (commands.size + told.size > 0) return;
  clearInterval(looking);
  looking = undefined;
}

function tellExit(pid: number, { run, handle }: Command): void {
  if (waitForSingleObject(handle, 0) !== 0) return;
  const code = Buffer.alloc(4);
  getExitCodeProcess(handle, code);
  commands.delete(pid);
  closeHandle(handle);
  tell({ event: "exited", run, pid, code: code.readUInt32LE(0) });
}

function members(run: string): readonly Row[] {
  const inside = new Set(jobs.pids(run));
  return inside.size === 0 ? [] : processes().filter(([pid, , , name]) => inside.has(pid) && !isConsoleHost(name));
}

function launch(request: Launch): Row {
  const { pid, handle } = start(request, (process) => jobs.assign(request.run, process));
  watch(pid, request.run, handle);
  return [pid, process.pid, startOfHandle(handle) ?? 0, basename(request.file)];
}

function adopt({ run, pid, known, marker }: Request & { op: "adopt" }): readonly Row[] {
  const at = marker.indexOf("=");
  const handle = openProcess(ADOPT, 0, pid);
  // While this was busy the command may have ended, and another process got its pid.
  const isSame = handle !== 0 && (startOfHandle(handle) ?? Infinity) <= known + CLOCKS_MS;
  if (isSame) jobs.adopt(run, pid, handle, marker.slice(0, at), marker.slice(at + 1));
  const rows = members(run);
  // Where it is in the job its end is told, as that of a command that was started here.
  if (isSame && rows.some(([one]) => one === pid)) watch(pid, run, handle);
  else if (handle !== 0) closeHandle(handle);
  return rows;
}

function answer(request: Request): unknown {
  switch (request.op) {
    case "hello":
      return process.pid;
    case "list":
      return processes();
    case "describe":
      return found(request.pids, (pid) => startedWith(pid)?.line);
    case "markers":
      return found(request.pids, (pid) => variableOf(pid, request.variable));
    case "ports":
      return listening();
    case "usage":
      return request.pids.map(usageOf).filter((usage) => usage !== undefined);
    case "terminate":
      return terminate(request.pid, request.start);
    case "interrupt":
      return interruptNow(request.processes);
    case "open":
      jobs.open(request.run);
      return true;
    case "launch":
      return launch(request);
    case "adopt":
      return adopt(request);
    case "members":
      return members(request.run);
    case "kill":
      return jobs.terminate(request.run);
    case "guard":
      if (request.plan === null) guards.delete(request.run);
      else guards.set(request.run, request.plan);
      return true;
    case "close":
      guards.delete(request.run);
      told.delete(request.run);
      tellExits(request.run);
      jobs.close(request.run);
      return true;
  }
}

function found(pids: readonly number[], look: (pid: number) => string | undefined): [number, string][] {
  return pids.flatMap((pid): [number, string][] => {
    const text = look(pid);
    return text === undefined ? [] : [[pid, text]];
  });
}

async function answerTo({ id, request }: Question): Promise<void> {
  try {
    tell({ id, value: await answer(request) });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    tell({ id, error: message, ...(code === undefined ? {} : { code }) });
  }
}

/** The host has died: each run that it wanted guarded is asked, and ended when its delay is over. */
async function stopAll(): Promise<void> {
  isOrphaned = true;
  await Promise.all([...guards].map(([run, plan]) => stop(run, plan)));
}

async function stop(run: string, { asks, graceMs }: GuardPlan): Promise<void> {
  // Many programs take a second Ctrl+C for haste, and leave out their clean-up.
  const isAsked = jobs.pids(run).some((pid) => asked.has(pid));
  if (asks && !isAsked) await interrupt(__filename, jobs.pids(run)).catch(() => undefined);
  if (graceMs === undefined) return;
  await Promise.race([empty(run), new Promise((resolve) => setTimeout(resolve, graceMs))]);
  jobs.terminate(run);
}

async function interruptNow(meant: readonly Meant[]): Promise<readonly (readonly [pid: number, isReached: boolean])[]> {
  // As long as a handle is open no other process gets the number, in whose console it would arrive.
  const opened = meant.map(([pid, start]) => ({ pid, start, handle: openProcess(ENDS, 0, pid) })).filter(({ handle }) => handle !== 0);
  try {
    const there = opened.filter(({ handle, start }) => startOfHandle(handle) === start);
    // At once: the host may die while it is on its way.
    for (const { pid } of there) asked.add(pid);
    const reached = await interrupt(__filename, there.map(({ pid }) => pid));
    return there.filter(({ pid, handle }) => reached.includes(pid) || waitForSingleObject(handle, 0) !== 0).map(({ pid }) => [pid, reached.includes(pid)]);
  } finally {
    for (const { handle } of opened) closeHandle(handle);
  }
}

async function empty(run: string): Promise<void> {
  while (jobs.pids(run).length > 0) {
    const before = emptied;
    await new Promise<void>((resolve) => {
      emptied = () => {
        before();
        resolve();
      };
    });
  }
}

/** At once: a thread still waits for what happens in the jobs, and Node would wait for that. */
function end(): void {
  terminateProcess(getCurrentProcess(), 0);
}

const at = process.argv.indexOf(INTERRUPT);
if (at >= 0) {
  process.send?.(sendInterrupt(process.argv.slice(at + 1).map(Number)), undefined, undefined, end);
} else {
  // A process group of its own, as this one has, ignores Ctrl+C, and so would everything that is started here.
  setConsoleCtrlHandler(0, 0);
  process.on("message", (question) => void answerTo(question as Question));
  process.once("disconnect", () => {
    if (!isOrphaned) void stopAll().finally(end);
  });
}
