import * as l10n from "@vscode/l10n";
import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";
import { READY_MATCHER } from "../contributions";
import { systemClock } from "./base/clock";
import { settledWithin } from "./base/deadline";
import type { Later } from "./base/later";
import { isInterrupted, type InterruptedTasks } from "./run/interrupted";
import type { OutputTail } from "./run/outputTail";
import type { Run } from "./run/run";
import type { InterruptedTask } from "./recovery/reloadNote";
import type { RunEvent } from "./run/state";
import type { Restart } from "./run/restarts";
import type { StartedRun, StartOptions } from "./run/startRun";
import { StopAllGate, type TaskKey } from "./run/stopAllGate";
import type { TaskRun } from "./run/taskRun";
import type { TaskRunOptions } from "./run/taskRunOptions";
import type { TaskRuns } from "./run/taskRuns";
import { harmless } from "./base/harmless";
import { dependencyLine, inputCanceledLine, interruptedLine, matcherLine, refusedLine } from "./run/words";
import { allOf, allOfBut, dependenciesOf, isAwaitedInVain, shareCompound } from "./task/compounds";
import { nameWithoutLabel } from "./task/commandPart";
import { saysReady, taskPlatform } from "./task/layers";
import type { Rerun } from "./rerun";
import type { Running } from "./running";
import type { ReadTask } from "./taskReader";
import { configuredTasks } from "./tasksConfiguration";
import type { RunTerminal } from "./terminal/runTerminal";
import type { Terminals } from "./terminal/terminals";

/** VS Code asks every extension for its tasks, and one may not answer, in milliseconds. */
const FETCH_MS = 10_000;
/** How soon after a task the one that depends on it is started, in milliseconds. */
const DEPENDENTS_MS = 5000;

/** Starts a run, with what this window has for that. */
type Start = (options: Omit<StartOptions, "table" | "protection" | "journal">) => StartedRun;

/** The tasks of type "cancellable" in tasks.json. */
export class CancellableTaskProvider {
  readonly #runs: TaskRuns;
  readonly #terminals: Terminals;
  readonly #running: Later<Running>;
  readonly #interrupted: InterruptedTasks;
  readonly #onEvent: (run: Run, event: RunEvent) => void;
  readonly #asksAboutPorts: (label: string) => TaskRunOptions["askAboutPorts"];
  readonly #rerun: Rerun;
  readonly #tasks = new WeakMap<Run, vscode.Task>();
  readonly #stopsWithDebugSession = new WeakSet<Run>();
  /** The newest output of the live runs. */
  readonly #outputs = new Map<string, OutputTail>();
  readonly #opened = new WeakMap<Run, RunTerminal>();
  readonly #gate = new StopAllGate((a, b) => a.scope === b.scope && shareCompound(configuredTasks(a.scope), a.label, b.label));
  /** Tasks that are in no tasks.json. */
  readonly #adHoc = new WeakSet<vscode.Task>();
  /** What a Restart is about to start. */
  #explicit: TaskKey | undefined;

  /**
   * @param onEvent told what happens in every run
   * @param asksAboutPorts gives what asks the user about ports that others hold, before the task of this name starts
   */
  constructor(
    readonly type: string,
    runs: TaskRuns,
    terminals: Terminals,
    running: Later<Running>,
    interrupted: InterruptedTasks,
    onEvent: (run: Run, event: RunEvent) => void,
    asksAboutPorts: (label: string) => TaskRunOptions["askAboutPorts"],
    rerun: Rerun,
  ) {
    this.#asksAboutPorts = asksAboutPorts;
    this.#runs = runs;
    this.#terminals = terminals;
    this.#running = running;
    this.#interrupted = interrupted;
    this.#onEvent = onEvent;
    this.#rerun = rerun;
  }

