import * as l10n from "@vscode/l10n";
import { ANSWER_COMMAND, COMMANDS } from "../contributions";
import { isKillable } from "../taskRunner/process/runProcess";
import { isStoppable } from "../taskRunner/run/heldPort";
import type { PortsAnswer } from "../taskRunner/run/portGuard";
import { heldPortsText } from "../taskRunner/run/portWords";
import { isProblem, type HeldPort, type Outcome, type RunEvent, type RunSnapshot } from "../taskRunner/run/state";
import { heldBy, listNames, outcomeText } from "../taskRunner/run/words";
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
  const stop = held.length === 1 ? l10n.t("Stop It and Start") : l10n.t("Stop Them and Start");
  return {
    message: messageText(l10n.t({ message: '"{0}" is not started yet: {1}.', args: [label, text], comment: ["{0}: a task. {1}: which ports are held, and by whom."] })),
    choices: [...(held.every(isStoppable) ? [{ title: stop, answer: "stop" } as const] : []), { title: l10n.t("Start Anyway"), answer: "start" }],
    dismiss: l10n.t("Cancel"),
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
      return leftNotice(runs, (n, tasks) => (n === 1 ? l10n.t("1 process of {0} is still running.", tasks) : l10n.t("{0} processes of {1} are still running.", n, tasks)));
    case "orphans":
      return leftNotice(runs, (n, tasks) => (n === 1 ? l10n.t("1 process of {0} was left by an earlier window.", tasks) : l10n.t("{0} processes of {1} were left by an earlier window.", n, tasks)));
    case "failed":
      return { message: messageText(failedText(runs)), links: [showLink()], dismiss: l10n.t("Don't Show Again") };
  }
}

/** The text with its links, as VS Code reads it. */
export function withLinks({ message, links }: Notice): string {
  const shown = links.map(({ title, command, args }) => `[${title}](command:${command}?${encodeURIComponent(JSON.stringify(args))})`);
  return [message, ...(shown.length === 0 ? [] : [shown.join(" · ")])].join(" ");
}

function showLink(): NoticeLink {
  return { title: l10n.t("Show"), command: COMMANDS.showRuns, args: [] };
}

function heldNotice(runs: readonly RunSnapshot[]): Notice {
  const holders = runs.flatMap(holdersOf);
  const isOne = holders.length <= 1;
  const [run] = runs;
  const message =
    run !== undefined && runs.length === 1
      ? l10n.t({ message: '"{0}" has exited, but its output is still open: {1}.', args: [run.label, heldBy(holders)], comment: ["{1}: such as 'stdout held by `sleep 60` (pid 42)'."] })
      : l10n.t({ message: "{0} tasks have exited, but their output is still open: {1}.", args: [runs.length, names(runs)], comment: ["{1}: the names of the tasks."] });
  return {
    message: messageText(message),
    links: [...(runs.length > 1 ? [showLink()] : []), ...(holders.some(isKillable) ? [{ title: killTitle(isOne), command: COMMANDS.killHolders, args: ids(runs) }] : [])],
    dismiss: leaveTitle(isOne),
  };
}

function killTitle(isOne: boolean): string {
  return isOne ? l10n.t("Kill It") : l10n.t("Kill Them");
}

function leaveTitle(isOne: boolean): string {
  return isOne ? l10n.t("Leave It") : l10n.t("Leave Them");
}

function leftNotice(runs: readonly RunSnapshot[], sentence: (processes: number, tasks: string) => string): Notice {
  const survivors = runs.flatMap((run) => run.survivors);
  const isOne = survivors.length === 1;
  const kill: NoticeLink = { title: killTitle(isOne), command: COMMANDS.killAllSurvivors, args: ids(runs) };
  return {
    message: messageText(sentence(survivors.length, names(runs))),
    links: [showLink(), ...(survivors.some(isKillable) ? [kill] : [])],
    dismiss: leaveTitle(isOne),
  };
}

function failedText(runs: readonly RunSnapshot[]): string {
  const [run] = runs;
  if (run === undefined || runs.length > 1) return l10n.t({ message: "{0} tasks failed: {1}.", args: [runs.length, names(runs)], comment: ["{1}: the names of the tasks."] });
  if (run.state.kind !== "ended") return l10n.t('"{0}" failed.', run.label);
  return l10n.t({ message: '"{0}" {1}.', args: [run.label, outcomeText(run.state.outcome)], comment: ["{0}: a task. {1}: how it ended, such as 'could not start' or 'exited with code 3'."] });
}

function names(runs: readonly RunSnapshot[]): string {
  return listNames(runs.map(({ label, folder }) => (folder === undefined ? `"${label}"` : l10n.t({ message: '"{0}" in {1}', args: [label, folder], comment: ["{0}: a task. {1}: a folder."] }))));
}

function ids(runs: readonly RunSnapshot[]): string[] {
  return runs.map(({ id }) => id);
}

function hasFailed(outcome: Outcome): boolean {
  return isProblem(outcome) && (outcome.kind !== "hungPipe" || (outcome.isLate === true && outcome.isError));
}
