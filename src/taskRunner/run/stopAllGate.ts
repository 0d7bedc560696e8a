/** How long after a Stop All, or after the last task that was refused because of it, a compound task may still start others. */
const STARTING_MS = 5000;

/** A task: its name in its scope. */
export interface TaskKey {
  readonly label: string;
  readonly scope: string;
}

/**
 * Makes Stop All final. VS Code starts the tasks of a compound one after the other and cannot be asked to give up: those that
 * it starts after a Stop All are refused, until the user starts one of the compound's tasks again.
 */
export class StopAllGate {
  readonly #share: (a: TaskKey, b: TaskKey) => boolean;
  /** The tasks that were stopped, or refused since. */
  #stopped: readonly TaskKey[] = [];
  #until = 0;

  /** @param share whether two tasks belong to one compound task */
  constructor(share: (a: TaskKey, b: TaskKey) => boolean) {
    this.#share = share;
  }

  /**
   * @param live the tasks that are being stopped
   * @param now in the clock's milliseconds
   */
  stopAll(live: readonly TaskKey[], now: number): void {
    // A second Stop All is for the same compounds, whose tasks may have ended meanwhile.
    this.#stopped = now > this.#until ? live : [...this.#stopped, ...live];
    this.#until = now + STARTING_MS;
  }

  /** The user has asked for this task, or for the compound task of this name: what goes with it may start again. */
  reopen(task: TaskKey): void {
    this.#stopped = this.#stopped.filter((other) => !isSame(other, task) && !this.#share(other, task));
  }

  /**
   * A task begins.
   * @param isExplicit whether the user has asked for this very task
   * @returns the stopped task of the same compound because of which it is not to start; undefined when it may
   */
  refuses(task: TaskKey, isExplicit: boolean, now: number): TaskKey | undefined {
    if (now > this.#until) return undefined;
    // A compound starts each of its tasks once. One that begins again was started again by the user, with its compound.
    if (isExplicit || this.#stopped.some((other) => isSame(other, task))) {
      this.reopen(task);
      return undefined;
    }
    const because = this.#stopped.find((other) => this.#share(other, task));
    if (because === undefined) return undefined;
    this.#stopped = [...this.#stopped, task];
    this.#until = now + STARTING_MS;
    return because;
  }
}

function isSame(a: TaskKey, b: TaskKey): boolean {
  return a.label === b.label && a.scope === b.scope;
}
