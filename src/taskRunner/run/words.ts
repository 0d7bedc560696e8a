import { isKillable, type Evidence, type RunProcess } from "../process/runProcess";
import type { RefusedProcess } from "../process/signalResult";
import type { ProcessInfo } from "../process/table";
import { formatDuration } from "../base/duration";
import { harmless } from "../base/harmless";
import { enumerate, shorten } from "./phrases";
import { addressInUseLine, portsHeldLine, portsUnknownLine, stoppingHoldersLine } from "./portWords";
import { awaitingReadyLine, listeningLine, notReadyLine, readyLine } from "./readyWords";
import { docs } from "./docsPages";
import { restartingLine } from "./restartWords";
import type { RunUsage } from "./usageSampler";
import { exitCodeOf, type Outcome, type Reached, type RunEvent, type RunSnapshot, type StopReason } from "./state";

export { shorten } from "./phrases";

/**
 * All words that people read about runs are made here, so that terminal, tree and status bar say the same. What others have
 * written in them (command lines, messages) comes out harmless.
 */

/** A process by its command line and pid: "`sleep 60` (pid 4243)". */
export function processText(info: ProcessInfo): string {
  return `${commandText(info)} (pid ${info.pid})`;
}

function commandText(info: ProcessInfo): string {
  return `\`${shorten(info.command, 60)}\``;
}

/** The lines that the terminal shows for an event, without colours. */
export function eventLines(event: RunEvent): string[] {
  return linesOf(event).map(harmless);
}

function linesOf(event: RunEvent): string[] {
  switch (event.kind) {
    case "beginning":
      return [`executing \`${shorten(event.commandLine, 200)}\``];
    case "restarting":
      return [restartingLine(event.restart)];
    case "noTerminal":
      return [`could not allocate a pseudoterminal; using pipes instead: ${event.problem}`];
    case "noPipes":
      return [`no pipe could be made; using socket pairs instead, which cannot be opened by name ("> /dev/stderr") and do not show who holds them: ${event.problem}`];
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
    case "notReady":
      return [notReadyLine(event.missing)];
    case "listening":
      return [listeningLine(event.ports)];
    case "typed":
      return [`${because(event.reason)}typed ${shorten(JSON.stringify(event.text), 40)} ("cancelInput"); ${afterwards(event.waitDelay)}`];
    case "inputClosed":
      return [`${shorten(JSON.stringify(event.text), 40)} ("cancelInput") could not be typed: the command's input is closed; ${afterwards(event.waitDelay)}`];
    case "cancelCommand":
      return [`${because(event.reason)}running \`${shorten(event.command, 60)}\` ("cancelCommand")${event.limitMs === 0 ? "" : `, for ${formatDuration(event.limitMs)} at most`}; stop again to kill now`];
    case "cancelCommandEnded":
      return cancelCommandEndedLines(event);
    case "signaled":
      return [`${because(event.reason)}sent ${event.signal} to ${reachedText(event)}${unknownText(event.problem)}; ${afterwards(event.waitDelay)}${event.reason.kind === "interrupted" ? ` ${docs("ctrlC")}` : ""}`];
    case "notSignaled":
      return [`${because(event.reason)}sending no signal ("cancelSignal": "none"); ${afterwards(event.waitDelay)}`];
    case "signalFailed":
      return [`${event.signal} could not be sent to process group ${event.pid}: ${event.message}`];
    case "signalRefused":
      return [`${event.signal} could not be sent to ${listRefused(event.refused)} ${docs("refused")}`];
    case "hungUp":
      return [`${processText(event.program)} waits for input in spite of SIGINT: sent SIGHUP, as a closed terminal does, to ${reachedText(event)}; ${until(event.leftMs)} ${docs("otherSignal")}`];
    case "askedAgain":
      return [askedAgainLine(event)];
    case "killed":
      return [`killed ${reachedText(event)}${event.afterMs === undefined ? "" : `, ${formatDuration(event.afterMs)} after the stop`}`];
    case "leaderGone":
      return [leaderGoneLine(event)];
    case "draining":
      return drainingLines(event);
    case "ended":
      return endedLines(event);
  }
}

function cancelCommandEndedLines({ problem, waitDelay, isOver }: RunEvent & { kind: "cancelCommandEnded" }): string[] {
  const then = isOver ? "" : `; ${afterwards(waitDelay)}`;
  if (problem === undefined) return isOver ? [] : [`the "cancelCommand" finished${then}`];
  return [`the "cancelCommand" failed: ${problem}${then}`];
}

