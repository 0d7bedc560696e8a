import type { Disposable } from "./taskRunner/base/emitter";
import type { RunSnapshot } from "./taskRunner/run/state";
import type { TaskRuns } from "./taskRunner/run/taskRuns";

/** What `vscode.extensions.getExtension("waitdelay.cancellable-tasks").exports` offers to other extensions. */
export interface CancellableTasksApi {
  /** All runs of this window as plain data, in the order in which they were started. */
  runs(): RunSnapshot[];
  /** Told when a run was added, removed, or has changed. */
  onDidChangeRuns(listener: () => void): Disposable;
  /** Stops a run as the Stop button does; resolves when it has ended. An unknown id is ignored. */
  stop(id: string): Promise<void>;
  /** Kills a run's process group now; resolves when it has ended. An unknown id is ignored. */
  kill(id: string): Promise<void>;
}

export function createApi(runs: TaskRuns): CancellableTasksApi {
  return {
    runs: () => runs.all().map((run) => run.snapshot()),
    onDidChangeRuns: (listener) => runs.onDidChange(() => listener()),
    stop: async (id) => {
      await runs.get(id)?.stop();
    },
    kill: async (id) => {
      await runs.get(id)?.kill();
    },
  };
}
