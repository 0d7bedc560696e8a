import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { COMMANDS } from "./contributions";
import type { DoubleClicks } from "./doubleClicks";
import { toError } from "./taskRunner/base/errors";
import { GroupStops } from "./taskRunner/run/groupStops";
import { isAskedToStop, type Run } from "./taskRunner/run/run";
import type { TaskKey } from "./taskRunner/run/stopAllGate";
import type { TaskRuns } from "./taskRunner/run/taskRuns";
import { dependentsLine } from "./taskRunner/run/words";
import type { ListedTask } from "./taskRunner/task/configuredTask";
import { taskKey, type TaskList } from "./taskRunner/taskList";
import { isRunByEnter, taskTarget } from "./taskTarget";
import { inform, showError } from "./views/messages";
import { pickText } from "./views/plainText";
import type { TreeElement } from "./views/treeElements";

/** What knows the tasks of runs, and starts them. */
export interface TaskHost {
  taskOf(run: Run): TaskKey | undefined;
  note(run: Run, line: string): void;
  start(task: TaskKey & { readonly isCancellable: boolean }): Promise<void>;
  closeCompounds(runs: readonly Run[]): void;
}

/** Commands for tasks and groups of them, and for the row that has the keyboard. */
export class TaskCommands {
  readonly #runs: TaskRuns;
  readonly #tasks: TaskList;
  readonly #host: TaskHost;
  readonly #doubleClicks: DoubleClicks;
  readonly #selected: () => TreeElement | undefined;
  readonly #stops = new GroupStops();

  /** @param selected the row that the keyboard's commands mean */
  constructor(runs: TaskRuns, tasks: TaskList, host: TaskHost, doubleClicks: DoubleClicks, selected: () => TreeElement | undefined) {
    this.#runs = runs;
    this.#tasks = tasks;
    this.#host = host;
    this.#doubleClicks = doubleClicks;
    this.#selected = selected;
  }