function because(reason: StopReason): string {
  switch (reason.kind) {
    case "user":
      return "";
    case "interrupted":
      return "Ctrl+C: ";
    case "timeout":
      return `timed out after ${formatDuration(reason.ms)}: `;
    case "terminalClosed":
      return "the terminal was closed: ";
    case "windowClosing":
      return "the window is closing: ";
    case "debuggingEnded":
      return "the debug session has ended: ";
    case "outlived":
      return 'the command exited; stopping what it left running ("survivors": "kill"): ';
  }
}

function afterwards(waitDelay: number): string {
  return waitDelay === 0 ? "waiting indefinitely (waitDelay 0), stop again to kill" : `kill in ${formatDuration(waitDelay)}, stop again to kill now`;
}

/** @param leftMs until the kill; undefined while nothing counts */
function until(leftMs: number | undefined): string {
  return afterwards(leftMs === undefined ? 0 : Math.max(1, leftMs));
}

function askedAgainLine({ signal, asked, deaf, leftMs }: RunEvent & { kind: "askedAgain" }): string {
  const sent = [
    ...(asked.length === 0 ? [] : [`sent ${signal} to ${listProcesses(asked)}, still running and not asked before`]),
    ...(deaf.length === 0 ? [] : [`sent SIGTERM to ${listProcesses(deaf)}, which ${deaf.length === 1 ? "ignores" : "ignore"} ${signal} (background ${deaf.length === 1 ? "job" : "jobs"} of a shell)`]),
  ];
  return `${sent.join("; ")}; ${until(leftMs)} ${docs("otherSignal")}`;
}

function waitingLine({ previousPid, killAt, now }: RunEvent & { kind: "waiting" }): string {
  const limit = killAt === undefined ? "" : `; they are killed in ${formatDuration(Math.max(0, killAt - now))} at the latest`;
  return `waiting for the previous run${previousPid === undefined ? "" : ` (pid ${previousPid})`} and all its processes to end${limit}`;
}

/** Whom a signal has reached: "process group 42 (3 processes) and `sleep 60` (pid 44), which had left it, but not `sudo x` (pid 45) of root". */
function reachedText(event: RunEvent & Reached & { pid: number }): string {
  const { kind, pid, group, others, refused } = event;
  const left = kind === "signaled" && !event.toLeader ? "what is left of " : "";
  const groups = group === undefined ? [] : [`${left}process group ${pid}${kind === "killed" ? namesText(pid, group) : sizeText(group)}`];
  const outside = others.length === 0 ? [] : [`${listProcesses(others)}${group === undefined ? "" : ", which had left it"}`];
  const but = refused.length === 0 ? "" : `, but not ${kind === "killed" ? "" : "to "}${listRefused(refused)}`;
  return `${[...groups, ...outside].join(" and ")}${but}`;
}

function sizeText(group: readonly ProcessInfo[]): string {
  return group.length > 1 ? ` (${count(group.length, "process")})` : "";
}

/** What is killed is named: " (`sleep 60`)", " (3 processes: `a`, `b` and `c`)". */
function namesText(pid: number, group: readonly ProcessInfo[]): string {
  const [first] = group;
  if (first === undefined) return "";
  if (group.length === 1) return ` (${commandText(first)}${first.pid === pid ? "" : `, pid ${first.pid}`})`;
  return ` (${count(group.length, "process")}: ${enumerateSome(group.map(commandText))})`;
}

function listRefused(refused: readonly RefusedProcess[]): string {
  return `${enumerateSome(refused.map((info) => `${processText(info)} of ${info.user}${portsText(info.ports)}`))} (operation not permitted)`;
}

function portsText(ports: readonly number[]): string {
  return ports.length === 0 ? "" : `, listening on port${ports.length === 1 ? "" : "s"} ${enumerate(ports.map(String))}`;
}

/** What a look that was late or has failed leaves open. */
function unknownText(problem: string | undefined): string {
  return problem === undefined ? "" : `; whether that is all the task has started is unknown (${problem})`;
}

function leaderGoneLine({ members, waitDelay, problem }: RunEvent & { kind: "leaderGone" }): string {
  const unknown = `the command exited; whether processes it started are still running is unknown (${problem ?? "it could not be seen"})`;
  return `${members.length === 0 ? unknown : `the command exited, but processes it started are still running: ${listProcesses(members)}`}; ${afterwards(waitDelay)} ${docs("survivors")}`;
}

function drainingLines(event: RunEvent & { kind: "draining" }): string[] {
  const wait = event.leftMs === undefined ? "waiting indefinitely (waitDelay 0)" : `waiting ${formatDuration(event.leftMs)}`;
  const held = heldNoun(event.holders);
  const details = [event.exit, ...(held === "output" ? [] : [`${held} held`])].join("; ");
  return [`output is still held ${holderText(event.holders, event.problem)}; ${wait} (${details}) ${docs("heldOutput")}`];
}

