import * as l10n from "@vscode/l10n";
import type { Clock } from "../base/clock";
import { deferred } from "../base/deferred";
import type { Writer } from "../exec/copiers";
import { Delay } from "../exec/delay";
import type { Process } from "../exec/process";
import type { RunProcess } from "../process/runProcess";
import type { RunProcesses, RunScan } from "../process/runProcesses";
import type { RunDefinition } from "../task/definition";
import type { LaunchContext } from "../task/launch";
import { Escalation } from "./escalation";
import { outcomeOf } from "./outcome";
import type { RunningCommand } from "./runningCommand";
import type { Outcome, RunEvent, RunState, StopReason } from "./state";
import { Timers } from "./timers";

/** An output that is closed this soon after the exit was not held, only late: nothing to say. */
const DRAIN_NOTICE_MS = 100;

/** Where the command has ended only now (ms), what it leaves may be about to end too: it gets this time (ms) before it is called a survivor. */
const RECENT_MS = 2000;
const PARTING_MS = 300;

/** So long before the delay expires the processes are looked up for the kill, in milliseconds. */
const LOOK_AHEAD_MS = 150;

/** What a run does from its process's start to its end; each phase with its own data. */
export type Phase = Exclude<RunState, { kind: "waiting" | "ended" }>;

export interface ExecutionOptions {
  readonly runId: string;
  readonly definition: RunDefinition;
  readonly context: LaunchContext;
  readonly command: RunningCommand;
  readonly process: Process;
  readonly processes: RunProcesses;
  /** Aborts the command's signal: what `Cmd` takes for a cancel. */
  readonly controller: AbortController;
  readonly clock: Clock;
  readonly cancelOutput: Writer;
  /** Whether an end of the command now is due to a Ctrl+C that was typed into its terminal. */
  readonly isInterrupting: () => boolean;
  readonly emit: (event: RunEvent) => void;
  readonly changed: () => void;
  /** The processes that outlive the command, or hold its output, as far as they are known by now. */
  readonly listed: (processes: readonly RunProcess[]) => void;
  readonly exited: () => void;
}

/** How it ended, and which processes it leaves. */
export interface ExecutionEnd {
  readonly outcome: Outcome;
  readonly survivors: RunScan;
}

/**
 * A started command, from its process's start to the end of everything that was asked for. It exists only once the process does, and
 * owns its `Cmd`, its processes, its one delay, its escalation and its timers. All transitions between phases are made here.
 */
export class Execution {
  readonly #options: ExecutionOptions;
  readonly #timers: Timers;
  #delay: Delay;
  readonly #escalation: Escalation;
  #phase: Phase = { kind: "running" };
  /** Why the command, or what it left, was asked to stop. */
  #stopReason: StopReason | undefined;
  /** What the command's own end is due to. */
  #endedBy: StopReason | undefined;
  #killRequested = false;
  /** The command has ended and nothing holds its output: what is left to do is for a Stop, or for `"survivors": "kill"`. */
  #outputClosed = false;
  /** Another process has the output open: all that the command itself has written has been taken. */
  #isHeld = false;
  /** The user does not want to wait for the output any more, and wants nothing killed for it. */
  #isReleased = false;
  /** A Stop that came while the run was about to end. */
  #lateStop: StopReason | undefined;
  readonly #stoppedLate = deferred<undefined>();
  #timeoutAt: number | undefined;
  /** When the command's end was seen, in the clock's milliseconds. */
  #exitedAt: number | undefined;
  /** What held the output when it was last looked at. */
  #seen: RunScan | undefined;
  /** What held the output when the delay was over. */
  #holders: RunScan | undefined;
  /** What `"survivors": "kill"` has to do after the command's end. */
  #endingSurvivors: Promise<void> | undefined;

