import * as l10n from "@vscode/l10n";
import { COMMANDS } from "../contributions";
import { labelOf } from "./taskPlace";
import type { Entry, TasksDocument } from "./tasksDocument";

/** What a configured task does. `runId`: of its newest run, where it has several. */
export type TaskState = { readonly kind: "idle"; readonly key: string } | { readonly kind: "running" | "stopping"; readonly runId: string };

export interface RunLens {
  readonly entry: Entry;
  readonly title: string;
  readonly tooltip: string;
  readonly command: string;
  /** As a row of the view has it. */
  readonly argument: { readonly taskKey: string } | { readonly runId: string };
}

/**
 * "Run", or what the button of a running task's row does, above each task of our type.
 * @param stateOf by the label, as VS Code has it; undefined for a task that is not configured
 */
export function runLenses(tasks: TasksDocument, type: string, stateOf: (label: string) => TaskState | undefined): RunLens[] {
  const seen = new Set<string>();
  return tasks.entries.flatMap((entry) => {
    const label = entry.type === type ? labelOf(entry, type) : undefined;
    // Of two with one name VS Code has the first.
    if (label === undefined || seen.has(label)) return [];
    seen.add(label);
    const state = stateOf(label);
    return state === undefined ? [] : [{ entry, ...lensOf(state) }];
  });
}

function lensOf(state: TaskState): Omit<RunLens, "entry"> {
  switch (state.kind) {
    case "idle":
      return { title: `$(play) ${l10n.t("Run")}`, tooltip: l10n.t("Runs this task"), command: COMMANDS.runTask, argument: { taskKey: state.key } };
    case "running":
      return { title: `$(debug-stop) ${l10n.t("Stop")}`, tooltip: l10n.t("Stops this task"), command: COMMANDS.stop, argument: { runId: state.runId } };
    case "stopping":
      return { title: `$(stop-circle) ${l10n.t("Kill Now")}`, tooltip: l10n.t("Kills this task, which is being stopped"), command: COMMANDS.kill, argument: { runId: state.runId } };
  }
}
