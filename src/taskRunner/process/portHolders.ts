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
  /** Whether it is of the editor: this very process, one of those that have started it, or what runs beside it, such as another window's extension host. */
  readonly isEditor: boolean;
}

/**
 * Who listens on these ports; of processes that share a socket the one that has started the others. Never rejects.
 * @returns undefined where that cannot be seen, or not in time: then the ports may be free or not
 */
export async function portHolders(table: ProcessTable, ports: readonly number[]): Promise<readonly PortHolder[] | undefined> {
  if (ports.length === 0) return [];
  const looked = await settledWithin(LOOK_MS, () => look(table, ports));
  return looked.kind === "done" ? looked.value : undefined;
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
  const editor = editorAmong(process.pid, all);
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

/**
 * Our process, its ancestors, and of their other children those that run the program that we run: the extension hosts of other windows, and
 * what serves all windows. Not our own children: where the extension host is a `node`, a task can be one too.
 */
function editorAmong(pid: number, all: ReadonlyMap<number, ProcessInfo>): ReadonlySet<number> {
  const found = new Set<number>();
  for (let at = pid; at > 0 && !found.has(at); at = all.get(at)?.ppid ?? 0) found.add(at);
  const self = all.get(pid);
  if (self === undefined) return found;
  const ours = programOf(self);
  const launchers = new Set([...found].filter((one) => one !== pid && sameProgram(all.get(one), ours)));
  for (const info of all.values()) if (launchers.has(info.ppid) && sameProgram(info, ours)) found.add(info.pid);
  return found;
}

function sameProgram(info: ProcessInfo | undefined, program: string): boolean {
  return info !== undefined && programOf(info) === program;
}

/** On macOS the parts of an application are programs of their own in one folder: "/Applications/Visual Studio Code.app". */
function programOf({ name, command }: ProcessInfo): string {
  return /^\/.*?\.app(?=\/Contents\/)/.exec(command)?.[0] ?? name;
}
