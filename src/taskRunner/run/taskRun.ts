import type { Writable } from "node:stream";
import type { Clock, Timer } from "../exec/clock";
import type { Cmd } from "../exec/cmd";
import { withResolvers, type Writer } from "../exec/copiers";
import { Delay } from "../exec/delay";
import { CanceledError, DeadlineExceededError } from "../exec/errors";
import type { System } from "../process/system";
import type { ProcessInfo } from "../process/table";
import type { Checked, RunDefinition } from "./definition";
import { Emitter, type Disposable } from "./emitter";
import { MARK } from "./environment";
import { Escalation } from "./escalation";
import { explain, LaunchError, prepare, type Surroundings } from "./launch";
import { outcomeOf } from "./outcome";
import { invocation } from "./shell";
import { exitCodeOf, type Outcome, type RunEvent, type RunSnapshot, type RunState, type StopReason } from "./state";
import { Survivors } from "./survivors";

/** An output that is closed this soon after the exit was not held by anybody, only late: nothing to tell. */
const DRAIN_NOTICE_MS = 100;

export interface TaskRunOptions {
  readonly id: string;
  readonly label: string;
  readonly checked: Checked;
  readonly surroundings: Surroundings;
  /** Where stdout and stderr go, in their order. */
  readonly output: Writer;
  readonly clock: Clock;
  readonly system: System;
}

/** One run of a task, from its start to its one end. It owns the command, its process group, its one delay and its timers. */
export class TaskRun {
  readonly id: string;
  readonly label: string;
  /** Resolves once, when the run has ended; never rejects. */
  readonly ended: Promise<Outcome>;

  readonly #options: TaskRunOptions;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #events = new Emitter<RunEvent>();
  readonly #changed = new Emitter<undefined>();
  readonly #survivors: Survivors;
  readonly #startedAt: number;
  readonly #end = withResolvers<Outcome>();
  readonly #delay: Delay;
  readonly #escalation: Escalation;
  #state: RunState = { kind: "waiting" };
  #begun = false;
  #cmd: Cmd | undefined;
  #stdin: Writable | undefined;
  #stopReason: StopReason | undefined;
  #killRequested = false;
  readonly #timers = new Set<Timer>();

