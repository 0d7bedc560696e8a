import type { Clock } from "../base/clock";
import { harmlessData } from "../base/harmless";
import type { Container } from "../process/container";
import type { RunProcess } from "../process/runProcess";
import type { ProcessTable } from "../process/table";
import { Emitter, type Disposable } from "../base/emitter";
import type { JournalEntry } from "../recovery/journal";
import type { Run } from "./run";
import type { Outcome, RunSnapshot, RunState } from "./state";
import { Survivors } from "./survivors";

const LOST: Outcome = { kind: "lost" };

/** What is left of a run whose window has died: nothing to wait for, only processes to be seen and killed. */
export class OrphanedRun implements Run {
  readonly id: string;
  readonly label: string;
  readonly state: RunState;
  readonly ended = Promise.resolve(LOST);
  /** Resolves when nothing is left of it. */
  readonly gone: Promise<void>;
  readonly #entry: Omit<JournalEntry, "folder"> & { readonly folder: string | undefined };
  /** In the clock's milliseconds. */
  readonly #startedAt: number;
  readonly #changed = new Emitter<undefined>();
  readonly #survivors: Survivors;
  readonly #find: () => Promise<readonly RunProcess[]>;

  /**
   * @param entry its `folder` only where that is another one than ours
   * @param find looks for what is left of the run
   * @param container in which that is, where it has one
   */
  constructor(entry: Omit<JournalEntry, "folder"> & { readonly folder: string | undefined }, survivors: readonly RunProcess[], find: () => Promise<readonly RunProcess[]>, table: ProcessTable, clock: Clock, container?: Container) {
    this.#find = find;
    this.id = entry.id;
    this.label = entry.label;
    this.state = { kind: "ended", at: clock.now(), outcome: LOST };
    this.#entry = entry;
    this.#startedAt = clock.now() - (Date.now() - entry.startedAt);
    this.#survivors = new Survivors(table, clock, () => container);
    this.#survivors.set(survivors);
    this.gone = new Promise((resolve) => {
      this.#survivors.onDidChange(() => {
        this.#changed.fire(undefined);
        if (this.#survivors.list.length > 0) return;
        container?.remove();
        resolve();
      });
    });
  }

  /** Whether a window of another folder has left it. */
  get isForeign(): boolean {
    return this.#entry.folder !== undefined;
  }

  onDidChange(listener: () => void): Disposable {
    return this.#changed.event(listener);
  }

  snapshot(): RunSnapshot {
    const { id, label, state } = this;
    const { commandLine, leader, folder } = this.#entry;
    return harmlessData({ id, label, commandLine, pid: leader?.pid, startedAt: this.#startedAt, state, waitDelay: 0, survivors: this.#survivors.list, ...(folder === undefined ? {} : { folder }) });
  }

  /** No command is left whose end could be awaited; what remains is for `killAllSurvivors`. */
  stop(): Promise<Outcome> {
    return this.ended;
  }

  kill(): Promise<Outcome> {
    return this.ended;
  }

  releasePipe(): void {
    // Its pipes are gone with its window.
  }

  async killSurvivor(pid: number): Promise<void> {
    await this.#survivors.kill(pid);
  }

  async killAllSurvivors(): Promise<void> {
    await this.#survivors.killAll(this.#find, this.id);
  }

  dispose(): void {
    this.#survivors.dispose();
    this.#changed.dispose();
  }
}
