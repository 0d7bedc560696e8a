import type { Clock, Timer } from "../base/clock";
import { deferred } from "../base/deferred";
import { Delay } from "../exec/delay";
import { CanceledError, DeadlineExceededError } from "../exec/errors";
import type { RunProcess } from "../process/runProcess";
import type { RunProcesses } from "../process/runProcesses";
import { Cancel } from "./cancel";
import { RunningCommand } from "./runningCommand";
import { commandLine, type RunDefinition } from "../task/definition";
import { Emitter, type Disposable } from "../base/emitter";
import { MARKER } from "../task/environment";
import { Escalation } from "./escalation";
import { explain, LaunchError } from "../task/launch";
import { outcomeOf } from "./outcome";
import { firstOf, untilEnded } from "./previous";
import type { Run } from "./run";
import { RunConsole } from "./runConsole";
import type { ArmedProtection } from "../recovery/crashProtection";
import { invocation } from "../task/shell";
import { exitCodeOf, type Outcome, type RunEvent, type RunSnapshot, type RunState, type StopReason } from "./state";
import { Survivors } from "./survivors";
import type { TaskRunOptions } from "./taskRunOptions";

/** An output that is closed this soon after the exit was not held by anybody, only late: nothing to tell. */
const DRAIN_NOTICE_MS = 100;

/** One run of a task, from its start to its one end. It owns the command, its processes, its one delay and its timers. */
export class TaskRun implements Run {
  readonly id: string;
  readonly label: string;
  readonly ended: Promise<Outcome>;
  readonly console: RunConsole;

  readonly #options: TaskRunOptions;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #events = new Emitter<RunEvent>();
  readonly #changed = new Emitter<undefined>();
  readonly #survivors: Survivors;
  readonly #startedAt: number;
  readonly #end = deferred<Outcome>();
  readonly #delay: Delay;
  readonly #escalation: Escalation;
  readonly #cancel: Cancel;
  #state: RunState = { kind: "waiting", previousPid: undefined };
  #begun = false;
  #command: RunningCommand | undefined;
  #protection: ArmedProtection | undefined;
  /** Nothing is to be waited for any more but what `"survivors": "kill"` and a Stop have still to do. */
  #outputClosed = false;
  /** Who held the output when the delay was over. */
  #holders: readonly RunProcess[] = [];
  /** What `"survivors": "kill"` has to do after the command's end. */
  #endingSurvivors: Promise<void> | undefined;
  #stopReason: StopReason | undefined;
  /** What the command's own end is due to. */
  #endedBy: StopReason | undefined;
  #killRequested = false;
  readonly #timers = new Set<Timer>();