  constructor(options: TaskRunOptions) {
    this.id = options.id;
    this.label = options.label;
    this.ended = this.#end.promise;
    this.#options = options;
    this.#clock = options.clock;
    this.#startedAt = options.clock.now();
    this.#survivors = new Survivors(options.system.table, options.clock);
    this.#survivors.onDidChange(() => this.#changed.fire(undefined));
    const waitDelay = options.checked.ok ? options.checked.definition.waitDelay : 0;
    this.#delay = new Delay(waitDelay, options.clock, () => this.#delayStarted());
    this.#escalation = new Escalation({
      delay: this.#delay,
      leader: () => this.#cmd?.process,
      makeGroup: (leader) => options.system.group(leader, `${MARK}=${this.id}`),
      tell: (event) => this.#events.fire(event),
      after: (ms, callback) => this.#after(ms, callback),
    });
  }

  get state(): RunState {
    return this.#state;
  }

  /** Told whenever the snapshot has changed. */
  onDidChange(listener: () => void): Disposable {
    return this.#changed.event(listener);
  }

  /** Told what happens, as it happens; the end comes last. */
  onEvent(listener: (event: RunEvent) => void): Disposable {
    return this.#events.event(listener);
  }

  snapshot(): RunSnapshot {
    const { checked, label, id } = this.#options;
    return {
      id,
      label,
      commandLine: checked.ok ? [checked.definition.command, ...(checked.definition.args ?? [])].join(" ") : "",
      pid: this.#cmd?.process?.pid,
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
   * Asks the run to stop: the cancel signal to the whole group, then, after the waitDelay, a kill of everything in it.
   * Asked a second time by the user, it kills now. While the output of an exited process is held, the survivors are asked.
   * @returns the run's end
   */
  stop(reason: StopReason = { kind: "user" }): Promise<Outcome> {
    const { kind } = this.#state;
    if (kind === "waiting" || kind === "running") {
      if (this.#leaderGone()) this.#enterDraining();
      else this.#requestStop(reason);
    }
    if (this.#state.kind === "draining" && !this.#state.asked) void this.#askSurvivors(this.#state, reason);
    else if ((kind === "stopping" || kind === "draining") && reason.kind === "user") void this.kill();
    return this.ended;
  }

  /**
   * Kills the whole group now and closes the pipes.
   * @returns the run's end
   */
  kill(): Promise<Outcome> {
    if (this.#state.kind === "ended") return this.ended;
    this.#killRequested = true;
    if (this.#state.kind === "stopping" && this.#delay.hasExpired) {
      // The kill has been tried and has not ended it yet: once more.
      this.#escalation.killAgain().catch(() => undefined);
    } else if (this.#state.kind === "draining") this.#set({ ...this.#state, asked: true });
    else if (this.#state.kind !== "stopping") void this.stop();
    this.#delay.expireNow();
    return this.ended;
  }

  /** Stops waiting for the output of an exited process, and leaves those who hold it alone. */
  releasePipe(): void {
    if (this.#state.kind === "draining") this.#delay.expireNow();
  }

  /** Feeds the process's standard input. */
  write(data: string): void {
    if (this.#stdin?.writable === true) this.#stdin.write(data);
  }

  /** Gives the process the end of its standard input. */
  endInput(): void {
    this.#stdin?.end();
  }

  /** Kills one of the processes that outlived the run. */
  async killSurvivor(pid: number): Promise<void> {
    await this.#survivors.kill(pid);
  }

  async killAllSurvivors(): Promise<void> {
    await this.#survivors.killAll();
  }

  /** Forgets an ended run. */
  dispose(): void {
    this.#survivors.dispose();
    this.#changed.dispose();
    this.#events.dispose();
  }

  async #run(): Promise<void> {
    const { checked } = this.#options;
    if (!checked.ok) return this.#finish({ kind: "couldNotStart", problems: checked.problems, exitCode: 2 });
    const failure = await this.#launch(checked.definition);
    if (failure !== undefined) return this.#finish(failure);
    const { definition } = checked;
    const waited = this.#cmd?.wait().then(
      () => outcomeOf(undefined, this.#stopReason, definition.hungPipe),
      (error: unknown) => outcomeOf(error, this.#stopReason, definition.hungPipe),
    );
    const outcome = await Promise.race([waited, this.#escalation.unkillable]);
    if (outcome === undefined || outcome === "unkillable") {
      return this.#finish({ kind: "unkillable", pid: this.#cmd?.process?.pid ?? 0, stop: this.#stopReason ?? { kind: "user" } });
    }
    if (this.#stopReason !== undefined) await this.#escalation.awaitGroup();
    await this.#finish(outcome);
  }

  /** @returns undefined when the process runs, else how the run has ended before it began. */
  async #launch(definition: RunDefinition): Promise<Outcome | undefined> {
    const { surroundings, output } = this.#options;
    try {
      const cmd = await prepare(definition, surroundings, this.id, this.#controller.signal);
      cmd.delay = this.#delay;
      cmd.cancel = () => this.#cancel(definition);
      cmd.terminate = () => this.#terminate();
      cmd.stdout = output;
      cmd.stderr = output;
      this.#stdin = await cmd.stdinPipe();
      // Assigned before the start, because an abort during the start calls the cancel at once.
      this.#cmd = cmd;
      await cmd.start();
      this.#started(definition, cmd);
      return undefined;
    } catch (error) {
      if (error instanceof CanceledError || error instanceof DeadlineExceededError) {
        return { kind: "canceled", stop: this.#stopReason ?? { kind: "user" } };
      }
      const told = error instanceof LaunchError ? error : explain(error, definition, invocation(definition, surroundings.defaultShell));
      return { kind: "couldNotStart", problems: [told.message], exitCode: told.exitCode };
    }
  }

  #started(definition: RunDefinition, cmd: Cmd): void {
    this.#escalation.group();
    if (this.#state.kind === "waiting") this.#set({ kind: "running" });
    const timeout = definition.timeout > 0 ? this.#after(definition.timeout, () => this.#timedOut(definition.timeout)) : undefined;
    void cmd.process?.wait().then(() => {
      timeout?.cancel();
      // The state stays as it is while the output is merely late.
      this.#after(DRAIN_NOTICE_MS, () => this.#enterDraining());
    });
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
  async #cancel(definition: RunDefinition): Promise<void> {
    if (this.#killRequested) return this.#kill();
    await this.#escalation.ask(definition.cancelSignal, this.#stopReason ?? { kind: "user" });
  }

  async #askSurvivors(state: RunState & { kind: "draining" }, reason: StopReason): Promise<void> {
    this.#set({ ...state, asked: true });
    if (this.#killRequested || !this.#options.checked.ok) return;
    // Nobody to ask: whoever holds the output has left the group. The delay ends the waiting.
    await this.#escalation.ask(this.#options.checked.definition.cancelSignal, reason).catch(() => undefined);
  }

  /** The delay is over: everything that was asked to stop is killed. A process that just held the output is left alone. */
  async #terminate(): Promise<void> {
    const asked = this.#stopReason !== undefined || (this.#state.kind === "draining" && this.#state.asked);
    if (asked) await this.#kill();
  }

  async #kill(): Promise<void> {
    if (this.#state.kind === "stopping") this.#set({ ...this.#state, killed: true });
    await this.#escalation.kill();
  }

  #enterDraining(): void {
    const state = this.#cmd?.process?.state;
    if (this.#state.kind !== "running" || state === undefined) return;
    this.#set({ kind: "draining", since: this.#clock.now(), until: this.#delay.expiresAt, exit: state.toString(), asked: false });
    void this.#tellDraining(state.toString());
  }

  async #tellDraining(exit: string): Promise<void> {
    const members = (await this.#escalation.group()?.members()) ?? [];
    const inode = this.#cmd?.pipeInode(1);
    const holds = await Promise.all(members.map((member) => this.#options.system.table.holdsInode(member.pid, inode)));
    if (this.#state.kind !== "draining") return;
    this.#survivors.set(members);
    this.#events.fire({ kind: "draining", exit, waitDelay: this.#delay.ms, holders: members.filter((_, i) => holds[i]) });
  }

  #delayStarted(): void {
    if (this.#state.kind === "stopping") this.#set({ ...this.#state, killAt: this.#delay.expiresAt });
    if (this.#state.kind === "draining") this.#set({ ...this.#state, until: this.#delay.expiresAt });
  }

  async #finish(outcome: Outcome): Promise<void> {
    const survivors: readonly ProcessInfo[] = (await this.#escalation.group()?.members().catch(() => [])) ?? [];
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

  #leaderGone(): boolean {
    return this.#cmd?.process?.state !== undefined;
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
