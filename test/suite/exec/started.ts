import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import { Cmd, type CmdOptions } from "../../../src/taskRunner/exec/cmd";
import { currentEnviron } from "../../../src/taskRunner/exec/environ";
import { systemCode, toError } from "../../../src/taskRunner/base/errors";
import { fifoStock } from "../../../src/taskRunner/exec/fifo";
import { projectRoot } from "../../vscode/projectRoot";

/** Longer than any test runs, and short enough for a process that a bug has left behind to end by itself. */
export const TOO_LONG_MS = 600_000;
export const TOO_LONG_S = TOO_LONG_MS / 1000;

const commands: Cmd[] = [];
const folders: string[] = [];

/** A command in a session of its own, by which `cleanUp` finds what it left behind. */
export function command(name: string, args: readonly string[] = [], options: CmdOptions = {}): Cmd {
  const cmd = new Cmd(name, args, options);
  cmd.sysProcAttr = { setsid: true };
  commands.push(cmd);
  return cmd;
}

export function shell(script: string, options: CmdOptions = {}): Cmd {
  return command("/bin/sh", ["-c", script], options);
}

/** One of test/programs, run by our own Node. It leaves no core file, whatever ends it. */
export function program(name: string, args: readonly string[], options: CmdOptions = {}): Cmd {
  const file = join(projectRoot, "test", "programs", name);
  const cmd = command("/bin/sh", ["-c", 'ulimit -c 0; exec "$@"', "sh", process.execPath, file, ...args], options);
  // On the desktop the extension host's program is Electron.
  cmd.env = [...currentEnviron(), "ELECTRON_RUN_AS_NODE=1"];
  return cmd;
}

/** A folder that `cleanUp` removes. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "exec-test-"));
  folders.push(folder);
  return folder;
}

/** Ends everything that a test has started and left, and removes its folders. */
export async function cleanUp(): Promise<void> {
  for (const cmd of commands.splice(0)) {
    if (cmd.process === undefined) continue;
    killGroup(cmd.process.pid);
    await cmd.process.wait();
    // A test that failed may not have come to its wait, which closes the pipes.
    await cmd.wait().catch(() => undefined);
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** What a command's output was collected in, as text. */
export function collected(target: Cmd["stdout"]): string {
  if (!(target instanceof ByteBuffer)) throw new Error("this output is not collected");
  return target.toString();
}

/** Closes the spare pipes of this test file's bundle. */
export async function closeSpares(): Promise<void> {
  await fifoStock.close();
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // EPERM: macOS, for a group in which all are zombies.
    if (!["ESRCH", "EPERM"].includes(systemCode(error) ?? "")) throw error;
  }
}

/** Resolves when `condition` holds, for what no event tells; the test's own time limit is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}

/** Keeps our own event loop from running until `condition` holds. */
export function blockUntil(condition: () => boolean): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!condition()) Atomics.wait(cell, 0, 0, 1);
}

/** What the promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(() => undefined, toError);
  if (error === undefined) throw new Error("it was not rejected");
  return error;
}

/** Runs the action with a variable of our own environment set; what it starts meanwhile inherits it. */
export async function withEnvironment(name: string, value: string, action: () => Promise<void>): Promise<void> {
  const before = process.env[name];
  process.env[name] = value;
  try {
    await action();
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before;
  }
}

/** Linux: how many of our descriptors are ends of FIFOs that were made in this folder. */
export function openPipes(folder: string): number {
  return readdirSync("/proc/self/fd").filter((fd) => linkTarget(`/proc/self/fd/${fd}`).startsWith(`${folder}/`)).length;
}

/** Our own descriptors of terminals, of either side. */
export function openTerminals(): string[] {
  const targets = readdirSync("/proc/self/fd").filter((fd) => Number(fd) > 2).map((fd) => linkTarget(`/proc/self/fd/${fd}`));
  return targets.filter((target) => /ptmx|^\/dev\/pts\//.test(target));
}

export interface BlockedPool {
  isBlocked(): boolean;
  free(): Promise<void>;
}

/** Occupies every thread of Node's pool, as a mount that does not answer does: each opens a FIFO that has no writer. */
export async function blockPool(): Promise<BlockedPool> {
  const fifo = join(temporaryFolder(), "fifo");
  execFileSync("mkfifo", [fifo]);
  const threads = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);
  const opening = Array.from({ length: threads }, () => open(fifo, "r"));
  let blocked = true;
  // It comes after them in the queue of the pool.
  const next = stat(fifo).finally(() => (blocked = false));
  await sleep(50);
  return {
    isBlocked: () => blocked,
    free: async () => {
      const writer = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
      for (const file of await Promise.all(opening)) await file.close();
      await next;
      closeSync(writer);
    },
  };
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // Closed meanwhile.
  }
}
