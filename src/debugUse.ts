import type { Clock, Timer } from "./taskRunner/base/clock";

/** A session that is restarted ends first; its successor begins within this time, in milliseconds. */
const RESTART_MS = 1000;

/** A debug session, and the task that was started for it. */
export interface DebuggedTask {
  /** The `preLaunchTask` of its configuration, as it stands there: a label, or a task's properties. */
  readonly task: unknown;
  /** The folder whose tasks.json it is from, as a URI; undefined for the workspace's. */
  readonly folder: string | undefined;
}

/** Which debug sessions use which task; tells when the last one of a task has ended. A session that is only restarted goes on using it. */
export class DebugUse {
  readonly #clock: Clock;
  readonly #unused: (task: DebuggedTask, used: readonly DebuggedTask[]) => void;
  /** The tasks that each live session uses. */
  readonly #sessions = new Map<string, readonly DebuggedTask[]>();
  readonly #timers = new Map<string, Timer>();

  /** @param unused told of a task when its last session has ended, and of those that other sessions use then */
  constructor(clock: Clock, unused: (task: DebuggedTask, used: readonly DebuggedTask[]) => void) {
    this.#clock = clock;
    this.#unused = unused;
  }

  /**
   * A session begins; told again, nothing changes.
   * @param tasks what was started for it
   * @param parentId of a child session (a worker, a browser's page): it uses what its parent uses
   */
  started(id: string, tasks: readonly DebuggedTask[], parentId: string | undefined): void {
    // Told again. What its parent used when it began stands, also when that has ended since.
    if (this.#sessions.has(id)) return;
    const used = [...tasks, ...((parentId === undefined ? undefined : this.#sessions.get(parentId)) ?? [])];
    this.#sessions.set(id, used);
    for (const task of used) this.#cancel(keyOf(task));
  }

  /** A session has ended; told again, nothing changes. */
  ended(id: string): void {
    const used = this.#sessions.get(id) ?? [];
    this.#sessions.delete(id);
    for (const task of used) {
      if (this.#isUsed(task)) continue;
      const key = keyOf(task);
      this.#cancel(key);
      this.#timers.set(key, this.#clock.after(RESTART_MS, () => {
        this.#timers.delete(key);
        this.#unused(task, [...this.#sessions.values()].flat());
      }));
    }
  }

  dispose(): void {
    for (const key of [...this.#timers.keys()]) this.#cancel(key);
    this.#sessions.clear();
  }

  #isUsed(task: DebuggedTask): boolean {
    const key = keyOf(task);
    return [...this.#sessions.values()].some((used) => used.some((one) => keyOf(one) === key));
  }

  #cancel(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }
}

function keyOf({ task, folder }: DebuggedTask): string {
  return JSON.stringify([task, folder]);
}

/**
 * The tasks that were started for a session: its configuration's, and those of the compounds that it is in, as launch.json has them. VS Code
 * does not tell whether a session belongs to a compound.
 * @param compounds the `compounds` of launch.json, as they are
 */
export function tasksOf(configuration: { readonly name?: unknown; readonly preLaunchTask?: unknown }, compounds: unknown): unknown[] {
  const { name, preLaunchTask } = configuration;
  const own = preLaunchTask === undefined || preLaunchTask === null || preLaunchTask === "" ? [] : [preLaunchTask];
  const others = (Array.isArray(compounds) ? (compounds as unknown[]) : []).flatMap((compound) => {
    if (typeof compound !== "object" || compound === null) return [];
    const { configurations, preLaunchTask: task } = compound as { readonly configurations?: unknown; readonly preLaunchTask?: unknown };
    const names = (Array.isArray(configurations) ? (configurations as unknown[]) : []).map((one) => (typeof one === "object" && one !== null && "name" in one ? one.name : one));
    return task !== undefined && task !== null && names.includes(name) ? [task] : [];
  });
  return [...own, ...others];
}
