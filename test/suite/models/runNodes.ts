import type { RunSnapshot } from "../../../src/taskRunner/run/state";
import type { TreeNode } from "../../../src/views/runsTreeModel";
import { treeNodes } from "../../../src/views/taskTreeModel";

/** The tree of runs where no task is configured. */
export function runNodes(runs: readonly RunSnapshot[], now: number, dateOf: (time: number) => number): TreeNode[] {
  return treeNodes({ tasks: [], runs: runs.map((snapshot) => ({ snapshot, taskKey: undefined })), usage: new Map(), byFolder: true, now, since: () => now, dateOf });
}
