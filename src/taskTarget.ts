import * as l10n from "@vscode/l10n";
import type { ListedTask } from "./taskRunner/task/configuredTask";

/** What a command for a task was called for. */
export type TaskTarget =
  /** Nothing: the palette, or a key. */
  | { readonly kind: "none" }
  | { readonly kind: "task"; readonly task: ListedTask }
  /** A row that stands for no task, or for none any more. `why` is a sentence. */
  | { readonly kind: "missing"; readonly why: string };

/** VS Code passes no row when the tree was being made anew between press and release. */
export function rowUnknownText(): string {
  return l10n.t("Nothing was done, because the list was being updated; click again.");
}

/** @param args as the command gets them: of the palette none, of a row `(element, selection)` */
export function taskTarget(args: readonly unknown[], find: (key: string) => ListedTask | undefined): TaskTarget {
  if (args.length === 0) return { kind: "none" };
  const [given] = args;
  const key = typeof given === "object" && given !== null && "taskKey" in given ? given.taskKey : undefined;
  if (typeof key !== "string") return { kind: "missing", why: rowUnknownText() };
  const task = find(key);
  return task === undefined ? { kind: "missing", why: l10n.t("Nothing was done, because that task is no longer configured.") } : { kind: "task", task };
}

/** Whether Enter runs what a row stands for: a task without a terminal in this window. @param contextValue the row's */
export function isRunByEnter(contextValue: string): boolean {
  return ["task.idle", "task.lost", "group.idle"].includes(contextValue);
}
