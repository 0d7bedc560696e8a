import * as l10n from "@vscode/l10n";
import type { RunSnapshot } from "./taskRunner/run/state";
import { outcomeText } from "./taskRunner/run/words";

/** What a command does to the run that the user picks. */
export type Deed = "stop" | "kill" | "stopWaiting" | "free" | "restart" | "reveal" | "openInBrowser";

/** Asks which of several runs is meant. */
export function whichText(deed: Deed): string {
  switch (deed) {
    case "stop":
      return l10n.t("Which task to stop?");
    case "kill":
      return l10n.t("Which task to kill?");
    case "stopWaiting":
      return l10n.t("Which task to stop waiting for?");
    case "free":
      return l10n.t("Which task to free from its holders?");
    case "restart":
      return l10n.t("Which task to restart?");
    case "reveal":
      return l10n.t("Which task to reveal?");
    case "openInBrowser":
      return l10n.t("Which task to open in a browser?");
  }
}

/** Says that there is none. */
export function noneText(deed: Deed): string {
  switch (deed) {
    case "stop":
      return l10n.t("There is no cancellable task to stop.");
    case "kill":
      return l10n.t("There is no cancellable task to kill.");
    case "stopWaiting":
      return l10n.t("There is no cancellable task to stop waiting for.");
    case "free":
      return l10n.t("There is no cancellable task to free from its holders.");
    case "restart":
      return l10n.t("There is no cancellable task to restart.");
    case "reveal":
      return l10n.t("There is no cancellable task to reveal.");
    case "openInBrowser":
      return l10n.t("There is no cancellable task to open in a browser.");
  }
}

/** A run in a list to pick from: "running, pid 42", "exited with code 3". */
export function pickedStateText({ state, pid }: RunSnapshot): string {
  if (state.kind === "ended") return outcomeText(state.outcome);
  const kind = stateText(state.kind);
  return pid === undefined ? kind : `${kind}, ${l10n.t("pid {0}", pid)}`;
}

function stateText(kind: Exclude<RunSnapshot["state"]["kind"], "ended">): string {
  switch (kind) {
    case "waiting":
      return l10n.t({ message: "waiting", comment: ["A task that waits for its previous run, or for an answer, before it starts."] });
    case "running":
      return l10n.t("running");
    case "stopping":
      return l10n.t("stopping");
    case "draining":
      return l10n.t({ message: "output held", comment: ["A task whose command has exited, and whose output is still held open by others."] });
  }
}
