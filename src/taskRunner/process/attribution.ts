import { Candidates, type ProcessTree } from "./processTree";
import { describeHeld, type Evidence, type RunPipe, type RunProcess } from "./runProcess";
import { isSameProcess, type HeldFile, type ProcessInfo } from "./table";

/** What is known of a run's command, of the process group that it leads, and of its session, which another process may lead. */
export type Leadership =
  /**
   * A child of ours that has not been reaped, or whose number is kept: neither its pid nor the numbers of its group and its
   * session can be another's. `session`: where another process leads that.
   */
  | { readonly kind: "unreaped"; readonly pid: number; readonly session?: number }
  /** Its numbers are free. `at`: since when, in the table's time. `groupOutlived`: whether its group existed in that moment. */
  | { readonly kind: "reaped"; readonly pid: number; readonly session?: number; readonly at: number; readonly groupOutlived: boolean }
  /** The command of a window that has died, as it was written down; undefined when the window died before that. */
  | { readonly kind: "recorded"; readonly info: ProcessInfo | undefined };

/** By what the processes of one run are recognised. */
export interface RunIdentity {
  readonly leader: Leadership;
  /** When the run began, in the table's time: nothing older was started by it. */
  readonly since: number;
  /** Processes that certainly belonged to the run when they were last seen. */
  readonly known: readonly RunProcess[];
}

/** What one look at the system has found that matters to one run. */
export interface Facts {
  readonly tree: ProcessTree;
  /** The pids that carry the run's marker. */
  readonly marked: Iterable<number>;
  /** The pids that have inherited the file that marks the run. */
  readonly inherited?: Iterable<number>;
  /** The pids of those in the run's container. */
  readonly contained?: ReadonlySet<number> | undefined;
  /** Whether everything that the run has started is in the container, or is known by another sign: then to hold a pipe is none. */
  readonly isExact?: boolean;
  /** Which processes have the run's pipes open. */
  readonly held: ReadonlyMap<number, readonly HeldFile[]>;
  readonly pipes: readonly RunPipe[];
  /** See `ProcessTable.hasGroups`. */
  readonly hasGroups: boolean;
}

/**
 * The one rule for "whose process is this": for a run, for what an earlier window has left, and, in the language of a shell, for
 * the watchdog (recovery/watchdog.sh, which passes the same cases).
 * @returns the run's processes, and, not owned, those that merely hold its pipes; in the order in which they started
 */
export function attribute(facts: Facts, run: RunIdentity): RunProcess[] {
  return new Attribution(facts, run).processes();
}

class Attribution {
  readonly #facts: Facts;
  readonly #run: RunIdentity;
  readonly #candidates: Candidates;
  readonly #evidence = new Map<number, Set<Evidence>>();

  constructor(facts: Facts, run: RunIdentity) {
    this.#facts = facts;
    this.#run = run;
    this.#candidates = new Candidates(facts.tree, run.since);
  }

