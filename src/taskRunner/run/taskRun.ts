import { setTimeout as sleep } from "node:timers/promises";
import { aborted, pause } from "../base/aborted";
import { dateOf, type Clock, type Timer } from "../base/clock";
import { deferred } from "../base/deferred";
import { toError } from "../base/errors";
import { Emitter, type Disposable } from "../base/emitter";
import { markerOf } from "../base/marker";
import { CanceledError, DeadlineExceededError } from "../exec/errors";
import type { ProcessTree } from "../process/processTree";
import type { RunScan } from "../process/runProcesses";
import type { ProcessInfo } from "../process/table";
import type { ArmedProtection } from "../recovery/crashProtection";
import { harmlessData } from "../base/harmless";
import { commandLine, type RunDefinition } from "../task/definition";
import { explain, LaunchError, workingDirectory } from "../task/launch";
import { invocation } from "../task/shell";
import { killAbandoned } from "./abandoned";
import { Execution, type ExecutionEnd } from "./execution";
import { PortGuard } from "./portGuard";
import { firstOf, untilEnded } from "./previous";
import type { Readiness } from "./readiness";
import { readinessOf } from "./readinessOf";
import type { Inside, Run } from "./run";
import { RunConsole } from "./runConsole";
import { RunningCommand } from "./runningCommand";
import { exitCodeOf, type EndCause, type Outcome, type RunEvent, type RunSnapshot, type RunState, type StopReason } from "./state";
import { Survivors } from "./survivors";
import { SurvivorSearch } from "./survivorSearch";
import { tap } from "./tap";
import type { TaskRunOptions } from "./taskRunOptions";
import { Timers } from "./timers";

/** How long a start that is stopped may take to come to its end, in milliseconds. */
const START_GRACE_MS = 100;
const USER: StopReason = { kind: "user" };

/** A run is waiting until its process has been started, then an execution, then ended. */
type Stage =
  | (RunState & { readonly kind: "waiting" | "ended" })
  | { readonly kind: "executing"; readonly execution: Execution };

