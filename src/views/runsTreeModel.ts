import * as l10n from "@vscode/l10n";
import { basename } from "node:path";
import { formatDuration } from "../taskRunner/base/duration";
import { CTRL_C_EXIT, exitStatusText } from "../taskRunner/base/exitStatus";
import { harmlessData } from "../taskRunner/base/harmless";
import { isKillable, type RunProcess } from "../taskRunner/process/runProcess";
import { exitCodeOf, isProblem, type Outcome, type RunSnapshot, type RunState } from "../taskRunner/run/state";
import { containmentText } from "../taskRunner/run/containmentWords";
import { heldPortText } from "../taskRunner/run/portWords";
import { readyText, urlOfPort } from "../taskRunner/run/readyWords";
import { briefCauseText, causeText, endedAfterText, heldBy, outcomeText, processText, shorten, shortenCommand, stoppedText, evidenceText, ownersText, traits } from "../taskRunner/run/words";

/** A codicon and the theme colour that it is drawn in. */
export interface NodeIcon {
  readonly id: string;
  readonly color: string | undefined;
}

/** What the tree shows, as plain data. */
export interface TreeNode {
  /** The same for the same thing in every snapshot, so that VS Code keeps selection and expansion. */
  readonly id: string;
  /** undefined where it stands for no run: a task that has not run yet, a group, a folder. */
  readonly runId: string | undefined;
  /** The task that the node stands for. */
  readonly taskKey?: string;
  /** The process that the node stands for: the run's own, or the survivor's. */
  readonly pid: number | undefined;
  /** The port that the node stands for. */
  readonly port?: number;
  readonly kind: "run" | "problem" | "port" | "survivor" | "task" | "group" | "folder" | "usage";
  readonly label: string;
  readonly description: string;
  readonly tooltip: string;
  readonly icon: NodeIcon;
  /** What package.json's menus look at: "run.running", "run.stopping", "run.draining", "run.ended", "run.ended.survivors", "run.lost", "survivor", "holder", "problem", "port"; in taskTreeModel.ts "task.idle", "task.lost", "group.idle", "group.live", "group.stopping", "past", "past.survivors", "folder", "usage". */
  readonly contextValue: string;
  /** Whether it is a run of a task that is configured. */
  readonly isOfTask?: boolean;
  /** What it is, for a screen reader: said after label and description. */
  readonly role?: string;
  /** Whether its children are to be seen from the start, and when they come. */
  readonly isOpen?: boolean;
  readonly children: readonly TreeNode[];
}

/** What package.json's menus look at: of a run also whether its task is configured. */
export function menuContext({ contextValue, isOfTask }: TreeNode): string {
  return isOfTask === true && contextValue.startsWith("run.") ? `${contextValue}@task` : contextValue;
}

const SHORT_STOP_MS = 100;
/** So many characters of why a task could not start are shown in its row. */
const SHORT_PROBLEM = 60;

const ICONS = {
  running: { id: "loading~spin", color: undefined },
  ready: { id: "circle-filled", color: "testing.iconPassed" },
  stopping: { id: "debug-stop", color: "list.warningForeground" },
  warning: { id: "warning", color: "list.warningForeground" },
  failed: { id: "error", color: "list.errorForeground" },
  succeeded: { id: "pass", color: "testing.iconPassed" },
  stopped: { id: "circle-slash", color: undefined },
  port: { id: "globe", color: undefined },
  process: { id: "server-process", color: "list.warningForeground" },
} as const satisfies Record<string, NodeIcon>;

/** How many runs need attention: output held, survivors left, or not to be killed. */
export function problemCount(runs: readonly RunSnapshot[]): number {
  return runs.filter((run) => run.window === undefined).filter((run) => run.state.kind === "draining" || (run.state.kind === "ended" && run.survivors.length > 0)).length;
}

function hasEndedOddly(run: RunSnapshot): boolean {
  const { state } = run;
  return state.kind === "ended" && (run.survivors.length > 0 || ["hungPipe", "unkillable", "lost"].includes(state.outcome.kind));
}

/**
 * The row of a run, with what is the matter with it below.
 * @param now in the runs' own clock, for the count-downs
 * @param dateOf the time of the day, in milliseconds since the epoch, of a moment of that clock
 */
