import type { CancellableTasksApi, Run } from "../api";
import type { RunSnapshot } from "./taskRunner/run/state";
import type { TaskRuns } from "./taskRunner/run/taskRuns";

/**
 * Makes what other extensions get: plain data of its own, so that what is inside may change.
 * @param plainRun gives what makes that of a run; undefined as long as there are none
 */
export function createApi(runs: TaskRuns, plainRun: () => ((snapshot: RunSnapshot) => Run) | undefined): CancellableTasksApi {
  return {
    runs: () => runs.all().filter(({ isElsewhere }) => isElsewhere !== true).flatMap((run) => plainRun()?.(run.snapshot()) ?? []),
    onDidChangeRuns: (listener) => runs.onDidChange(() => listener()),
    usage: (id) => {
      const used = runs.get(id)?.usage?.();
      return used === undefined ? undefined : { cpuMs: used.cpuMs, ...(used.memoryBytes === undefined ? {} : { memoryBytes: used.memoryBytes }) };
    },
    stop: async (id) => {
      await runs.get(id)?.stop();
    },
    kill: async (id) => {
      await runs.get(id)?.kill();
    },
  };
}
