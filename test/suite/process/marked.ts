import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessTable } from "../../../src/taskRunner/process/table";

/** Those of the processes that were started with exactly this entry ("KEY=value") in their environment. */
export async function markedWith(pids: readonly number[], entry: string, table: ProcessTable = thisTable): Promise<Set<number>> {
  const [variable = "", value] = entry.split("=");
  return new Set([...(await table.markers(pids, variable))].filter(([, found]) => found === value).map(([pid]) => pid));
}
