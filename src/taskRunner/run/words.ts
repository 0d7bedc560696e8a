import * as l10n from "@vscode/l10n";
import { isKillable } from "../process/runProcess";
import { formatDuration } from "../base/duration";
import { CTRL_C_EXIT, exitStatusText } from "../base/exitStatus";
import { harmless } from "../base/harmless";
import { listNames, shorten } from "./phrases";
import { addressInUseLine, portsHeldLine, portsUnknownLine, stoppingHoldersLine } from "./portWords";
import { heldNoun, holdersText, listOwned, listProcesses, listRefused, ownersText, processText, reachedText } from "./processWords";
import { awaitingReadyLine, listeningLine, notReadyLine, patternTooSlowLine, readyLine } from "./readyWords";
import { docs } from "./docsPages";
import { restartingLine } from "./restartWords";
import type { RunUsage } from "./usageSampler";
import { exitCodeOf, type HeldOutput, type Outcome, type RunEvent, type RunSnapshot, type StopReason } from "./state";

export { briefCauseText, causeText } from "./causeWords";
export { count, listNames, shorten, shortenCommand } from "./phrases";
export { evidenceText, heldBy, ownersText, processText, traits } from "./processWords";

/**
 * All words that people read about runs are made here, so that terminal, tree and status bar say the same. What others have
 * written in them (command lines, messages) comes out harmless. They are made when they are wanted, and not when a file is
 * loaded: the display language is known only then.
 */

/** The lines that the terminal shows for an event, without colours. */
export function eventLines(event: RunEvent): string[] {
  return linesOf(event).map(harmless);
}

function linesOf(event: RunEvent): string[] {
  switch (event.kind) {
    case "beginning":
      return [l10n.t("executing {0}", `\`${shorten(event.commandLine, 200)}\``)];
    case "restarting":
      return [restartingLine(event.restart)];
    case "noTerminal":
      return [l10n.t("could not allocate a pseudoterminal; using pipes instead: {0}", event.problem)];
    case "noPipes":
      return [l10n.t('no pipe could be made; using socket pairs instead, which cannot be opened by name ("> /dev/stderr") and do not show who holds them: {0}', event.problem)];
    case "noHelper":
      return [l10n.t("the helper for Windows does not run ({0}): processes are known by who has started them, and a Stop ends them at once", event.problem)];
    case "waiting":
      return [waitingLine(event)];
    case "portsHeld":
      return [portsHeldLine(event.held, event.isAsked)];
    case "portsUnknown":
      return [portsUnknownLine(event.ports)];
    case "stoppingHolders":
      return [stoppingHoldersLine(event.held)];
    case "addressInUse":
      return [addressInUseLine(event.ports, event.held)];
    case "awaitingReady":
      return [awaitingReadyLine(event.conditions)];
    case "ready":
      return [readyLine(event)];
    case "patternTooSlow":
      return [patternTooSlowLine(event)];
    case "notReady":
      return [notReadyLine(event.missing)];
    case "listening":
      return [listeningLine(event.ports)];
    case "typed":
      if (event.text === CTRL_C && process.platform === "win32") return [because(event.reason, l10n.t({ message: "typed Ctrl+C; {0}", args: [until(event.leftMs)], comment: ["The last placeholder: what happens then, such as 'kill in 5 s, stop again to kill now'."] }))];
      return [because(event.reason, l10n.t({ message: 'typed {0} ("cancelInput"); {1}', args: [typedText(event.text), until(event.leftMs)], comment: ["The last placeholder: what happens then, such as 'kill in 5 s, stop again to kill now'."] }))];
    case "inputClosed":
      return [l10n.t({ message: '{0} ("cancelInput") could not be typed: the command\'s input is closed; {1}', args: [typedText(event.text), until(event.leftMs)], comment: ["The last placeholder: what happens then, such as 'kill in 5 s, stop again to kill now'."] })];
    case "cancelCommand":
      return [because(event.reason, cancelCommandText(event))];
    case "cancelCommandEnded":
      return cancelCommandEndedLines(event);
    case "signaled":
      return [`${because(event.reason, signaledText(event))}${event.reason.kind === "interrupted" ? ` ${docs("ctrlC")}` : ""}`];
    case "notSignaled":
      return [because(event.reason, l10n.t('sending no signal ("cancelSignal": "none"); {0}', until(event.leftMs)))];
    case "signalFailed":
      return [l10n.t("{0} could not be sent to process group {1}: {2}", signalName(event.signal), event.pid, event.message)];
    case "signalRefused":
      return [`${l10n.t("{0} could not be sent to {1}", signalName(event.signal), listRefused(event.refused))} ${docs("refused")}`];
    case "hungUp":
      return [`${l10n.t("{0} waits for input in spite of SIGINT: sent SIGHUP, as a closed terminal does, to {1}; {2}", processText(event.program), reachedText(event), until(event.leftMs))} ${docs("otherSignal")}`];
    case "restartCalledOff":
      return [l10n.t({ message: "will not be started again; {0}", args: [until(event.leftMs)], comment: ["The last placeholder: what happens then, such as 'kill in 5 s, stop again to kill now'."] })];
    case "askedAgain":
      return [askedAgainLine(event)];
    case "killed":
      return [event.afterMs === undefined ? l10n.t("killed {0}", reachedText(event)) : l10n.t("killed {0}, {1} after the stop", reachedText(event), formatDuration(event.afterMs))];
    case "leaderGone":
      return [leaderGoneLine(event)];
    case "draining":
      return drainingLines(event);
    case "ended":
      return endedLines(event);
  }
}