export function runNode(given: RunSnapshot, now: number, dateOf: (time: number) => number): TreeNode {
  const run = harmlessData(given);
  const children = [...problemNodes(run), ...portNodes(run), ...survivorNodes(run)];
  return {
    // Another id with the first child: VS Code would leave a node collapsed that it has known as a leaf.
    id: children.length === 0 ? run.id : `${run.id}/open`,
    runId: run.id,
    pid: run.pid,
    kind: "run",
    label: run.label,
    description: describe(run, now),
    tooltip: tooltip(run, now, new Date(dateOf(run.startedAt))),
    icon: icon(run),
    contextValue: contextValue(run),
    children,
  };
}

function contextValue({ state, survivors }: RunSnapshot): string {
  if (state.kind !== "ended") return `run.${state.kind}`;
  if (state.outcome.kind === "lost") return "run.lost";
  return survivors.some(isKillable) ? "run.ended.survivors" : "run.ended";
}

function describe(run: RunSnapshot, now: number): string {
  if (run.folder !== undefined) return l10n.t({ message: "left by an earlier window of {0}", args: [basename(run.folder)], comment: ["{0}: the name of a folder."] });
  const ready = run.state.kind === "running" ? readyText(run) : "";
  const text = ready === "" ? stateText(run.state, run.startedAt, now, run.pid) : readyFirst(run, ready);
  return run.window === undefined ? text : elsewhereText(run.window, text);
}

/** A narrow view cuts off the end: whether it is ready, and its ports, matter more than its pid. */
function readyFirst({ ready, pid }: RunSnapshot, text: string): string {
  return [...(ready === undefined ? [l10n.t("running")] : []), text, ...(pid === undefined ? [] : [l10n.t("pid {0}", pid)])].join(", ");
}

/** @param window what that window has open */
function elsewhereText(window: string, state: string): string {
  return window === ""
    ? l10n.t({ message: "in another window: {0}", args: [state], comment: ["{0}: what the run is doing, such as 'running, pid 42'."] })
    : l10n.t({ message: "in another window ({0}): {1}", args: [basename(window), state], comment: ["{0}: the name of a folder. {1}: what the run is doing, such as 'running, pid 42'."] });
}

/** The state in a few words, with a count-down in whole seconds where something is being waited for. */
export function stateText(state: RunState, startedAt: number, now: number, pid: number | undefined): string {
  switch (state.kind) {
    case "waiting":
      if (state.held !== undefined && state.held.length > 0) return l10n.t("port {0} is held, waiting for your answer", state.held.map(({ port }) => port).join(", "));
      if (state.restartAt !== undefined) return l10n.t("restarting in {0} s", secondsLeft(state.restartAt, now));
      return state.previousPid === undefined ? l10n.t("starting") : l10n.t("waiting for the previous run, pid {0}", state.previousPid);
    case "running":
      return pid === undefined ? l10n.t("running") : l10n.t("running, pid {0}", pid);
    case "stopping":
      if (state.killed) return l10n.t("killing");
      return state.killAt === undefined ? l10n.t("stopping, no time limit") : l10n.t("stopping, kill in {0} s", secondsLeft(state.killAt, now));
    case "draining":
      if (state.asked) return state.until === undefined ? l10n.t("stopping survivors, no time limit") : l10n.t("stopping survivors, {0} s left", secondsLeft(state.until, now));
      return state.until === undefined ? l10n.t("output held, no time limit") : l10n.t("output held, {0} s left", secondsLeft(state.until, now));
    case "ended":
      return endedTexts(state, startedAt).join(", ");
  }
}

/** How a run has ended, why, in so far as that is short, and after which time, where that is known. */
export function endedTexts({ outcome, at, stopMs, causes = [] }: RunState & { kind: "ended" }, startedAt: number): [outcome: string, ...more: string[]] {
  if (outcome.kind === "lost") return [shortOutcome(outcome)];
  if (outcome.kind === "couldNotStart") return [shortOutcome(outcome), ...briefly(outcome)];
  const why = causes.map(briefCauseText);
  // What was never started has taken no time.
  if (causes.some(({ kind }) => kind === "portsHeld")) return [why.join(", ")];
  const time = formatDuration(at - startedAt);
  // How long the stop took, where that was long enough to be felt.
  return [shortOutcome(outcome), ...why, stopMs === undefined || stopMs < SHORT_STOP_MS ? time : l10n.t({ message: "{0} (stop took {1})", args: [time, formatDuration(stopMs)], comment: ["{0}: how long the task ran. {1}: a time span."] })];
}

