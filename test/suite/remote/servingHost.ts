import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { markerOf } from "../../../src/taskRunner/base/marker";
import { thisTable } from "../../../src/taskRunner/process/system";
import { Journal, type Endpoint } from "../../../src/taskRunner/recovery/journal";
import { Endpoints } from "../../../src/taskRunner/remote/endpoint";
import { projectRoot } from "../../vscode/projectRoot";
import { markedWith } from "../process/marked";

/** Another process that runs tasks and serves them, in a folder of its own. */
export class ServingHost {
  readonly folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
  readonly endpoints = new Endpoints(join(this.folder, "sockets"));
  /** As another window has it. */
  readonly journal = new Journal(join(this.folder, "runs"), thisTable, "/srv/other", undefined, this.endpoints);
  ids: string[] = [];
  #child: ChildProcess | undefined;

  async start(...definitions: Record<string, unknown>[]): Promise<this> {
    const child = (this.#child = spawn(process.execPath, [join(projectRoot, "out/test/programs/servingHost.js"), this.folder, JSON.stringify(definitions)], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
    }));
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    this.ids = JSON.parse(line.toString()) as string[];
    return this;
  }

  async endpoint(): Promise<Endpoint> {
    const [endpoint] = await this.journal.otherWindows();
    if (endpoint === undefined) throw new Error("The journal names no socket.");
    return endpoint;
  }

  get sockets(): string[] {
    const folder = join(this.folder, "sockets");
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** Ends it, waits until its watchdogs have ended its runs, and removes the folder. */
  async dispose(): Promise<void> {
    await this.kill();
    while (await this.#isLeft()) await new Promise((resolve) => setTimeout(resolve, 50));
    rmSync(this.folder, { recursive: true });
  }

  async #isLeft(): Promise<boolean> {
    const pids = (await thisTable.list()).filter(({ zombie }) => !zombie).map(({ pid }) => pid);
    const left = await Promise.all(this.ids.map((id) => markedWith(pids, markerOf(id))));
    return left.some(({ size }) => size > 0);
  }
}