  /** To be made in the moment in which the process has been started: an abort calls its cancel from then on. */
  constructor(options: ExecutionOptions) {
    const { definition, clock, command, processes, runId, context } = options;
    this.#options = options;
    this.#timers = new Timers(clock);
    this.#delay = new Delay(definition.waitDelay, clock, () => this.#delayStarted());
    this.#escalation = new Escalation({ runId, definition, context, command, processes, delay: () => this.#delay, timers: this.#timers, output: options.cancelOutput, emit: options.emit });
    command.cmd.delay = this.#delay;
    command.cmd.cancel = () => this.#cancel();
    command.cmd.terminate = () => this.#terminate();
    command.cmd.leavesKeeper = true;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** When the timeout will be over, in the clock's milliseconds; undefined when nothing waits for that. */
  get timeoutAt(): number | undefined {
    return this.#phase.kind === "running" && !this.#exited() ? this.#timeoutAt : undefined;
  }

  /** Follows the command to its end; once, when it has been started. */
  async run(): Promise<ExecutionEnd> {
    this.#watchExit();
    const outcome = await Promise.race([this.#outcome(), this.#escalation.unkillable]);
    this.#outputClosed = true;
    const survivors = outcome === "unkillable" ? await this.#options.processes.survivorsScan() : await this.#finish();
    await this.#escalation.announced();
    this.#delay.stop();
    this.#timers.cancelAll();
    this.#options.processes.close();
    // Not before: until the end of everything that was asked for nobody is hung up on.
    this.#options.process.keeper?.end();
    if (outcome !== "unkillable") return { outcome, survivors };
    return { outcome: { kind: "unkillable", pid: this.#options.process.pid, stop: this.#stopReason ?? { kind: "user" } }, survivors };
  }

  /** See `TaskRun.stop`. @param callsOff a Restart: to what has been asked already it does nothing else */
  stop(reason: StopReason, callsOff = false): void {
    const insists = reason.kind === "user" || reason.kind === "interrupted";
    if (this.#phase.kind === "running" && !this.#exited()) this.#requestStop(reason);
    else if (this.#phase.kind === "stopping" || (this.#phase.kind === "draining" && this.#phase.asked)) {
      if (callsOff) this.#options.emit({ kind: "restartCalledOff", leftMs: this.#delay.leftMs });
      else if (insists) this.kill();
    } else if (this.#outputClosed) {
      if (this.#lateStop !== undefined && insists && !callsOff) this.kill();
      else this.#lateStop ??= reason;
      this.#stoppedLate.resolve(undefined);
    } else {
      this.#drain();
      this.#askSurvivors(reason);
    }
  }

  /** See `TaskRun.kill`. */
  kill(): void {
    this.#killRequested = true;
    if (this.#phase.kind === "running" && !this.#exited()) this.#requestStop({ kind: "user" });
    else if (this.#outputClosed && this.#phase.kind !== "stopping") {
      this.#lateStop = { kind: "user" };
      this.#stoppedLate.resolve(undefined);
      this.#escalation.killAgain().catch(() => undefined);
    }
    else {
      this.#drain();
      this.#markKilled();
      // The kill may have been tried already, and not have ended it yet.
      (this.#delay.hasExpired ? this.#escalation.killAgain() : this.#escalation.kill()).catch(() => undefined);
    }
    this.#delay.expireNow();
  }

  /** Leaves those that hold the output alone, also after they were asked to stop. */
  releasePipe(): void {
    if (this.#phase.kind !== "draining" || this.#outputClosed) return;
    this.#isReleased = true;
    this.#delay.expireNow();
  }

  /** It is not followed any more: the start has failed although the process was there already, or something of our own has. */
  abandon(): void {
    this.#delay.stop();
    this.#timers.cancelAll();
    void this.#options.processes.signal("SIGKILL");
    this.#options.process.keeper?.end();
  }

  #watchExit(): void {
    const { definition, process, isInterrupting, exited } = this.#options;
    const { timeout } = definition;
    if (timeout > 0) this.#timeoutAt = this.#options.clock.now() + timeout;
    const timer = timeout > 0 ? this.#timers.after(timeout, () => this.#timedOut(timeout)) : undefined;
    void process.wait().then(() => {
      this.#exitedAt = this.#options.clock.now();
      timer?.cancel();
      if (isInterrupting()) this.#endedBy = { kind: "interrupted" };
      exited();
      if (definition.survivors === "kill" && this.#phase.kind === "running") this.#endingSurvivors = this.#endSurvivors();
      // The phase stays as it is while the output is merely late: a terminal, or a connection, may take its time.
      this.#timers.after(DRAIN_NOTICE_MS, () => void this.#lookWhetherHeld().then((isHeld) => isHeld && this.#drain()));
    });
  }

  /** Until that is certain, no process is said to hold it. */
  async #lookWhetherHeld(): Promise<boolean> {
    this.#isHeld = false;
    return (this.#isHeld = await this.#options.command.cmd.isOutputHeld());
  }

  async #outcome(): Promise<Outcome> {
    const error = await this.#options.command.cmd.wait().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const { found: holders, problem } = this.#holders ?? { found: [], problem: undefined };
    const isLate = !this.#isHeld && holders.length === 0;
    const held = { isError: this.#options.definition.hungPipe === "error", holders, ...(problem === undefined ? {} : { problem }), ...(isLate ? { isLate } : {}) };
    return outcomeOf(error, this.#stopReason ?? this.#endedBy, held);
  }

  /** The end of everything that was asked for, and a last look at what is left; a Stop that comes meanwhile is acted on. */
  async #finish(): Promise<RunScan> {
    await this.#endingSurvivors;
    for (;;) {
      if (this.#wasAsked()) await this.#escalation.awaitAll();
      const survivors = await this.#survivors();
      await this.#escalation.announced();
      const reason = this.#lateStop;
      this.#lateStop = undefined;
      if (reason === undefined || (survivors.found.length === 0 && survivors.problem === undefined)) return survivors;
      this.#options.listed(survivors.found);
      if (!this.#killRequested) this.#renewDelay();
      if (this.#phase.kind === "running" || this.#phase.kind === "draining") this.#set(this.#draining(true));
      if (this.#killRequested) await this.#escalation.killAgain().catch(() => undefined);
      else attempt(() => this.#escalation.askSurvivors(reason));
    }
  }

  /** The last look; a second one where what it finds may be about to end. */
  async #survivors(): Promise<RunScan> {
    const { processes, clock, definition } = this.#options;
    const first = await processes.survivorsScan();
    const isRecent = clock.now() - (this.#exitedAt ?? -Infinity) < RECENT_MS;
    if (first.found.length === 0 || !isRecent || this.#wasAsked() || this.#lateStop !== undefined || definition.survivors === "ignore") return first;
    await Promise.race([this.#escalation.gone(PARTING_MS), this.#stoppedLate.promise]);
    return await processes.survivorsScan();
  }

  /** The command has ended by itself, and nothing that it leaves shall live on. */
  async #endSurvivors(): Promise<void> {
    // As with a Stop: where it cannot be seen whether there are any, they are asked as far as they are known.
    const { found, problem } = await this.#options.processes.survivorsScan();
    if (found.length === 0 && problem === undefined) return;
    if (this.#phase.kind === "running") this.#set(this.#draining(true));
    else if (this.#phase.kind === "draining" && !this.#phase.asked) this.#set({ ...this.#phase, asked: true });
    else return;
    this.#options.listed(found);
    this.#askWhatIsLeft({ kind: "outlived" });
  }

  #timedOut(ms: number): void {
    if (this.#phase.kind === "running") this.#requestStop({ kind: "timeout", ms });
  }

  #requestStop(reason: StopReason): void {
    this.#stopReason = reason;
    this.#set({ kind: "stopping", reason, since: this.#options.clock.now(), killAt: undefined, killed: this.#killRequested });
    this.#options.controller.abort(reason.kind === "timeout" ? new DOMException("The task's timeout is over", "TimeoutError") : undefined);
  }

  /** What the abort does to the running process; the Cmd counts the delay from its return. */
  #cancel(): void | Promise<void> {
    return this.#killRequested ? this.#escalation.kill() : this.#escalation.ask(this.#stopReason ?? { kind: "user" });
  }

  #askSurvivors(reason: StopReason): void {
    if (this.#phase.kind !== "draining") return;
    this.#set({ ...this.#phase, asked: true });
    this.#askWhatIsLeft(reason);
  }

  #askWhatIsLeft(reason: StopReason): void {
    // That the user gave up waiting for the output, or the delay for it is over, was before this.
    if (this.#delay.hasExpired && !this.#killRequested) this.#renewDelay();
    // Nothing to ask: what holds the output was not started by the run. The delay ends the waiting.
    attempt(() => this.#escalation.askSurvivors(reason));
  }

  /** The delay is over: everything that was asked to stop is killed. What merely held the output is named, and left alone. */
  async #terminate(): Promise<void> {
    if (!this.#wasAsked()) {
      // A terminal that takes nothing more is not waited for.
      void this.#lookWhetherHeld();
      this.#holders = await this.#options.processes.holders();
      return;
    }
    this.#markKilled();
    this.#holders = this.#seen ?? { found: [], problem: l10n.t("killed before it was looked up"), rest: undefined };
    await this.#escalation.kill(true);
  }

  #wasAsked(): boolean {
    if (this.#isReleased && !this.#killRequested) return false;
    return this.#stopReason !== undefined || (this.#phase.kind === "draining" && this.#phase.asked);
  }

  #markKilled(): void {
    if (this.#phase.kind === "stopping" && !this.#phase.killed) this.#set({ ...this.#phase, killed: true });
    if (this.#phase.kind === "draining" && !this.#phase.asked) this.#set({ ...this.#phase, asked: true });
  }

  #drain(): void {
    if (this.#phase.kind !== "running" || !this.#exited() || this.#outputClosed) return;
    const draining = this.#draining(false);
    this.#set(draining);
    void this.#tellDraining(draining.exit);
  }

  #draining(asked: boolean): Phase & { kind: "draining" } {
    return { kind: "draining", since: this.#options.clock.now(), until: this.#delay.expiresAt, exit: this.#options.process.state?.toString() ?? "", asked };
  }

  async #tellDraining(exit: string): Promise<void> {
    const { processes, listed, emit } = this.#options;
    const seen = await processes.holders();
    const { found: holders, problem } = seen;
    const others = (await processes.survivors()).filter(({ pid }) => !holders.some((holder) => holder.pid === pid));
    if (this.#phase.kind !== "draining" || this.#outputClosed) return;
    this.#seen = seen;
    listed([...holders, ...others]);
    // Who held it may have ended meanwhile, and what it wrote be late. A stranger who has it is told of in the end.
    if (holders.length === 0 && ((problem === undefined && processes.isEmpty) || !(await this.#lookWhetherHeld()))) return;
    // What has been done about it meanwhile says more.
    if (!this.#isDrainingUnasked()) return;
    emit({ kind: "draining", exit, leftMs: this.#delay.leftMs, holders, ...(problem === undefined ? {} : { problem }) });
  }

  #isDrainingUnasked(): boolean {
    return this.#phase.kind === "draining" && !this.#phase.asked && !this.#outputClosed;
  }

  /** The run's one delay is spent, and what is asked now is granted what the task grants. */
  #renewDelay(): void {
    const { definition, clock } = this.#options;
    if (this.#delay.hasExpired) this.#delay = new Delay(definition.waitDelay, clock, () => this.#delayStarted());
    this.#isReleased = false;
    this.#delay.start();
  }

  #delayStarted(): void {
    // The kill does not look before it acts, so the look comes first: it finds what has left the group since the stop.
    this.#timers.after(Math.max(0, this.#delay.ms - LOOK_AHEAD_MS), () => {
      if (this.#wasAsked()) void this.#options.processes.scan();
    });
    if (this.#phase.kind === "stopping") this.#set({ ...this.#phase, killAt: this.#delay.expiresAt });
    if (this.#phase.kind === "draining") this.#set({ ...this.#phase, until: this.#delay.expiresAt });
  }

  #exited(): boolean {
    return this.#options.process.state !== undefined;
  }

  #set(phase: Phase): void {
    this.#phase = phase;
    this.#options.changed();
  }
}

/** What is asked of a run that has nothing left to ask has nothing to say. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // ProcessDoneError
  }
}
