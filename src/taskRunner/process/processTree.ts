import type { ProcessInfo } from "./table";

/** The processes of one look at the system, and how they are related. */
export class ProcessTree {
  readonly all: readonly ProcessInfo[];
  readonly #byPid: ReadonlyMap<number, ProcessInfo>;
  /** Who may have got an orphan of ours for a child: what we descend from ourselves (init, `systemd --user`, a container's init). */
  readonly #reapers: ReadonlySet<number>;
  readonly #strangers = new Map<number, boolean>();
  readonly #since: number;

  /** @param since when the run began: nothing older was started by it */
  constructor(all: readonly ProcessInfo[], since: number) {
    this.all = all;
    this.#since = since;
    this.#byPid = new Map(all.map((info) => [info.pid, info]));
    this.#reapers = this.#ancestorsOf(process.pid);
  }

  has(pid: number): boolean {
    return this.#byPid.has(pid);
  }

  /** Whether the run can have started it at all. */
  isCandidate(info: ProcessInfo): boolean {
    return !info.zombie && info.start >= this.#since && info.pid > 1 && info.pid !== process.pid && !this.#reapers.has(info.pid);
  }

  /**
   * Whether its living forebears lead, without a gap, to somebody who was there before the run: then it is none of owned,
   * whatever it holds. A process whose parent has died has an heir for a parent, and nothing can be said.
   */
  isForeign(info: ProcessInfo): boolean {
    const known = this.#strangers.get(info.pid);
    if (known !== undefined) return known;
    this.#strangers.set(info.pid, false); // Should the table, read while it changes, have a circle.
    const parent = this.#byPid.get(info.ppid);
    const answer = parent !== undefined && !this.#reapers.has(parent.pid) && (!this.isCandidate(parent) || this.isForeign(parent));
    this.#strangers.set(info.pid, answer);
    return answer;
  }

  /** Those candidates that descend from one of these processes, and are none of them. */
  descendantsOf(roots: ReadonlyMap<number, { readonly start: number }>): ProcessInfo[] {
    const family = new Map(roots);
    const found: ProcessInfo[] = [];
    // From the oldest on, so that a parent always comes before its children. A child is never older than its parent:
    // where dead parents keep their pid (Windows), another process may have got it.
    for (const info of this.#byAge()) {
      const parent = family.get(info.ppid);
      if (parent === undefined || parent.start > info.start || family.has(info.pid)) continue;
      family.set(info.pid, info);
      found.push(info);
    }
    return found;
  }

  #byAge(): ProcessInfo[] {
    return this.all.filter((info) => this.isCandidate(info)).sort((a, b) => a.start - b.start || a.pid - b.pid);
  }

  #ancestorsOf(pid: number): Set<number> {
    const ancestors = new Set<number>([0, 1]);
    for (let parent = this.#byPid.get(pid)?.ppid; parent !== undefined && !ancestors.has(parent); ) {
      ancestors.add(parent);
      parent = this.#byPid.get(parent)?.ppid;
    }
    return ancestors;
  }
}