/** What of the run's pipes they hold: "stdout", "stdout and stderr"; "output" when that is unknown. */
function heldNoun(holders: readonly RunProcess[]): string {
  const held = [...new Set(holders.flatMap(({ holds }) => holds.filter((what) => what !== "stdin")))].sort().reverse();
  return held.length === 0 ? "output" : harmless(enumerate(held));
}

function holderText(holders: readonly RunProcess[], problem: string | undefined): string {
  if (holders.length === 0 && problem !== undefined) return `by an unknown process (${problem})`;
  if (holders.length === 0) return "by a process that cannot be seen (another user's?)";
  const [owned, others] = [holders.filter((info) => info.owned), holders.filter((info) => !info.owned)];
  // That the task has started it is what everyone expects.
  const by = [
    ...(owned.length === 0 ? [] : [listProcesses(owned)]),
    ...(others.length === 0 ? [] : [`${listProcesses(others)}, not started by this task`]),
  ];
  return `by ${by.join(", and ")}`;
}

/** What is said where output is missing, because the terminal did not take it. */
export function droppedLine(characters: number): string {
  return `${(characters / 1e6).toFixed(1)} million characters were dropped here: the terminal could not keep up`;
}

/** A held output in few words: "stdout held by `sleep 60` (pid 4243)". */
export function heldBy(holders: readonly RunProcess[]): string {
  return holders.length === 0 ? "output still held open" : `${heldNoun(holders)} held by ${listProcesses(holders)}`;
}

const EVIDENCE_TEXTS: Record<Evidence, string> = {
  group: "it is in the task's process group",
  session: "it is in the task's session",
  descriptor: "it has inherited a file that only the task's processes have",
  marker: "its environment has the task's marker",
  pipe: "it has the task's pipe open",
  descent: "one of the task's processes started it",
};

/** Why a process is said to belong to a run: "its environment has the task's marker, and it has the task's pipe open". */
export function evidenceText(evidence: readonly Evidence[]): string {
  return enumerate(evidence.map((sign) => EVIDENCE_TEXTS[sign]));
}

/** What can be said of a process beyond its name: "holds stdout", "listens on port 3000". */
export function traits({ holds, ports, stopped, user }: RunProcess): string[] {
  return [
    ...(user === undefined ? [] : [`of ${harmless(user)}`]),
    ...(holds.length === 0 ? [] : [`holds ${harmless(enumerate(holds))}`]),
    ...(ports.length === 0 ? [] : [`listens on port${ports.length === 1 ? "" : "s"} ${enumerate(ports.map(String))}`]),
    ...(stopped ? ["stopped"] : []),
  ];
}

function endedLines(event: RunEvent & { kind: "ended" }): string[] {
  const lines = outcomeLines(event.outcome, event.afterMs);
  if (event.survivors.length === 0 && event.problem !== undefined) lines.push(`whether it has left processes running is unknown (${event.problem})`);
  const killable = event.survivors.filter(isKillable);
  const others = event.survivors.flatMap(({ user, ...info }) => (user === undefined ? [] : [{ ...info, user }]));
  if (killable.length > 0) lines.push(`still running: ${listProcesses(killable)}; the Cancellable Tasks view can kill ${killable.length === 1 ? "it" : "them"} ${docs("survivors")}`);
  if (others.length > 0) lines.push(`still running: ${enumerateSome(others.map((info) => `${processText(info)} of ${info.user}${portsText(info.ports)}`))}; only ${ownersText(others.map(({ user }) => user))} can kill ${others.length === 1 ? "it" : "them"} ${docs("survivors")}`);
  return lines;
}

/** Who may kill these users' processes: "root", "www-data or root". */
export function ownersText(users: readonly string[]): string {
  const others = [...new Set(users)].filter((user) => user !== "root");
  return others.length === 1 ? `${enumerate(others)} or root` : "root";
}

/** In plain words first; the term is for looking it up. */
function hungPipeLine({ isError, holders, problem }: Outcome & { kind: "hungPipe" }, after: string): string {
  const held = heldNoun(holders);
  const term = held === "output" ? "ErrWaitDelay" : `ErrWaitDelay; ${held} held`;
  return `${isError ? "failed" : "succeeded"} ${after} (exit code ${isError ? 1 : 0}), but output was still held ${holderText(holders, problem)}, and may be incomplete (${term}) ${docs("heldOutput")}`;
}

