/** The variable by which the processes of a run are known: every child inherits it. Its value is the run's id. */
export const MARKER = "CANCELLABLE_TASKS_RUN";

/** The entry in the environment of every process of this run. */
export function markerOf(runId: string): string {
  return `${MARKER}=${runId}`;
}

/** @param entry as made by `markerOf` */
export function runIdOf(entry: string): string {
  return entry.slice(entry.indexOf("=") + 1);
}
