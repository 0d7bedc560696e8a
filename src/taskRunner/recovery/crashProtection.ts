import type { RunProcess } from "../process/runProcess";
import type { ProcessInfo, ProcessTable } from "../process/table";
import { Watchdog, type StopPlan, type WatchedPipe } from "./watchdog";
import type { Journal } from "./journal";

/** What is told about a run before it starts. */
export interface ProtectedRun {
  readonly id: string;
  readonly label: string;
  readonly commandLine: string;
  readonly startedAt: number;
  readonly since: number;
  readonly marker: string;
  readonly plan: StopPlan;
}

/** What is done for one run in case this process dies without a chance to stop it. */
export interface ArmedProtection {
  /** The command has been started. */
  started(pid: number, pipes: readonly WatchedPipe[]): void;
  /** The run has ended, or its survivors have changed since. */
  ended(survivors: readonly RunProcess[]): void;
}

/** Makes the nets of runs. */
export interface CrashProtection {
  arm(entry: ProtectedRun): ArmedProtection;
}

/**
 * A guard, which stops the run when this process is gone, and an entry in the journal, by which a later window finds what
 * the guard could not stop.
 */
export class WatchdogAndJournal implements CrashProtection {
  readonly #table: ProcessTable;
  readonly #journal: Journal;
  readonly #watched: boolean;

  /** @param watched whether runs get a guard; without one the next window finds everything alive */
  constructor(table: ProcessTable, journal: Journal, watched: boolean) {
    this.#table = table;
    this.#journal = journal;
    this.#watched = watched;
  }

  arm({ plan, ...entry }: ProtectedRun): ArmedProtection {
    let watchdog: Watchdog | undefined;
    let leader: ProcessInfo | undefined;
    let over = false;
    void this.#journal.write({ ...entry, leader, survivors: [] });
    return {
      started: (pid, pipes) => {
        if (this.#watched) watchdog = new Watchdog(entry.marker, plan, pipes);
        void this.#table.read(pid).then((info) => {
          leader = info;
          if (info === undefined || over) return;
          watchdog?.watch(info);
          void this.#journal.write({ ...entry, leader, survivors: [] });
        });
      },
      ended: (survivors) => {
        over = true;
        watchdog?.dismiss();
        void (survivors.length === 0 ? this.#journal.remove(entry.id) : this.#journal.write({ ...entry, leader, survivors }));
      },
    };
  }
}
