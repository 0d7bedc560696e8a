// What the tests that run on Windows only start, and what they find out about it without any code of the extension's.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { helperTable } from "../../../src/taskRunner/process/win32/helperTable";
import { JobContainment } from "../../../src/taskRunner/process/win32/job";
import { WindowsHelper } from "../../../src/taskRunner/process/win32/windowsHelper";
import { windowsTable } from "../../../src/taskRunner/process/windows";
import type { ProcessTable } from "../../../src/taskRunner/process/table";
import { projectRoot } from "../../vscode/projectRoot";
import { RunUnderTest } from "../run/startedRun";

export const isWindows = process.platform === "win32";

/** A helper of its own, and what is known and done by it. */
export class World {
  readonly helper = new WindowsHelper(join(projectRoot, "dist", "windowsHelper.js"));
  readonly table: ProcessTable = helperTable(this.helper, windowsTable);
  readonly containment = new JobContainment(this.helper);
  readonly #started: ChildProcess[] = [];

  /** Runs a script by node.exe; resolves when it has written its first line. */
  async start(script: string, env: Readonly<Record<string, string>> = {}): Promise<{ readonly pid: number; readonly line: string; readonly child: ChildProcess }> {
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, ...env }, windowsHide: true });
    this.#started.push(child);
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    return { pid: child.pid ?? NaN, line: line.toString().trim(), child };
  }

  async close(): Promise<void> {
    for (const child of this.#started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill();
      await once(child, "exit");
    }
    this.helper.kill();
  }
}

/** What each test of a task has for itself: see `useWorld`. */
export interface Place {
  readonly world: World;
  readonly folder: string;
}

/** Gives each test of the `describe` that this is called in a world and a folder of its own, and ends its runs; leaves them out elsewhere than on Windows. */
export function useWorld(): () => Place {
  let place: Place | undefined;
  before(function () {
    if (!isWindows) this.skip();
  });
  beforeEach(() => {
    place = { world: new World(), folder: mkdtempSync(join(tmpdir(), "cancellable-tasks-test-")) };
  });
  afterEach(async () => {
    await RunUnderTest.cleanUp();
    await place?.world.close();
    if (place !== undefined) rmSync(place.folder, { recursive: true, force: true, maxRetries: 10 });
  });
  return () => place ?? assert.fail("there is no test");
}

export const CMD = join(process.env["SystemRoot"] ?? "C:\\windows", "system32", "cmd.exe");

/** A script that says that it runs and does not end by itself for long. */
export const LONG = "console.log('ready'); setTimeout(() => undefined, 60000)";

export function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export async function death(pid: number): Promise<void> {
  while (lives(pid)) await sleep(20);
}