  processes(): RunProcess[] {
    const { tree, marked, inherited = [], held, pipes } = this.#facts;
    for (const pid of marked) this.#attributeCandidate(tree.get(pid), "marker");
    this.#attributeKnown();
    for (const pid of held.keys()) if (tree.get(pid)?.zombie === false && pid !== this.#keeper) this.#attribute(pid, "pipe");
    // A holder of a pipe may be what makes its whole group the run's: so the pipes come first.
    this.#attributeGroup();
    this.#attributeDescendants(this.#evidence.keys());
    // Nearly all of them have it; it is worth telling of those that nothing else shows.
    const missed = [...inherited].filter((pid) => !this.#isOwned(pid));
    for (const pid of missed) this.#attributeCandidate(tree.get(pid), "descriptor");
    if (missed.length > 0) this.#attributeDescendants(missed, [...this.#evidence.keys()]);
    this.#attributeContained();
    const found = [...this.#evidence].flatMap(([pid, evidence]): RunProcess[] => {
      const info = tree.get(pid);
      if (info === undefined) return [];
      return [{ ...info, evidence: [...evidence], holds: describeHeld(held.get(pid) ?? [], pipes), ports: [], owned: this.#isOwned(pid) }];
    });
    return found.sort((a, b) => a.start - b.start || a.pid - b.pid);
  }

  /** After the signs, which explain it and are a second opinion. */
  #attributeContained(): void {
    const { tree, contained = [] } = this.#facts;
    const before = [...this.#evidence.keys()];
    for (const pid of contained) this.#attributeCandidate(tree.get(pid), "contained");
    const more = [...this.#evidence.keys()].slice(before.length);
    if (more.length > 0) this.#attributeDescendants(more, before);
  }

  /** Who leads the session for the command is ours, and not the run's. */
  get #keeper(): number | undefined {
    const { leader } = this.#run;
    return leader.kind === "recorded" || leader.session === leader.pid ? undefined : leader.session;
  }

  /** A pipe alone may have been handed to a process that the run has not started. */
  #isOwned(pid: number): boolean {
    const evidence = this.#evidence.get(pid);
    const info = this.#facts.tree.get(pid);
    if (evidence === undefined || info === undefined) return false;
    return evidence.size > 1 || !evidence.has("pipe") || (this.#facts.isExact !== true && this.#candidates.has(info) && !this.#candidates.isForeign(info));
  }

  /** What made a process the run's still does when it can no longer be seen, as descent once the parent is gone. */
  #attributeKnown(): void {
    const { known, leader } = this.#run;
    for (const before of known) {
      const now = this.#facts.tree.get(before.pid);
      if (now === undefined || !isSameProcess(now, before)) continue;
      for (const evidence of before.evidence) this.#attributeCandidate(now, evidence);
    }
    if (leader.kind !== "recorded" || leader.info === undefined) return;
    const now = this.#facts.tree.get(leader.info.pid);
    if (now !== undefined && isSameProcess(now, leader.info)) this.#attributeCandidate(now, "group");
  }

  /** The number of a group or session is not given to another one while a member lives. So if one member is the run's, all are. */
  #attributeGroup(): void {
    const { leader } = this.#run;
    const { tree, hasGroups } = this.#facts;
    const pid = leader.kind === "recorded" ? leader.info?.pid : leader.pid;
    if (pid === undefined) return;
    if (!hasGroups) {
      if (leader.kind === "unreaped") this.#attributeCandidate(tree.get(pid), "descent");
      return;
    }
    const group = tree.group(pid).filter((info) => this.#candidates.has(info));
    const sid = leader.kind === "recorded" ? (leader.info?.sid ?? pid) : (leader.session ?? pid);
    const session = tree.session(sid).filter((info) => info.pgid !== pid && info.pid !== sid && this.#candidates.has(info));
    if (!this.#ownsGroup(leader, pid, [...group, ...session])) return;
    for (const info of group) this.#attribute(info.pid, "group");
    for (const info of session) this.#attribute(info.pid, "session");
  }

  #ownsGroup(leader: Leadership, pid: number, members: readonly ProcessInfo[]): boolean {
    if (leader.kind === "unreaped") return true;
    // The leader is gone, and yet a process has its pid: then the number was free, and all of them are foreign.
    if (this.#facts.tree.has(pid) && !(leader.kind === "recorded" && this.#isOwned(pid))) return false;
    return members.some((info) => this.#isOwned(info.pid) || (leader.kind === "reaped" && isOlderThanEnd(info, leader)));
  }

  /** What owned processes have started: their children, and, while one lives that leads a session, everything in that. */
  #attributeDescendants(ancestors: Iterable<number>, others: Iterable<number> = []): void {
    const { tree, hasGroups } = this.#facts;
    const { leader, since } = this.#run;
    const queue: { readonly pid: number; readonly start: number }[] = [];
    for (const pid of ancestors) {
      const info = tree.get(pid);
      if (info !== undefined && this.#candidates.has(info) && this.#isOwned(pid)) queue.push(info);
    }
    // Where a dead parent's pid stays with its children, the command is their parent even when it has ended.
    if (!hasGroups && leader.kind !== "recorded" && !queue.some(({ pid }) => pid === leader.pid)) queue.push({ pid: leader.pid, start: since });
    const seen = new Set([...queue.map(({ pid }) => pid), ...others]);
    const leaders: { readonly pid: number; readonly start: number }[] = [];
    const take = (infos: readonly ProcessInfo[], start: number, evidence: Evidence): void => {
      for (const info of infos) {
        // Neither is older than its parent or leader: where dead parents keep their pid, another process may have got it.
        if (seen.has(info.pid) || info.start < start || !this.#candidates.has(info)) continue;
        seen.add(info.pid);
        this.#attribute(info.pid, evidence);
        queue.push(info);
      }
    };
    while (queue.length > 0 || leaders.length > 0) {
      const parent = queue.pop();
      if (parent === undefined) {
        const leading = leaders.pop();
        if (leading !== undefined) take(tree.session(leading.pid), leading.start, "session");
        continue;
      }
      if (tree.get(parent.pid)?.sid === parent.pid) leaders.push(parent);
      take(tree.childrenOf(parent.pid), parent.start, "descent");
    }
  }

  #attributeCandidate(info: ProcessInfo | undefined, evidence: Evidence): void {
    if (info !== undefined && this.#candidates.has(info)) this.#attribute(info.pid, evidence);
  }

  #attribute(pid: number, evidence: Evidence): void {
    const all = this.#evidence.get(pid);
    if (all === undefined) this.#evidence.set(pid, new Set([evidence]));
    else all.add(evidence);
  }
}

/** Whether it was in the group, or in the session, while the leader lived: only then can it have got there by the run. */
function isOlderThanEnd(info: ProcessInfo, leader: Leadership & { readonly kind: "reaped" }): boolean {
  return info.start <= leader.at && (info.pgid !== leader.pid || leader.groupOutlived);
}