  resolveTask(task: vscode.Task): vscode.Task {
    const scope = task.scope ?? vscode.TaskScope.Workspace;
    // The callback gets the definition with its variables resolved. The process is started in the terminal's open():
    // what is written earlier is lost, and a terminal closed in between would never tell us.
    const execution = new vscode.CustomExecution(async (definition) => {
      // Loaded with the first task, not with the window: it is the larger half of the extension.
      const [{ readTask, Restarts, RunTerminal, startRun }, running] = await Promise.all([import("./lazy.js"), this.#running.get(), this.#interrupted.ready]);
      const start: Start = (options) => startRun({ ...options, table: running.table, protection: running.protection, journal: running.journal });
      const read = await readTask(task, definition, scope);
      const policy = read.checked.ok ? read.checked.definition.restart : undefined;
      const restarts = policy === undefined ? undefined : new Restarts(policy, () => systemClock.now());
      return new RunTerminal((terminal, restart) => this.#begin(start, terminal, resolved, read, restart), restarts);
    });
    // What says when it is ready is a background task, and tasks that depend on it wait for that: where tasks.json says otherwise, that wins.
    const isAwaited = saysReady(task.definition, taskPlatform(process.platform));
    const matchers = isAwaited && task.problemMatchers.length === 0 ? [READY_MATCHER] : task.problemMatchers;
    // VS Code wants the very definition object back that it gave, and has no name for a task without a label.
    const name = task.name === "" ? nameWithoutLabel(task.definition) : task.name;
    const resolved: vscode.Task = new vscode.Task(task.definition, scope, name, this.type, execution, matchers);
    resolved.isBackground = task.isBackground || isAwaited;
    return resolved;
  }

  /** Runs a command line that is in no tasks.json, as a task of its own name. */
  async runLine(line: string, scope: vscode.WorkspaceFolder | vscode.TaskScope.Workspace): Promise<void> {
    const definition: vscode.TaskDefinition = { type: this.type, label: line, command: line };
    const task = this.resolveTask(new vscode.Task(definition, scope, line, this.type));
    this.#adHoc.add(task);
    await vscode.tasks.executeTask(task);
  }

  /**
   * Looks for the task of a run, as tasks.json has it now. The same name in another folder is another task.
   * @returns what starts it again, if that is still wanted in the end, or the sentence that tells why that cannot be done
   */
  async findAgain(run: Run): Promise<((isWanted: () => boolean) => Promise<void>) | string> {
    const task = this.#tasks.get(run);
    if (task === undefined) return l10n.t('"{0}" cannot be restarted, because another window has started it; run its task instead.', run.label);
    const fetched = await settledWithin(FETCH_MS, () => this.#fetch(task));
    if (fetched.kind !== "done") return l10n.t('"{0}" cannot be restarted now, because the tasks could not be read in time; nothing was stopped.', run.label);
    const found = fetched.value;
    if (found === undefined) return whyNotFound(task, run.state.kind !== "ended");
    return async (isWanted) => {
      // It may have been changed while the run was being stopped; a half-typed file is no reason not to start what was found.
      const now = await settledWithin(FETCH_MS, () => this.#fetch(task));
      const again = (now.kind === "done" ? now.value : undefined) ?? found;
      if (!isWanted()) return;
      const explicit = (this.#explicit = keyOf(again));
      await this.#rerun.start(again).catch((error: unknown) => {
        if (this.#explicit === explicit) this.#explicit = undefined;
        throw error;
      });
    };
  }

  /** The newest output of a live run. */
  outputOf(runId: string): OutputTail | undefined {
    return this.#outputs.get(runId);
  }

  /** The tasks whose runs the end of this window interrupts: for the next one, should it be the same window, reloaded. */
  interruptedTasks(): InterruptedTask[] {
    const now = systemClock.now();
    return this.#runs.all().flatMap((run) => {
      const task = this.#tasks.get(run);
      return task !== undefined && isInterrupted(run.state, now) ? [{ ...keyOf(task), runId: run.id, isBackground: task.isBackground }] : [];
    });
  }

  /**
   * Starts the background tasks that a reload of the window has interrupted, but for those that VS Code starts itself.
   * @returns the names of those that could not be started
   */
  async restartInterrupted(): Promise<string[]> {
    await this.#interrupted.ready;
    if (this.#interrupted.toRestart().length === 0) return [];
    const fetched = await settledWithin(FETCH_MS, async () => await vscode.tasks.fetchTasks({ type: this.type }));
    const configured = fetched.kind === "done" ? fetched.value : [];
    const isActive = (key: TaskKey): boolean => vscode.tasks.taskExecutions.some(({ task }) => task.definition.type === this.type && isDeepStrictEqual(keyOf(task), key));
    const start = async (key: TaskKey): Promise<boolean> => {
      if (isActive(key)) return true;
      const task = configured.find((one) => isDeepStrictEqual(keyOf(one), key));
      return task !== undefined && (await vscode.tasks.executeTask(task).then(() => true, () => false));
    };
    return await this.#interrupted.restart(start, (a, b) => a.scope === b.scope && allOf(configuredTasks(a.scope), a.label).has(b.label));
  }

  /** The task of a run; undefined where another window has started it. */
  taskOf(run: Run): TaskKey | undefined {
    const task = this.#tasks.get(run);
    return task === undefined ? undefined : keyOf(task);
  }

  /** Says it in the run's terminal. */
  note(run: Run, line: string): void {
    this.#opened.get(run)?.note(line);
  }

  /**
   * Runs a configured task, of whatever type.
   * @throws an error with a sentence that says why that cannot be done
   */
  async start({ label, scope, isCancellable }: TaskKey & { readonly isCancellable: boolean }): Promise<void> {
    const key: TaskKey = { label, scope };
    const fetched = await settledWithin(FETCH_MS, async () => await vscode.tasks.fetchTasks(isCancellable ? { type: this.type } : undefined));
    if (fetched.kind !== "done") throw new Error(l10n.t('"{0}" cannot be run now, because the tasks could not be read in time.', key.label));
    const task = fetched.value.find((one) => isDeepStrictEqual(keyOf(one), key));
    if (task === undefined) throw new Error(l10n.t('"{0}" cannot be run: VS Code reads no task of that name from tasks.json now.', key.label));
    this.#gate.reopen(key);
    const explicit = (this.#explicit = isCancellable ? key : undefined);
    await vscode.tasks.executeTask(task).then(undefined, (error: unknown) => {
      if (this.#explicit === explicit) this.#explicit = undefined;
      throw error;
    });
  }

  /** All these runs are being stopped: what a compound task would start after them is not started. */
  closeCompounds(runs: readonly Run[]): void {
    const tasks = runs.flatMap((run) => this.#tasks.get(run) ?? []);
    this.#gate.stopAll(tasks.map(keyOf), systemClock.now());
  }

  /**
   * The last debug session has ended for which this task was started: it is stopped, and what it depends on, as far as these want that.
   * @param task a label, or a task's properties
   * @param folder the URI of its folder; undefined for the workspace's
   * @param used what other debug sessions still use: that goes on, with what it depends on
   */
  debuggingEnded(task: unknown, folder: string | undefined, used: readonly unknown[]): void {
    const scopes = [...(folder === undefined ? [] : [folder]), String(vscode.TaskScope.Workspace), String(vscode.TaskScope.Global)];
    const labels = new Map(scopes.map((scope) => [scope, allOfBut(configuredTasks(scope), task, used)]));
    for (const run of this.#runs.live()) {
      const started = this.#tasks.get(run);
      if (started === undefined || !this.#stopsWithDebugSession.has(run)) continue;
      const { label, scope } = keyOf(started);
      if (labels.get(scope)?.has(label) === true) void run.stop({ kind: "debuggingEnded" });
    }
  }

  async #fetch(task: vscode.Task): Promise<vscode.Task | undefined> {
    if (this.#adHoc.has(task)) return task;
    const configured = await vscode.tasks.fetchTasks({ type: this.type });
    return configured.find((one) => one.name === task.name && isSameScope(one.scope, task.scope));
  }

  #isSameTask(run: Run, task: vscode.Task): boolean {
    const other = this.#tasks.get(run);
    return other?.name === task.name && isSameScope(other.scope, task.scope);
  }

  #begin(start: Start, terminal: RunTerminal, task: vscode.Task, { checked, context, containment, notes, canceled }: ReadTask, restart: Restart | undefined): TaskRun {
    const folder = typeof task.scope === "object" ? task.scope : vscode.workspace.workspaceFolders?.[0];
    const askAboutPorts = this.#asksAboutPorts(task.name);
    const { runIds, isRestart } = this.#interrupted.begun(keyOf(task));
    const { run, output } = start({
      label: task.name,
      checked,
      context,
      output: terminal,
      clock: systemClock,
      containment,
      findRun: (id) => this.#runs.get(id),
      ...(askAboutPorts === undefined ? {} : { askAboutPorts }),
      ...(restart === undefined ? {} : { restart }),
      previous: this.#runs.stopping().filter((other) => this.#isSameTask(other, task)),
      interrupted: runIds,
    });
    this.#outputs.set(run.id, output);
    void run.ended.then(() => this.#outputs.delete(run.id));
    if (isRestart) terminal.note(interruptedLine());
    this.#runs.add(run);
    run.onEvent((event) => this.#onEvent(run, event));
    this.#tasks.set(run, task);
    if (checked.ok && checked.definition.stopWithDebugSession) this.#stopsWithDebugSession.add(run);
    this.#opened.set(run, terminal);
    this.#terminals.find(run.id, terminal, task.name);
    // What was to be asked and said when the task was started has been.
    if (restart !== undefined) return run;
    const stopped = this.#gate.refuses(keyOf(task), this.#isExplicit(task), systemClock.now());
    if (isAwaitedInVain(configuredTasks(keyOf(task).scope), vscode.workspace.getConfiguration("launch", folder).get("configurations"), task.name, READY_MATCHER)) {
      terminal.note(matcherLine(READY_MATCHER));
    }
    const never = this.#neverReady(keyOf(task));
    if (stopped !== undefined || never !== undefined) {
      terminal.note(stopped === undefined ? dependencyLine(never ?? "") : refusedLine(stopped.label));
      // A run that is stopped before its start ends as a stopped one: then VS Code does not start what depends on it.
      void run.stop();
    } else if (canceled !== undefined) {
      terminal.note(inputCanceledLine(canceled));
      void run.stop();
    } else {
      for (const note of notes) terminal.note(harmless(note));
    }
    return run;
  }

  /** VS Code takes the end of a background task for its being ready. @returns what the task depends on, and has just ended without that */
  #neverReady({ label, scope }: TaskKey): string | undefined {
    const dependencies = dependenciesOf(configuredTasks(scope), label);
    if (dependencies.size === 0) return undefined;
    const latest = new Map<string, Run>();
    for (const run of this.#runs.all()) {
      const task = this.#tasks.get(run);
      if (task !== undefined && dependencies.has(task.name) && keyOf(task).scope === scope) latest.set(task.name, run);
    }
    return [...latest.values()].find((run) => {
      const { state, ready } = run.snapshot();
      return ready?.kind === "missed" && state.kind === "ended" && systemClock.now() - state.at < DEPENDENTS_MS;
    })?.label;
  }

  /** Whether it is the task that a Restart has asked for. */
  #isExplicit(task: vscode.Task): boolean {
    const isExplicit = this.#explicit !== undefined && isDeepStrictEqual(this.#explicit, keyOf(task));
    if (isExplicit) this.#explicit = undefined;
    return isExplicit;
  }
}

function isSameScope(a: vscode.Task["scope"], b: vscode.Task["scope"]): boolean {
  return typeof a === "object" && typeof b === "object" ? a.uri.toString() === b.uri.toString() : a === b;
}

function keyOf({ name, scope }: vscode.Task): TaskKey {
  return { label: name, scope: typeof scope === "object" ? scope.uri.toString() : String(scope) };
}

/** VS Code reads a half-typed tasks.json as far as it can, and does not say that there is more: which it is only the user can see. */
function whyNotFound({ name, scope }: vscode.Task, goesOn: boolean): string {
  if (typeof scope !== "object") {
    return goesOn
      ? l10n.t("\"{0}\" goes on running and cannot be restarted: no task of that name can be read from the workspace's or your own tasks now; complete or restore it, and try again.", name)
      : l10n.t("\"{0}\" cannot be restarted: no task of that name can be read from the workspace's or your own tasks now; complete or restore it, and try again.", name);
  }
  const isOpen = vscode.workspace.workspaceFolders?.some(({ uri }) => uri.toString() === scope.uri.toString()) ?? false;
  if (!isOpen) {
    return goesOn
      ? l10n.t('"{0}" goes on running and cannot be restarted: its folder "{1}" is no longer in the workspace; add it again, and try again.', name, scope.name)
      : l10n.t('"{0}" cannot be restarted: its folder "{1}" is no longer in the workspace; add it again, and try again.', name, scope.name);
  }
  return goesOn
    ? l10n.t('"{0}" goes on running and cannot be restarted: no task of that name can be read from the tasks.json of "{1}" now; complete or restore it, and try again.', name, scope.name)
    : l10n.t('"{0}" cannot be restarted: no task of that name can be read from the tasks.json of "{1}" now; complete or restore it, and try again.', name, scope.name);
}
