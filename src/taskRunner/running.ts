import type { Disposable } from "./base/emitter";
import { systemClock } from "./base/clock";
import { fifoStock } from "./exec/fifo";
import { thisTable, thisUsageOf } from "./process/system";
import { WatchdogAndJournal } from "./recovery/crashProtection";
import { Journal } from "./recovery/journal";
import { Endpoints } from "./remote/endpoint";
import { OtherWindows } from "./remote/otherWindows";
import { RunServer } from "./remote/runServer";
import type { OrphanedRun } from "./run/orphanedRun";
import { OrphanSearch } from "./run/orphanedRuns";
import type { OutputTail } from "./run/outputTail";
import type { TaskRuns } from "./run/taskRuns";
import { UsageSampler } from "./run/usageSampler";

export interface RunningOptions {
  readonly runs: TaskRuns;
  /** The folders of what outlives this window: the entries of the journal, and the sockets. */
  readonly journalFolder: string;
  readonly socketFolder: string;
  /** What the window is known by. */
  readonly openFolder: string;
  /** Whether a watchdog stops the tasks if this process dies. */
  readonly isWatched: boolean;
  readonly outputOf: (runId: string) => OutputTail | undefined;
  /** Told when what the processes of the runs use has been measured anew. */
  readonly measured: () => void;
  /** Told what earlier windows have left. */
  readonly found: (lost: readonly OrphanedRun[]) => void;
}

/** What a window has once tasks run in it, or other windows have run some. */
export class Running implements Disposable {
  readonly table = thisTable;
  readonly journal: Journal;
  readonly protection: WatchdogAndJournal;
  readonly usage: UsageSampler;
  readonly #server: RunServer;
  readonly #search: OrphanSearch;
  readonly #otherWindows: OtherWindows;

  constructor({ runs, journalFolder, socketFolder, openFolder, isWatched, outputOf, measured, found }: RunningOptions) {
    this.journal = new Journal(journalFolder, thisTable, openFolder, undefined, new Endpoints(socketFolder));
    this.protection = new WatchdogAndJournal(thisTable, this.journal, isWatched);
    this.usage = new UsageSampler({ table: thisTable, clock: systemClock, usageOf: thisUsageOf, runs: () => runs.all(), told: measured });
    this.#server = new RunServer({ runs, output: outputOf, endpoint: () => this.journal.ownEndpoint(), listening: (isOn) => void this.journal.reachable(isOn), folder: openFolder });
    this.#otherWindows = new OtherWindows({ journal: this.journal, runs, clock: systemClock });
    this.#search = new OrphanSearch({
      journal: this.journal,
      table: thisTable,
      clock: systemClock,
      found: (lost) => {
        lost.forEach((run) => runs.add(run));
        found(lost);
      },
      gone: (run) => runs.remove(run),
    });
  }

  /** Looks for what earlier windows have left, and for what others run. */
  lookBack(): void {
    void this.#search.look();
    void this.#otherWindows.look();
  }

  /** Whether runs of other windows are to be shown as they come. */
  watchOthers(isOn: boolean): void {
    this.#otherWindows.watch(isOn);
  }

  /** Resolves when the files have been written, and what was made in advance has been put away. */
  async settled(): Promise<void> {
    await this.journal.settled();
    await fifoStock.close();
  }

  dispose(): void {
    this.#search.dispose();
    this.#server.dispose();
    this.#otherWindows.dispose();
    this.usage.dispose();
  }
}
