import type { Clock } from "../base/clock";
import { settledWithin } from "../base/deadline";
import { findOrphans } from "../process/orphans";
import type { RunProcess } from "../process/runProcess";
import type { ProcessTable } from "../process/table";
import type { Journal, JournalEntry } from "../recovery/journal";
import { OrphanedRun } from "./orphanedRun";

/** A look can fail while a window comes up. So often it is tried, with this pause, and a late one is waited for, in milliseconds. */
const TRIES = 4;
const PAUSE_MS = 2000;
const LATE_MS = 10_000;

interface Left {
  readonly found: readonly RunProcess[];
  /** Whether that is all that is left. */
  readonly isAll: boolean;
}

/**
 * Finds what windows that have died have left behind, and makes it ours to show. An entry of which nothing is left is
 * removed, now or when its last process has gone. One of which that is not known stays, for a later window.
 */
export async function findOrphanedRuns(journal: Journal, table: ProcessTable, clock: Clock): Promise<OrphanedRun[]> {
  const entries = (await journal.takeOver()).sort((a, b) => a.startedAt - b.startedAt);
  const left = await Promise.all(entries.map((entry) => lookFor(table, entry, clock)));
  const runs = entries.flatMap((entry, i) => {
    const { found, isAll } = left[i] ?? { found: [], isAll: false };
    if (found.length === 0) {
      if (isAll) void journal.remove(entry.id);
      return [];
    }
    const run = new OrphanedRun(entry, found, async () => (await findOrphans(table, entry)).found, table, clock);
    if (isAll) void run.gone.then(() => journal.remove(entry.id));
    return [run];
  });
  await journal.settled();
  return runs;
}

async function lookFor(table: ProcessTable, entry: JournalEntry, clock: Clock): Promise<Left> {
  for (let tries = 1; ; tries++) {
    const first = await findOrphans(table, entry);
    const late = first.rest === undefined ? undefined : await settledWithin(LATE_MS, () => first.rest ?? Promise.resolve(first));
    const { found, problem } = late?.kind === "done" ? late.value : first;
    if (problem === undefined || tries === TRIES) return { found, isAll: problem === undefined };
    await new Promise<void>((resolve) => clock.after(PAUSE_MS, resolve));
  }
}
