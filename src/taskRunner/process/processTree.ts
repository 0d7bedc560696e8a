import type { ProcessInfo } from "./table";

const NONE: readonly ProcessInfo[] = [];

/** The processes of one look at the system and how they are related. Built once a look, and shared by all runs that asked for it. */
export class ProcessTree {
  readonly all: readonly ProcessInfo[];
  readonly #byPid = new Map<number, ProcessInfo>();
  readonly #groups = new Map<number, ProcessInfo[]>();
  readonly #sessions = new Map<number, ProcessInfo[]>();
  readonly #children = new Map<number, ProcessInfo[]>();
  /** The processes that may have become the parent of an orphan: our own ancestors (init, `systemd --user`, a container's init). */
  readonly #reapers: ReadonlySet<number>;

  constructor(all: readonly ProcessInfo[]) {
    this.all = all;
    for (const info of all) {
      this.#byPid.set(info.pid, info);
      add(this.#groups, info.pgid, info);
      if (info.sid !== undefined) add(this.#sessions, info.sid, info);
      add(this.#children, info.ppid, info);
    }
    this.#reapers = this.#ancestorsOf(process.pid);
  }

  has(pid: number): boolean {
    return this.#byPid.has(pid);
  }

  get(pid: number): ProcessInfo | undefined {
    return this.#byPid.get(pid);
  }

  group(pgid: number): readonly ProcessInfo[] {
    return this.#groups.get(pgid) ?? NONE;
  }

  session(sid: number): readonly ProcessInfo[] {
    return this.#sessions.get(sid) ?? NONE;
  }

  childrenOf(pid: number): readonly ProcessInfo[] {
    return this.#children.get(pid) ?? NONE;
  }

  isReaper(pid: number): boolean {
    return this.#reapers.has(pid);
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

/** Which processes of a tree one run can have started: those that are young enough, and whose living ancestors do not say otherwise. */
export class Candidates {
  readonly #tree: ProcessTree;
  readonly #since: number;
  readonly #foreign = new Map<number, boolean>();

  /** @param since when the run began: nothing older was started by it */
  constructor(tree: ProcessTree, since: number) {
    this.#tree = tree;
    this.#since = since;
  }

  has(info: ProcessInfo): boolean {
    return !info.zombie && info.start >= this.#since && info.pid > 1 && info.pid !== process.pid && !this.#tree.isReaper(info.pid);
  }

  /**
   * Whether its living ancestors lead, without a gap, to a process that was there before the run: then the run has not started
   * it, whatever it holds. A process whose parent has died has another one for a parent, and nothing can be said.
   */
  isForeign(info: ProcessInfo): boolean {
    const path: number[] = [];
    const seen = new Set<number>(); // A table that is read while it changes may have a circle.
    let answer = false;
    // Step by step: twelve thousand nested processes are no reason for a stack overflow.
    for (let at = info; !seen.has(at.pid); ) {
      const known = this.#foreign.get(at.pid);
      if (known !== undefined) {
        answer = known;
        break;
      }
      path.push(at.pid);
      seen.add(at.pid);
      const parent = this.#tree.get(at.ppid);
      if (parent === undefined || this.#tree.isReaper(parent.pid)) break;
      if (!this.has(parent)) {
        answer = true;
        break;
      }
      at = parent;
    }
    for (const pid of path) this.#foreign.set(pid, answer);
    return answer;
  }
}

function add(index: Map<number, ProcessInfo[]>, key: number, info: ProcessInfo): void {
  const list = index.get(key);
  if (list === undefined) index.set(key, [info]);
  else list.push(info);
}
