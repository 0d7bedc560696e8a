import { settledWithin } from "../base/deadline";
import { MARKER } from "../base/marker";
import { checkedTable } from "./checkedTable";
import { withCommands } from "./describe";
import type { ProcessInfo, ProcessTable } from "./table";

/** No look is waited for longer, in milliseconds. */
const LOOK_MS = 2000;

/** A process that listens on a TCP port that somebody else wants. */
export interface PortHolder {
  readonly port: number;
  /** undefined where it cannot be seen: another user's. */
  readonly process: ProcessInfo | undefined;
  /** The name of its user, where that keeps us from signalling it, or is all that is known. */
  readonly user: string | undefined;
  /** The id of the run that it belongs to, by the marker in its environment; of this window or another one. */
  readonly runId: string | undefined;
  /** Whether it is this very process, or one of those that have started it: the editor. */
  readonly isEditor: boolean;
}

/**
 * Who listens on these ports; of processes that share a socket the one that has started the others. Never rejects: what cannot be
 * seen in time holds nothing.
 */
export async function portHolders(table: ProcessTable, ports: readonly number[]): Promise<readonly PortHolder[]> {
  if (ports.length === 0) return [];
  const looked = await settledWithin(LOOK_MS, () => look(table, ports));
  return looked.kind === "done" ? looked.value : [];
}

async function look(given: ProcessTable, ports: readonly number[]): Promise<PortHolder[]> {
  const table = checkedTable(given);
  const listeners = await table.listeners(ports);
  if (listeners.length === 0) return [];
  const all = new Map((await table.list()).map((info) => [info.pid, info]));
  const pids = [...new Set(listeners.flatMap(({ pid }) => pid ?? []))];
  const [named, markers, users] = await Promise.all([
    withCommands(table, pids.flatMap((pid) => all.get(pid) ?? [])),
    table.markers(pids, MARKER),
    table.foreignUsers(pids),
  ]);
  const editor = ancestors(process.pid, all);
  return ports.flatMap((port): PortHolder[] => {
    const here = listeners.filter((one) => one.port === port);
    // Where the parent listens too, it has only handed its socket on.
    const first = here.find(({ pid }) => pid !== undefined && !here.some((other) => other.pid === all.get(pid)?.ppid)) ?? here[0];
    if (first === undefined) return [];
    const { pid } = first;
    if (pid === undefined) return [{ port, process: undefined, user: first.user, runId: undefined, isEditor: false }];
    const info = named.find((one) => one.pid === pid);
    // It has ended just now.
    return info === undefined ? [] : [{ port, process: info, user: users.get(pid), runId: markers.get(pid), isEditor: editor.has(pid) }];
  });
}

function ancestors(pid: number, all: ReadonlyMap<number, ProcessInfo>): ReadonlySet<number> {
  const found = new Set<number>();
  for (let at = pid; at > 0 && !found.has(at); at = all.get(at)?.ppid ?? 0) found.add(at);
  return found;
}
