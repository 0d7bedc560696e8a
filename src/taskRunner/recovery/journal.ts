import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stateOf, thisHost, type Host } from "../process/host";
import type { RunProcess } from "../process/runProcess";
import type { ProcessInfo, ProcessTable } from "../process/table";

/** What is written about a run, so that another window can find what is left of it when this one has died. */
export interface JournalEntry {
  readonly version: 1;
  readonly id: string;
  readonly label: string;
  readonly commandLine: string;
  /** In milliseconds since the epoch. */
  readonly startedAt: number;
  /** In the unit of the process table: nothing older belongs to the run. */
  readonly since: number;
  /** The environment entry that its processes carry. */
  readonly marker: string;
  /** The run's command, once started. */
  readonly leader: ProcessInfo | undefined;
  /** What has outlived it, as far as it is known. */
  readonly survivors: readonly RunProcess[];
  /** The extension host that has started the run. */
  readonly host: Host;
}

/** Entries of a machine that is not this one are kept for so long: it may share the disk and be alive. */
const FOREIGN_KEPT_MS = 30 * 24 * 3600 * 1000;

/** No write of an entry takes longer, in milliseconds. */
const WRITE_MS = 60_000;

/**
 * The runs of all windows on disk: one small file a run, written when it starts, removed when nothing of it is left. The
 * file's name says which extension host it belongs to, so that taking it over is one rename, which only one can win.
 */
export class Journal {
  readonly #folder: string;
  readonly #table: ProcessTable;
  #self: Promise<Host> | undefined;
  /** What is being written, run by run, so that a later state never comes before an earlier one. */
  readonly #pending = new Map<string, Promise<void>>();

  constructor(folder: string, table: ProcessTable) {
    this.#folder = folder;
    this.#table = table;
  }

  /** Writes or replaces the entry of one of our runs. A disk that cannot be written to is no reason not to run a task. */
  write(entry: Omit<JournalEntry, "host" | "version">): Promise<void> {
    return this.#inOrder(entry.id, async () => {
      await mkdir(this.#folder, { recursive: true });
      const host = await this.#host();
      const whole: JournalEntry = { version: 1, ...entry, host };
      const temporary = join(this.#folder, `${entry.id}.${randomBytes(4).toString("hex")}.new`);
      await writeFile(temporary, JSON.stringify(whole), { mode: 0o600 });
      // A crash leaves the old entry or the new one, never half of one.
      await rename(temporary, this.#file(entry.id, host));
    });
  }

  remove(id: string): Promise<void> {
    return this.#inOrder(id, async () => rm(this.#file(id, await this.#host()), { force: true }));
  }

  /** Resolves when everything has reached the disk. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending.values());
  }

  /** Takes over the entries of windows that are dead. Those of living windows, and what is no entry, are left alone. */
  async takeOver(): Promise<JournalEntry[]> {
    const names = await readdir(this.#folder).catch(() => []);
    await Promise.all(names.filter((name) => name.endsWith(".new")).map((name) => this.#removeStale(join(this.#folder, name))));
    const taken = await Promise.all(names.map((name) => this.#take(name).catch(() => undefined)));
    return taken.filter((entry) => entry !== undefined);
  }

  async #take(name: string): Promise<JournalEntry | undefined> {
    const [, id, pid, start] = /^([0-9a-f]+)\.(\d+)-(\d+)\.json$/.exec(name) ?? [];
    if (id === undefined) return undefined;
    const path = join(this.#folder, name);
    const entry = parseEntry(await readFile(path, "utf8"));
    if (entry?.id !== id) return undefined;
    const self = await this.#host();
    switch (await stateOf({ ...entry.host, pid: Number(pid), start: Number(start) }, self, this.#table)) {
      case "alive":
        return undefined;
      case "foreign":
        if (Date.now() - entry.startedAt > FOREIGN_KEPT_MS) await rm(path, { force: true });
        return undefined;
      case "earlierBoot":
        await rm(path, { force: true });
        return undefined;
      case "dead":
        await rename(path, this.#file(id, self));
        return entry;
    }
  }

  /** What somebody was writing when he died. */
  async #removeStale(path: string): Promise<void> {
    const age = Date.now() - (await stat(path).then((info) => info.mtimeMs, () => Date.now()));
    if (age > WRITE_MS) await rm(path, { force: true });
  }

  async #inOrder(id: string, act: () => Promise<void>): Promise<void> {
    const done = (this.#pending.get(id) ?? Promise.resolve()).then(act).catch(() => undefined);
    this.#pending.set(id, done);
    await done;
    if (this.#pending.get(id) === done) this.#pending.delete(id);
  }

  #host(): Promise<Host> {
    return (this.#self ??= thisHost(this.#table));
  }

  #file(id: string, { pid, start }: Host): string {
    return join(this.#folder, `${id}.${pid}-${start}.json`);
  }
}

/** An entry from disk; undefined for what is none, such as one of a later version. */
export function parseEntry(text: string): JournalEntry | undefined {
  try {
    const value = JSON.parse(text) as Partial<JournalEntry> | null;
    const isOne = value?.version === 1 && typeof value.marker === "string" && value.marker.includes("=") && Array.isArray(value.survivors) && typeof value.host === "object";
    return isOne ? (value as JournalEntry) : undefined;
  } catch {
    return undefined;
  }
}
