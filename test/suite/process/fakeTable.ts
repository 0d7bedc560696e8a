import type { FileId, HeldFile, Listener, ProcessInfo, ProcessTable, TerminalReader } from "../../../src/taskRunner/process/table";

export interface FakeProcess {
  readonly group?: "own" | number;
  /** Who has started it; else we. */
  readonly parent?: number;
  readonly variables?: Readonly<Record<string, string>>;
  readonly holds?: readonly FileId[];
  readonly ignores?: readonly NodeJS.Signals[];
  /** Another user, whose processes we may not signal. */
  readonly user?: string;
  readonly reader?: TerminalReader;
}

/** A process table in memory, with processes that can be started and signalled. It passes the contract of the real ones. */
export class FakeTable implements ProcessTable {
  readonly hasGroups = true;
  readonly tickMs = 1;
  readonly #processes = new Map<number, { info: ProcessInfo; fake: FakeProcess }>();
  #nextPid = 900_001;
  #time = 1000;

  start(fake: FakeProcess = {}): number {
    const pid = this.#nextPid++;
    const pgid = typeof fake.group === "number" ? fake.group : pid;
    const info: ProcessInfo = { pid, ppid: fake.parent ?? process.pid, pgid, sid: pgid, zombie: false, stopped: false, start: ++this.#time, name: "fake", command: `fake ${pid}` };
    this.#processes.set(pid, { info, fake });
    return pid;
  }

  /** It ends by itself; its children become orphans. */
  end(pid: number): void {
    this.#processes.delete(pid);
    for (const [child, { info, fake }] of this.#processes) if (info.ppid === pid) this.#processes.set(child, { info: { ...info, ppid: 1 }, fake });
  }

  #all(pids?: readonly number[]): ProcessInfo[] {
    return [...this.#processes.values()].map(({ info }) => info).filter(({ pid }) => pids === undefined || pids.includes(pid));
  }

  #of<T>(pids: readonly number[], get: (fake: FakeProcess) => T | undefined): Map<number, T> {
    const all = pids.map((pid) => [pid, this.#processes.get(pid)] as const);
    return new Map(all.flatMap(([pid, one]) => {
      const value = one === undefined ? undefined : get(one.fake);
      return value === undefined ? [] : [[pid, value] as const];
    }));
  }

  #same(process: ProcessInfo): ProcessInfo | undefined {
    const now = this.#processes.get(process.pid)?.info;
    return now?.start === process.start ? now : undefined;
  }

  now(): number {
    return ++this.#time;
  }

  list(): Promise<ProcessInfo[]> {
    return Promise.resolve(this.#all());
  }

  listNow(_budgetMs: number, pids?: readonly number[]): ProcessInfo[] {
    return this.#all(pids);
  }

  newestPid(): number | undefined {
    return undefined;
  }

  newcomers(since: readonly ProcessInfo[]): Promise<ProcessInfo[]> {
    return Promise.resolve(this.#all().filter(({ pid }) => !since.some((known) => known.pid === pid)));
  }

  read(pid: number): Promise<ProcessInfo | undefined> {
    return Promise.resolve(this.#processes.get(pid)?.info);
  }

  alive(processes: readonly ProcessInfo[]): Promise<ProcessInfo[]> {
    return Promise.resolve(processes.flatMap((process) => this.#same(process) ?? []));
  }

  describe(processes: readonly ProcessInfo[]): Promise<ProcessInfo[]> {
    return this.alive(processes);
  }

  markers(pids: readonly number[], variable: string): Promise<ReadonlyMap<number, string>> {
    return Promise.resolve(new Map(pids.flatMap((pid) => Object.entries(this.#processes.get(pid)?.fake.variables ?? {}).flatMap(([name, value]) => (name === variable ? [[pid, value] as const] : [])))));
  }

  holders(pids: readonly number[], files: readonly FileId[]): Promise<ReadonlyMap<number, readonly HeldFile[]>> {
    const held = pids.map((pid) => [pid, (this.#processes.get(pid)?.fake.holds ?? []).filter((file) => files.some(({ ino }) => ino === file.ino)).map((file): HeldFile => ({ fd: 1, file, writable: true }))] as const);
    return Promise.resolve(new Map(held.filter(([, list]) => list.length > 0)));
  }

  ports(): Promise<ReadonlyMap<number, readonly number[]>> {
    return Promise.resolve(new Map());
  }

  listeners(): Promise<readonly Listener[]> {
    return Promise.resolve([]);
  }

  foreignUsers(pids: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return Promise.resolve(this.#of(pids, ({ user }) => user));
  }

  ignoring(pids: readonly number[], signals: readonly NodeJS.Signals[]): Promise<ReadonlySet<number>> {
    return Promise.resolve(new Set(this.#of(pids, ({ ignores = [] }) => signals.every((signal) => ignores.includes(signal)) || undefined).keys()));
  }

  terminalReaders(pids: readonly number[]): Promise<ReadonlyMap<number, TerminalReader>> {
    return Promise.resolve(this.#of(pids, ({ reader }) => reader));
  }

  signal(process: ProcessInfo, signal: NodeJS.Signals): Promise<boolean> {
    const now = this.#same(process);
    return Promise.resolve(now !== undefined && this.#send([now], signal));
  }

  signalGroup(members: readonly ProcessInfo[], signal: NodeJS.Signals): Promise<boolean> {
    const present = members.find((member) => this.#same(member)?.pgid === member.pgid);
    return Promise.resolve(present !== undefined && this.signalOwnGroup(present.pgid, signal));
  }

  signalOwnGroup(leaderPid: number, signal: NodeJS.Signals): boolean {
    return this.#send(this.#all().filter(({ pgid }) => pgid === leaderPid), signal);
  }

  groupExists(pgid: number): boolean {
    return this.#all().some((info) => info.pgid === pgid);
  }

  foreground(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  #send(infos: readonly ProcessInfo[], signal: NodeJS.Signals): boolean {
    for (const { pid } of infos) if (signal === "SIGKILL" || signal === "SIGTERM") this.end(pid);
    return infos.length > 0;
  }
}
