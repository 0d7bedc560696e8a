import { COMMANDS } from "../contributions";
import { isKillable, type RunProcess } from "../taskRunner/process/runProcess";
import { isStoppable, type PortsAnswer } from "../taskRunner/run/portGuard";
import { heldPortsText } from "../taskRunner/run/portWords";
import { isProblem, type HeldPort, type Outcome, type RunEvent, type RunSnapshot } from "../taskRunner/run/state";
import { count, heldBy, outcomeText } from "../taskRunner/run/words";
import { messageText } from "./plainText";

export const NOTIFICATIONS = ["problems", "all", "none"] as const;
export type Notifications = (typeof NOTIFICATIONS)[number];

/** What a button of a notification does. */
export type NotificationAction = "killSurvivors" | "show" | "never";

export interface Message {
  readonly kind: "message";
  readonly runId: string;
  readonly message: string;
  readonly actions: readonly { readonly title: string; readonly action: NotificationAction }[];
}

/** Is withdrawn when the output is held no more, or is not waited for any more. */
export interface HungPipeNotice {
  readonly kind: "hungPipe";
  readonly runId: string;
  readonly message: string;
  /** A command that takes the run's id; absent where there is nothing to kill. */
  readonly kill?: { readonly title: string; readonly command: string };
  /** What ends the waiting. */
  readonly leave: string;
}

export type Notification = Message | HungPipeNotice;

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
export function orphanNotification(runs: readonly RunSnapshot[], which: Notifications): Message | undefined {
  const [first] = runs;
  if (which === "none" || first === undefined) return undefined;
  const processes = runs.reduce((sum, run) => sum + run.survivors.length, 0);
  const names = runs.slice(0, 3).map(({ label, folder }) => `"${label}"${folder === undefined ? "" : ` in ${folder}`}`);
  const whose = runs.length > 3 ? `${names.join(", ")} and ${runs.length - 3} more` : names.join(", ");
  return note(first, `${count(processes, "process")} of ${whose} ${processes === 1 ? "was" : "were"} left by an earlier window.`, SHOW, ...killAction(runs.flatMap((run) => run.survivors), "Kill All"));
}

/** A question that is asked before a task starts. */
export interface PortsQuestion {
  readonly message: string;
  readonly buttons: readonly { readonly title: string; readonly answer: PortsAnswer }[];
}

/** What to ask when others hold ports that a task wants. Nothing is offered to be stopped that cannot be. */
export function portsQuestion(label: string, held: readonly HeldPort[]): PortsQuestion {
  const text = heldPortsText(held);
  const stop = held.length === 1 ? "Stop It and Start" : "Stop Them and Start";
  return {
    message: messageText(`"${label}" is not started yet: ${text}.`),
    buttons: [...(held.every(isStoppable) ? [{ title: stop, answer: "stop" } as const] : []), { title: "Start Anyway", answer: "start" }, { title: "Cancel", answer: "cancel" }],
  };
}

function killAction(survivors: readonly RunProcess[], title: string): Message["actions"] {
  return survivors.some(isKillable) ? [{ title, action: "killSurvivors" }] : [];
}

function hungPipe(run: RunSnapshot, { holders }: RunEvent & { kind: "draining" }): HungPipeNotice {
  const it = holders.length > 1 ? "Them" : "It";
  const kill = !holders.some(isKillable) ? {} : { kill: { title: `Kill ${it}`, command: COMMANDS.killHolders } };
  return { kind: "hungPipe", runId: run.id, message: messageText(`"${run.label}" has exited, but its output is still open: ${heldBy(holders)}.`), ...kill, leave: `Leave ${it}` };
}

function survivors(run: RunSnapshot, event: RunEvent & { kind: "ended" }): Message {
  const n = event.survivors.length;
  const message = `${count(n, "process")} of "${run.label}" ${n === 1 ? "is" : "are"} still running.`;
  return note(run, message, SHOW, ...killAction(event.survivors, n === 1 ? "Kill It" : "Kill Them"));
}

function hasFailed(outcome: Outcome): boolean {
  return isProblem(outcome) && outcome.kind !== "hungPipe";
}

function note(run: RunSnapshot, message: string, ...actions: Message["actions"]): Message {
  return { kind: "message", runId: run.id, message: messageText(message), actions: [...actions, NEVER] };
}
