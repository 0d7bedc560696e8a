import type { RunProcess } from "./runProcess";
import type { SignalRound } from "./signalRound";
import type { ProcessInfo } from "./table";

/** The processes that have been asked to stop: once is enough, and many a program takes the second time for haste and leaves out its clean-up. */
export class Asked {
  readonly #keys = new Set<string>();

  add(infos: readonly ProcessInfo[]): void {
    for (const info of infos) this.#keys.add(keyOf(info));
  }

  has(info: ProcessInfo): boolean {
    return this.#keys.has(keyOf(info));
  }
}

/** What the first part of an asking, which is done at once, hands to the second. */
export interface Asking {
  readonly round: SignalRound;
  /** Whether the leader's group has the signal. */
  readonly sent: boolean;
  /** Whether nothing more is to be done about it: not where the leader has ended. */
  readonly isDone: boolean;
  /** The run's processes when it was asked. */
  readonly before: readonly RunProcess[];
  /** Those of them that got it with the group; undefined when that could not be seen at once. */
  readonly members: readonly RunProcess[] | undefined;
  readonly groupHasIt: boolean;
  /** When the group got it, in the table's time. */
  readonly until: number;
  /** What else was in the foreground, and was reached. */
  readonly foreground: Promise<readonly ProcessInfo[]>;
}

/** What the first part of a kill, which is done at once, hands to the second. */
export interface Killing extends Pick<Asking, "round" | "sent" | "isDone" | "before"> {
  /** Those of them that were killed with their container; undefined where that could not be done. */
  readonly contained: readonly RunProcess[] | undefined;
  /** Which others of them were reached. */
  readonly known: Promise<readonly ProcessInfo[]>;
}

/** What identifies a process among those of one table. */
export function keyOf({ pid, start }: ProcessInfo): string {
  return `${pid}:${start}`;
}

/**
 * Those of the processes that no living process of the run is there to ask: orphans and daemons. The others are left to their
 * parent, which passes the signal on in its own way, or does without. A group is left to its leader's parent as a whole.
 * @param infos of the run, none of them in a group that is asked anyway
 * @param owned all that are the run's and alive
 */
export function withoutParent<T extends ProcessInfo>(infos: readonly T[], owned: readonly ProcessInfo[]): T[] {
  const byPid = new Map(owned.map((info) => [info.pid, info]));
  const hasParent = (info: ProcessInfo): boolean => byPid.has(info.ppid);
  return infos.filter((info) => {
    const leader = byPid.get(info.pgid);
    return !hasParent(info) && !(leader !== undefined && hasParent(leader));
  });
}

/** Each process once. */
export function unique<T extends ProcessInfo>(infos: readonly T[]): T[] {
  return [...new Map(infos.map((info) => [keyOf(info), info])).values()];
}

/** The first ones that are none of the others. */
export function without(infos: readonly ProcessInfo[], others: readonly ProcessInfo[]): ProcessInfo[] {
  return infos.filter(({ pid }) => !others.some((info) => info.pid === pid));
}

/** What a shell without job control has its background jobs ignore (POSIX, "Asynchronous Lists"). A program that wants to ignore SIGINT leaves SIGQUIT alone. */
export const BACKGROUND_IGNORES = ["SIGINT", "SIGQUIT"] as const;

/**
 * Those that ignore it by a shell's rule. A bash ignores SIGQUIT anyway, and may ignore SIGINT only for the time of its clean-up; then
 * its children, who inherit the one and not the other, tell.
 * @param ignoring those that ignore both
 */
export function backgroundJobs<T extends ProcessInfo>(ignoring: readonly T[], owned: readonly ProcessInfo[]): T[] {
  return ignoring.filter(({ pid, name }) => {
    const children = owned.filter(({ ppid }) => ppid === pid);
    return name !== "bash" || children.length === 0 || children.some((child) => ignoring.some((info) => info.pid === child.pid));
  });
}