/** What Ctrl+C types. */
const CTRL_C = "\x03";

function typedText(text: string): string {
  return shorten(JSON.stringify(text), 40);
}

function cancelCommandText({ command, limitMs }: RunEvent & { kind: "cancelCommand" }): string {
  const line = `\`${shorten(command, 60)}\``;
  return limitMs === 0
    ? l10n.t('running {0} ("cancelCommand"); stop again to kill now', line)
    : l10n.t('running {0} ("cancelCommand"), for {1} at most; stop again to kill now', line, formatDuration(limitMs));
}

function cancelCommandEndedLines({ problem, leftMs, isOver }: RunEvent & { kind: "cancelCommandEnded" }): string[] {
  const then = until(leftMs);
  if (problem === undefined) return isOver ? [] : [l10n.t({ message: 'the "cancelCommand" finished; {0}', args: [then], comment: ["The last placeholder: what happens then, such as 'kill in 5 s, stop again to kill now'."] })];
  return [isOver ? l10n.t('the "cancelCommand" failed: {0}', problem) : l10n.t({ message: 'the "cancelCommand" failed: {0}; {1}', args: [problem, then], comment: ["The last placeholder: what happens then, such as 'kill in 5 s, stop again to kill now'."] })];
}

function signaledText(event: RunEvent & { kind: "signaled" }): string {
  const { signal, problem, leftMs } = event;
  if (problem === undefined) return l10n.t({ message: "sent {0} to {1}; {2}", args: [signalName(signal), reachedText(event), until(leftMs)], comment: ["The last placeholder: what happens then, such as 'kill in 5 s, stop again to kill now'."] });
  // What a look that was late or has failed leaves open.
  return l10n.t({ message: "sent {0} to {1}; whether that is all the task has started is unknown ({2}); {3}", args: [signalName(signal), reachedText(event), problem, until(leftMs)], comment: ["The last placeholder: what happens then, such as 'kill in 5 s, stop again to kill now'."] });
}

/** What a signal is called here: on Windows, which has none, the polite ones are a Ctrl+C. */
function signalName(signal: string): string {
  return process.platform === "win32" && signal !== "SIGKILL" ? "Ctrl+C" : signal;
}

/** @param line what is done because of it */
function because(reason: StopReason, line: string): string {
  switch (reason.kind) {
    case "user":
      return line;
    case "interrupted":
      return l10n.t({ message: "Ctrl+C: {0}", args: [line], comment: ["The last placeholder: what is done for that reason, such as 'sent SIGINT to process group 42'."] });
    case "timeout":
      return l10n.t({ message: "timed out after {0}: {1}", args: [formatDuration(reason.ms), line], comment: ["The last placeholder: what is done for that reason, such as 'sent SIGINT to process group 42'."] });
    case "terminalClosed":
      return l10n.t({ message: "the terminal was closed: {0}", args: [line], comment: ["The last placeholder: what is done for that reason, such as 'sent SIGINT to process group 42'."] });
    case "windowClosing":
      return l10n.t({ message: "the window is closing: {0}", args: [line], comment: ["The last placeholder: what is done for that reason, such as 'sent SIGINT to process group 42'."] });
    case "debuggingEnded":
      return l10n.t({ message: "the debug session has ended: {0}", args: [line], comment: ["The last placeholder: what is done for that reason, such as 'sent SIGINT to process group 42'."] });
    case "restart":
      return l10n.t({ message: "restarting: {0}", args: [line], comment: ["The last placeholder: what is done for that reason, such as 'sent SIGINT to process group 42'."] });
    case "outlived":
      return l10n.t({ message: 'the command exited; stopping what it left running ("survivors": "kill"): {0}', args: [line], comment: ["The last placeholder: what is done for that reason, such as 'sent SIGINT to process group 42'."] });
  }
}

