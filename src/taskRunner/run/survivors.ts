import type { Clock, Timer } from "../base/clock";
import { settledWithin } from "../base/deadline";
import { Emitter, type Disposable } from "../base/emitter";
import { checkedTable } from "../process/checkedTable";
import { Chase } from "../process/chase";
import type { Container } from "../process/container";
import { isContained, type RunProcess } from "../process/runProcess";
import { isRefusal } from "../process/signalRound";
import { isStillAlive, type ProcessInfo, type ProcessTable } from "../process/table";

/** How often survivors are looked at, in milliseconds, as long as there are any. */
const WATCH_INTERVAL_MS = 2000;

/** The same where the end of the last one is told anyway. */
const SLOW_INTERVAL_MS = 30_000;

/** A killed process needs a moment to be gone; one that takes longer, in milliseconds, is looked at with the others. */
const DEATH_MS = 500;
const POLL_MS = 10;
/** No look is waited for longer, in milliseconds. */
const LOOK_MS = 1000;
/** A process may just be forking while it is killed; its children are found in the next round. */
const KILL_ROUNDS = 3;

/** The processes that have outlived their command: watched while they live, and killable. */
export class Survivors {
  readonly #changed = new Emitter<undefined>();
  readonly onDidChange = this.#changed.event;
  readonly #table: ProcessTable;
  readonly #clock: Clock;
  #list: readonly RunProcess[] = [];
  #timer: Timer | undefined;
  #disposed = false;
  readonly #container: () => Container | undefined;
  #listening: Disposable | undefined;

  /** @param container of the run, where it has one */
  constructor(table: ProcessTable, clock: Clock, container: () => Container | undefined = () => undefined) {
    this.#table = checkedTable(table);
    this.#clock = clock;
    this.#container = container;
  }

  get list(): readonly RunProcess[] {
    return this.#list;
  }

  /** Replaces the list and watches it. */
  set(list: readonly RunProcess[]): void {
    if (this.#disposed) return;
    this.#list = list;
    this.#schedule();
    this.#changed.fire(undefined);
  }

  /** Adds those that are not listed yet, as far as they still live. */
  add(found: readonly RunProcess[]): void {
    const missing = found.filter((info) => !this.#list.some(({ pid, start }) => pid === info.pid && start === info.start));
    this.set([...this.#list, ...missing]);
    if (missing.length > 0) void this.refresh();
  }

  /**
   * Kills one of them, if it is still the process that it was.
   * @throws the system's error, such as EPERM
   */
  async kill(pid: number): Promise<void> {
    const known = this.#list.find((info) => info.pid === pid);
    if (known === undefined) return;
    const [failure] = await this.#killOne(known);
    if (failure !== undefined) throw failure;
    await this.#awaitDeath([known]);
  }

  /**
   * Kills all that the run has started. One that cannot be killed does not save the others.
   * @param find looks for them anew: they may have had children since
   * @param runId which their children carry
   * @throws the first error
   */
  async killAll(find: () => Promise<readonly RunProcess[]>, runId: string): Promise<void> {
    // Who is in the container is killed with it, whoever's it is, and nobody is born in it any more.
    const isKilled = this.#container()?.kill() === true;
    const left = (infos: readonly RunProcess[]): readonly RunProcess[] => infos.filter((info) => info.owned && !(isKilled && isContained(info)));
    // Those that are known do not wait for the look.
    const first = this.#killEach(left(this.#list));
    for (let round = 0; round < KILL_ROUNDS; round++) {
      const chase = new Chase(this.#table, runId);
      const found = await find();
      const failures = round === 0 ? await first : [];
      const owned = [...found, ...this.#list.filter((info) => !found.some(({ pid }) => pid === info.pid))].filter((info) => info.owned);
      failures.push(...(await this.#killEach(left(owned))));
      if (round > 0 && left(owned).length > 0) await chase.go((born) => void this.#killEach(born));
      await this.#awaitDeath(owned);
      const [failure] = failures;
      if (failure !== undefined) throw failure;
      if (owned.length === 0) break;
    }
  }

  /** Another user's process can be killed only by its container. @returns the errors */
  async #killOne(known: RunProcess): Promise<Error[]> {
    const failures = await this.#killEach([known]);
    if (!failures.some(isRefusal) || !isContained(known)) return failures;
    // Looked at right before: the pid is to be its own.
    const [now] = this.#table.listNow(LOOK_MS, [known.pid]) ?? [];
    return isStillAlive(now, known) && this.#container()?.killOne(known.pid) === true ? [] : failures;
  }

  /** Kills them all, and takes out those that are not there any more. @returns the errors */
  async #killEach(infos: readonly ProcessInfo[]): Promise<Error[]> {
    const results = await Promise.all(infos.map((info) => settledWithin(LOOK_MS, () => this.#table.signal(info, "SIGKILL"))));
    const gone = infos.filter((_, i) => results[i]?.kind === "done" && !results[i].value);
    const left = this.#list.filter(({ pid }) => !gone.some((info) => info.pid === pid));
    if (left.length < this.#list.length) this.set(left);
    return results.flatMap((result) => (result.kind === "failed" ? [result.error] : []));
  }

  /** Waits a little for those that were killed to be gone, and takes them out; not where that cannot be seen. */
  async #awaitDeath(killed: readonly RunProcess[]): Promise<void> {
    const end = this.#clock.now() + DEATH_MS;
    for (;;) {
      const alive = await this.#alive(killed);
      if (alive === undefined) return;
      if (alive.length === 0 || this.#clock.now() >= end || this.#disposed) break;
      await new Promise<void>((resolve) => this.#clock.after(POLL_MS, resolve));
    }
    await this.refresh();
  }

  /** Those that live, as they are now; undefined where that cannot be told. */
  async #alive(list: readonly RunProcess[]): Promise<readonly RunProcess[] | undefined> {
    if (list.length === 0) return list;
    const alive = await settledWithin(LOOK_MS, () => this.#table.alive(list));
    if (alive.kind !== "done") return undefined;
    const still = list.filter(({ pid }) => alive.value.some((info) => info.pid === pid));
    const described = await settledWithin(LOOK_MS, () => this.#table.describe(alive.value));
    return described.kind === "done" ? still.flatMap((known) => asItIs(known, described.value)) : still;
  }

  /** Takes out those that are gone, and calls the others by the program that they run now. */
  async refresh(): Promise<void> {
    const list = this.#list;
    const alive = (await this.#alive(list)) ?? list;
    if (list !== this.#list) return;
    if (alive.length === list.length && alive.every((info, i) => info === list[i])) this.#schedule();
    else this.set(alive);
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer?.cancel();
    this.#listening?.dispose();
    this.#changed.dispose();
  }

  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const isOver = this.#list.length === 0 || this.#disposed;
    const isAllContained = !isOver && this.#list.every(isContained);
    if (isAllContained) this.#listening ??= this.#container()?.onEmpty(() => void this.refresh());
    else {
      this.#listening?.dispose();
      this.#listening = undefined;
    }
    if (!isOver) this.#timer = this.#clock.after(this.#listening === undefined ? WATCH_INTERVAL_MS : SLOW_INTERVAL_MS, () => void this.refresh());
  }
}

/** @returns nothing when it is gone; a new object only when it has executed another program */
function asItIs(known: RunProcess, alive: readonly ProcessInfo[]): RunProcess[] {
  const now = alive.find(({ pid }) => pid === known.pid);
  if (now === undefined) return [];
  return [now.command === known.command ? known : { ...known, name: now.name, command: now.command }];
}
