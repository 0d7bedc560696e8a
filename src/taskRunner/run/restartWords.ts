import * as l10n from "@vscode/l10n";
import { formatDuration } from "../base/duration";
import type { RestartPolicy } from "../task/restart";
import { docs } from "./docsPages";
import type { Restart } from "./restarts";

export function restartingLine({ nth, max, within, pauseMs }: Restart): string {
  return l10n.t("restarting in {0} (restart {1} of at most {2} within {3}), stop to prevent it", formatDuration(pauseMs), nth, max, formatDuration(within));
}

/** What is said when a task has been restarted often enough. */
export function enoughRestartsLine(policy: RestartPolicy): string {
  return `${enoughRestartsText(policy)} ${docs("restart")}`;
}

export function enoughRestartsText({ max, within }: RestartPolicy): string {
  return max === 1 ? l10n.t("not restarted again: 1 restart within {0} did not help", formatDuration(within)) : l10n.t("not restarted again: {0} restarts within {1} did not help", max, formatDuration(within));
}
