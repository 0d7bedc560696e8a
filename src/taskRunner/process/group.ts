import { isSameProcess, type ProcessInfo, type ProcessTable } from "./table";

/** What a group must know of its leader: a child of ours. */
export interface Leader {
  readonly pid: number;
  /** Set once the leader has ended and been reaped; until then nobody else can have its pid, nor its group's id. */
  readonly state: object | undefined;
  wait(): Promise<unknown>;
}

/** The processes that one run has started, as far as they stayed together. */
export interface ProcessGroup {
  /** The live members that are certainly ours, in the order in which they started. */
  members(): Promise<ProcessInfo[]>;
  /** Whether any of them still lives. */
  isAlive(): Promise<boolean>;
  /**
   * Sends the signal to all members. While the leader has not ended, it is sent before this returns.
   * @returns whether there was anybody to send it to
   * @throws the system's error, such as EPERM
   */
  signal(signal: NodeJS.Signals): Promise<boolean>;
}

/** A process group of POSIX, led by a child that was started with setsid. */
export class PosixGroup implements ProcessGroup {
  readonly #leader: Leader;
  readonly #mark: string;
  readonly #table: ProcessTable;
  /** Members that were certainly ours when they were last seen. */
  #known: ProcessInfo[] = [];
  #leaderGoneAt = Infinity;

  /** @param mark the environment entry ("KEY=value") that every process of the run inherits */
  constructor(leader: Leader, mark: string, table: ProcessTable) {
    // 0 and 1 would address our own group and init, -1 every process there is.
    if (!Number.isSafeInteger(leader.pid) || leader.pid <= 1) throw new RangeError(`not a process group: ${leader.pid}`);
    this.#leader = leader;
    this.#mark = mark;
    this.#table = table;
    void leader.wait().then(() => (this.#leaderGoneAt = table.now()));
  }

  async members(): Promise<ProcessInfo[]> {
    if (!this.#exists()) return [];
    const leaderLived = this.#leaderLives();
    const found = await this.#table.group(this.#leader.pid);
    const ours = (leaderLived && this.#leaderLives()) || (await this.#anyVerified(found));
    this.#known = ours ? found : [];
    return this.#known;
  }

  async isAlive(): Promise<boolean> {
    if (!this.#exists()) return false;
    // Cheaper than looking through all processes: ask for those that we have seen before.
    for (const known of this.#known) {
      const now = await this.#table.read(known.pid);
      if (now?.pgid === this.#leader.pid && !now.zombie && isSameProcess(now, known)) return true;
    }
    return (await this.members()).length > 0;
  }

  async signal(signal: NodeJS.Signals): Promise<boolean> {
    if (!this.#leaderLives() && !(await this.isAlive())) return false;
    try {
      process.kill(-this.#leader.pid, signal);
      return true;
    } catch (error) {
      if (codeOf(error) === "ESRCH") return false;
      // macOS answers EPERM for a group that has only zombies left: look, don't trust.
      if (codeOf(error) === "EPERM" && !(await this.isAlive())) return false;
      throw error;
    }
  }

  #leaderLives(): boolean {
    return this.#leader.state === undefined;
  }

  /**
   * A group's id is not given to anybody else while a member lives. So if one member is ours, all are; and one is ours if
   * it was in the group before the leader's pid became free, if we have seen it there before, or if it carries our mark.
   */
  async #anyVerified(found: readonly ProcessInfo[]): Promise<boolean> {
    for (const member of found) {
      if (member.start <= this.#leaderGoneAt && member.pid !== this.#leader.pid) return true;
      if (this.#known.some((known) => isSameProcess(known, member))) return true;
      if (await this.#table.hasEnvironment(member.pid, this.#mark)) return true;
    }
    return false;
  }

  #exists(): boolean {
    try {
      process.kill(-this.#leader.pid, 0);
      return true;
    } catch (error) {
      return codeOf(error) !== "ESRCH";
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
