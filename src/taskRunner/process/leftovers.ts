import type { RunProcess, Sign } from "./runProcess";
import { takeSnapshot } from "./snapshot";
import { isSameProcess, type ProcessInfo, type ProcessTable } from "./table";

/** What has been written down about a run whose window is dead. */
export interface Remains {
  readonly mark: string;
  readonly since: number;
  readonly leader: ProcessInfo | undefined;
  readonly survivors: readonly RunProcess[];
}

/**
 * What still lives of a run that another window has started. Its pipes are gone with that window, and nobody has kept its
 * command's pid from being used again, so it takes the mark, or a process that is the same as it was.
 */
export async function findLeft(table: ProcessTable, remains: Remains): Promise<RunProcess[]> {
  const { kinship, candidates, marked } = await takeSnapshot(table, remains.mark, remains.since);
  const signs = new Map<number, Set<Sign>>();
  const tie = (infos: readonly ProcessInfo[], ...ties: readonly Sign[]): void => {
    for (const { pid } of infos) signs.set(pid, new Set([...(signs.get(pid) ?? []), ...ties]));
  };
  tie(candidates.filter(({ pid }) => marked.has(pid)), "mark");
  for (const known of remains.survivors) tie(candidates.filter((info) => isSameProcess(known, info)), ...known.signs);
  const { leader } = remains;
  if (leader !== undefined) {
    tie(candidates.filter((info) => isSameProcess(leader, info)), "group");
    const members = candidates.filter((info) => info.pgid === leader.pid || info.sid === leader.pid);
    const isReused = kinship.has(leader.pid) && !signs.has(leader.pid);
    if (table.hasGroups && !isReused && members.some(({ pid }) => signs.has(pid))) {
      tie(members.filter(({ pgid }) => pgid === leader.pid), "group");
      tie(members.filter(({ pgid }) => pgid !== leader.pid), "session");
    }
  }
  tie(kinship.descendantsOf(new Map(candidates.filter(({ pid }) => signs.has(pid)).map((info) => [info.pid, info]))), "descent");
  const found = candidates.filter(({ pid }) => signs.has(pid));
  const [described, ports] = await Promise.all([table.describe(found), table.ports(found.map(({ pid }) => pid))]);
  return described
    .map((info): RunProcess => ({ ...info, signs: [...(signs.get(info.pid) ?? [])], holds: [], ports: ports.get(info.pid) ?? [], ours: true }))
    .sort((a, b) => a.start - b.start || a.pid - b.pid);
}