  register(): vscode.Disposable {
    const { registerCommand } = vscode.commands;
    return vscode.Disposable.from(
      registerCommand(COMMANDS.runTask, (...args: unknown[]) => this.#run(args)),
      registerCommand(COMMANDS.stopGroup, (...args: unknown[]) => this.#stopGroup(args)),
      // The same with the icon of a button that kills.
      registerCommand(COMMANDS.stopGroupAgain, (...args: unknown[]) => this.#stopGroup(args)),
      registerCommand(COMMANDS.killGroup, (...args: unknown[]) => this.#killGroup(args)),
      registerCommand(COMMANDS.openRow, () => this.#open(this.#selected())),
      registerCommand(COMMANDS.deleteRow, () => this.#delete(this.#selected())),
      registerCommand(COMMANDS.showRow, (given: unknown) => showRow(given, true)),
      registerCommand(COMMANDS.showInTasksJson, (...args: unknown[]) => this.#showInTasksJson(args)),
      registerCommand(COMMANDS.clearRun, (given: unknown) => this.#clear(given as TreeElement | undefined)),
    );
  }

  /** A run is stopped alone: its terminal says who goes on without it. */
  noteDependents(run: Run): void {
    const task = this.#host.taskOf(run);
    if (task === undefined) return;
    const dependents = this.#runs.live().filter((other) => {
      const needs = this.#host.taskOf(other);
      return other !== run && !isAskedToStop(other.state) && needs !== undefined && this.#tasks.dependsOn(needs, task);
    });
    if (dependents.length > 0) this.#host.note(run, dependentsLine([...new Set(dependents.map(({ label }) => label))]));
  }

  /** @returns undefined where the command acts on nothing, and says why */
  #given(args: readonly unknown[]): ListedTask | undefined {
    const target = taskTarget(args, (key) => this.#tasks.get(key));
    if (target.kind === "missing") void inform(target.why);
    return target.kind === "task" ? target.task : undefined;
  }

  async #run(args: readonly unknown[]): Promise<void> {
    const task = args.length === 0 ? await this.#pick() : this.#given(args);
    if (task === undefined) return;
    try {
      await this.#host.start(task);
    } catch (error) {
      showError(toError(error).message);
    }
  }

  async #pick(): Promise<ListedTask | undefined> {
    const items = this.#tasks.all().filter(({ isHidden }) => !isHidden).map((task) => ({ label: pickText(task.label), description: pickText(task.folder ?? ""), detail: pickText(task.detail ?? ""), task }));
    return (await vscode.window.showQuickPick(items, { placeHolder: l10n.t("Which task to run?") }))?.task;
  }

  /** What depends on others ends first. Asked a second time, it does not wait: what has been asked is killed, the others are asked. */
  #stopGroup(args: readonly unknown[]): void {
    const group = this.#given(args);
    if (group === undefined) return;
    const runs = this.#runsOf(group);
    // The second half of a double click.
    if (runs.some((run) => this.#doubleClicks.isSecondHalf(run))) return;
    this.#host.closeCompounds(runs);
    if (!this.#stops.isStopping(group.key, runs)) for (const run of runs) this.#doubleClicks.acted(run);
    this.#stops.stop(group.key, runs, (a, b) => {
      const [dependent, dependency] = [this.#host.taskOf(a), this.#host.taskOf(b)];
      return dependent !== undefined && dependency !== undefined && this.#tasks.dependsOn(dependent, dependency);
    });
  }

  /** What has not been asked is killed too. */
  #killGroup(args: readonly unknown[]): void {
    const group = this.#given(args);
    if (group === undefined) return;
    const runs = this.#runsOf(group);
    if (runs.some((run) => this.#doubleClicks.isSecondHalf(run))) return;
    this.#host.closeCompounds(runs);
    for (const run of runs) void run.kill();
  }

  #runsOf(group: ListedTask): Run[] {
    const members = this.#tasks.closureOf(group);
    return this.#runs.live().filter((run) => {
      const task = this.#host.taskOf(run);
      return task !== undefined && members.has(taskKey(task));
    });
  }

  /** Enter: what has a terminal shows it, and what has none here, and does not run, runs. */
  async #open(row: TreeElement | undefined): Promise<void> {
    if (row !== undefined && isRunByEnter(row.node.contextValue)) await this.#run([row]);
    else if (row?.runId !== undefined) await showRow(row, false);
  }

  /** Delete: what runs is stopped, what is left is killed, what is over is cleared. */
  async #delete(row: TreeElement | undefined): Promise<void> {
    const value = row?.node.contextValue ?? "";
    if (value === "group.live" || value === "group.stopping") this.#stopGroup([row]);
    else if (value === "survivor" || value === "holder") await vscode.commands.executeCommand(COMMANDS.killSurvivor, row);
    else if (/^run\.(waiting|running|stopping|draining)$/.test(value)) await vscode.commands.executeCommand(COMMANDS.stop, row);
    else if (/^(run\.ended\.survivors|(run|task)\.lost|past\.survivors)$/.test(value)) await vscode.commands.executeCommand(COMMANDS.killAllSurvivors, row);
    else if (value === "run.ended" || value === "past") this.#clear(row);
  }

  /** An earlier run's row stands for its run, and that for its task. */
  async #showInTasksJson([given, ...rest]: readonly unknown[]): Promise<void> {
    const run = this.#runs.get((given as Partial<TreeElement> | undefined)?.runId ?? "");
    const task = run === undefined ? undefined : this.#host.taskOf(run);
    const target = this.#given([task === undefined ? given : { taskKey: taskKey(task) }, ...rest]);
    if (target !== undefined) await (await import("./tasksJson/editor/lazy.js")).showTask(target.label, target.scope);
  }

  #clear(row: TreeElement | undefined): void {
    const run = this.#runs.get(row?.runId ?? "");
    if (run?.state.kind === "ended" && run.snapshot().survivors.length === 0) this.#runs.remove(run);
  }
}

/** The terminal comes to the front where there is one; a click on a row of another run says nothing. */
async function showRow(given: unknown, preserveFocus: boolean): Promise<void> {
  const runId = typeof given === "object" && given !== null && "runId" in given ? given.runId : undefined;
  if (typeof runId === "string") await vscode.commands.executeCommand(COMMANDS.revealTerminal, given, { isQuiet: true, preserveFocus });
}
