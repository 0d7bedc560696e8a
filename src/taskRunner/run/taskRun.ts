import type { Writable } from "node:stream";
import type { Clock, Timer } from "../exec/clock";
import type { Cmd } from "../exec/cmd";
import { withResolvers, type Writer } from "../exec/copiers";
import { Delay } from "../exec/delay";
import { CanceledError, DeadlineExceededError, isProcessDone, ProcessDoneError, toError } from "../exec/errors";
import type { ProcessGroup } from "../process/group";
import type { System } from "../process/system";
import type { ProcessInfo } from "../process/table";
import type { Checked, RunDefinition } from "./definition";
import { Emitter, type Disposable } from "./emitter";
import { MARK } from "./environment";
import { explain, LaunchError, prepare, type Surroundings } from "./launch";
import { outcomeOf } from "./outcome";
import { invocation } from "./shell";
import { exitCodeOf, type Outcome, type RunEvent, type RunSnapshot, type RunState, type StopReason } from "./state";
import { Survivors } from "./survivors";

/** An output that is closed this soon after the exit was not held by anybody, only late: nothing to tell. */
const DRAIN_NOTICE_MS = 100;
/** How long a kill may take to show before the run ends without it: another user's process, or one that hangs in the kernel. */
const KILL_GRACE_MS = 5000;
/** How often a group without its leader is asked whether it still lives. */
const GROUP_POLL_MS = 25;

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
  readonly #unkillable = withResolvers<"unkillable">();
  readonly #delay: Delay;
  #state: RunState = { kind: "waiting" };
  #begun = false;
  #cmd: Cmd | undefined;
  #processGroup: ProcessGroup | undefined;
  #stdin: Writable | undefined;
  #stopReason: StopReason | undefined;
  #stopAskedAt = 0;
  /** The kill that is under way or done, so that several reasons for it make one. */
  #killing: Promise<void> | undefined;
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
      this.#killing = undefined;
      void this.#kill().catch(() => undefined);
    } else if (this.#state.kind === "draining") this.#set({ ...this.#state, asked: true });
    else if (this.#state.kind !== "stopping") this.stop();
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
    const outcome = await Promise.race([waited, this.#unkillable.promise]);
    if (outcome === undefined || outcome === "unkillable") {
      return this.#finish({ kind: "unkillable", pid: this.#cmd?.process?.pid ?? 0, stop: this.#stopReason ?? { kind: "user" } });
    }
    if (this.#stopReason !== undefined) await this.#awaitGroup();
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
    this.#group();
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
    this.#stopAskedAt = this.#clock.now();
    this.#set({ kind: "stopping", reason, since: this.#stopAskedAt, killAt: undefined, killed: this.#killRequested });
    this.#controller.abort(reason.kind === "timeout" ? new DOMException("The task's timeout is over", "TimeoutError") : undefined);
  }

  /** What the abort does to the running process; the Cmd counts the delay from its return. */
  async #cancel(definition: RunDefinition): Promise<void> {
    if (this.#killRequested) return this.#kill();
    await this.#ask(definition.cancelSignal, this.#stopReason ?? { kind: "user" });
  }

  /** @throws ProcessDoneError when there was nobody to ask, or the system's error */
  async #ask(signal: RunDefinition["cancelSignal"], reason: StopReason): Promise<void> {
    const waitDelay = this.#delay.ms;
    if (signal === "none") {
      this.#events.fire({ kind: "notSignaled", waitDelay, reason });
      return;
    }
    const pid = this.#cmd?.process?.pid ?? 0;
    const toLeader = !this.#leaderGone();
    try {
      if ((await this.#group()?.signal(signal)) !== true) throw new ProcessDoneError();
      this.#events.fire({ kind: "signaled", signal, pid, toLeader, waitDelay, reason });
    } catch (error) {
      if (!isProcessDone(error)) this.#events.fire({ kind: "signalFailed", signal, pid, message: toError(error).message });
      throw error;
    }
  }

  async #askSurvivors(state: RunState & { kind: "draining" }, reason: StopReason): Promise<void> {
    this.#stopAskedAt = this.#clock.now();
    this.#set({ ...state, asked: true });
    if (this.#killRequested || !this.#options.checked.ok) return;
    // Nobody to ask: whoever holds the output has left the group. The delay ends the waiting.
    await this.#ask(this.#options.checked.definition.cancelSignal, reason).catch(() => undefined);
  }

  /** The delay is over: everything that was asked to stop is killed. A process that just held the output is left alone. */
  async #terminate(): Promise<void> {
    const asked = this.#stopReason !== undefined || (this.#state.kind === "draining" && this.#state.asked);
    if (asked) await this.#kill();
  }

  #kill(): Promise<void> {
    if (this.#state.kind === "stopping") this.#set({ ...this.#state, killed: true });
    return (this.#killing ??= this.#killGroup());
  }

  async #killGroup(): Promise<void> {
    this.#after(KILL_GRACE_MS, () => {
      if (!this.#leaderGone()) this.#unkillable.resolve("unkillable");
    });
    const pid = this.#cmd?.process?.pid ?? 0;
    try {
      const members = (await this.#group()?.members()) ?? [];
      const reached = (await this.#group()?.signal("SIGKILL")) === true;
      const afterMs = this.#clock.now() - this.#stopAskedAt;
      if (reached) this.#events.fire({ kind: "killed", pid, processes: Math.max(1, members.length), afterMs });
    } catch (error) {
      this.#events.fire({ kind: "signalFailed", signal: "SIGKILL", pid, message: toError(error).message });
      throw error;
    }
  }

  /** The escalation belongs to the group: a member that outlives its obedient leader is killed when the delay is over. */
  async #awaitGroup(): Promise<void> {
    const group = this.#group();
    if (group === undefined || !(await group.isAlive())) return;
    if (!this.#delay.hasExpired) {
      this.#events.fire({ kind: "leaderGone", members: await group.members(), waitDelay: this.#delay.ms });
      this.#delay.start();
      const over = { is: false };
      const gone = this.#groupGone(group, () => over.is);
      await Promise.race([gone, this.#delay.expired]);
      over.is = true;
    }
    if (!(await group.isAlive())) return;
    await this.#kill().catch(() => undefined);
    const giveUpAt = this.#clock.now() + KILL_GRACE_MS;
    await this.#groupGone(group, () => this.#clock.now() >= giveUpAt);
  }

  async #groupGone(group: ProcessGroup, enough: () => boolean): Promise<void> {
    while (!enough() && (await group.isAlive())) {
      await new Promise<void>((resolve) => this.#after(GROUP_POLL_MS, resolve));
    }
  }

  #enterDraining(): void {
    const state = this.#cmd?.process?.state;
    if (this.#state.kind !== "running" || state === undefined) return;
    this.#set({ kind: "draining", since: this.#clock.now(), until: this.#delay.expiresAt, exit: state.toString(), asked: false });
    void this.#tellDraining(state.toString());
  }

  async #tellDraining(exit: string): Promise<void> {
    const members = (await this.#group()?.members()) ?? [];
    if (this.#state.kind !== "draining") return;
    this.#survivors.set(members);
    this.#events.fire({ kind: "draining", exit, waitDelay: this.#delay.ms, members });
  }

  #delayStarted(): void {
    if (this.#state.kind === "stopping") this.#set({ ...this.#state, killAt: this.#delay.expiresAt });
    if (this.#state.kind === "draining") this.#set({ ...this.#state, until: this.#delay.expiresAt });
  }

  async #finish(outcome: Outcome): Promise<void> {
    const survivors: readonly ProcessInfo[] = (await this.#group()?.members().catch(() => [])) ?? [];
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

  /** Made at the first need: an abort during the start needs it before `start` has returned. */
  #group(): ProcessGroup | undefined {
    const leader = this.#cmd?.process;
    if (leader !== undefined) this.#processGroup ??= this.#options.system.group(leader, `${MARK}=${this.id}`);
    return this.#processGroup;
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