/** Why it could not start, where that is short enough for a row. */
function briefly({ problems, brief }: Outcome & { kind: "couldNotStart" }): string[] {
  const [problem] = problems;
  const text = brief ?? (problems.length === 1 && problem !== undefined && problem.length <= SHORT_PROBLEM ? problem : undefined);
  return text === undefined ? [] : [shorten(text, SHORT_PROBLEM)];
}

/** Short enough for the width of a side bar; the tooltip and the terminal say more. */
export function shortOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case "couldNotStart":
      return l10n.t("could not start");
    case "unkillable":
      return l10n.t("not killable");
    case "exited":
      if (outcome.code === CTRL_C_EXIT && outcome.stop !== undefined) return stoppedText(outcome.stop);
      return l10n.t("exit code {0}", exitStatusText(outcome.code));
    case "signaled":
      if (outcome.stop?.kind === "timeout") return l10n.t("timed out");
      if (outcome.stop === undefined) return outcome.signal;
      return outcome.signal === "SIGKILL" ? l10n.t("killed") : l10n.t("stopped");
    case "canceled":
      return stoppedText(outcome.stop);
    case "hungPipe":
      if (outcome.isLate === true) return outcome.isError ? l10n.t("failed, output was late") : l10n.t("output was late");
      return outcome.isError ? l10n.t("failed, output was still held") : l10n.t("output was still held");
    case "failed":
      return l10n.t("failed");
    case "succeeded":
      return l10n.t("succeeded");
    case "lost":
      return l10n.t("left by an earlier window");
  }
}

/** Whole seconds until then, rounded up: the last one counts down to 0 only when it is over. */
export function secondsLeft(then: number, now: number): number {
  return Math.max(0, Math.ceil((then - now) / 1000));
}

function tooltip(run: RunSnapshot, now: number, startedAt: Date): string {
  if (run.state.kind === "ended" && run.state.outcome.kind === "lost") return lostTooltip(run, startedAt);
  const outcome = run.state.kind === "ended" ? run.state.outcome : undefined;
  // The pid, and the exit code, have a line of their own, unless they are told already.
  const state = run.state.kind === "ended" ? endedAfterText(run.state.outcome, run.state.at - run.startedAt) : describe({ ...run, pid: undefined }, now);
  const pid = run.pid === undefined || (outcome?.kind === "unkillable" && outcome.pid === run.pid) ? [] : [l10n.t("pid {0}", run.pid)];
  const exit = outcome === undefined || outcome.kind === "exited" ? [] : [l10n.t("exit code {0}", exitCodeOf(outcome))];
  const delay = outcome === undefined ? [delayText(run.waitDelay)] : [];
  const started = l10n.t({ message: "started {0}", args: [startedAt.toLocaleTimeString()], comment: ["{0}: a time of the day."] });
  return [run.label, shorten(run.commandLine, 200), state, ...whyLines(run.state), ...pid, ...exit, started, ...delay, containmentText(run.containment)].filter((line) => line !== undefined).join("\n");
}

/** What a Stop comes to in the end. */
function delayText(waitDelay: number): string {
  return waitDelay === 0 ? l10n.t("not killed after a Stop, unless it is stopped again (waitDelay 0)") : l10n.t("killed {0} after a Stop (waitDelay)", formatDuration(waitDelay));
}

/** What the terminal says of why it has ended so, or does not start yet. */
function whyLines(state: RunState): string[] {
  if (state.kind === "waiting") return (state.held ?? []).map(heldPortText);
  if (state.kind !== "ended") return [];
  const problems = state.outcome.kind === "couldNotStart" ? state.outcome.problems : [];
  return [...problems, ...(state.causes ?? []).map(causeText)];
}

function lostTooltip(run: RunSnapshot, startedAt: Date): string {
  const started = startedAt.toLocaleString();
  const by =
    run.folder === undefined
      ? l10n.t({ message: "started {0} by a window that has ended since", args: [started], comment: ["{0}: a date and time."] })
      : l10n.t({ message: "started {0} by a window of {1} that has ended since", args: [started, run.folder], comment: ["{0}: a date and time. {1}: a folder."] });
  const left = run.survivors.length === 1 ? l10n.t("1 process of it left") : l10n.t("{0} processes of it left", run.survivors.length);
  return [run.label, shorten(run.commandLine, 200), by, left].join("\n");
}

