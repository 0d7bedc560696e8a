import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";

/** Writes down what it is given, in a file beside it: what the terminal shows of a built-in task cannot be read. */
const SHOW = `#!/bin/sh
{ echo "cwd $(pwd)"; for arg; do printf 'arg %s\\n' "$arg"; done; env | grep '^T_' | sort; } >> "\${0%/*}/shown.txt"
exit "\${T_EXIT:-0}"
`;

export interface Ran {
  readonly exitCode: number | undefined;
  readonly shown: string;
}

/** A tasks.json of a test's own, in place of the workspace's, and a program to call in it. */
export class OwnTasks {
  readonly folder: string;
  readonly #file: string;
  readonly #before: string;

  constructor() {
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    if (workspace === undefined) throw new Error("No folder is open.");
    this.folder = workspace.uri.fsPath;
    this.#file = join(this.folder, ".vscode", "tasks.json");
    this.#before = readFileSync(this.#file, "utf8");
    mkdirSync(join(this.folder, "a sub"), { recursive: true });
    for (const place of [join(this.folder, "show"), join(this.folder, "a sub", "show it")]) {
      writeFileSync(place, SHOW);
      chmodSync(place, 0o755);
    }
  }

  /** Resolves when VS Code has read the workspace's own again. */
  async restore(): Promise<void> {
    const ours = this.#read();
    writeFileSync(this.#file, this.#before);
    while (this.#read() === ours) await changed(vscode.workspace.onDidChangeConfiguration);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    for (const name of ["show", "shown.txt", "a sub"]) rmSync(join(this.folder, name), { recursive: true, force: true });
  }

  /** Resolves when VS Code has read it. */
  async write(content: { readonly tasks: readonly Readonly<Record<string, unknown>>[] } & Readonly<Record<string, unknown>>): Promise<void> {
    writeFileSync(this.#file, JSON.stringify({ version: "2.0.0", ...content }, undefined, 2));
    const wanted = JSON.stringify(content.tasks);
    while (this.#read() !== wanted) await changed(vscode.workspace.onDidChangeConfiguration);
  }

  #read(): string {
    return JSON.stringify(vscode.workspace.getConfiguration("tasks").get("tasks"));
  }

  async find(label: string): Promise<vscode.Task> {
    const found = (await vscode.tasks.fetchTasks()).find(({ name }) => name === label);
    if (found === undefined) throw new Error(`VS Code has no task ${label}.`);
    return found;
  }

  /** Runs a task to its end, or to that of the last of its dependencies. */
  async run(label: string, last = label): Promise<Ran> {
    const shownFiles = [join(this.folder, "shown.txt"), join(this.folder, "a sub", "shown.txt")];
    for (const file of shownFiles) rmSync(file, { force: true });
    const task = await this.find(label);
    const ended = new Promise<number | undefined>((resolve) => {
      const listener = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
        if (execution.task.name !== last) return;
        listener.dispose();
        resolve(exitCode);
      });
    });
    await vscode.tasks.executeTask(task);
    const exitCode = await ended;
    return { exitCode, shown: shownFiles.map((file) => (existsSync(file) ? readFileSync(file, "utf8") : "")).join("") };
  }
}

/** Resolves at the next event, or a little later: some changes have no event of their own. */
function changed<T>(event: vscode.Event<T>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      listener.dispose();
      resolve();
    };
    const listener = event(done);
    const timer = setTimeout(done, 200);
  });
}

/** Built-in tasks start in 1.139.1's server; in 1.100.3's there is no node-pty for them. */
export const HAS_BUILT_IN_TASKS = !vscode.version.startsWith("1.100.");
