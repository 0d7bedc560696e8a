import type { Clock, Timer } from "../base/clock";
import { settledWithin } from "../base/deadline";
import { findCgroup } from "../process/cgroup";
import type { Container } from "../process/container";
import { findOrphans } from "../process/orphans";
import type { RunProcess } from "../process/runProcess";
import type { ProcessTable } from "../process/table";
import type { AbandonedEntry, Journal, JournalEntry } from "../recovery/journal";
import { OrphanedRun } from "./orphanedRun";

/** A look can fail while a window comes up. So often it is tried, with this pause, and a late one is waited for, in milliseconds. */
const TRIES = 4;
const PAUSE_MS = 2000;
const LATE_MS = 10_000;

/** How often it is looked again, in milliseconds, as long as there is anything to wait for. */
const ROUND_MS = 2000;

/**
 * For so long a run that its window or its watchdog is still stopping is looked at so often, in milliseconds; then ever more rarely, down to
 * the longest pause: a window whose browser has died may live for hours.
 */
const STOPPING_MS = 30_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * How long what a window has left is left to the next window of the same folder, in milliseconds: when an editor starts again
 * after a crash, its windows come up one after the other. After that any window shows it, and says whose it is.
 */
const OWN_FOLDER_FIRST_MS = 60_000;

interface Left {
  readonly found: readonly RunProcess[];
  /** Whether that is all that is left. */
  readonly isAll: boolean;
}

/**
 * Finds what windows that have died have left behind, and makes it ours to show. An entry of which nothing is left is
 * removed, now or when its last process has gone. One of which that is not known stays, for a later window.
 * @param isWanted see `Journal.takeOver`
 */
export async function findOrphanedRuns(journal: Journal, table: ProcessTable, clock: Clock, isWanted?: (abandoned: AbandonedEntry) => boolean): Promise<OrphanedRun[]> {
  const entries = (await journal.takeOver(isWanted)).sort((a, b) => a.startedAt - b.startedAt);
  const containers = new Map(entries.map((entry) => [entry, findCgroup(entry)]));
  // Its window may have died while it kept everything from moving.
  for (const container of containers.values()) container?.thaw();
  const left = await Promise.all(entries.map((entry) => lookFor(table, entry, clock, containers.get(entry))));
  const runs = entries.flatMap((entry, i) => {
    const { found, isAll } = left[i] ?? { found: [], isAll: false };
    const container = containers.get(entry);
    if (found.length === 0) {
      if (isAll) {
        void journal.remove(entry.id);
        container?.remove();
      }
      return [];
    }
    const folder = entry.folder === journal.openFolder ? undefined : entry.folder;
    const run = new OrphanedRun({ ...entry, folder }, found, async () => (await findOrphans(table, entry, container)).found, table, clock, container);
    if (isAll) void run.gone.then(() => journal.remove(entry.id));
    return [run];
  });
  await journal.settled();
  return runs;
}

async function lookFor(table: ProcessTable, entry: JournalEntry, clock: Clock, container: Container | undefined): Promise<Left> {
  for (let tries = 1; ; tries++) {
    const first = await findOrphans(table, entry, container);
    const late = first.rest === undefined ? undefined : await settledWithin(LATE_MS, () => first.rest ?? Promise.resolve(first));
    const { found, problem } = late?.kind === "done" ? late.value : first;
    if (problem === undefined || tries === TRIES) return { found, isAll: problem === undefined };
    await new Promise<void>((resolve) => clock.after(PAUSE_MS, resolve));
  }
}

export interface OrphanSearchOptions {
  readonly journal: Journal;
  readonly table: ProcessTable;
  readonly clock: Clock;
  /** Shows runs that are ours from now on. */
  readonly found: (runs: readonly OrphanedRun[]) => void;
  /** Of this one nothing is left, or a window of its own folder shows it now. */
  readonly gone: (run: OrphanedRun) => void;
}

/**
 * Looks for what dead windows have left, and again as long as there is something to wait for: a watchdog that is still stopping
 * a run, or this folder's last window, the next window of another folder, which shows its runs itself, and that window for a run that we have come to show.
 */
export class OrphanSearch {
  readonly #options: OrphanSearchOptions;
  /** When each entry of another folder was first seen. */
  readonly #seen = new Map<string, number>();
  readonly #foreign = new Set<OrphanedRun>();
  #timer: Timer | undefined;
  /** Since when nothing but runs that are cared for has been waited for, and for which. */
  #cared: { readonly ids: string; readonly since: number } | undefined;
  #failures = 0;
  #isDisposed = false;

  constructor(options: OrphanSearchOptions) {
    this.#options = options;
  }

  /** One look, and the next ones by themselves. Never rejects. */
  async look(): Promise<void> {
    this.#timer?.cancel();
    const { journal, table, clock } = this.#options;
    await this.#giveUp();
    const later = new Set<string>();
    const others = new Set<string>();
    const isWanted = (abandoned: AbandonedEntry): boolean => {
      const isReady = !abandoned.isWatched && (abandoned.isOwn || this.#hasWaited(abandoned.entry));
      if (!isReady) (abandoned.isWatched && abandoned.isOwn ? later : others).add(abandoned.entry.id);
      return isReady;
    };
    const found = await findOrphanedRuns(journal, table, clock, isWanted).catch(() => undefined);
    this.#failures = found === undefined ? this.#failures + 1 : 0;
    const runs = found ?? [];
    if (this.#isDisposed) {
      runs.forEach((run) => run.dispose());
      return;
    }
    for (const run of runs) this.#follow(run);
    if (runs.length > 0) this.#options.found(runs);
    const isFailed = this.#failures > 0 && this.#failures < TRIES;
    const isQuick = others.size > 0 || this.#foreign.size > 0 || isFailed;
    if (isQuick || later.size > 0) this.#timer = clock.after(isQuick ? ROUND_MS : this.#pause(later), () => void this.look());
  }

  /** @param cared the runs that their window or their watchdog cares for */
  #pause(cared: ReadonlySet<string>): number {
    const now = this.#options.clock.now();
    const ids = [...cared].sort().join();
    if (this.#cared?.ids !== ids) this.#cared = { ids, since: now };
    const waited = now - this.#cared.since;
    return waited < STOPPING_MS ? ROUND_MS : Math.min(waited / 2, LONGEST_PAUSE_MS);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer?.cancel();
  }

  #follow(run: OrphanedRun): void {
    if (run.isForeign) this.#foreign.add(run);
    // Nothing is left of it, and how it ended is not known: nothing to show.
    void run.gone.then(() => this.#drop(run));
  }

  #drop(run: OrphanedRun): void {
    this.#foreign.delete(run);
    this.#options.gone(run);
  }

  async #giveUp(): Promise<void> {
    for (const run of this.#foreign) if (!(await this.#options.journal.has(run.id))) this.#drop(run);
  }

  #hasWaited({ id }: JournalEntry): boolean {
    const now = this.#options.clock.now();
    const since = this.#seen.get(id) ?? now;
    this.#seen.set(id, since);
    return now - since >= OWN_FOLDER_FIRST_MS;
  }
}
