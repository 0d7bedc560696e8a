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

  constructor(note: Promise<readonly InterruptedTask[]>) {
    this.ready = note.then((tasks) => void (this.#left = tasks));
  }

  /** A task begins, whoever has started it. @returns the ids of its interrupted runs; [] when there were none, or it has begun before */
  begun(key: TaskKey): string[] {
    const runs = this.#left.filter((task) => isSame(task, key));
    this.#left = this.#left.filter((task) => !isSame(task, key));
    return runs.map(({ runId }) => runId);
  }

  /** Those to be started again, that have not begun yet. */
  toRestart(): TaskKey[] {
    const background = this.#left.filter(({ isBackground }) => isBackground);
    return background.filter((task, i) => background.findIndex((other) => isSame(other, task)) === i).map(({ label, scope }) => ({ label, scope }));
  }
}

function isSame(a: TaskKey, b: TaskKey): boolean {
  return a.label === b.label && a.scope === b.scope;
}
