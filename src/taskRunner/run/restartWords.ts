import { formatDuration } from "../base/duration";
import type { RestartPolicy } from "../task/restart";
import { docs } from "./docsPages";
import type { Restart } from "./restarts";

export function restartingLine({ nth, max, within, pauseMs }: Restart): string {
  return `restarting in ${formatDuration(pauseMs)} (restart ${nth} of at most ${max} within ${formatDuration(within)}), stop to prevent it`;
}

/** What is said when a task has been restarted often enough. */
export function enoughRestartsLine({ max, within }: RestartPolicy): string {
  return `not restarted again: ${max === 1 ? "1 restart" : `${max} restarts`} within ${formatDuration(within)} did not help ${docs("restart")}`;
}