/** @param leftMs until the kill; undefined where there will be none */
function until(leftMs: number | undefined): string {
  if (leftMs === undefined) return l10n.t("waiting indefinitely (waitDelay 0), stop again to kill");
  return l10n.t("kill in {0}, stop again to kill now", formatDuration(leftMs));
}

function askedAgainLine({ signal, asked, deaf, leftMs }: RunEvent & { kind: "askedAgain" }): string {
  const sent = [
    ...(asked.length === 0 ? [] : [l10n.t("sent {0} to {1}, still running and perhaps not asked before", signalName(signal), listProcesses(asked))]),
    ...(deaf.length === 0 ? [] : [deafText(signal, listProcesses(deaf), deaf.length)]),
  ];
  return `${[...sent, until(leftMs)].join("; ")} ${docs("otherSignal")}`;
}

function deafText(signal: string, processes: string, n: number): string {
  return n === 1
    ? l10n.t("sent SIGTERM to {0}, which ignores {1} (background job of a shell)", processes, signal)
    : l10n.t("sent SIGTERM to {0}, which ignore {1} (background jobs of a shell)", processes, signal);
}

function waitingLine({ previousPid, killAt, now }: RunEvent & { kind: "waiting" }): string {
  const awaited = previousPid === undefined ? l10n.t("waiting for the previous run and all its processes to end") : l10n.t("waiting for the previous run (pid {0}) and all its processes to end", previousPid);
  return killAt === undefined ? awaited : l10n.t({ message: "{0}; they are killed in {1} at the latest", args: [awaited, formatDuration(Math.max(0, killAt - now))], comment: ["{0}: 'waiting for the previous run and all its processes to end'."] });
}

function leaderGoneLine({ members, leftMs, problem }: RunEvent & { kind: "leaderGone" }): string {
  const then = until(leftMs);
  const line =
    members.length === 0
      ? l10n.t({ message: "the command exited; whether processes it started are still running is unknown ({0}); {1}", args: [problem ?? l10n.t("it could not be seen"), then], comment: ["The last placeholder: what happens then, such as 'kill in 5 s, stop again to kill now'."] })
      : l10n.t({ message: "the command exited, but processes it started are still running: {0}; {1}", args: [listProcesses(members), then], comment: ["The last placeholder: what happens then, such as 'kill in 5 s, stop again to kill now'."] });
  return `${line} ${docs("survivors")}`;
}

function drainingLines(event: RunEvent & { kind: "draining" }): string[] {
  const holders = holdersText(event.holders, event.problem);
  const held = heldNoun(event.holders);
  const details = held === undefined ? event.exit : l10n.t({ message: "{0}; {1} held", args: [event.exit, held], comment: ["{0}: 'exit status 0'. {1}: such as 'stdout and stderr'."] });
  const line =
    event.leftMs === undefined
      ? l10n.t("output is still held by {0}; waiting indefinitely (waitDelay 0) ({1})", holders, details)
      : l10n.t("output is still held by {0}; waiting {1} ({2})", holders, formatDuration(event.leftMs), details);
  return [`${line} ${docs("heldOutput")}`];
}

/** What is said where output is missing, because the terminal did not take it. */
export function droppedLine(characters: number): string {
  return l10n.t("{0} million characters were dropped here: the terminal could not keep up", (characters / 1e6).toFixed(1));
}

