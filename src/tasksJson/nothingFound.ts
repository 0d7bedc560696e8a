import * as l10n from "@vscode/l10n";
import type { Direction } from "./choices";

/** What leads on where there is no task to convert. */
export type NextStep = "newTask" | "openFolder" | "makeCancellable" | "openBroken";

export interface NothingFound {
  /** Sentences. */
  readonly text: string;
  /** The titles of the buttons, in their order. */
  readonly buttons: readonly { readonly title: string; readonly step: NextStep }[];
}

/**
 * What is said, and offered, where there is nothing to convert.
 * @param broken a sentence about each file that could not be read
 * @param kept a sentence about each task that stays as it is
 * @param canHold whether there is a file, or a place for one, that can have tasks
 */
export function nothingFound(direction: Direction, { broken, kept, canHold }: { readonly broken: readonly string[]; readonly kept: readonly string[]; readonly canHold: boolean }): NothingFound {
  if (!canHold) return { text: l10n.t("Open a folder first: a task belongs to one."), buttons: [{ title: l10n.t("Open Folder..."), step: "openFolder" }] };
  const none = direction === "cancellable" ? l10n.t("There is no task that could be made cancellable.") : l10n.t("There is no cancellable task.");
  const text = [none, ...broken, ...kept].join(" ");
  // A new task cannot be written to a file that cannot be read.
  if (broken.length > 0) return { text, buttons: [{ title: l10n.t("Show the Error"), step: "openBroken" }] };
  return direction === "cancellable"
    ? { text, buttons: [{ title: l10n.t("New Cancellable Task..."), step: "newTask" }] }
    : { text, buttons: [{ title: l10n.t("Make Tasks Cancellable..."), step: "makeCancellable" }] };
}
