import { randomBytes } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isThere, stateOf, thisHost, type Host } from "../process/host";
import type { Evidence, RunProcess } from "../process/runProcess";
import type { ProcessInfo, ProcessTable } from "../process/table";

/** What is written about a run, so that another window finds what is left of it when this one has died. */
export interface JournalEntry {
  readonly version: 2;
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
  /** The folder of the cgroup in which everything is that it has started. */
  readonly cgroup?: string;
  /** The run's watchdog: as long as it lives it is about to stop the run, should the window have died. */
  readonly watchdog?: Pick<Host, "pid" | "start">;
  /** The folder, or the workspace's file, that the window has open; absent where it has none. */
  readonly folder?: string;
  /** The extension host that started the run. */
  readonly host: Host;
  /** Where that tells of its live runs. */
  readonly endpoint?: Endpoint;
}

/** A socket of an extension host, and what has to be said there first. */
export interface Endpoint {
  readonly path: string;
  readonly token: string;
}

/** Where extension hosts tell of their live runs. */
export interface EndpointNames {
  of(host: Host): Endpoint;
  /** Removes what a dead one has left. */
  removeStale(endpoint: Endpoint): Promise<void>;
}

/** What a run tells of itself. */
export type RunRecord = Omit<JournalEntry, "host" | "version" | "folder" | "endpoint">;

/**
 * An entry whose window has died, or is about to, as this one has the same folder open (a reload); or which a window of another
 * folder has taken over.
 */
export interface AbandonedEntry {
  readonly entry: JournalEntry;
  /** Its window, or its watchdog, lives, and has not done its work yet. */
  readonly isWatched: boolean;
  /** The entry is of the folder that this window has open, or of none. */
  readonly isOwn: boolean;
}

/** A file's name: the run's id, and the extension host that it belongs to. */
const NAME = /^([0-9a-f]+)\.(\d+)-(\d+)\.json$/;

/** How long entries of another machine are kept, in milliseconds: it may share the disk and be alive. */
const KEEP_FOREIGN_MS = 30 * 24 * 3600 * 1000;

/** No write of an entry takes longer, in milliseconds. */
const MAX_WRITE_MS = 60_000;

/** No entry is longer, in bytes. */
const MAX_ENTRY_BYTES = 16 * 1024 * 1024;

/**
 * The runs of all windows on disk: one small file a run, written when it starts, removed when nothing of it is left. The
 * file's name says which extension host it belongs to, so that taking it over is one rename, which only one window can win.
 */
export class Journal {
  /** Where the files are. */
  readonly folder: string;
  readonly #table: ProcessTable;
  readonly #endpoints: EndpointNames | undefined;
  /** What this window has open; "" for nothing. */
  readonly openFolder: string;
  #self: Promise<Host> | undefined;
  /** What was written last of our runs. */
  readonly #written = new Map<string, RunRecord>();
  /** Whether others are told where we listen; as long as it is not known that we cannot, they are. */
  #isReachable = true;
  /** What is being written, run by run, so that a later state never comes before an earlier one. */
  readonly #pending = new Map<string, Promise<void>>();

  /**
   * @param folder where the files are
   * @param openFolder what this window has open; "" for nothing
   * @param self who we are; told only in tests
   * @param endpoints without it our live runs cannot be reached by other windows
   */
  constructor(folder: string, table: ProcessTable, openFolder = "", self?: Promise<Host>, endpoints?: EndpointNames) {
    this.#endpoints = endpoints;
    this.#self = self;
    this.folder = folder;
    this.#table = table;
    this.openFolder = openFolder;
  }

