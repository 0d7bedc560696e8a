import type { Keeper } from "../exec/process";
import { checkedTable } from "../process/checkedTable";
import type { Container, GuardPlan } from "../process/container";
import type { RunProcess } from "../process/runProcess";
import type { ProcessInfo, ProcessTable } from "../process/table";
import type { Journal, JournalEntry, RunRecord } from "./journal";
import { Watchdog, type StopPlan, type WatchedPipe } from "./watchdog";

/** The event loop may stand still for so long, in milliseconds. */
const READ_NOW_MS = 10;

/** What is told about a run before it starts. */
export interface ProtectedRun extends Pick<JournalEntry, "id" | "label" | "commandLine" | "startedAt" | "since" | "marker"> {
  readonly plan: StopPlan;
}

/** What there may be of a started command besides its pipes. */
export interface StartedMore {
  /** What reaps the command, and keeps its numbers. */
  readonly keeper?: Keeper | undefined;
  /** What all its processes inherit. */
  readonly markerFile?: { readonly fd: number } | undefined;
  /** What keeps its processes together. */
  readonly container?: Pick<Container, "folder" | "guard"> | undefined;
  /** Resolves when the command's output is read no more, and so nothing may keep it open. */
  readonly outputFailed?: Promise<unknown> | undefined;
}

/** The protection of one run, for the case that this process dies without a chance to stop it. */
export interface ArmedProtection {
  /**
   * The command has been started.
   * @param reaped resolves in the moment in which the command is reaped. With it the watchdog knows whether the pid is still the
   *   command's, and so can also stop what it cannot see, such as a command that runs as another user.
   */
  started(pid: number, pipes: readonly WatchedPipe[], reaped?: Promise<unknown>, more?: StartedMore): void;
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

/** A text cannot be typed, nor a command be run, for a window that has died: then it is the signal. */
function guardPlan({ cancelSignal, waitDelay }: StopPlan): GuardPlan {
  if (cancelSignal === "SIGKILL") return { asks: false, graceMs: 0 };
  return { asks: cancelSignal !== "none", graceMs: waitDelay === 0 ? undefined : waitDelay };
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
    let record: RunRecord = { ...run, leader: undefined, survivors: [] };
    let guarded: StartedMore["container"];
    let isReaped = false;
    let isOver = false;
    const note = (more: Partial<RunRecord>): void => {
      record = { ...record, ...more };
      void this.#journal.write(record);
    };
    note({});
    return {
      started: (pid, pipes, reaped, { keeper, markerFile, container, outputFailed } = {}) => {
        if (container?.folder !== undefined) note({ cgroup: container.folder });
        guarded = container;
        const guardian = this.#watched ? container?.guard?.(guardPlan(plan)) : undefined;
        if (this.#watched) watchdog = new Watchdog({ ...run, plan, pipes, keeper, markerFile, container });
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
        void outputFailed?.then(() => watchdog?.closeOutput());
        const known = (infos: readonly (ProcessInfo | undefined)[]): void => {
          if (isOver) return;
          const [leader, watching] = [pid, watchdog?.pid ?? guardian].map((one) => infos.find((info) => info?.pid === one));
          if (leader !== undefined && !isReaped) watchdog?.watch(pid, leader.start);
          note({ ...(leader === undefined ? {} : { leader }), ...(watching === undefined ? {} : { watchdog: { pid: watching.pid, start: watching.start } }) });
        };
        // At once, where that can be done: the window can die in the next moment. Where they cannot be read at all, the watchdog
        // and the journal know the run by its marker.
        const pids = [pid, watchdog?.pid ?? guardian].filter((one) => one !== undefined);
        const now = checkedTable(this.#table).listNow(READ_NOW_MS, pids);
        if (now !== undefined && now.length > 0) known(now);
        void Promise.all(pids.map((one) => this.#table.read(one).catch(() => undefined))).then(known);
      },
      ended: (survivors, isAll) => {
        isOver = true;
        watchdog?.dismiss();
        guarded?.guard?.(undefined);
        if (survivors.length === 0 && isAll) void this.#journal.remove(run.id);
        else void this.#journal.write({ ...run, leader: record.leader, survivors, ...(record.cgroup === undefined ? {} : { cgroup: record.cgroup }) });
      },
    };
  }
}
