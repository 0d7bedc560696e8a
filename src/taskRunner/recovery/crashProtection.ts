import type { Keeper } from "../exec/process";
import type { RunProcess } from "../process/runProcess";
import type { ProcessInfo, ProcessTable } from "../process/table";
import type { Journal, JournalEntry } from "./journal";
import { Watchdog, type StopPlan, type WatchedPipe } from "./watchdog";

/** What is told about a run before it starts. */
export interface ProtectedRun extends Pick<JournalEntry, "id" | "label" | "commandLine" | "startedAt" | "since" | "marker"> {
  readonly plan: StopPlan;
}

/** The protection of one run, for the case that this process dies without a chance to stop it. */
export interface ArmedProtection {
  /**
   * The command has been started.
   * @param reaped resolves in the moment in which the command is reaped. With it the watchdog knows whether the pid is still the
   *   command's, and so can also stop what it cannot see, such as a command that runs as another user.
   * @param keeper what reaps the command, and keeps its numbers
   * @param markerFile what all its processes inherit
   */
  started(pid: number, pipes: readonly WatchedPipe[], reaped?: Promise<unknown>, keeper?: Keeper, markerFile?: { readonly fd: number }): void;
  /**
   * The run has ended, or its survivors have changed since.
   * @param isAll whether nothing else can be left: else a later window looks again
   */
  ended(survivors: readonly RunProcess[], isAll: boolean): void;
}

/** Protects runs. */
export interface CrashProtection {
  arm(run: ProtectedRun): ArmedProtection;
}

/**
 * A watchdog, which stops the run when this process is gone, and an entry in the journal, by which a later window finds what
 * the watchdog could not stop.
 */
export class WatchdogAndJournal implements CrashProtection {
  readonly #table: ProcessTable;
  readonly #journal: Journal;
  readonly #watched: boolean;

  /** @param watched whether runs get a watchdog; without one the next window finds everything alive */
  constructor(table: ProcessTable, journal: Journal, watched: boolean) {
    this.#table = table;
    this.#journal = journal;
    this.#watched = watched;
  }

  arm({ plan, ...run }: ProtectedRun): ArmedProtection {
    let watchdog: Watchdog | undefined;
    let leader: ProcessInfo | undefined;
    let isReaped = false;
    let isOver = false;
    void this.#journal.write({ ...run, leader, survivors: [] });
    return {
      started: (pid, pipes, reaped, keeper, markerFile) => {
        if (this.#watched) watchdog = new Watchdog({ ...run, plan, pipes, keeper, markerFile });
        if (keeper !== undefined) {
          watchdog?.watch(pid, undefined);
          watchdog?.kept(keeper.pid, undefined);
          this.#table.read(keeper.pid).then((info) => isOver || watchdog?.kept(keeper.pid, info?.start), () => undefined);
        } else if (reaped !== undefined) {
          // At once: by its pid alone the leader is known as long as it has not been reaped.
          watchdog?.watch(pid, undefined);
          watchdog?.unreaped();
          const tell = (): void => {
            isReaped = true;
            watchdog?.reaped(this.#table.now(), this.#table.groupExists(pid));
          };
          reaped.then(tell, tell);
        }
        const known = (info: ProcessInfo | undefined): void => {
          leader = info;
          if (info === undefined || isOver) return;
          if (!isReaped) watchdog?.watch(pid, info.start);
          void this.#journal.write({ ...run, leader, survivors: [] });
        };
        // Where it cannot be read, the watchdog and the journal know the run by its marker.
        this.#table.read(pid).then(known, () => undefined);
      },
      ended: (survivors, isAll) => {
        isOver = true;
        watchdog?.dismiss();
        void (survivors.length === 0 && isAll ? this.#journal.remove(run.id) : this.#journal.write({ ...run, leader, survivors }));
      },
    };
  }
}
