import type { RunProcess } from "../process/runProcess";
import type { ProcessInfo, ProcessTable } from "../process/table";
import type { RunDefinition } from "./definition";
import { Guard, type GuardedPipe } from "./guard";
import type { Journal } from "./journal";

/** What is told about a run before it starts. */
export interface NetEntry {
  readonly id: string;
  readonly label: string;
  readonly commandLine: string;
  readonly startedAt: number;
  readonly since: number;
  readonly mark: string;
  readonly definition: RunDefinition;
}

/** What is done for one run in case this process dies without a chance to stop it. */
export interface NetOfRun {
  /** The command has been started. */
  started(pid: number, pipes: readonly GuardedPipe[]): void;
  /** The run has ended, or its survivors have changed since. */
  ended(survivors: readonly RunProcess[]): void;
}

/** Makes the nets of runs. */
export interface SafetyNet {
  spread(entry: NetEntry): NetOfRun;
}

/**
 * A guard, which stops the run when this process is gone, and an entry in the journal, by which a later window finds what
 * the guard could not stop.
 */
export class GuardAndJournal implements SafetyNet {
  readonly #table: ProcessTable;
  readonly #journal: Journal;
  readonly #guarded: boolean;

  /** @param guarded whether runs get a guard; without one the next window finds everything alive */
  constructor(table: ProcessTable, journal: Journal, guarded: boolean) {
    this.#table = table;
    this.#journal = journal;
    this.#guarded = guarded;
  }

  spread({ definition, ...entry }: NetEntry): NetOfRun {
    let guard: Guard | undefined;
    let leader: ProcessInfo | undefined;
    let over = false;
    void this.#journal.write({ ...entry, leader, survivors: [] });
    return {
      started: (pid, pipes) => {
        if (this.#guarded) guard = new Guard(entry.mark, definition, pipes);
        void this.#table.read(pid).then((info) => {
          leader = info;
          if (info === undefined || over) return;
          guard?.watch(info);
          void this.#journal.write({ ...entry, leader, survivors: [] });
        });
      },
      ended: (survivors) => {
        over = true;
        guard?.dismiss();
        void (survivors.length === 0 ? this.#journal.remove(entry.id) : this.#journal.write({ ...entry, leader, survivors }));
      },
    };
  }
}