function icon(run: RunSnapshot): NodeIcon {
  switch (run.state.kind) {
    case "waiting":
      return ICONS.running;
    case "running":
      return run.ready?.kind === "ready" ? ICONS.ready : ICONS.running;
    case "stopping":
      return ICONS.stopping;
    case "draining":
      return ICONS.warning;
    case "ended":
      return hasEndedOddly(run) ? ICONS.warning : endedIcon(run.state.outcome);
  }
}

function endedIcon(outcome: Outcome): NodeIcon {
  if (outcome.kind === "succeeded") return ICONS.succeeded;
  return isProblem(outcome) ? ICONS.failed : ICONS.stopped;
}

function problemNodes(run: RunSnapshot): TreeNode[] {
  return problems(run).map(([label, description], i) => ({
    id: `${run.id}/problem/${i}`,
    runId: run.id,
    pid: run.pid,
    kind: "problem",
    label,
    description,
    tooltip: `${label}\n${description}`,
    icon: ICONS.warning,
    contextValue: "problem",
    children: [],
  }));
}

function problems(run: RunSnapshot): [string, string][] {
  if (run.state.kind !== "ended") return [];
  const { outcome } = run.state;
  switch (outcome.kind) {
    case "couldNotStart":
      return outcome.problems.map((problem) => [problem, ""]);
    case "hungPipe":
      if (outcome.isLate === true) return [];
      // As long as any of them may still be there: those that the run did not start are not watched, and some could not be seen.
      return outcome.holders.every((holder) => holder.owned && !run.survivors.some((info) => info.pid === holder.pid && info.start === holder.start)) && outcome.holders.length > 0
        ? []
        : [[heldBy(outcome.holders), "ErrWaitDelay"]];
    case "unkillable":
    case "failed":
      return [[outcomeText(outcome), ""]];
    default:
      return [];
  }
}

function portNodes(run: RunSnapshot): TreeNode[] {
  return (run.ports ?? []).map(({ port, process }) => ({
    id: `${run.id}/port/${port}`,
    runId: run.id,
    pid: process.pid,
    port,
    kind: "port",
    label: l10n.t("port {0}", port),
    description: shortenCommand(process.command, 80),
    tooltip: `${l10n.t("{0} listens on port {1}", processText(process), port)}\n${urlOfPort(port)}`,
    icon: ICONS.port,
    contextValue: "port",
    children: [],
  }));
}

function survivorNodes(run: RunSnapshot): TreeNode[] {
  return run.survivors.map((survivor) => ({
    id: `${run.id}/survivor/${survivor.pid}/${survivor.start}`,
    runId: run.id,
    pid: survivor.pid,
    kind: "survivor",
    label: shortenCommand(survivor.command, 80),
    description: [l10n.t("pid {0}", survivor.pid), ...traits(survivor)].join(", "),
    tooltip: survivorTooltip(run, survivor),
    icon: ICONS.process,
    contextValue: !isKillable(survivor) ? "foreign" : survivor.owned ? "survivor" : "holder",
    children: [],
  }));
}

function survivorTooltip({ label }: RunSnapshot, survivor: RunProcess): string {
  const origin = survivor.owned
    ? [l10n.t('started by "{0}" and still running', label), l10n.t({ message: "known by this: {0}", args: [evidenceText(survivor.evidence)], comment: ["{0}: such as 'it is in the task's process group'."] })]
    : [l10n.t('not started by "{0}", but it holds its output', label)];
  const owner = isKillable(survivor) || survivor.user === undefined ? [] : [l10n.t({ message: "only {0} can kill it", args: [ownersText([survivor.user])], comment: ["{0}: a user, or 'www or root'."] })];
  return [processText(survivor), ...origin, ...traits(survivor), ...owner].join("\n");
}

/** The badge on the view's icon, or undefined when nothing needs to be looked at. */
export function badge(runs: readonly RunSnapshot[]): { value: number; tooltip: string } | undefined {
  const value = problemCount(runs);
  if (value === 0) return undefined;
  return { value, tooltip: value === 1 ? l10n.t("1 task with held output or surviving processes") : l10n.t("{0} tasks with held output or surviving processes", value) };
}
