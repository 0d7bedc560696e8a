import { isProblem, type Outcome, type RunEvent, type RunSnapshot } from "../taskRunner/run/state";
import { count, heldBy, outcomeText } from "../taskRunner/run/words";
import { messageText } from "./plainText";

export const NOTIFICATIONS = ["problems", "all", "none"] as const;
export type Notifications = (typeof NOTIFICATIONS)[number];

/** What a button of a notification does. */
export type NotificationAction = "killHolders" | "releasePipe" | "killSurvivors" | "show" | "never";

export interface Notification {
  readonly runId: string;
  readonly message: string;
  readonly actions: readonly { readonly title: string; readonly action: NotificationAction }[];
}

const SHOW = { title: "Show", action: "show" } as const;
const NEVER = { title: "Don't Show Again", action: "never" } as const;

/** What to show when this happens in a run; undefined when it is not worth an interruption. */
export function notificationOf(run: RunSnapshot, event: RunEvent, which: Notifications): Notification | undefined {
  if (which === "none") return undefined;
  if (event.kind === "draining") return hungPipe(run, event);
  if (event.kind !== "ended") return undefined;
  if (event.outcome.kind === "unkillable") return note(run, `"${run.label}" ${outcomeText(event.outcome)}.`, SHOW);
  if (which === "problems") return undefined;
  if (event.survivors.length > 0) return survivors(run, event);
  return hasFailed(event.outcome) ? note(run, `"${run.label}" ${outcomeText(event.outcome)}.`, SHOW) : undefined;
}

/** What to show when runs of a window that has died were found. */
export function orphanNotification(runs: readonly RunSnapshot[], which: Notifications): Notification | undefined {
  const [first] = runs;
  if (which === "none" || first === undefined) return undefined;
  const processes = runs.reduce((sum, run) => sum + run.survivors.length, 0);
  const names = runs.slice(0, 3).map(({ label }) => `"${label}"`);
  const whose = runs.length > 3 ? `${names.join(", ")} and ${runs.length - 3} more` : names.join(", ");
  return note(first, `${count(processes, "process")} of ${whose} ${processes === 1 ? "was" : "were"} left by an earlier window.`, SHOW, { title: "Kill All", action: "killSurvivors" });
}

function hungPipe(run: RunSnapshot, { holders }: RunEvent & { kind: "draining" }): Notification {
  const it = holders.length > 1 ? "Them" : "It";
  const kill = holders.length === 0 ? [] : [{ title: `Kill ${it}`, action: "killHolders" } as const];
  return note(run, `"${run.label}" has exited, but its output is still open: ${heldBy(holders)}.`, ...kill, { title: `Leave ${it}`, action: "releasePipe" });
}

function survivors(run: RunSnapshot, event: RunEvent & { kind: "ended" }): Notification {
  const n = event.survivors.length;
  const message = `${count(n, "process")} of "${run.label}" ${n === 1 ? "is" : "are"} still running.`;
  return note(run, message, SHOW, { title: n === 1 ? "Kill It" : "Kill Them", action: "killSurvivors" });
}

function hasFailed(outcome: Outcome): boolean {
  return isProblem(outcome) && outcome.kind !== "hungPipe";
}

function note(run: RunSnapshot, message: string, ...actions: Notification["actions"]): Notification {
  return { runId: run.id, message: messageText(message), actions: [...actions, NEVER] };
}
