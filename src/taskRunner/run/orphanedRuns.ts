import type { Clock } from "../base/clock";
import { findOrphans } from "../process/orphans";
import type { RunProcess } from "../process/runProcess";
import type { ProcessTable } from "../process/table";
import type { Journal } from "../recovery/journal";
import { OrphanedRun } from "./orphanedRun";

/**
 * Finds what windows that have died have left behind, and makes it ours to show. An entry of which nothing is left is
 * removed, now or when its last process has gone.
 */
export async function findOrphanedRuns(journal: Journal, table: ProcessTable, clock: Clock): Promise<OrphanedRun[]> {
  const lost: OrphanedRun[] = [];
  const entries = await journal.takeOver();
  for (const entry of entries.sort((a, b) => a.startedAt - b.startedAt)) {
    const find = (): Promise<readonly RunProcess[]> => findOrphans(table, entry);
    const survivors = await find();
    if (survivors.length === 0) {
      await journal.remove(entry.id);
      continue;
    }
    const run = new OrphanedRun(entry, survivors, find, table, clock);
    void run.gone.then(() => journal.remove(entry.id));
    lost.push(run);
  }
  return lost;
}
