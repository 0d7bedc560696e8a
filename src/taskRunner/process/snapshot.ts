import { ProcessTree } from "./processTree";
import type { ProcessInfo, ProcessTable } from "./table";

/** So often newcomers are looked for: on a machine on which something starts all the time there are always some. */
const ROUNDS = 10;

/** What was alive at one moment, seen from one run. */
export interface Snapshot {
  readonly tree: ProcessTree;
  /** Those that the run can have started. */
  readonly candidates: readonly ProcessInfo[];
  /** Those of them that have inherited the run's mark. */
  readonly marked: ReadonlySet<number>;
}

/**
 * Looks at all processes.
 *
 * A process can start an heir and end after it has been listed and before its environment is read; the heir is not in the
 * list. So those that have come since are looked at too, until nobody has: then everybody who lived at that moment has been
 * looked at while he did.
 * @param mark the environment entry that every process of the run inherits
 * @param since when the run began
 * @param leader the run's command, if it is a child of ours
 */
export async function takeSnapshot(table: ProcessTable, marker: string, since: number, leader?: number): Promise<Snapshot> {
  let all: readonly ProcessInfo[] = await table.list();
  let tree = new ProcessTree(all, since);
  let newcomers = all;
  const marked = new Set<number>();
  for (let round = 0; round < ROUNDS; round++) {
    // Our own other children were not started by this run, such as the tool that has made the list: not worth looking at.
    const asked = newcomers.filter((info) => tree.isCandidate(info) && (info.ppid !== process.pid || info.pid === leader));
    if (round > 0 && asked.length === 0) break;
    for (const pid of await table.withMarker(asked.map(({ pid }) => pid), marker)) marked.add(pid);
    newcomers = round + 1 < ROUNDS ? await table.newcomers(all) : [];
    if (newcomers.length === 0) break;
    all = [...all, ...newcomers];
    tree = new ProcessTree(all, since);
  }
  return { tree, candidates: all.filter((info) => tree.isCandidate(info)), marked };
}