  /** Writes or replaces the entry of one of our runs. A disk that cannot be written to is no reason not to run a task. */
  write(entry: RunRecord): Promise<void> {
    this.#written.set(entry.id, entry);
    return this.#inOrder(entry.id, async () => {
      await mkdir(this.folder, { recursive: true });
      const host = await this.#host();
      const folder = this.openFolder === "" ? {} : { folder: this.openFolder };
      const endpoint = this.#isReachable ? this.#endpoints?.of(host) : undefined;
      const whole: JournalEntry = { ...entry, ...folder, ...(endpoint === undefined ? {} : { endpoint }), version: 2, host };
      const temporary = join(this.folder, `${entry.id}.${randomBytes(4).toString("hex")}.new`);
      try {
        await writeFile(temporary, JSON.stringify(whole), { mode: 0o600 });
        // A crash leaves the old entry or the new one, never half of one.
        await rename(temporary, this.#file(entry.id, host));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    });
  }

  remove(id: string): Promise<void> {
    this.#written.delete(id);
    return this.#inOrder(id, async () => rm(this.#file(id, await this.#host()), { force: true }));
  }

  /** Resolves when everything has reached the disk. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending.values());
  }

  /** Whether the entry is ours: one that was taken over from a window of another folder is given up to that folder's next window. */
  async has(id: string): Promise<boolean> {
    return await this.#host().then((self) => access(this.#file(id, self))).then(() => true, () => false);
  }

  /**
   * Whether another extension host, or the run's watchdog, lives, and so is going to end this run. Of one that has ended with nothing left
   * there is no entry.
   */
  async isCaredFor(id: string): Promise<boolean> {
    const names = await readdir(this.folder).catch(() => []);
    const self = await this.#host();
    for (const name of names) {
      const [, one, pid, start] = NAME.exec(name) ?? [];
      if (one !== id) continue;
      const owner = { pid: Number(pid), start: Number(start) };
      if (isSame({ ...self, ...owner }, self)) continue;
      if ((await isThere(owner, self, this.#table)) !== false) return true;
      const entry = parseEntry(await readFile(join(this.folder, name), "utf8").catch(() => ""));
      if (entry?.watchdog !== undefined && (await isThere(entry.watchdog, self, this.#table)) !== false) return true;
    }
    return false;
  }

  /**
   * Takes over entries of windows that are dead. Those of living windows, and what is no entry, are left alone.
   * @param isWanted asked for each; by default those that are not watched
   * @throws Error where it cannot be seen who we are
   */
  async takeOver(isWanted: (abandoned: AbandonedEntry) => boolean = ({ isWatched }) => !isWatched): Promise<JournalEntry[]> {
    const names = await readdir(this.folder).catch(() => []);
    await Promise.all(names.filter((name) => name.endsWith(".new")).map((name) => this.#removeStale(join(this.folder, name))));
    if (names.some((name) => NAME.test(name))) {
      await this.#table.prepare?.();
      await this.#host();
    }
    const taken = await Promise.all(names.map((name) => this.#take(name, isWanted).catch(() => undefined)));
    return taken.filter((entry) => entry !== undefined);
  }

  async #take(name: string, isWanted: (abandoned: AbandonedEntry) => boolean): Promise<JournalEntry | undefined> {
    const [, id, pid, start] = NAME.exec(name) ?? [];
    if (id === undefined) return undefined;
    const path = join(this.folder, name);
    const entry = await this.#read(name);
    if (entry?.id !== id) return undefined;
    const self = await this.#host();
    const owner: Host = { ...entry.host, pid: Number(pid), start: Number(start) };
    const isOwn = entry.folder === undefined || entry.folder === this.openFolder;
    let isWatched = entry.watchdog !== undefined && (await isThere(entry.watchdog, self, this.#table)) !== false;
    switch (await stateOf(owner, self, this.#table)) {
      case "alive":
        if (entry.folder === undefined || !isOwn || isSame(owner, self)) return undefined;
        isWatched ||= isSame(owner, entry.host);
        break;
      // It may be alive, and so is to be looked at again.
      case "unknown":
        isWatched = true;
        break;
      case "foreign":
        if (Date.now() - entry.startedAt > KEEP_FOREIGN_MS) await rm(path, { force: true });
        return undefined;
      case "earlierBoot":
        await this.#removeEndpoint(entry);
        await rm(path, { force: true });
        return undefined;
      case "dead":
    }
    if (!isWanted({ entry, isWatched, isOwn })) return undefined;
    if ((await stateOf(entry.host, self, this.#table)) === "dead") await this.#removeEndpoint(entry);
    await rename(path, this.#file(id, self));
    return entry;
  }

  async #removeEndpoint({ endpoint }: JournalEntry): Promise<void> {
    if (endpoint !== undefined) await this.#endpoints?.removeStale(endpoint);
  }

  /** Where our own live runs are told of. */
  async ownEndpoint(): Promise<Endpoint | undefined> {
    return this.#endpoints?.of(await this.#host());
  }

  /** Our entries name where we listen only if somebody can be reached there. */
  async reachable(isOn: boolean): Promise<void> {
    if (isOn === this.#isReachable) return;
    this.#isReachable = isOn;
    // One that another window has taken over is no longer ours to write.
    await Promise.all([...this.#written.values()].map(async (entry) => {
      await this.#pending.get(entry.id);
      if ((await this.has(entry.id)) && this.#written.get(entry.id) === entry) await this.write(entry);
    }));
  }

  /** Where the other living extension hosts that have entries here tell of their runs. */
  async otherWindows(): Promise<Endpoint[]> {
    const names = (await readdir(this.folder).catch(() => [])).filter((name) => NAME.test(name));
    if (names.length === 0) return [];
    const entries = await Promise.all(names.map((name) => this.#read(name).catch(() => undefined)));
    const self = await this.#host();
    const found = new Map<string, Endpoint>();
    for (const entry of entries) {
      if (entry?.endpoint === undefined || isSame(entry.host, self) || found.has(entry.endpoint.path)) continue;
      if ((await stateOf(entry.host, self, this.#table)) === "alive") found.set(entry.endpoint.path, entry.endpoint);
    }
    return [...found.values()];
  }

  async #read(name: string): Promise<JournalEntry | undefined> {
    const path = join(this.folder, name);
    return (await stat(path)).size > MAX_ENTRY_BYTES ? undefined : parseEntry(await readFile(path, "utf8"));
  }

  /** Removes what a window was writing when it died. */
  async #removeStale(path: string): Promise<void> {
    const age = Date.now() - (await stat(path).then((info) => info.mtimeMs, () => Date.now()));
    if (age > MAX_WRITE_MS) await rm(path, { force: true }).catch(() => undefined);
  }

  async #inOrder(id: string, act: () => Promise<void>): Promise<void> {
    const done = (this.#pending.get(id) ?? Promise.resolve()).then(act).catch(() => undefined);
    this.#pending.set(id, done);
    await done;
    if (this.#pending.get(id) === done) this.#pending.delete(id);
  }

  #host(): Promise<Host> {
    // One that could not be told is asked for again.
    return (this.#self ??= thisHost(this.#table).catch((error: unknown) => {
      this.#self = undefined;
      throw error;
    }));
  }

  #file(id: string, { pid, start }: Host): string {
    return join(this.folder, `${id}.${pid}-${start}.json`);
  }
}

/** An entry from disk; undefined for what is none, such as one of another version. Nothing in it has been checked by its writer. */
export function parseEntry(text: string): JournalEntry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isSame(a: Host, b: Host): boolean {
  return a.pid === b.pid && a.start === b.start;
}

type Check = (value: unknown) => boolean;

function hasFields(value: unknown, checks: Readonly<Record<string, Check>>): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const fields = new Map(Object.entries(value));
  return Object.entries(checks).every(([name, check]) => check(fields.get(name)));
}

const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
const isCount: Check = (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isTime: Check = (value) => typeof value === "number" && Number.isFinite(value) && value >= 0;
/** 0 and 1 are a group of our own and init; they are never signalled, so they are no processes of a run. */
const isPid: Check = (value) => isCount(value) && value !== 0 && value !== 1;
const isListOf = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
const isOptional = (check: Check): Check => (value) => value === undefined || check(value);

const processFields = {
  pid: isPid,
  ppid: isCount,
  pgid: isCount,
  sid: isOptional(isCount),
  zombie: isFlag,
  stopped: isFlag,
  start: isTime,
  name: isText,
  command: isText,
};
const isProcess: Check = (value) => hasFields(value, processFields);
const evidence: ReadonlySet<unknown> = new Set<Evidence>(["group", "session", "marker", "pipe", "descriptor", "descent", "contained"]);
const isSurvivor: Check = (value) =>
  hasFields(value, { ...processFields, evidence: isListOf((one) => evidence.has(one)), holds: isListOf(isText), ports: isListOf(isCount), owned: isFlag });
const isHost: Check = (value) => hasFields(value, { machine: isText, machineId: isOptional(isText), boot: isText, namespace: isText, pid: isCount, start: isTime });
const isMarker: Check = (value) => typeof value === "string" && /^\w+=[^\0\n]+$/.test(value);

function isEntry(value: unknown): value is JournalEntry {
  return hasFields(value, {
    version: (version) => version === 2,
    id: (id) => typeof id === "string" && /^[0-9a-f]+$/.test(id),
    label: isText,
    commandLine: isText,
    startedAt: isTime,
    since: isTime,
    marker: isMarker,
    leader: isOptional(isProcess),
    survivors: isListOf(isSurvivor),
    watchdog: isOptional((watchdog) => hasFields(watchdog, { pid: isPid, start: isTime })),
    cgroup: isOptional(isText),
    folder: isOptional(isText),
    host: isHost,
    endpoint: isOptional((endpoint) => hasFields(endpoint, { path: isText, token: isText })),
  });
}
