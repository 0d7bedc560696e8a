import { runIdOf } from "../base/marker";
import { attribute } from "./attribution";
import { describeProcesses } from "./describe";
import type { RunProcess } from "./runProcess";
import type { Container } from "./container";
import { hiddenProblem } from "./insides";
import type { RunScan } from "./membership";
import { scannerOf, type Scan } from "./scanner";
import type { ProcessInfo, ProcessTable } from "./table";

/** What has been written down about a run whose window is dead. */
export interface OrphanRecord {
  /** The environment entry ("KEY=value") that every process of the run inherits. */
  readonly marker: string;
  /** When the run began, in the table's time. */
  readonly since: number;
  readonly leader: ProcessInfo | undefined;
  readonly survivors: readonly RunProcess[];
}

/**
 * What still lives of a run that another window has started. Its pipes are gone with that window, and its command's pid may be
 * another's by now, so it takes the marker, a process that is the same as it was, or the run's container.
 */
export async function findOrphans(table: ProcessTable, { marker, since, leader, survivors }: OrphanRecord, container?: Pick<Container, "members">): Promise<RunScan> {
  const before = container?.members() ?? [];
  const scan = await scannerOf(table).scan({ since, leaderPid: undefined, files: [], everywhere: false, evident: () => [] });
  const found = async ({ tree, markers, problem, rest }: Scan): Promise<RunScan> => {
    const id = runIdOf(marker);
    const marked = [...markers].filter(([, value]) => value === id).map(([pid]) => pid);
    const members = container?.members();
    const contained = members === undefined ? undefined : new Set(members);
    const facts = { tree, marked, contained, held: new Map<number, never>(), pipes: [], hasGroups: table.hasGroups };
    const orphans = attribute(facts, { leader: { kind: "recorded", info: leader }, since, known: survivors });
    // Who was in there all the time, and is in no list, is hidden.
    const isHidden = before.some((pid) => contained?.has(pid) === true && !tree.has(pid));
    return { found: await describeProcesses(table, orphans), problem: problem ?? (isHidden ? hiddenProblem() : undefined), rest: rest?.then(found) };
  };
  return await found(scan);
}
