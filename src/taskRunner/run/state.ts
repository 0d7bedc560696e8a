import type { NoContainment, WindowScope } from "../process/container";
import type { ListeningPort } from "../process/listeningPorts";
import type { PortHolder } from "../process/portHolders";
import type { RunProcess } from "../process/runProcess";
import type { RefusedProcess } from "../process/signalResult";
import type { ProcessInfo } from "../process/table";
import type { ReadyCondition } from "../task/ready";
import type { RestartPolicy } from "../task/restart";
import type { Restart } from "./restarts";

/** Why a run is being stopped. */
export type StopReason =
  | { kind: "user" }
  | { kind: "timeout"; ms: number }
  /** Ctrl+C was typed into the command's own terminal, which has sent SIGINT to its foreground. */
  | { kind: "interrupted" }
  | { kind: "terminalClosed" }
  | { kind: "windowClosing" }
  /** The last debug session has ended for which it was started. */
  | { kind: "debuggingEnded" }
  /** Its task is to be started again. */
  | { kind: "restart" }
  /** Not a stop of the command, which has ended, but of what outlives it: `"survivors": "kill"`. */
  | { kind: "outlived" };

/**
 * What a run is doing.
 *
 *     waiting -> running -> stopping -> ended
 *                   |                     ^
 *                   +-----> draining -----+
 *
 * All times are in the clock's milliseconds.
 */
export type RunState =
  /** Its command is about to be started, as soon as nothing is left of the task's previous run. `previousPid`: that run's command. `held`: the user is asked about ports that others hold. `restartAt`: when the pause before a restart will be over. */
  | { kind: "waiting"; previousPid: number | undefined; held?: readonly HeldPort[]; restartAt?: number }
  | { kind: "running" }
  /**
   * The configured cancel was asked, or the kill.
   * `killAt`: when the waitDelay will be over; undefined while it is not counting (no waitDelay, or the cancel has not returned).
   */
  | { kind: "stopping"; reason: StopReason; since: number; killAt: number | undefined; killed: boolean }
  /**
   * The process has exited, and its output is still held open, or what it left is being stopped.
   * `until`: when the delay will be over; undefined without a waitDelay. `asked`: whether the survivors were asked to stop.
   */
  | { kind: "draining"; since: number; until: number | undefined; exit: string; asked: boolean }
  /** `stopMs`: how long the stop took, from its request; absent where nothing was stopped. `causes`: absent where the outcome says it all. */
  | { kind: "ended"; at: number; outcome: Outcome; stopMs?: number; causes?: readonly EndCause[] };

/** Why a run has ended so, where its outcome does not say it. */
export type EndCause =
  /** It was not started, because others hold its ports. */
  | { kind: "portsHeld"; held: readonly HeldPort[] }
  /** It has failed because of that. `held`: who has them now. */
  | { kind: "addressInUse"; ports: readonly number[]; held: readonly HeldPort[] }
  /** No other run takes its place, as it did after the runs before. */
  | ({ kind: "enoughRestarts" } & RestartPolicy);

/** What is known of an output that has not ended in time. */
export interface HeldOutput {
  readonly isError: boolean;
  readonly holders: readonly RunProcess[];
  /** Why the holders could not all be looked up. */
  readonly problem?: string;
  /** What the command has written had not all been taken by the terminal: perhaps no process held the output. */
  readonly isLate?: boolean;
}

/** How a run ended. Exactly one of these, the first that applies. */
export type Outcome =
  /** No process was started. `brief`: why, in a few words, where there are any. */
  | { kind: "couldNotStart"; problems: readonly string[]; brief?: string; exitCode: number }
  /** Killed, and yet there: another user's process, or one that hangs in the kernel. */
  | { kind: "unkillable"; pid: number; stop: StopReason }
  /** The process's own exit code, not 0. */
  | { kind: "exited"; code: number; stop: StopReason | undefined }
  | { kind: "signaled"; signal: NodeJS.Signals; signalNumber: number; stop: StopReason | undefined }
  /** Stopped, and it exited with 0. */
  | { kind: "canceled"; stop: StopReason }
  /** ErrWaitDelay: it exited with 0, but its output had not ended when the waitDelay was over. */
  | ({ kind: "hungPipe" } & HeldOutput)
  /** It exited with 0, but the cancel failed or its output could not be copied. */
  | { kind: "failed"; message: string }
  | { kind: "succeeded" }
  /** Its window has died, and how it ended is not known; what is left of it is. */
  | { kind: "lost" };

