import { isAskedToStop, type Run } from "./run";
import { stopInOrder } from "./stopInOrder";

/** Stops groups of runs: what depends on others first. */
export class GroupStops {
  /** The groups of which a Stop waits for dependents to end. */
  readonly #stopping = new Set<string>();

  /** Whether a further Stop is one that does not wait: a Stop of the group is under way, or all its runs have been asked one by one. */
  isStopping(group: string, runs: readonly Run[]): boolean {
    return this.#stopping.has(group) || (runs.length > 0 && runs.every(({ state }) => isAskedToStop(state)));
  }

  /**
   * Asked a second time, it does not wait for dependents: what has been asked is killed, the others are asked.
   * @param group by what it is known
   * @param runs the live ones
   * @param dependsOn whether the first one needs the second one
   */
  stop(group: string, runs: readonly Run[], dependsOn: (dependent: Run, dependency: Run) => boolean): void {
    if (this.isStopping(group, runs)) {
      for (const run of runs) void run.stop();
      return;
    }
    this.#stopping.add(group);
    void stopInOrder(runs, dependsOn, (run) => run.stop()).finally(() => this.#stopping.delete(group));
  }
}
