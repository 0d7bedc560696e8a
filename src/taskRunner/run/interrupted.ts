import type { InterruptedTask } from "../recovery/reloadNote";
import type { RunState } from "./state";
import type { TaskKey } from "./stopAllGate";

/** VS Code closes the terminals of a window that goes away before it says so; not longer before than this, in milliseconds. */
const CLOSING_MS = 2000;

/**
 * Whether it is the end of its window that has interrupted the run.
 * @param now when the window said that it is closing, in the clock's milliseconds
 */
export function isInterrupted(state: RunState, now: number): boolean {
  if (state.kind === "waiting" || state.kind === "running") return true;
  if (state.kind === "stopping") return state.reason.kind === "windowClosing" || (state.reason.kind === "terminalClosed" && now - state.since <= CLOSING_MS);
  if (state.kind !== "ended" || now - state.at > CLOSING_MS) return false;
  const { outcome } = state;
  return "stop" in outcome && (outcome.stop?.kind === "windowClosing" || outcome.stop?.kind === "terminalClosed");
}

/**
 * The tasks that a reload of the window has interrupted. VS Code starts recorded background tasks anew if one of its own has lived on,
 * and else none: what it does not start is started by us, once.
 */
export class InterruptedTasks {
  /** Resolves when it is known which these are; nothing of ours is started before. */
  readonly ready: Promise<void>;
  #left: readonly InterruptedTask[] = [];
  /** Which of them are being started again; undefined before it is known that it is not all background tasks. */
  #restarting: readonly TaskKey[] | undefined;

  constructor(note: Promise<readonly InterruptedTask[]>) {
    this.ready = note.then((tasks) => void (this.#left = tasks));
  }

  /**
   * A task begins, whoever has started it.
   * @returns the ids of its interrupted runs, for which it waits; [] when there were none, or it has begun before. And whether it begins
   *   because these were interrupted, and not because somebody runs it later.
   */
  begun(key: TaskKey): { readonly runIds: string[]; readonly isRestart: boolean } {
    const runs = this.#left.filter((task) => isSame(task, key));
    const isRestart = this.toRestart().some((one) => isSame(one, key)) && (this.#restarting?.some((one) => isSame(one, key)) ?? true);
    this.#left = this.#left.filter((task) => !isSame(task, key));
    return { runIds: runs.map(({ runId }) => runId), isRestart };
  }

  /** Those to be started again, that have not begun yet. */
  toRestart(): TaskKey[] {
    const background = this.#left.filter(({ isBackground }) => isBackground);
    return background.filter((task, i) => background.findIndex((other) => isSame(other, task)) === i).map(({ label, scope }) => ({ label, scope }));
  }

  /** None of them is started again. */
  leave(): void {
    this.#restarting = [];
  }

  /**
   * Starts those that have not begun, one after the other. VS Code starts what another one of them depends on: a second start would
   * meet the first.
   * @param start does not throw; false when it could not be started
   * @param dependsOn whether the first one depends on the second one, directly or not
   * @returns the names of those that could not be started
   */
  async restart(start: (key: TaskKey) => Promise<boolean>, dependsOn: (task: TaskKey, other: TaskKey) => boolean): Promise<string[]> {
    const started: TaskKey[] = [];
    const failed: TaskKey[] = [];
    const tasks = this.toRestart();
    const needs = (task: TaskKey, other: TaskKey): boolean => !isSame(task, other) && dependsOn(task, other);
    // What depends on a task is tried before it; when that fails, the task is started alone.
    const isNext = (key: TaskKey): boolean => !started.includes(key) && !failed.includes(key) && !tasks.some((other) => !failed.includes(other) && needs(other, key));
    for (let key = tasks.find(isNext); key !== undefined; key = tasks.find(isNext)) {
      // It may have begun meanwhile.
      (!this.#isLeft(key) || (await start(key)) ? started : failed).push(key);
    }
    this.#restarting = tasks.filter((key) => started.some((one) => one === key || needs(one, key)));
    return failed.map(({ label }) => label);
  }

  #isLeft(key: TaskKey): boolean {
    return this.#left.some((one) => isSame(one, key));
  }
}

function isSame(a: TaskKey, b: TaskKey): boolean {
  return a.label === b.label && a.scope === b.scope;
}