/** The exit code that VS Code gets: always a number, 0 only where dependent tasks shall go on. */
export function exitCodeOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case "couldNotStart":
      return outcome.exitCode;
    case "unkillable":
    case "failed":
    case "lost":
      return 1;
    case "exited":
      return outcome.code;
    case "signaled":
      return isTimeout(outcome.stop) ? 124 : 128 + outcome.signalNumber;
    case "canceled":
      return isTimeout(outcome.stop) ? 124 : 130;
    case "hungPipe":
      return outcome.isError ? 1 : 0;
    case "succeeded":
      return 0;
  }
}

function isTimeout(stop: StopReason | undefined): boolean {
  return stop?.kind === "timeout";
}

/** Whether the run ended otherwise than intended. A run that the user has stopped ended as intended. */
export function isProblem(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case "succeeded":
    case "canceled":
      return "stop" in outcome && isTimeout(outcome.stop);
    case "exited":
    case "signaled":
      return outcome.stop === undefined || isTimeout(outcome.stop);
    default:
      return true;
  }
}

/** Who holds a port that a task wants, and the run that it belongs to. */
export interface HeldPort extends PortHolder {
  /** "running" in this window; left by a run that has "ended", or "orphaned" by an earlier window; or of a run "elsewhere", with its label where its window tells of it. */
  readonly owner: { readonly kind: "running" | "ended" | "orphaned"; readonly label: string } | { readonly kind: "elsewhere"; readonly label?: string } | undefined;
}

/** Whether a run whose task says when it is ready has got so far. */
export type ReadyState =
  | { kind: "awaited"; missing: readonly ReadyCondition[] }
  /** `at`: in the clock's milliseconds; `afterMs`: since its command was started. */
  | { kind: "ready"; at: number; afterMs: number }
  /** It has ended before. */
  | { kind: "missed"; missing: readonly ReadyCondition[] };

/** Everything that can be seen of a run, as plain data with harmless texts (base/harmless.ts). */
export interface RunSnapshot {
  readonly id: string;
  /** The task's name. */
  readonly label: string;
  /** What was run, for people to read. */
  readonly commandLine: string;
  /** undefined until it has been started. */
  readonly pid: number | undefined;
  /** When its command was started, or, while it waits for that, when it began to wait; in the clock's milliseconds. */
  readonly startedAt: number;
  readonly state: RunState;
  /** Milliseconds; 0 waits indefinitely. */
  readonly waitDelay: number;
  /** Whether its processes are kept together, or why not; absent where that is not known. */
  readonly containment?: { readonly kind: "contained"; readonly scope?: WindowScope } | NoContainment;
  /** When its timeout will be over, in the clock's milliseconds; absent unless it runs and has one. */
  readonly timeoutAt?: number;
  /** Processes of the run that live although its command is gone, and others that hold its output. */
  readonly survivors: readonly RunProcess[];
  /** Absent where the task does not say when it is ready. */
  readonly ready?: ReadyState;
  /** The TCP ports on which processes of the run listen, as they were last seen while its command ran; absent where there are none. */
  readonly ports?: readonly ListeningPort[];
  /** What a browser would show of it: the address that `ready` names, else that of its first port; absent where there is none. */
  readonly url?: string;
  /** What the window had open that has left it; absent where that is what this window has open. */
  readonly folder?: string;
  /** What the window has open in which it runs, "" for nothing; absent where that is this window. */
  readonly window?: string;
}

/** Whom a signal has reached. */
export interface Reached {
  /** Those of the command's group, as far as they could be seen; undefined when the group was not reached. */
  readonly group: readonly ProcessInfo[] | undefined;
  /** Those outside of it. */
  readonly others: readonly ProcessInfo[];
  /** Those that we may not signal. */
  readonly refused: readonly RefusedProcess[];
}

