import { isAskedToStop, type Run } from "./run";

/**
 * Stops runs in the reverse order of dependence: what depends on another one ends before that is asked to stop, and those that do not depend on each
 * other are stopped together. Resolves when all have ended.
 * @param dependsOn whether the first one needs the second one
 * @param stop asks one of them
 */
export async function stopInOrder(runs: readonly Run[], dependsOn: (dependent: Run, dependency: Run) => boolean, stop: (run: Run) => unknown): Promise<void> {
  await Promise.all(
    runs.map(async (run) => {
      // Two that need each other cannot wait for each other.
      const dependents = runs.filter((other) => other !== run && dependsOn(other, run) && !dependsOn(run, other));
      if (dependents.length > 0) await Promise.all(dependents.map((other) => other.ended));
      if (run.state.kind !== "ended" && !isAskedToStop(run.state)) void stop(run);
      await run.ended;
    }),
  );
}