function outcomeLines(outcome: Outcome, afterMs: number): string[] {
  const after = `after ${formatDuration(afterMs)}`;
  switch (outcome.kind) {
    case "couldNotStart":
      return [...outcome.problems, `not started (exit code ${outcome.exitCode}) ${docs("exitCode")}`];
    case "hungPipe":
      return [hungPipeLine(outcome, after)];
    case "unkillable":
      return [`${outcomeText(outcome)} ${after} (exit code ${exitCodeOf(outcome)}) ${docs("refused")}`];
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
      return `could not be killed (pid ${outcome.pid} belongs to another user, or is stuck in the kernel)`;
    case "exited":
      return `${stopped(outcome.stop, ": ")}exited with code ${outcome.code}`;
    case "signaled":
      return `${stopped(outcome.stop, " ") || "ended "}by ${outcome.signal}`;
    case "canceled":
      return stopped(outcome.stop, "");
    case "hungPipe":
      return `${outcome.isError ? "failed" : "succeeded"} with a hung pipe`;
    case "failed":
      return `failed: ${harmless(outcome.message)}`;
    case "succeeded":
      return "succeeded";
    case "lost":
      return "left by an earlier window";
  }
}

function stopped(stop: StopReason | undefined, then: string): string {
  if (stop === undefined) return "";
  return `${stop.kind === "timeout" ? "timed out" + (then === " " ? ", ended" : "") : "stopped"}${then}`;
}

function listProcesses(processes: readonly ProcessInfo[]): string {
  return enumerateSome(processes.map(processText));
}

/** Three of them, and how many more there are. */
function enumerateSome(items: readonly string[]): string {
  const shown = items.slice(0, 3);
  const more = items.length - shown.length;
  return enumerate(more > 0 ? [...shown, `${more} more`] : shown);
}

/** The first three, and how many more there are: "a, b, c and 2 more". */
export function listNames(names: readonly string[]): string {
  return enumerateSome(names);
}

/** "1 process", "3 processes". */
export function count(n: number, noun: string): string {
  return `${n} ${n === 1 ? noun : `${noun}${noun.endsWith("s") ? "es" : "s"}`}`;
}

/** What Clear Ended Runs says of runs that it has kept. */
export function keptText(runs: readonly RunSnapshot[]): string {
  const names = listNames(runs.map(({ label }) => `"${label}"`));
  const processes = runs.reduce((sum, { survivors }) => sum + survivors.length, 0);
  return `${names} ${runs.length === 1 ? "stays" : "stay"} listed: ${count(processes, "process")} ${processes === 1 ? "is" : "are"} still running.`;
}

/** The line of a task that VS Code has started although another one, on which it depends, was never ready. */
export function dependencyLine(label: string): string {
  return `not started: "${harmless(label)}", on which it depends, ended before it was ready`;
}

/** The line of a task with `ready` whose problem matchers do not know the lines about it. */
export function matcherLine(matcher: string): string {
  return `nothing waits until this task is ready: add ${JSON.stringify(matcher)} to its "problemMatcher", or remove that`;
}

/** The first line of a terminal that shows the output of another window's run. @param window what that has open; "" for nothing */
export function followedLine(label: string, window: string, skippedBytes: number): string {
  const from = skippedBytes === 0 ? "" : `, without its first ${skippedBytes} bytes`;
  return harmless(`the output of "${label}", which runs in another window${window === "" ? "" : ` (${window})`}${from}`);
}

export const FOLLOWED_END_LINE = "that run has ended, or its window has";

/** The line of a task that ran when its window was reloaded. */
export const INTERRUPTED_LINE = "started again, because its last run was stopped when the window was reloaded";

/** The line of a task that a compound task has started after a Stop All. `label`: one of its tasks that was stopped. */
export function refusedLine(label: string): string {
  return `not started: Stop All was used while the tasks that go with "${harmless(label)}" were being started; run it again`;
}

/** The line of a task for which the user was asked for a value and gave none. `variable`: as "${input:port}". */
export function inputCanceledLine(variable: string): string {
  return `not started: no value was given for ${harmless(variable)}`;
}

/** The line of a run that was stopped while others go on that need it. `labels`: theirs. */
export function dependentsLine(labels: readonly string[]): string {
  return harmless(`${listNames(labels.map((label) => `"${label}"`))} ${labels.length === 1 ? "depends" : "depend"} on this task and ${labels.length === 1 ? "keeps" : "keep"} running`);
}

/** What a run uses: "3 % CPU, 120 MB". */
export function usageText({ cpuPercent, memoryBytes }: RunUsage): string {
  const cpu = cpuPercent === undefined ? [] : [`${cpuPercent < 10 ? Number(cpuPercent.toFixed(1)) : Math.round(cpuPercent)} % CPU`];
  const megabytes = memoryBytes / 1e6;
  return [...cpu, `${megabytes < 10 ? Number(megabytes.toFixed(1)) : Math.round(megabytes)} MB`].join(", ");
}