/** One run of a task, as people see it: from its start to its one end, and what it leaves. */
export class TaskRun implements Run {
  readonly id: string;
  readonly label: string;
  readonly ended: Promise<Outcome>;
  readonly console: RunConsole;
  readonly onDidChange = (listener: () => void): Disposable => this.#changed.event(listener);
  readonly usage: NonNullable<Run["usage"]> = () => (this.#stage.kind === "executing" ? this.#command?.container?.usage() : undefined);
  /** Told what happens, as it happens; the end comes last. */
  readonly onEvent = (listener: (event: RunEvent) => void): Disposable => this.#events.event(listener);

  readonly #options: TaskRunOptions;
  readonly #clock: Clock;
  /** Aborted by the first stop, in every stage. */
  readonly #controller = new AbortController();
  readonly #events = new Emitter<RunEvent>();
  readonly #changed = new Emitter<undefined>();
  readonly #survivors: Survivors;
  readonly #readiness: Readiness;
  /** See Run. */
  restart: object | undefined;
  readonly #portGuard: PortGuard;
  /** When its command was started, and until then when the run was made: what it has waited for before is no part of its time. */
  #startedAt: number;
  readonly #end = deferred<Outcome>();
  readonly #consoleTimers: Timers;
  readonly #survivorSearch: SurvivorSearch;
  #stage: Stage = { kind: "waiting", previousPid: undefined };
  #begun = false;
  /** Known before the process is started: typing and resizing reach it as soon as it is there. */
  #command: RunningCommand | undefined;
  #protection: ArmedProtection | undefined;
  /** Why a run that is still waiting was stopped. */
  #stopReason: StopReason | undefined;
  #killRequested = false;

  constructor(options: TaskRunOptions) {
    const { id, label, clock, table, checked } = options;
    this.id = id;
    this.label = label;
    this.ended = this.#end.promise;
    this.#options = options;
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#survivors = new Survivors(table, clock, () => this.#command?.container);
    this.#survivors.onDidChange(() => this.#survivorsChanged());
    this.#survivorSearch = new SurvivorSearch(this.#survivors, clock, async () => await this.#command?.processes?.survivorsScan());
    this.#readiness = readinessOf(options, () => this.#command?.processes, (event) => this.#emit(event), () => this.#changed.fire(undefined));
    this.#portGuard = new PortGuard({ table, findRun: options.findRun ?? ((): undefined => undefined), ask: options.askAboutPorts, emit: (event) => this.#emit(event) });
    this.#consoleTimers = new Timers(clock);
    this.console = new RunConsole({
      command: () => this.#command,
      state: () => this.state.kind,
      ctrlCStops: checked.ok && checked.definition.ctrlC === "stop",
      stop: (reason) => void this.stop(reason),
      after: (ms, callback): Timer => this.#consoleTimers.after(ms, callback),
    });
  }

  get state(): RunState {
    return this.#stage.kind === "executing" ? this.#stage.execution.phase : this.#stage;
  }

  snapshot(): RunSnapshot {
    const { label, id, checked } = this.#options;
    const timeoutAt = this.#stage.kind === "executing" ? this.#stage.execution.timeoutAt : undefined;
    return harmlessData({
      id,
      label,
      commandLine: commandLine(checked),
      pid: this.#command?.process?.pid,
      startedAt: this.#startedAt,
      state: this.state,
      waitDelay: checked.ok ? checked.definition.waitDelay : 0,
      ...(timeoutAt === undefined ? {} : { timeoutAt }),
      ...(this.#options.containment === undefined ? {} : this.#command?.containment),
      survivors: this.#survivors.list,
      ...this.#readiness.snapshot(),
    });
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
   * During a Restart it calls that off, and kills nothing.
   */
  stop(reason: StopReason = USER): Promise<Outcome> {
    const callsOff = this.restart !== undefined && reason.kind !== "restart";
    if (callsOff) this.restart = undefined;
    if (this.#stage.kind === "executing") this.#stage.execution.stop(reason, callsOff);
    else if (this.#stage.kind === "waiting") this.#abandonStart(reason);
    return this.ended;
  }

  /** Kills all its processes now and closes the pipes. */
  kill(): Promise<Outcome> {
    if (this.#stage.kind === "executing") this.#stage.execution.kill();
    else if (this.#stage.kind === "waiting") this.#abandonStart(USER, true);
    return this.ended;
  }

  /** Leaves those who hold the output alone. */
  releasePipe(): void {
    if (this.#stage.kind === "executing") this.#stage.execution.releasePipe();
  }

  /** Takes down why the run has ended so, or why nothing follows. */
  explain(cause: EndCause): void {
    if (this.#stage.kind === "ended") this.#set({ ...this.#stage, causes: [...(this.#stage.causes ?? []), cause] });
  }

  processesIn(tree: ProcessTree): readonly ProcessInfo[] {
    return this.#stage.kind === "executing" ? (this.#command?.processes?.processesIn(tree) ?? []) : [];
  }

  inside(): Inside | undefined {
    return this.#stage.kind === "executing" ? this.#command?.inside() : undefined;
  }

  async killSurvivor(pid: number): Promise<void> {
    await this.#survivors.kill(pid);
  }

  async killAllSurvivors(): Promise<void> {
    await this.#survivors.killAll(async () => (await this.#command?.processes?.survivors()) ?? [], this.id);
  }

  dispose(): void {
    this.#survivorSearch.dispose();
    this.#survivors.dispose();
    this.#command?.forget();
    this.#changed.dispose();
    this.#events.dispose();
  }

  async #run(): Promise<void> {
    const { outcome, survivors } = await this.#outcome().catch((error: unknown) => this.#failed(error));
    this.#finish(outcome, survivors);
  }

  async #outcome(): Promise<ExecutionEnd | { readonly outcome: Outcome; readonly survivors: undefined }> {
    const { checked, context, restart } = this.#options;
    if (!checked.ok) return { outcome: { kind: "couldNotStart", problems: checked.problems, exitCode: 2 }, survivors: undefined };
    // Nothing is waited for where nothing is to be: who looks right after the start sees what it waits for.
    if (restart !== undefined) await this.#pause(restart);
    if (this.#isAskedToStop()) return { outcome: this.#canceled(), survivors: undefined };
    await this.#awaitPrevious();
    const answer = await this.#portGuard.clear(checked.definition, this.#controller.signal, (held) => this.#set({ kind: "waiting", previousPid: undefined, held }));
    if (answer === "cancel" || this.#isAskedToStop()) return { outcome: this.#canceled(), survivors: undefined };
    this.#emit({ kind: "beginning", commandLine: commandLine(checked), directory: workingDirectory(checked.definition, context) });
    const started = await this.#launch(checked.definition);
    if (!(started instanceof Execution)) return { outcome: started, survivors: undefined };
    const end = await started.run();
    await this.#portGuard.explain(end.outcome, checked.definition);
    return end;
  }

  #isAskedToStop(): boolean {
    return this.#controller.signal.aborted;
  }

  /** A command that fails at once is not started again at once. */
  async #pause(restart: NonNullable<TaskRunOptions["restart"]>): Promise<void> {
    this.#set({ kind: "waiting", previousPid: undefined, restartAt: this.#clock.now() + restart.pauseMs });
    this.#emit({ kind: "restarting", restart });
    await pause(this.#clock, restart.pauseMs, this.#controller.signal);
    this.#set({ kind: "waiting", previousPid: undefined });
  }

  /** VS Code starts a restarted task while the old run is still cleaning up, and still has its port. */
  async #awaitPrevious(): Promise<void> {
    const { previous } = this.#options;
    const first = firstOf(previous);
    if (first === undefined) return;
    this.#set({ kind: "waiting", previousPid: first.previousPid });
    this.#emit({ kind: "waiting", ...first, now: this.#clock.now() });
    await untilEnded(previous, this.#controller.signal);
  }

  /** @returns how the run has ended before it began, when its process could not be started */
  async #launch(definition: RunDefinition): Promise<Execution | Outcome> {
    this.#startedAt = this.#clock.now();
    const starting = this.#startCommand(definition);
    // A start can hang: on a dead mount, or a program that is no program. It is not waited for, and cleans up behind itself. But
    // one that is just coming to its end is stopped as any command is.
    await Promise.race([starting, aborted(this.#controller.signal).then(() => sleep(START_GRACE_MS, undefined, { ref: false }))]);
    if (this.#stage.kind !== "executing" && this.#controller.signal.aborted) return this.#canceled();
    return await starting;
  }

  async #startCommand(definition: RunDefinition): Promise<Execution | Outcome> {
    const { context, output, table, protection, id, label, checked } = this.#options;
    const { signal } = this.#controller;
    let command: RunningCommand | undefined;
    try {
      const since = table.now();
      this.#protection = protection.arm({ id, label, commandLine: commandLine(checked), startedAt: dateOf(this.#startedAt), since, marker: markerOf(id), plan: definition });
      command = await RunningCommand.prepare({ definition, context, runId: id, signal, since, table, containment: this.#options.containment ?? { kind: "unsupported" }, output: tap(output, this.#portGuard, this.#readiness, this.console), size: this.console.size });
      if (!signal.aborted) this.#command = command;
      const made = command;
      command.cmd.onStart = () => this.#executing(definition, made);
      for (const event of command.problems) this.#emit(event);
      await command.cmd.start();
      if (command.cmd.pipeProblem !== undefined) this.#emit({ kind: "noPipes", problem: command.cmd.pipeProblem });
      if (this.#stage.kind !== "executing") {
        await killAbandoned(command);
        return this.#canceled();
      }
      const { process } = command;
      if (process !== undefined) this.#protection.started(process.pid, command.pipes, process.wait(), { keeper: process.keeper, markerFile: command.markerFile, container: command.container, outputFailed: command.cmd.outputFailed });
      return this.#stage.execution;
    } catch (error) {
      command?.forget();
      if (this.#stage.kind === "executing") this.#stage.execution.abandon();
      if (error instanceof CanceledError || error instanceof DeadlineExceededError) return this.#canceled();
      const told = error instanceof LaunchError ? error : explain(error, definition, invocation(definition, context.defaultShell));
      return { kind: "couldNotStart", problems: [told.message], ...(told.brief === undefined ? {} : { brief: told.brief }), exitCode: told.exitCode };
    }
  }

  /** The process is there: from now on everything that happens to the run happens to its execution. */
  #executing(definition: RunDefinition, command: RunningCommand): void {
    const { process, processes } = command;
    if (process === undefined || processes === undefined) return;
    if (this.#stage.kind === "ended") {
      // A start that was abandoned has come to its end after all. The abort asks in the same turn.
      command.cmd.cancel = () => void processes.signal("SIGKILL");
      command.cmd.leavesKeeper = true;
      return;
    }
    const { context, output, clock, id } = this.#options;
    const execution = new Execution({
      runId: id,
      definition,
      context,
      command,
      process,
      processes,
      controller: this.#controller,
      clock,
      cancelOutput: output.cancelOutput ?? output,
      isInterrupting: () => this.console.isInterrupting,
      emit: (event) => this.#emit(event),
      changed: () => {
        if (this.state.kind !== "running") this.#readiness.stop();
        this.#changed.fire(undefined);
      },
      listed: (list) => this.#survivors.set(list),
      exited: () => {
        this.#readiness.stop();
        output.processExited?.();
      },
    });
    this.#set({ kind: "executing", execution });
    this.#readiness.started();
    if (!this.#controller.signal.aborted) return;
    execution.stop(this.#stopReason ?? USER);
    if (this.#killRequested) execution.kill();
  }

  #abandonStart(reason: StopReason, kill = false): void {
    // As in every stage, who asks twice insists.
    if (kill || (this.#stopReason !== undefined && reason.kind === "user")) this.#killRequested = true;
    this.#stopReason ??= reason;
    this.#controller.abort();
  }

  /** An error of our own: the run ends all the same, and lets nothing run on that it does not follow. */
  #failed(error: unknown): { readonly outcome: Outcome; readonly survivors: undefined } {
    if (this.#stage.kind === "executing") this.#stage.execution.abandon();
    return { outcome: { kind: "failed", message: toError(error).message }, survivors: undefined };
  }

  #canceled(): Outcome {
    return { kind: "canceled", stop: this.#stopReason ?? USER };
  }

  #finish(outcome: Outcome, survivors: RunScan | undefined): void {
    const { checked } = this.#options;
    const isListed = checked.ok && checked.definition.survivors !== "ignore";
    const { found = [], problem }: Partial<RunScan> = (isListed ? survivors : undefined) ?? {};
    this.#consoleTimers.cancelAll();
    this.#readiness.ended("stop" in outcome && outcome.stop !== undefined);
    const [at, before] = [this.#clock.now(), this.state];
    this.#stage = { kind: "ended", at, outcome, ...(before.kind === "stopping" ? { stopMs: at - before.since } : {}), ...this.#portGuard.causes };
    // Who is hidden in its container is known to be gone when that is empty.
    if (problem !== undefined) this.#command?.processes?.onEmpty(() => this.#survivorSearch.add({ found: [], problem: undefined, rest: undefined }));
    this.#survivorSearch.set({ found, problem, rest: isListed ? survivors?.rest : undefined });
    this.#events.fire({ kind: "ended", outcome, exitCode: exitCodeOf(outcome), afterMs: at - this.#startedAt, survivors: found, ...(isListed && survivors?.problem !== undefined ? { problem: survivors.problem } : {}) });
    this.#changed.fire(undefined);
    this.#end.resolve(outcome);
  }

  #survivorsChanged(): void {
    if (this.#stage.kind === "ended") {
      this.#protection?.ended(this.#survivors.list, this.#survivorSearch.isComplete);
      if (this.#survivors.list.length === 0 && this.#survivorSearch.isComplete) this.#command?.forget();
    }
    this.#changed.fire(undefined);
  }

  /** Nothing is told after the end. */
  #emit(event: RunEvent): void {
    if (this.#stage.kind !== "ended") this.#events.fire(event);
  }

  #set(stage: Stage): void {
    this.#stage = stage;
    this.#changed.fire(undefined);
  }
}
