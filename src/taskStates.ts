import { Emitter, type Disposable } from "./taskRunner/base/emitter";
import { isAskedToStop, type Run } from "./taskRunner/run/run";
import type { TaskState } from "./tasksJson/runLenses";

/** What the lenses above the tasks of a tasks.json need: which of them run. */
export class TaskStates {
  readonly #own: () => readonly Run[];
  readonly #keyOf: (run: Run) => string | undefined;
  readonly #isConfigured: (key: string) => boolean;
  readonly #changed = new Emitter<undefined>();
  /** Told when a task has begun to run or to stop, or has ended, and when others are configured; not of anything else that a run does. */
  readonly onDidChange = (listener: () => void): Disposable => this.#changed.event(listener);
  #told = "";

  /**
   * @param own the live runs of this window
   * @param keyOf the task of a run
   */
  constructor(own: () => readonly Run[], keyOf: (run: Run) => string | undefined, isConfigured: (key: string) => boolean) {
    this.#own = own;
    this.#keyOf = keyOf;
    this.#isConfigured = isConfigured;
  }

  /** @returns undefined where no such task is configured, such as one that is not saved yet */
  of(key: string): TaskState | undefined {
    if (!this.#isConfigured(key)) return undefined;
    const run = this.#own().findLast((one) => this.#keyOf(one) === key);
    return run === undefined ? { kind: "idle", key } : { kind: isAskedToStop(run.state) ? "stopping" : "running", runId: run.id };
  }

  /** Some run has changed. */
  runsChanged(): void {
    const now = this.#own().map((run) => `${run.id} ${isAskedToStop(run.state)}`).join("\n");
    if (now === this.#told) return;
    this.#told = now;
    this.tasksChanged();
  }

  tasksChanged(): void {
    this.#changed.fire(undefined);
  }
}
