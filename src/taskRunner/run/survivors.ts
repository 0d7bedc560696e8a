import type { Clock, Timer } from "../exec/clock";
import { isSameProcess, type ProcessInfo, type ProcessTable } from "../process/table";
import { Emitter } from "./emitter";

/** How often survivors are looked at, in milliseconds, as long as there are any. */
const WATCH_INTERVAL_MS = 2000;

/** The processes that have outlived their run: watched while they live, and killable. */
export class Survivors {
  readonly #changed = new Emitter<undefined>();
  readonly onDidChange = this.#changed.event;
  readonly #table: ProcessTable;
  readonly #clock: Clock;
  #list: readonly ProcessInfo[] = [];
  #timer: Timer | undefined;
  #disposed = false;

  constructor(table: ProcessTable, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  get list(): readonly ProcessInfo[] {
    return this.#list;
  }

  /** Replaces the list and watches it. */
  set(list: readonly ProcessInfo[]): void {
    if (this.#disposed) return;
    this.#list = list;
    this.#schedule();
    this.#changed.fire(undefined);
  }

  /**
   * Kills one of them, if it is still the process that it was.
   * @throws the system's error, such as EPERM
   */
  async kill(pid: number): Promise<void> {
    const known = this.#list.find((info) => info.pid === pid);
    if (known !== undefined && isAlive(await this.#table.read(pid), known)) process.kill(pid, "SIGKILL");
    await this.refresh();
  }

  async killAll(): Promise<void> {
    for (const { pid } of this.#list) await this.kill(pid);
  }

  /** Takes out those that are gone. */
  async refresh(): Promise<void> {
    const now = await Promise.all(this.#list.map((known) => this.#table.read(known.pid)));
    const alive = this.#list.filter((known, i) => isAlive(now[i], known));
    if (alive.length === this.#list.length) this.#schedule();
    else this.set(alive);
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer?.cancel();
    this.#changed.dispose();
  }

  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#list.length === 0 || this.#disposed) return;
    this.#timer = this.#clock.after(WATCH_INTERVAL_MS, () => void this.refresh());
  }
}

function isAlive(now: ProcessInfo | undefined, known: ProcessInfo): boolean {
  return now !== undefined && isSameProcess(now, known) && !now.zombie;
}