function endedLines(event: RunEvent & { kind: "ended" }): string[] {
  const lines = outcomeLines(event.outcome, event.afterMs);
  if (event.survivors.length === 0 && event.problem !== undefined) lines.push(l10n.t("whether it has left processes running is unknown ({0})", event.problem));
  const killable = event.survivors.filter(isKillable);
  const others = event.survivors.flatMap(({ user, ...info }) => (user === undefined ? [] : [{ ...info, user }]));
  if (killable.length > 0) {
    const line = killable.length === 1 ? l10n.t("still running: {0}; the Cancellable Tasks view can kill it", listProcesses(killable)) : l10n.t("still running: {0}; the Cancellable Tasks view can kill them", listProcesses(killable));
    lines.push(`${line} ${docs("survivors")}`);
  }
  if (others.length > 0) {
    const owners = ownersText(others.map(({ user }) => user));
    const line = others.length === 1 ? l10n.t("still running: {0}; only {1} can kill it", listOwned(others), owners) : l10n.t("still running: {0}; only {1} can kill them", listOwned(others), owners);
    lines.push(`${line} ${docs("survivors")}`);
  }
  return lines;
}

/** In plain words first; the term is for looking it up. */
function hungPipeLine({ isError, holders, problem, isLate }: HeldOutput, after: string): string {
  if (isLate === true) {
    const line = isError
      ? l10n.t("failed after {0} (exit code 1): the terminal did not take all its output within the waitDelay; it may be incomplete (ErrWaitDelay)", after)
      : l10n.t("succeeded after {0} (exit code 0), but the terminal did not take all its output within the waitDelay; it may be incomplete (ErrWaitDelay)", after);
    return `${line} ${docs("heldOutput")}`;
  }
  const held = heldNoun(holders);
  const by = holdersText(holders, problem);
  const term = held === undefined ? "ErrWaitDelay" : l10n.t({ message: "ErrWaitDelay; {0} held", args: [held], comment: ["{0}: such as 'stdout and stderr'."] });
  const line = isError
    ? l10n.t("failed after {0} (exit code 1), but output was still held by {1}, and may be incomplete ({2})", after, by, term)
    : l10n.t("succeeded after {0} (exit code 0), but output was still held by {1}, and may be incomplete ({2})", after, by, term);
  return `${line} ${docs("heldOutput")}`;
}

function outcomeLines(outcome: Outcome, afterMs: number): string[] {
  const after = formatDuration(afterMs);
  const ended = outcomeText(outcome);
  const withCode = (): string => l10n.t({ message: "{0} after {1} (exit code {2})", args: [ended, after, exitCodeOf(outcome)], comment: ["{0}: how a task ended, such as 'stopped by SIGINT'. {1}: a time span."] });
  switch (outcome.kind) {
    case "couldNotStart":
      return [...outcome.problems, `${l10n.t("not started (exit code {0})", outcome.exitCode)} ${docs("exitCode")}`];
    case "hungPipe":
      return [hungPipeLine(outcome, after)];
    case "unkillable":
      return [`${withCode()} ${docs("refused")}`];
    case "exited":
    case "succeeded":
      return [endedAfterText(outcome, afterMs)];
    default:
      return [withCode()];
  }
}

/** "exited with code 3 after 2 s" */
export function endedAfterText(outcome: Outcome, afterMs: number): string {
  const after = formatDuration(afterMs);
  if (outcome.kind === "hungPipe" && outcome.isLate !== true) return outcome.isError ? l10n.t("failed after {0}, because its output was still held (ErrWaitDelay)", after) : l10n.t("succeeded after {0}, but its output was still held (ErrWaitDelay)", after);
  return l10n.t({ message: "{0} after {1}", args: [outcomeText(outcome), after], comment: ["{0}: how a task ended, such as 'exited with code 3'. {1}: a time span."] });
}

/** How a run ended, in a few words: "succeeded", "stopped by SIGINT", "exited with code 3", "killed". */
export function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "couldNotStart":
      return l10n.t("could not start");
    case "unkillable":
      return l10n.t("could not be killed (pid {0} belongs to another user, or is stuck in the kernel)", outcome.pid);
    case "exited":
      return exitedText(outcome);
    case "signaled":
      return endedByText(outcome.signal, outcome.stop);
    case "canceled":
      return stoppedText(outcome.stop);
    case "hungPipe":
      if (outcome.isLate === true) return outcome.isError ? l10n.t("failed, because its output was late") : l10n.t("succeeded, but its output was late");
      return outcome.isError ? l10n.t("failed, because its output was still held") : l10n.t("succeeded, but its output was still held");
    case "failed":
      return l10n.t("failed: {0}", harmless(outcome.message));
    case "succeeded":
      return l10n.t("succeeded");
    case "lost":
      return l10n.t("left by an earlier window");
  }
}

