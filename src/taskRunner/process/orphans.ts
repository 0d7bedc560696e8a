import type { RunProcess, Evidence } from "./runProcess";
import { takeSnapshot } from "./snapshot";
import { isSameProcess, type ProcessInfo, type ProcessTable } from "./table";

/** What has been written down about a run whose window is dead. */
export interface OrphanRecord {
  readonly marker: string;
  readonly since: number;
  readonly leader: ProcessInfo | undefined;
  readonly survivors: readonly RunProcess[];
}

/**
 * What still lives of a run that another window has started. Its pipes are gone with that window, and nobody has kept its
 * command's pid from being used again, so it takes the marker, or a process that is the same as it was.
 */
export async function findOrphans(table: ProcessTable, remains: OrphanRecord): Promise<RunProcess[]> {
  const { tree, candidates, marked } = await takeSnapshot(table, remains.marker, remains.since);
  const evidence = new Map<number, Set<Evidence>>();
  const tie = (infos: readonly ProcessInfo[], ...ties: readonly Evidence[]): void => {
    for (const { pid } of infos) evidence.set(pid, new Set([...(evidence.get(pid) ?? []), ...ties]));
  };
  tie(candidates.filter(({ pid }) => marked.has(pid)), "marker");
  for (const known of remains.survivors) tie(candidates.filter((info) => isSameProcess(known, info)), ...known.evidence);
  const { leader } = remains;
  if (leader !== undefined) {
    tie(candidates.filter((info) => isSameProcess(leader, info)), "group");
    const members = candidates.filter((info) => info.pgid === leader.pid || info.sid === leader.pid);
    const isReused = tree.has(leader.pid) && !evidence.has(leader.pid);
    if (table.hasGroups && !isReused && members.some(({ pid }) => evidence.has(pid))) {
      tie(members.filter(({ pgid }) => pgid === leader.pid), "group");
      tie(members.filter(({ pgid }) => pgid !== leader.pid), "session");
    }
  }
  tie(tree.descendantsOf(new Map(candidates.filter(({ pid }) => evidence.has(pid)).map((info) => [info.pid, info]))), "descent");
  const found = candidates.filter(({ pid }) => evidence.has(pid));
  const [described, ports] = await Promise.all([table.describe(found), table.ports(found.map(({ pid }) => pid))]);
  return described
    .map((info): RunProcess => ({ ...info, evidence: [...(evidence.get(info.pid) ?? [])], holds: [], ports: ports.get(info.pid) ?? [], owned: true }))
    .sort((a, b) => a.start - b.start || a.pid - b.pid);
}
