import { Emitter, type Disposable } from "../base/emitter";
import { isAskedToStop, type Run } from "./run";
import type { StopReason } from "./state";

/** Ended runs that are kept for looking at; the oldest goes first. One with survivors stays until they are gone. */
const KEPT_ENDED = 20;

/** How long the event loop may stand still while many are stopped, in milliseconds. */
const SLICE_MS = 10;

/** All runs of this window, live and ended, and the live ones of other windows. */
export class TaskRuns {
  readonly #runs = new Map<string, Run>();
  readonly #changed = new Emitter<Run | undefined>();
  #isClosing = false;

  /** Told the run that has changed; undefined when runs were removed. */
  onDidChange(listener: (run: Run | undefined) => void): Disposable {
    return this.#changed.event(listener);
  }

  /** Adds a run that is about to be started. */
  add(run: Run): void {
    this.#runs.set(run.id, run);
    run.onDidChange(() => this.#changed.fire(run));
    this.#changed.fire(run);
    void run.ended.then(() => this.#forgetOldest());
    // A task that is restarted by itself is not, any more.
    if (this.#isClosing) void run.stop({ kind: "windowClosing" });
  }

  /** Forgets one run, of which there is nothing more to see. */
  remove(run: Run): void {
    this.#forget([run]);
  }

  get(id: string): Run | undefined {
    return this.#runs.get(id);
  }

  /** In the order in which they were started. */
  all(): Run[] {
    return [...this.#runs.values()];
  }

  /** Also those of other windows. */
  live(): Run[] {
    return this.all().filter((run) => run.state.kind !== "ended");
  }

  /** Those live runs that this window has started. */
  own(): Run[] {
    return this.live().filter(({ isElsewhere }) => isElsewhere !== true);
  }

  /** Those runs that are being stopped, and so must be gone before one that takes their place may start. */
  stopping(): Run[] {
    return this.own().filter(({ state }) => isAskedToStop(state));
  }

  /** Stops all live runs of this window, or these, a few in each turn of the event loop when there are many; resolves when they have ended. */
  async stopAll(reason: StopReason = { kind: "user" }, runs: readonly Run[] = this.own()): Promise<void> {
    const ended: Promise<unknown>[] = [];
    let end = performance.now() + SLICE_MS;
    for (const run of runs) {
      ended.push(run.stop(reason));
      if (performance.now() < end) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      end = performance.now() + SLICE_MS;
    }
    await Promise.all(ended);
  }

  /**
   * Forgets the ended runs of which nothing is left.
   * @returns those of which processes live on: they stay, or these processes could not be seen and killed any more
   */
  clearEnded(): Run[] {
    const ended = this.all().filter((run) => run.state.kind === "ended");
    this.#forget(ended.filter((run) => !hasSurvivors(run)));
    return ended.filter(hasSurvivors);
  }

  /**
   * The window closes: every group is signalled before this returns, and killed when `graceMs` is over.
   * @param graceMs milliseconds that the editor still grants
   */
  async shutDown(graceMs: number): Promise<void> {
    this.#isClosing = true;
    const stopped = Promise.all(this.own().map((run) => run.stop({ kind: "windowClosing" })));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), graceMs);
    });
    if ((await Promise.race([stopped, late])) === "late") await Promise.all(this.own().map((run) => run.kill()));
    clearTimeout(timer);
  }

  #forgetOldest(): void {
    const ended = this.all().filter((run) => run.state.kind === "ended" && !hasSurvivors(run));
    this.#forget(ended.slice(0, Math.max(0, ended.length - KEPT_ENDED)));
  }

  #forget(runs: readonly Run[]): void {
    if (runs.length === 0) return;
    for (const run of runs) {
      if (this.#runs.delete(run.id)) run.dispose();
    }
    this.#changed.fire(undefined);
  }
}

function hasSurvivors(run: Run): boolean {
  return run.snapshot().survivors.length > 0;
}