  constructor(options: TaskRunOptions) {
    this.id = options.id;
    this.label = options.label;
    this.ended = this.#end.promise;
    this.#options = options;
    this.#clock = options.clock;
    this.#startedAt = options.clock.now();
    this.#survivors = new Survivors(options.table, options.clock);
    this.#survivors.onDidChange(() => this.#survivorsChanged());
    const waitDelay = options.checked.ok ? options.checked.definition.waitDelay : 0;
    this.#delay = new Delay(waitDelay, options.clock, () => this.#delayStarted());
    this.#escalation = new Escalation({
      delay: this.#delay,
      leader: () => this.#command?.process,
      processes: () => this.#command?.processes,
      tell: (event) => this.#events.fire(event),
      after: (ms, callback) => this.#after(ms, callback),
    });
    const command = (): RunningCommand | undefined => this.#command;
    const { context, output, clock } = options;
    this.#cancel = new Cancel({ runId: options.id, context, escalation: this.#escalation, command, output: output.aside ?? output, clock });
    this.console = new RunConsole({
      command,
      state: () => this.#state.kind,
      ctrlCStops: options.checked.ok && options.checked.definition.ctrlC === "stop",
      stop: (reason) => void this.stop(reason),
      after: (ms, callback) => this.#after(ms, callback),
    });
  }

  get state(): RunState {
    return this.#state;
  }

  onDidChange(listener: () => void): Disposable {
    return this.#changed.event(listener);
  }

  /** Told what happens, as it happens; the end comes last. */
  onEvent(listener: (event: RunEvent) => void): Disposable {
    return this.#events.event(listener);
  }

  snapshot(): RunSnapshot {
    const { label, id } = this.#options;
    return {
      id,
      label,
      commandLine: commandLine(this.#options.checked),
      pid: this.#command?.process?.pid,
      startedAt: this.#startedAt,
      state: this.#state,
      waitDelay: this.#delay.ms,
      survivors: this.#survivors.list,
    };
  }

  /** Starts the process; once. */
  start(): void {
    if (this.#begun) return;
    this.#begun = true;
    void this.#run();
  }

  /**
   * Asks the run to stop: the cancel signal to all its processes, then, after the waitDelay, a kill of what is left of them.
   * Asked a second time by the user, it kills now. While the output of an exited process is held, the survivors are asked.
   */
  stop(reason: StopReason = { kind: "user" }): Promise<Outcome> {
    const { kind } = this.#state;
    if (kind === "waiting" || kind === "running") {
      if (this.#leaderGone()) this.#enterDraining();
      else this.#requestStop(reason);
    }
    if (this.#state.kind === "draining" && !this.#state.asked) void this.#askSurvivors(this.#state, reason);
    else if ((kind === "stopping" || kind === "draining") && (reason.kind === "user" || reason.kind === "interrupted")) void this.kill();
    return this.ended;
  }

  /** Kills all its processes now and closes the pipes. */
  kill(): Promise<Outcome> {
    if (this.#state.kind === "ended") return this.ended;
    this.#killRequested = true;
    this.#cancel.giveUp();
    if (this.#state.kind === "stopping" && this.#delay.hasExpired) {
      // The kill has been tried and has not ended it yet: once more.
      this.#escalation.killAgain().catch(() => undefined);
    } else if (this.#state.kind === "draining") this.#set({ ...this.#state, asked: true });
    else if (this.#state.kind !== "stopping") void this.stop();
    this.#delay.expireNow();
    return this.ended;
  }

  /** Leaves those who hold the output alone. */
  releasePipe(): void {
    if (this.#state.kind === "draining") this.#delay.expireNow();
  }

  async killSurvivor(pid: number): Promise<void> {
    await this.#survivors.kill(pid);
  }

  async killAllSurvivors(): Promise<void> {
    await this.#survivors.killAll(async () => (await this.#command?.processes?.survivors()) ?? []);
  }

  dispose(): void {
    // Whoever forgets survivors has seen them; no later window need show them again.
    if (this.#survivors.list.length > 0) this.#protection?.ended([]);
    this.#survivors.dispose();
    this.#changed.dispose();
    this.#events.dispose();
  }

  async #run(): Promise<void> {
    const { checked } = this.#options;
    if (!checked.ok) return this.#finish({ kind: "couldNotStart", problems: checked.problems, exitCode: 2 });
    const { definition } = checked;
    await this.#awaitPrevious();
    const failure = await this.#launch(definition);
    if (failure !== undefined) return this.#finish(failure);
    const waited = this.#command?.cmd.wait().then(
      () => this.#outcomeOf(undefined, definition),
      (error: unknown) => this.#outcomeOf(error, definition),
    );
    const outcome = await Promise.race([waited, this.#escalation.unkillable]);
    this.#outputClosed = true;
    if (outcome === undefined || outcome === "unkillable") {
      return this.#finish({ kind: "unkillable", pid: this.#command?.process?.pid ?? 0, stop: this.#stopReason ?? { kind: "user" } });
    }
    await this.#endingSurvivors;
    if (this.#wasAsked()) await this.#escalation.awaitAll();
    await this.#finish(outcome);
  }

  /** VS Code starts a restarted task while the old run is still cleaning up, and still has its port. */
  async #awaitPrevious(): Promise<void> {
    const { previous } = this.#options;
    const first = firstOf(previous);
    if (first === undefined) return;
    this.#set({ kind: "waiting", previousPid: first.previousPid });
    this.#events.fire({ kind: "waiting", ...first, now: this.#clock.now() });
    await untilEnded(previous, this.#controller.signal);
  }

  #outcomeOf(error: unknown, { hungPipe }: RunDefinition): Outcome {
    return outcomeOf(error, this.#stopReason ?? this.#endedBy, hungPipe, this.#holders);
  }

  /** @returns undefined when the process runs, else how the run has ended before it began. */
  async #launch(definition: RunDefinition): Promise<Outcome | undefined> {
    const { context, output, table, protection, id, label } = this.#options;
    try {
      const [since, marker] = [table.now(), `${MARKER}=${id}`];
      this.#protection = protection.arm({ id, label, commandLine: commandLine(this.#options.checked), startedAt: this.#startedAt, since, marker, plan: definition });
      const signal = this.#controller.signal;
      const command = await RunningCommand.prepare({ definition, context, runId: id, signal, since, table, output, size: this.console.size });
      const { cmd, terminalProblem } = command;
      cmd.delay = this.#delay;
      cmd.cancel = () => this.#askToStop(definition);
      cmd.terminate = () => this.#terminate();
      // Assigned before the start, because an abort during the start calls the cancel at once.
      this.#command = command;
      if (terminalProblem !== undefined) this.#events.fire({ kind: "noTerminal", problem: terminalProblem });
      await cmd.start();
      this.#started(definition, command);
      return undefined;
    } catch (error) {
      if (error instanceof CanceledError || error instanceof DeadlineExceededError) {
        return { kind: "canceled", stop: this.#stopReason ?? { kind: "user" } };
      }
      const told = error instanceof LaunchError ? error : explain(error, definition, invocation(definition, context.defaultShell));
      return { kind: "couldNotStart", problems: [told.message], exitCode: told.exitCode };
    }
  }

  #started(definition: RunDefinition, { process, processes, pipes }: RunningCommand): void {
    if (process === undefined || processes === undefined) return;
    this.#protection?.started(process.pid, pipes);
    if (this.#state.kind === "waiting") this.#set({ kind: "running" });
    const timeout = definition.timeout > 0 ? this.#after(definition.timeout, () => this.#timedOut(definition.timeout)) : undefined;
    void process.wait().then(() => {
      timeout?.cancel();
      if (this.console.isInterrupting) this.#endedBy = { kind: "interrupted" };
      this.#options.output.processEnded?.();
      if (definition.survivors === "kill" && this.#state.kind === "running") this.#endingSurvivors = this.#endSurvivors(definition, processes);
      // The state stays as it is while the output is merely late.
      this.#after(DRAIN_NOTICE_MS, () => this.#enterDraining());
    });
  }

  /** The command has ended by itself, and nothing that it leaves shall live on. */
  async #endSurvivors({ cancelSignal }: RunDefinition, processes: RunProcesses): Promise<void> {
    const survivors = await processes.survivors();
    if (survivors.length === 0) return;
    const exit = this.#command?.process?.state;
    if (this.#state.kind === "running") this.#set({ kind: "draining", since: this.#clock.now(), until: this.#delay.expiresAt, exit: exit?.toString() ?? "", asked: true });
    else if (this.#state.kind === "draining" && !this.#state.asked) this.#set({ ...this.#state, asked: true });
    else return;
    this.#survivors.set(survivors);
    await this.#escalation.ask(cancelSignal, { kind: "outlived" }, false).catch(() => undefined);
  }

  #timedOut(ms: number): void {
    if (this.#state.kind === "running") this.#requestStop({ kind: "timeout", ms });
  }

  #requestStop(reason: StopReason): void {
    this.#stopReason = reason;
    this.#set({ kind: "stopping", reason, since: this.#clock.now(), killAt: undefined, killed: this.#killRequested });
    this.#controller.abort(reason.kind === "timeout" ? new DOMException("The task's timeout is over", "TimeoutError") : undefined);
  }

  /** What the abort does to the running process; the Cmd counts the delay from its return. */
  async #askToStop(definition: RunDefinition): Promise<void> {
    if (this.#killRequested) return this.#kill();
    await this.#cancel.ask(definition, this.#stopReason ?? { kind: "user" });
  }

  async #askSurvivors(state: RunState & { kind: "draining" }, reason: StopReason): Promise<void> {
    this.#set({ ...state, asked: true });
    if (this.#killRequested || !this.#options.checked.ok) return;
    // Nobody to ask: whoever holds the output was not started by the run. The delay ends the waiting.
    await this.#escalation.ask(this.#options.checked.definition.cancelSignal, reason, true).catch(() => undefined);
  }

  /** The delay is over: everything that was asked to stop is killed. Who just held the output is named, and left alone. */
  async #terminate(): Promise<void> {
    if (this.#wasAsked()) await this.#kill();
    else this.#holders = (await this.#command?.processes?.holders()) ?? [];
  }

  #wasAsked(): boolean {
    return this.#stopReason !== undefined || (this.#state.kind === "draining" && this.#state.asked);
  }

  async #kill(): Promise<void> {
    if (this.#state.kind === "stopping") this.#set({ ...this.#state, killed: true });
    await this.#escalation.kill();
  }

  #enterDraining(): void {
    const state = this.#command?.process?.state;
    if (this.#state.kind !== "running" || state === undefined || this.#outputClosed) return;
    this.#set({ kind: "draining", since: this.#clock.now(), until: this.#delay.expiresAt, exit: state.toString(), asked: false });
    void this.#tellDraining(state.toString());
  }

  async #tellDraining(exit: string): Promise<void> {
    const holders = (await this.#command?.processes?.holders()) ?? [];
    const others = (await this.#command?.processes?.survivors())?.filter(({ pid }) => !holders.some((holder) => holder.pid === pid)) ?? [];
    if (this.#state.kind !== "draining") return;
    this.#survivors.set([...holders, ...others]);
    const leftMs = this.#delay.expiresAt === undefined ? undefined : this.#delay.expiresAt - this.#clock.now();
    this.#events.fire({ kind: "draining", exit, leftMs, holders });
  }

  #delayStarted(): void {
    if (this.#state.kind === "stopping") this.#set({ ...this.#state, killAt: this.#delay.expiresAt });
    if (this.#state.kind === "draining") this.#set({ ...this.#state, until: this.#delay.expiresAt });
  }

  async #finish(outcome: Outcome): Promise<void> {
    const { checked } = this.#options;
    const listed = checked.ok && checked.definition.survivors !== "ignore";
    const survivors = listed ? ((await this.#command?.processes?.survivors().catch(() => [])) ?? []) : [];
    this.#delay.stop();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    const at = this.#clock.now();
    this.#state = { kind: "ended", at, outcome };
    this.#survivors.set(survivors);
    this.#events.fire({ kind: "ended", outcome, exitCode: exitCodeOf(outcome), afterMs: at - this.#startedAt, survivors });
    this.#changed.fire(undefined);
    this.#end.resolve(outcome);
  }

  #survivorsChanged(): void {
    if (this.#state.kind === "ended") this.#protection?.ended(this.#survivors.list);
    this.#changed.fire(undefined);
  }

  #leaderGone(): boolean {
    return this.#command?.process?.state !== undefined;
  }

  #set(state: RunState): void {
    this.#state = state;
    this.#changed.fire(undefined);
  }

  #after(ms: number, callback: () => void): Timer {
    const timer = this.#clock.after(ms, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
    return timer;
  }
}