/** What happens in a run, for telling as it happens. `pid` is the command's, and the id of the process group that it leads. */
export type RunEvent =
  /** What is going to be run, and where: the first event of a run whose definition is valid. */
  | { kind: "beginning"; commandLine: string; directory: string }
  /** Its command has ended by itself, and is started again after a pause. */
  | { kind: "restarting"; restart: Restart }
  /** It wanted a terminal of its own and has pipes. */
  | { kind: "noTerminal"; problem: string }
  /** Its streams are pairs of sockets. */
  | { kind: "noPipes"; problem: string }
  /** Windows: the helper does not run. */
  | { kind: "noHelper"; problem: string }
  /** The task's previous run has still to end. */
  | { kind: "waiting"; previousPid: number | undefined; killAt: number | undefined; now: number }
  /** Others hold ports that the task wants. `isAsked`: the user is; else it is started all the same. */
  | { kind: "portsHeld"; held: readonly HeldPort[]; isAsked: boolean }
  /** It cannot be seen whether these are free; it is started all the same. */
  | { kind: "portsUnknown"; ports: readonly number[] }
  | { kind: "stoppingHolders"; held: readonly HeldPort[] }
  /** It has failed and has said that its address was in use. `ports`: as far as they are known; `held`: who holds them now. */
  | { kind: "addressInUse"; ports: readonly number[]; held: readonly HeldPort[] }
  /** The task says when it is ready. */
  | { kind: "awaitingReady"; conditions: readonly ReadyCondition[] }
  | { kind: "ready"; conditions: readonly ReadyCondition[]; afterMs: number }
  /** Whether its output matches this is not looked for any more: one look took longer than that. */
  | { kind: "patternTooSlow"; pattern: string; limitMs: number }
  /** It has ended before it was ready, and nobody has stopped it. */
  | { kind: "notReady"; missing: readonly ReadyCondition[] }
  /** Its processes listen on these ports now, which nothing has told yet. */
  | { kind: "listening"; ports: readonly ListeningPort[] }
  /** `problem`: why it is not known whether that was all. */
  | (Reached & { kind: "signaled"; signal: NodeJS.Signals; pid: number; toLeader: boolean; leftMs: number | undefined; reason: StopReason; problem?: string })
  /** The signal was a mere key to a program that waits for more of them, and the terminal was closed for it. `leftMs`: until the kill. */
  | (Reached & { kind: "hungUp"; pid: number; program: ProcessInfo; leftMs: number | undefined })
  /** `asked`: those that had not been, or were born since; `deaf`: those that ignore it, and got SIGTERM. `leftMs`: until the kill. */
  | { kind: "askedAgain"; signal: NodeJS.Signals; asked: readonly ProcessInfo[]; deaf: readonly ProcessInfo[]; leftMs: number | undefined }
  /** A Stop came while the run was ending for a Restart. `leftMs`: until the kill. */
  | { kind: "restartCalledOff"; leftMs: number | undefined }
  | { kind: "typed"; text: string; leftMs: number | undefined; reason: StopReason }
  | { kind: "inputClosed"; text: string; leftMs: number | undefined }
  /** `limitMs`: how long it may take; 0 is unlimited. */
  | { kind: "cancelCommand"; command: string; limitMs: number; reason: StopReason }
  /** `problem`: what went wrong; undefined when it succeeded. `isOver`: the run's command has ended too, or is killed now. */
  | { kind: "cancelCommandEnded"; problem: string | undefined; leftMs: number | undefined; isOver: boolean }
  | { kind: "notSignaled"; leftMs: number | undefined; reason: StopReason }
  | { kind: "signalFailed"; signal: NodeJS.Signals; pid: number; message: string }
  /** Nothing could be reached: all are other users'. */
  | { kind: "signalRefused"; signal: NodeJS.Signals; refused: readonly RefusedProcess[] }
  /** `afterMs`: since the run was asked to stop; undefined when it was killed without being asked. */
  | (Reached & { kind: "killed"; pid: number; afterMs: number | undefined })
  /** `problem`: why these may not be all. */
  | { kind: "leaderGone"; members: readonly RunProcess[]; leftMs: number | undefined; problem?: string }
  /** `leftMs`: how much of the waitDelay is left; undefined when it will never be over. `problem`: why the holders could not all be looked up. */
  | { kind: "draining"; exit: string; leftMs: number | undefined; holders: readonly RunProcess[]; problem?: string }
  /** `problem`: why the survivors may not be all. */
  | { kind: "ended"; outcome: Outcome; exitCode: number; afterMs: number; survivors: readonly RunProcess[]; problem?: string };
