import { settledWithin } from "../base/deadline";
import { checkedTable } from "./checkedTable";
import type { CommandLines } from "./commandLines";
import type { ProcessInfo, ProcessTable } from "./table";

/** How long each question may take, in milliseconds: what has been done is not to be said much later for it. */
const LOOK_MS = 200;

/** A process that we may not signal. */
export interface RefusedProcess extends ProcessInfo {
  /** The name of the user whose it is. */
  readonly user: string;
  /** The TCP ports that it listens on, as far as they can be seen. */
  readonly ports: readonly number[];
}

/** What a signal has reached. */
export interface SignalResult {
  /** Those of the leader's group that were reached, as far as they could be seen; undefined when the group was not. */
  readonly group: readonly ProcessInfo[] | undefined;
  /** Those outside of it. */
  readonly others: readonly ProcessInfo[];
  /** Those that are another user's. */
  readonly refused: readonly RefusedProcess[];
  /** What else could not be signalled, and why: the system's errors. */
  readonly failures?: readonly Error[];
  /** Why it is not known whether that was all; absent when it is. */
  readonly problem?: string;
  /** What a late look has found after all, and was signalled then; only where the look was late. */
  readonly late?: Promise<readonly ProcessInfo[]>;
}

/** Whom a second round has really reached. */
export interface RestResult {
  /** Those that had not been asked, or were born since. */
  readonly asked: readonly ProcessInfo[];
  /** Those that ignore the signal. */
  readonly deaf: readonly ProcessInfo[];
}

/** Those of the processes that are other users', who they are, and on which ports they listen. Never rejects. */
export async function refusedAmong(table: ProcessTable, infos: readonly ProcessInfo[], commands: CommandLines): Promise<readonly RefusedProcess[]> {
  const checked = checkedTable(table);
  const users = await settledWithin(LOOK_MS, () => checked.foreignUsers([...new Set(infos.map(({ pid }) => pid))]));
  if (users.kind !== "done" || users.value.size === 0) return [];
  const refused = infos.filter(({ pid }) => users.value.has(pid));
  const [ports] = await Promise.all([settledWithin(LOOK_MS, () => checked.ports(refused.map(({ pid }) => pid))), commands.lookUp(refused)]);
  return commands.named(refused).map((info) => ({ ...info, user: users.value.get(info.pid) ?? "", ports: (ports.kind === "done" ? ports.value.get(info.pid) : undefined) ?? [] }));
}
