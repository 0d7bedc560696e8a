import * as l10n from "@vscode/l10n";
import { formatDuration } from "../taskRunner/base/duration";
import { harmlessData } from "../taskRunner/base/harmless";
import type { RunSnapshot, RunState } from "../taskRunner/run/state";
import { heldBy, processText } from "../taskRunner/run/words";
import { nearTimeout } from "./countdown";
import { holdersOf } from "./holders";
import { secondsLeft } from "./runsTreeModel";

/** What the status bar shows, as plain data. */
export interface StatusText {
  /** With codicons. */
  readonly text: string;
  /** A line for each run that it speaks of. */
  readonly tooltip: string;
  /** For screen readers: the text without icons. */
  readonly label: string;
  readonly warning: boolean;
}

type In<K extends RunState["kind"]> = RunSnapshot & { readonly state: RunState & { kind: K } };

/**
 * The indicator, or undefined when all is quiet.
 * @param now in the runs' own clock, for the count-downs
 * @param seen the ended runs with a hung pipe that the user has looked at
 * @param dateOf the time of the day, in milliseconds since the epoch, of a moment of that clock
 */
export function statusText(given: readonly RunSnapshot[], now: number, seen: ReadonlySet<string>, dateOf: (time: number) => number): StatusText | undefined {
  const runs = harmlessData(given);
  const draining = runs.filter((run) => isIn(run, "draining"));
  const hung = runs.filter((run) => isHung(run) && !seen.has(run.id));
  const stopping = runs.filter((run) => isIn(run, "stopping"));
  const expiring = runs.filter((run) => nearTimeout(run, now) !== undefined);
  const lost = runs.filter((run) => isLost(run) && !seen.has(run.id));
  return join([
    ...(draining.length > 0 ? [drainingText(draining, now, dateOf)] : hung.length > 0 ? [hungText(hung, dateOf)] : []),
    ...(stopping.length > 0 ? [stoppingText(stopping, now)] : []),
    ...(expiring.length > 0 ? [expiringText(expiring, now)] : []),
    ...(lost.length > 0 && draining.length + hung.length === 0 ? [lostText(lost)] : []),
  ]);
}

interface Part {
  readonly icon: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly warning: boolean;
}

/** One item for all that is the matter: a task that is being stopped is no less so because the output of another one is held. */
function join(parts: readonly Part[]): StatusText | undefined {
  if (parts.length === 0) return undefined;
  return {
    text: parts.map(({ icon, text }) => `$(${icon}) ${text}`).join("  "),
    label: `Cancellable Tasks: ${parts.map(({ text }) => text).join(", ")}`,
    tooltip: [...parts.flatMap(({ lines }) => lines), l10n.t("Click to show the runs")].join("\n"),
    warning: parts.some(({ warning }) => warning),
  };
}

/** Whether the run has ended with ErrWaitDelay because others held its output. */
export function isHung(run: RunSnapshot): boolean {
  return run.state.kind === "ended" && run.state.outcome.kind === "hungPipe" && run.state.outcome.isLate !== true;
}

/** Whether it is what another window has left. */
export function isLost(run: RunSnapshot): boolean {
  return run.state.kind === "ended" && run.state.outcome.kind === "lost";
}

function isIn<K extends RunState["kind"]>(run: RunSnapshot, kind: K): run is In<K> {
  return run.state.kind === kind;
}

function drainingText(runs: readonly In<"draining">[], now: number, dateOf: (time: number) => number): Part {
  const left = countdown(runs.map((run) => run.state.until), now);
  const lines = runs.map((run) => {
    const since = new Date(dateOf(run.state.since)).toLocaleTimeString();
    return l10n.t({ message: "{0} has ended; its output is held since {1}: {2}", args: [runText(run), since, whoHolds(run)], comment: ["{0}: a task with its pid. {1}: a time of the day. {2}: such as 'stdout held by `sleep 60` (pid 42)'."] });
  });
  return { icon: "warning", text: `${l10n.t("hung pipe")}${times(runs)}${left}`, lines, warning: true };
}

function hungText(runs: readonly RunSnapshot[], dateOf: (time: number) => number): Part {
  const lines = runs.map((run) => {
    const since = run.state.kind === "ended" ? new Date(dateOf(run.state.at)).toLocaleTimeString() : "";
    return l10n.t({
      message: "{0}: its output was still held {2} after its exit, at {1} (ErrWaitDelay): {3}",
      args: [runText(run), since, formatDuration(run.waitDelay), whoHolds(run)],
      comment: ["{0}: a task with its pid. {1}: a time of the day. {2}: a time span. {3}: such as 'stdout held by `sleep 60` (pid 42)'."],
    });
  });
  return { icon: "warning", text: `${l10n.t("hung pipe")}${times(runs)}`, lines, warning: true };
}

function lostText(runs: readonly RunSnapshot[]): Part {
  const processes = runs.reduce((sum, run) => sum + run.survivors.length, 0);
  const lines = runs.map((run) => {
    const label = run.folder === undefined ? run.label : l10n.t({ message: "{0} in {1}", args: [run.label, run.folder], comment: ["{0}: a task. {1}: a folder."] });
    return `${label}: ${run.survivors.slice(0, 3).map(processText).join(", ")}${run.survivors.length > 3 ? ", ..." : ""}`;
  });
  const text = processes === 1 ? l10n.t("1 process left by an earlier window") : l10n.t("{0} processes left by an earlier window", processes);
  return { icon: "warning", text, lines, warning: true };
}

function stoppingText(runs: readonly In<"stopping">[], now: number): Part {
  const left = countdown(runs.map((run) => run.state.killAt), now);
  const lines = runs.map((run) => (run.state.killed ? l10n.t("{0} is being killed", runText(run)) : l10n.t("{0} is stopping", runText(run))));
  return { icon: "sync~spin", text: `${l10n.t("stopping")}${times(runs)}${left}`, lines, warning: false };
}

function expiringText(runs: readonly RunSnapshot[], now: number): Part {
  const left = countdown(runs.map(({ timeoutAt }) => timeoutAt), now);
  return { icon: "watch", text: `${l10n.t("timeout")}${times(runs)}${left}`, lines: runs.map((run) => l10n.t("{0} is about to be stopped by its timeout", runText(run))), warning: false };
}

function runText({ label, pid }: RunSnapshot): string {
  return l10n.t("{0} (pid {1})", label, pid ?? 0);
}

function whoHolds(run: RunSnapshot): string {
  const holders = holdersOf(run);
  const others = run.survivors.filter(({ pid }) => !holders.some((holder) => holder.pid === pid));
  return [heldBy(holders), ...(others.length === 0 ? [] : [l10n.t("also still running: {0}", others.slice(0, 3).map(processText).join(", "))])].join("; ");
}

function times(runs: readonly unknown[]): string {
  return runs.length > 1 ? ` ×${runs.length}` : "";
}

/** The soonest end; nothing where none is counting. */
function countdown(ends: readonly (number | undefined)[], now: number): string {
  const known = ends.filter((end) => end !== undefined);
  return known.length === 0 ? "" : ` ${secondsLeft(Math.min(...known), now)} s`;
}
