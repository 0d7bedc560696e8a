import { mkdirSync, watch, type FSWatcher } from "node:fs";
import type { Clock } from "../base/clock";
import type { Endpoint, Journal } from "../recovery/journal";
import type { TaskRuns } from "../run/taskRuns";
import type { RemoteRunInfo } from "./protocol";
import { RemoteRun } from "./remoteRun";
import { RunClient } from "./runClient";

export interface OtherWindowsOptions {
  readonly journal: Journal;
  readonly runs: TaskRuns;
  readonly clock: Clock;
}

/**
 * Shows the live runs of other windows among ours. Which windows have any is read in the journal's folder when `look` is called, and
 * whenever that folder changes while it is watched; what they run they tell themselves.
 */
export class OtherWindows {
  readonly #options: OtherWindowsOptions;
  /** By the path of the socket: the connection, once there is one, and the runs. */
  readonly #windows = new Map<string, { client: RunClient | undefined; readonly runs: Map<string, RemoteRun> }>();
  #watcher: FSWatcher | undefined;
  #looking: Promise<void> | undefined;
  #isStale = false;
  #isDisposed = false;

  constructor(options: OtherWindowsOptions) {
    this.#options = options;
  }

  /** Looks once; calls that come during a look are one more. Never rejects. */
  look(): Promise<void> {
    this.#isStale = true;
    return (this.#looking ??= this.#lookWhileStale().finally(() => (this.#looking = undefined)));
  }

  /** Whether new windows are to be found as they come: nothing wakes up otherwise. */
  watch(isOn: boolean): void {
    if (isOn === (this.#watcher !== undefined) || this.#isDisposed) return;
    this.#watcher?.close();
    this.#watcher = undefined;
    if (!isOn) return;
    try {
      mkdirSync(this.#options.journal.folder, { recursive: true });
      this.#watcher = watch(this.#options.journal.folder, { persistent: false }, () => void this.look());
      this.#watcher.on("error", () => this.watch(false));
    } catch {
      // No more watches are to be had: what is new is seen when the view is shown again.
    }
    void this.look();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#watcher?.close();
    for (const { client } of this.#windows.values()) client?.dispose();
  }

  async #lookWhileStale(): Promise<void> {
    while (this.#isStale && !this.#isDisposed) {
      this.#isStale = false;
      const found = await this.#options.journal.otherWindows().catch(() => []);
      await Promise.all(found.filter(({ path }) => !this.#windows.has(path)).map((endpoint) => this.#connect(endpoint)));
    }
  }

  async #connect(endpoint: Endpoint): Promise<void> {
    const window = { client: undefined as RunClient | undefined, runs: new Map<string, RemoteRun>() };
    this.#windows.set(endpoint.path, window);
    try {
      const { client, hello } = await RunClient.connect(endpoint);
      window.client = client;
      const update = (infos: readonly RemoteRunInfo[]): void => this.#update(window.runs, infos, { folder: hello.folder, endpoint, client });
      client.onDidClose(() => this.#closed(endpoint.path));
      let isTold = false as boolean;
      client.onEvent((event) => {
        if (event.event !== "runs") return;
        isTold = true;
        update(event.runs);
      });
      const { runs } = await client.request({ type: "subscribe" });
      // An event that came in one piece with the answer has been told before it, and is newer.
      if (!isTold) update(runs);
      if (this.#isDisposed) client.dispose();
    } catch {
      window.client?.dispose();
      this.#closed(endpoint.path);
    }
  }

  #closed(path: string): void {
    const window = this.#windows.get(path);
    this.#windows.delete(path);
    for (const run of window?.runs.values() ?? []) this.#remove(run);
  }

  #update(known: Map<string, RemoteRun>, infos: readonly RemoteRunInfo[], window: { readonly folder: string; readonly endpoint: Endpoint; readonly client: RunClient }): void {
    if (this.#isDisposed) return;
    for (const run of known.values()) {
      if (infos.some(({ id }) => id === run.id)) continue;
      known.delete(run.id);
      this.#remove(run);
    }
    for (const info of infos) {
      const run = known.get(info.id);
      if (run !== undefined) run.update(info);
      // What another one calls as one of ours is none.
      else if (this.#options.runs.get(info.id) === undefined) {
        const made = new RemoteRun(info, window.folder, window.endpoint, window.client, this.#options.clock);
        known.set(info.id, made);
        this.#options.runs.add(made);
      }
    }
  }

  #remove(run: RemoteRun): void {
    run.gone();
    this.#options.runs.remove(run);
  }
}