/** How a stopped run ended, where there is no more to say. */
export function stoppedText(stop: StopReason): string {
  return stop.kind === "timeout" ? l10n.t("timed out") : l10n.t("stopped");
}

function exitedText({ code, stop }: Outcome & { kind: "exited" }): string {
  if (code === CTRL_C_EXIT) return endedByText("Ctrl+C", stop);
  const shown = exitStatusText(code);
  if (stop === undefined) return l10n.t("exited with code {0}", shown);
  return stop.kind === "timeout" ? l10n.t("timed out: exited with code {0}", shown) : l10n.t("stopped: exited with code {0}", shown);
}

function endedByText(signal: string, stop: StopReason | undefined): string {
  if (stop === undefined) return l10n.t("ended by {0}", signal);
  return stop.kind === "timeout" ? l10n.t("timed out, ended by {0}", signal) : l10n.t("stopped by {0}", signal);
}

/** What Clear Ended Runs says of runs that it has kept. */
export function keptText(runs: readonly RunSnapshot[]): string {
  const names = listNames(runs.map(({ label }) => `"${label}"`));
  const processes = runs.reduce((sum, { survivors }) => sum + survivors.length, 0);
  if (processes === 1) return l10n.t("{0} stays listed: 1 process is still running.", names);
  return runs.length === 1 ? l10n.t("{0} stays listed: {1} processes are still running.", names, processes) : l10n.t("{0} stay listed: {1} processes are still running.", names, processes);
}

/** The line of a task that VS Code has started although another one, on which it depends, was never ready. */
export function dependencyLine(label: string): string {
  return l10n.t('not started: "{0}", on which it depends, ended before it was ready', harmless(label));
}

/** The line of a task with `ready` whose problem matchers do not know the lines about it. */
export function matcherLine(matcher: string): string {
  return l10n.t('nothing waits until this task is ready: add {0} to its "problemMatcher", or remove that', JSON.stringify(matcher));
}

/** The first line of a terminal that shows the output of another window's run. @param window what that has open; "" for nothing */
export function followedLine(label: string, window: string, skippedBytes: number): string {
  const output = window === "" ? l10n.t('the output of "{0}", which runs in another window', label) : l10n.t('the output of "{0}", which runs in another window ({1})', label, window);
  return harmless(skippedBytes === 0 ? output : l10n.t({ message: "{0}, without its first {1} bytes", args: [output, skippedBytes], comment: ["{0}: 'the output of \"dev\", which runs in another window'."] }));
}

export function followedEndLine(): string {
  return l10n.t("that run has ended, or its window has");
}

/** The line of a task that ran when its window was reloaded. */
export function interruptedLine(): string {
  return l10n.t("started again, because its last run was stopped when the window was reloaded");
}

/** The line of a task that a compound task has started after a Stop All. `label`: one of its tasks that was stopped. */
export function refusedLine(label: string): string {
  return l10n.t('not started: Stop All was used while the tasks that go with "{0}" were being started; run it again', harmless(label));
}

/** The line of a task for which the user was asked for a value and gave none. `variable`: as "${input:port}". */
export function inputCanceledLine(variable: string): string {
  return l10n.t("not started: no value was given for {0}", harmless(variable));
}

/** The line of a run that was stopped while others go on that need it. `labels`: theirs. */
export function dependentsLine(labels: readonly string[]): string {
  const names = listNames(labels.map((label) => `"${label}"`));
  return harmless(labels.length === 1 ? l10n.t("{0} depends on this task and keeps running", names) : l10n.t("{0} depend on this task and keep running", names));
}

/** What a run uses: "3 % CPU, 120 MB". */
export function usageText({ cpuPercent, memoryBytes }: RunUsage): string {
  const cpu = cpuPercent === undefined ? [] : [l10n.t("{0} % CPU", cpuPercent < 10 ? Number(cpuPercent.toFixed(1)) : Math.round(cpuPercent))];
  const megabytes = memoryBytes / 1e6;
  return [...cpu, `${megabytes < 10 ? Number(megabytes.toFixed(1)) : Math.round(megabytes)} MB`].join(", ");
}
