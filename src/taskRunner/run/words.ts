import type { ProcessInfo } from "../process/table";
import { formatDuration } from "./duration";
import { exitCodeOf, type Outcome, type RunEvent, type StopReason } from "./state";

/** All words that people read about runs are made here, so that terminal, tree and status bar say the same. */

/** A process by its command line and pid: "`sleep 60` (pid 4243)". */
export function processText(info: ProcessInfo): string {
  return `\`${shorten(info.command, 60)}\` (pid ${info.pid})`;
}

export function shorten(text: string, length: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}

/** The lines that the terminal shows for an event, without colours. */
export function eventLines(event: RunEvent): string[] {
  switch (event.kind) {
    case "signaled":
      return [`${because(event.reason)}sent ${event.signal} to ${event.toLeader ? `process group ${event.pid}` : `what is left of process group ${event.pid}`}; ${afterwards(event.waitDelay)}`];
    case "notSignaled":
      return [`${because(event.reason)}no signal is sent ("cancelSignal": "none"); ${afterwards(event.waitDelay)}`];
    case "signalFailed":
      return [`${event.signal} could not be sent to process group ${event.pid}: ${event.message}`];
    case "killed":
      return [`killed process group ${event.pid} (${count(event.processes, "process")})${event.afterMs === undefined ? "" : `, ${formatDuration(event.afterMs)} after the stop`}`];
    case "leaderGone":
      return [`the command has ended, but not its group: ${listProcesses(event.members)}; ${afterwards(event.waitDelay)}`];
    case "draining":
      return drainingLines(event);
    case "ended":
      return endedLines(event);
  }
}

function because(reason: StopReason): string {
  switch (reason.kind) {
    case "user":
      return "";
    case "timeout":
      return `the timeout of ${formatDuration(reason.ms)} is over: `;
    case "terminalClosed":
      return "the terminal was closed: ";
    case "windowClosing":
      return "the window is closing: ";
  }
}

function afterwards(waitDelay: number): string {
  return waitDelay === 0 ? "waiting for ever (waitDelay 0), stop again to kill" : `kill in ${formatDuration(waitDelay)}, stop again to kill now`;
}

function drainingLines(event: RunEvent & { kind: "draining" }): string[] {
  const holder = event.holders.length === 0 ? "a process outside its group" : listProcesses(event.holders);
  const wait = event.waitDelay === 0 ? "waiting for ever (waitDelay 0)" : `waiting ${formatDuration(event.waitDelay)}`;
  return [`ended (${event.exit}), but its output is still held by ${holder}; ${wait}`];
}

function endedLines(event: RunEvent & { kind: "ended" }): string[] {
  const lines = outcomeLines(event.outcome, event.afterMs);
  if (event.survivors.length > 0) lines.push(`still running: ${listProcesses(event.survivors)}; the Cancellable Tasks view can kill ${event.survivors.length === 1 ? "it" : "them"}`);
  return lines;
}

function outcomeLines(outcome: Outcome, afterMs: number): string[] {
  const after = `after ${formatDuration(afterMs)}`;
  switch (outcome.kind) {
    case "couldNotStart":
      return [...outcome.problems, `not started (exit code ${outcome.exitCode})`];
    case "hungPipe":
      return [
        "ErrWaitDelay: the output was still held when the waitDelay was over; it may be incomplete",
        'redirect the output of background processes (command >log 2>&1 &), or raise "waitDelay"',
        `${outcomeText(outcome)} ${after} (exit code ${exitCodeOf(outcome)})`,
      ];
    case "exited":
    case "succeeded":
      return [`${outcomeText(outcome)} ${after}`];
    default:
      return [`${outcomeText(outcome)} ${after} (exit code ${exitCodeOf(outcome)})`];
  }
}

/** How a run ended, in a few words: "succeeded", "stopped by SIGINT", "exited with code 3", "killed". */
export function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "couldNotStart":
      return "could not start";
    case "unkillable":
      return `could not be killed (pid ${outcome.pid} belongs to another user, or hangs in the kernel)`;
    case "exited":
      return `${stopped(outcome.stop, ": ")}exited with code ${outcome.code}`;
    case "signaled":
      return `${stopped(outcome.stop, " ") || "ended "}by ${outcome.signal}`;
    case "canceled":
      return stopped(outcome.stop, "");
    case "hungPipe":
      return `${outcome.isError ? "failed" : "succeeded"} with a hung pipe`;
    case "failed":
      return `failed: ${outcome.message}`;
    case "succeeded":
      return "succeeded";
  }
}

function stopped(stop: StopReason | undefined, then: string): string {
  if (stop === undefined) return "";
  return `${stop.kind === "timeout" ? "timed out" + (then === " " ? ", ended" : "") : "stopped"}${then}`;
}

function listProcesses(processes: readonly ProcessInfo[]): string {
  const shown = processes.slice(0, 3).map(processText);
  const more = processes.length - shown.length;
  if (more > 0) shown.push(`${more} more`);
  const last = shown.pop() ?? "nobody";
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`;
}

/** "1 process", "3 processes". */
export function count(n: number, noun: string): string {
  return `${n} ${n === 1 ? noun : `${noun}${noun.endsWith("s") ? "es" : "s"}`}`;
}
