import { settledWithin } from "../base/deadline";
import { MARKER } from "../base/marker";
import { isSameProcess, type ProcessInfo, type ProcessTable } from "./table";

/** How long a chase goes on, and how long the event loop may stand still for it at once, in milliseconds. */
const CHASE_MS = 200;
const STAND_MS = 10;
/** When nothing of the family has been born for so long, in milliseconds, it is over, or has been lost sight of. */
const QUIET_MS = 1;
/** So many of the newest pids are looked at; who has had an older one for long is in the next list. */
const MOST_PIDS = 300;

/**
 * Kills those of a run that start their heirs faster than the process list can be read: when the next list is there, what each
 * of them has started before its kill has heirs itself. So only the newest pids are looked at: who carries the run's id is killed,
 * and who is born to these is killed at once, before anything is waited for. Made before the list is asked for, whose end it goes on from.
 */
export class Chase {
  readonly #table: ProcessTable;
  readonly #runId: string;
  readonly #family = new Map<number, ProcessInfo>();
  #last: number | undefined;

  constructor(table: ProcessTable, runId: string) {
    this.#table = table;
    this.#runId = runId;
    this.#last = table.newestPid();
  }

  /**
   * Never rejects.
   * @param kill is called at once for those that are found
   * @returns those that were found
   */
  async go(kill: (born: readonly ProcessInfo[]) => void): Promise<readonly ProcessInfo[]> {
    const end = performance.now() + CHASE_MS;
    const follow = (info: ProcessInfo): readonly ProcessInfo[] => this.#killFamily(info, kill, end);
    let strangers = this.#bornSince();
    for (let size = -1; size < this.#family.size && performance.now() < end;) {
      size = this.#family.size;
      // The newest first, each by itself: whose id has been read is killed while the others are still being read.
      const looks = [...strangers].reverse().map(async (info) => (!info.zombie && (this.#isHeir(info) || (await this.#isMarked(info))) ? follow(info) : [info]));
      // Whose parent has been found only now is looked at again.
      strangers = [...(await Promise.all(looks)).flat(), ...this.#sort(kill)].filter(({ pid }) => !this.#family.has(pid));
    }
    return [...this.#family.values()];
  }

  async #isMarked({ pid }: ProcessInfo): Promise<boolean> {
    const markers = await settledWithin(CHASE_MS, () => this.#table.markers([pid], MARKER));
    return markers.kind === "done" && markers.value.get(pid) === this.#runId;
  }

  /** Kills it, its children, and theirs, as they get their pids, until the chase ends. @returns who else has come meanwhile */
  #killFamily(first: ProcessInfo, kill: (born: readonly ProcessInfo[]) => void, chaseEnd: number): readonly ProcessInfo[] {
    kill([first]);
    this.#family.set(first.pid, first);
    const strangers: ProcessInfo[] = [];
    const end = Math.min(chaseEnd, performance.now() + STAND_MS);
    for (let quietAt = performance.now() + QUIET_MS; performance.now() < Math.min(end, quietAt);) {
      const size = this.#family.size;
      strangers.push(...this.#sort(kill));
      if (this.#family.size > size) quietAt = performance.now() + QUIET_MS;
    }
    return strangers;
  }

  /** Kills those that were born to the family since the last time. @returns the others */
  #sort(kill: (born: readonly ProcessInfo[]) => void): readonly ProcessInfo[] {
    const born = this.#bornSince();
    const heirs = born.filter((info) => this.#isHeir(info) && this.#family.set(info.pid, info));
    if (heirs.length > 0) kill(heirs.filter(({ zombie }) => !zombie));
    return born.filter(({ pid }) => !this.#family.has(pid));
  }

  /** Those that have come since the last time; none when the numbers have begun anew. */
  #bornSince(): readonly ProcessInfo[] {
    const [last, newest] = [this.#last, this.#table.newestPid()];
    this.#last = newest;
    if (last === undefined || newest === undefined || newest <= last) return [];
    return this.#table.listNow(STAND_MS, Array.from({ length: Math.min(newest - last, MOST_PIDS) }, (_, at) => newest - at).reverse()) ?? [];
  }

  /** The parent is looked at after the child: when it is still the one that it was, the child is no stranger's. */
  #isHeir(info: ProcessInfo): boolean {
    const parent = this.#family.get(info.ppid);
    return parent !== undefined && isSameProcess(this.#table.listNow(STAND_MS, [parent.pid])?.[0], parent);
  }
}
