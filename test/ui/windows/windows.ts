// The Windows that npm run test:windows has set up, as the tests see it from outside.
import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

import { windowsMachine } from "../../vscode/machine";
import { projectRoot } from "../../vscode/projectRoot";
import { eventually, shows } from "../taskProcesses";
import type { Workbench, WorkbenchOptions } from "../workbench";

interface Given {
  readonly scratch: string;
  readonly launcher: readonly [string, ...string[]];
}

/** A VS Code 1.100 on Windows, with the package for Windows, on a copy of the folder with programs for these tests. */
export function onWindows(): WorkbenchOptions {
  const given = process.env["CANCELLABLE_TASKS_WINDOWS"];
  if (given === undefined) throw new Error("These tests are run by npm run test:windows.");
  const { scratch, launcher } = JSON.parse(given) as Given;
  return { version: "1.100", vsix: join(scratch, "windows.vsix"), folder: join(projectRoot, "test", "ui", "windows", "workspace"), theme: "light", machine: windowsMachine(scratch, launcher) };
}

/** The pids, as Linux has them, of the programs on Windows whose command line says this. */
export async function running(text: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => says(pid, text)));
  return pids.filter((_, i) => found[i]).map(Number);
}

async function says(pid: string, text: string): Promise<boolean> {
  try {
    const [program, line] = await Promise.all([readlink(`/proc/${pid}/exe`), readFile(`/proc/${pid}/cmdline`, "utf8")]);
    return program.endsWith("/wine64") && line.replaceAll("\0", " ").includes(text);
  } catch {
    return false; // It has ended meanwhile.
  }
}

/** Resolves when so many of them are running. */
export function runs(text: string, count: number): Promise<void> {
  return eventually(`${count} of "${text}" are running`, async () => (await running(text)).length === count);
}

/** Runs a task, in a terminal without what an earlier run of it has said, and resolves when it says this; a program takes its time under Wine. */
export async function runTask(w: Workbench, label: string, ready: string): Promise<void> {
  if ((await w.terminalText()).includes(`Executing task: ${label}`)) await w.command("Terminal: Clear");
  await w.runTask(label);
  await w.waitForTerminal(shows(label, ready), 30_000);
}
