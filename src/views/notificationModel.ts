import { ANSWER_COMMAND, COMMANDS } from "../contributions";
import { isKillable } from "../taskRunner/process/runProcess";
import { isStoppable, type PortsAnswer } from "../taskRunner/run/portGuard";
import { heldPortsText } from "../taskRunner/run/portWords";
import { isProblem, type HeldPort, type Outcome, type RunEvent, type RunSnapshot } from "../taskRunner/run/state";
import { count, heldBy, listNames, outcomeText } from "../taskRunner/run/words";
import { holdersOf } from "./holders";
import { messageText } from "./plainText";

export const NOTIFICATIONS = ["problems", "all", "none"] as const;
export type Notifications = (typeof NOTIFICATIONS)[number];

/**
 * What is the matter with some runs. "held", "survivors" and "orphans" settle by themselves, and their notification goes then;
 * "failed" is told once.
 */
export type Matter = "held" | "survivors" | "orphans" | "failed";

/** A command that a link in a notification runs, with these arguments. */
export interface NoticeLink {
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** One notification for all runs with the same matter. */
export interface Notice {
  /** A text in which nothing is a link. */
  readonly message: string;
  readonly links: readonly NoticeLink[];
  /** The title of its button. */
  readonly dismiss: string;
}

/** Which matter an event of a run makes, if it is worth an interruption. */
export function matterOf(event: RunEvent, which: Notifications): Matter | undefined {
  if (which === "none") return undefined;
  if (event.kind === "draining") return "held";
  if (event.kind !== "ended") return undefined;
  if (event.outcome.kind === "unkillable") return "failed";
  if (which === "problems") return undefined;
  if (event.survivors.length > 0) return "survivors";
  return hasFailed(event.outcome) ? "failed" : undefined;
}

/** Whether the run still has this matter. */
export function isOpen(matter: Matter, { state, survivors }: RunSnapshot): boolean {
  switch (matter) {
    case "held":
      return state.kind === "draining" && !state.asked;
    case "survivors":
    case "orphans":
      return survivors.length > 0;
    case "failed":
      return true;
  }
}

/** A question that is asked before a task starts. */
export interface PortsQuestion {
  readonly message: string;
  readonly choices: readonly { readonly title: string; readonly answer: PortsAnswer }[];
  /** What its button says: the answer "cancel". */
  readonly dismiss: string;
}

/** What to ask when others hold ports that a task wants. Nothing is offered to be stopped that cannot be. */
export function portsQuestion(label: string, held: readonly HeldPort[]): PortsQuestion {
  const text = heldPortsText(held);
  const stop = held.length === 1 ? "Stop It and Start" : "Stop Them and Start";
  return {
    message: messageText(`"${label}" is not started yet: ${text}.`),
    choices: [...(held.every(isStoppable) ? [{ title: stop, answer: "stop" } as const] : []), { title: "Start Anyway", answer: "start" }],
    dismiss: "Cancel",
  };
}

/** @param id of the question that the links answer */
export function questionText({ message, choices }: PortsQuestion, id: number): string {
  return withLinks({ message, links: choices.map(({ title, answer }) => ({ title, command: ANSWER_COMMAND, args: [String(id), answer] })), dismiss: "" });
}

/** @param runs those that have the matter, one at least */
export function noticeOf(matter: Matter, runs: readonly RunSnapshot[]): Notice {
  switch (matter) {
    case "held":
      return heldNotice(runs);
    case "survivors":
      return leftNotice(runs, (processes, one) => `${processes} of ${names(runs)} ${one ? "is" : "are"} still running.`);
    case "orphans":
      return leftNotice(runs, (processes, one) => `${processes} of ${names(runs)} ${one ? "was" : "were"} left by an earlier window.`);
    case "failed":
      return { message: messageText(failedText(runs)), links: [SHOW], dismiss: "Don't Show Again" };
  }
}

/** The text with its links, as VS Code reads it. */
export function withLinks({ message, links }: Notice): string {
  const shown = links.map(({ title, command, args }) => `[${title}](command:${command}?${encodeURIComponent(JSON.stringify(args))})`);
  return [message, ...(shown.length === 0 ? [] : [shown.join(" · ")])].join(" ");
}

const SHOW: NoticeLink = { title: "Show", command: COMMANDS.showRuns, args: [] };

function heldNotice(runs: readonly RunSnapshot[]): Notice {
  const holders = runs.flatMap(holdersOf);
  const it = holders.length > 1 ? "Them" : "It";
  const [run] = runs;
  const message =
    run !== undefined && runs.length === 1
      ? `"${run.label}" has exited, but its output is still open: ${heldBy(holders)}.`
      : `${count(runs.length, "task")} have exited, but their output is still open: ${names(runs)}.`;
  return {
    message: messageText(message),
    links: [...(runs.length > 1 ? [SHOW] : []), ...(holders.some(isKillable) ? [{ title: `Kill ${it}`, command: COMMANDS.killHolders, args: ids(runs) }] : [])],
    dismiss: `Leave ${it}`,
  };
}

function leftNotice(runs: readonly RunSnapshot[], sentence: (processes: string, isOne: boolean) => string): Notice {
  const survivors = runs.flatMap((run) => run.survivors);
  const isOne = survivors.length === 1;
  const kill: NoticeLink = { title: isOne ? "Kill It" : "Kill Them", command: COMMANDS.killAllSurvivors, args: ids(runs) };
  return {
    message: messageText(sentence(count(survivors.length, "process"), isOne)),
    links: [SHOW, ...(survivors.some(isKillable) ? [kill] : [])],
    dismiss: isOne ? "Leave It" : "Leave Them",
  };
}

function failedText(runs: readonly RunSnapshot[]): string {
  const [run] = runs;
  if (run !== undefined && runs.length === 1) return `"${run.label}" ${run.state.kind === "ended" ? outcomeText(run.state.outcome) : "failed"}.`;
  return `${count(runs.length, "task")} failed: ${names(runs)}.`;
}

function names(runs: readonly RunSnapshot[]): string {
  return listNames(runs.map(({ label, folder }) => `"${label}"${folder === undefined ? "" : ` in ${folder}`}`));
}

function ids(runs: readonly RunSnapshot[]): string[] {
  return runs.map(({ id }) => id);
}

function hasFailed(outcome: Outcome): boolean {
  return isProblem(outcome) && outcome.kind !== "hungPipe";
}
