import * as vscode from "vscode";
import { COMMANDS, VIEW_RUNS } from "./contributions";
import { outcomeText } from "./taskRunner/run/words";
import type { Run } from "./taskRunner/run/run";
import type { TaskRuns } from "./taskRunner/run/taskRuns";
import type { Terminals } from "./taskRunner/terminal/terminals";

/** What a command may be called with: a node of the tree, a terminal (its context menu), a run's id (other extensions). */
type Target = unknown;

/** What each command does. */
export class Commands {
  readonly #runs: TaskRuns;
  readonly #terminals: Terminals;
  readonly #restart: (run: Run) => Promise<void>;

  /** @param restart starts the task of an ended run again */
  constructor(runs: TaskRuns, terminals: Terminals, restart: (run: Run) => Promise<void>) {
    this.#runs = runs;
    this.#terminals = terminals;
    this.#restart = restart;
  }

  register(): vscode.Disposable {
    const handlers: Record<keyof typeof COMMANDS, (target?: Target) => unknown> = {
      stop: (target) => this.#withLive(target, "stop", (run) => void run.stop()),
      kill: (target) => this.#withLive(target, "kill", (run) => void run.kill()),
      stopAll: () => void this.#runs.stopAll(),
      restart: (target) => this.#withAny(target, "restart", (run) => this.#stopAndRestart(run)),
      releasePipe: (target) => this.#withLive(target, "stop waiting for", (run) => run.releasePipe()),
      revealTerminal: (target) => this.#withAny(target, "reveal", (run) => this.#reveal(run)),
      killSurvivor: (target) => this.#killSurvivor(target),
      killAllSurvivors: (target) => this.#killAllSurvivors(target),
      copyPid: (target) => this.#copyPid(target),
      clearEnded: () => this.#runs.clearEnded(),
      showRuns: () => vscode.commands.executeCommand(`${VIEW_RUNS}.focus`),
    };
    const entries = Object.entries(COMMANDS) as [keyof typeof COMMANDS, string][];
    return vscode.Disposable.from(...entries.map(([name, id]) => vscode.commands.registerCommand(id, handlers[name])));
  }

  async #withLive(target: Target, verb: string, act: (run: Run) => unknown): Promise<void> {
    await this.#with(target, verb, this.#runs.live(), act);
  }

  async #withAny(target: Target, verb: string, act: (run: Run) => unknown): Promise<void> {
    await this.#with(target, verb, this.#runs.all(), act);
  }

  /** The run that is meant: the one given, the active terminal's, the only one there is, or the one that the user picks. */
  async #with(target: Target, verb: string, candidates: readonly Run[], act: (run: Run) => unknown): Promise<void> {
    const given = this.#runOf(target) ?? (isAboutActive(target) ? this.#runOf(vscode.window.activeTerminal) : undefined);
    const run = given !== undefined && candidates.includes(given) ? given : await pick(candidates, verb);
    if (run !== undefined) await act(run);
  }

  #runOf(target: Target): Run | undefined {
    if (typeof target === "string") return this.#runs.get(target);
    if (typeof target !== "object" || target === null) return undefined;
    const id = "runId" in target ? target.runId : this.#terminals.runOf(vscode.window.terminals.find((terminal) => terminal === target));
    return typeof id === "string" ? this.#runs.get(id) : undefined;
  }

  async #stopAndRestart(run: Run): Promise<void> {
    if (run.state.kind !== "stopping") void run.stop();
    await run.ended;
    await this.#restart(run);
  }

  #reveal(run: Run): void {
    const terminal = this.#terminals.terminalOf(run.id);
    if (terminal === undefined) void vscode.window.showInformationMessage(`The terminal of "${run.label}" has been closed.`);
    else terminal.show();
  }

  async #killSurvivor(target: Target): Promise<void> {
    const run = this.#runOf(target);
    const pid = pidOf(target);
    if (run !== undefined && pid !== undefined) await reportFailure(() => run.killSurvivor(pid));
  }

  async #killAllSurvivors(target: Target): Promise<void> {
    const run = this.#runOf(target);
    const runs = run === undefined ? this.#runs.all() : [run];
    for (const one of runs) await reportFailure(() => one.killAllSurvivors());
  }

  async #copyPid(target: Target): Promise<void> {
    const pid = pidOf(target) ?? this.#runOf(target ?? vscode.window.activeTerminal)?.snapshot().pid;
    if (pid !== undefined) await vscode.env.clipboard.writeText(String(pid));
  }
}

/** The palette and the title bar of the panel give nothing; that of an editor gives its Uri. */
function isAboutActive(target: Target): boolean {
  return target === undefined || target === null || target instanceof vscode.Uri;
}

function pidOf(target: Target): number | undefined {
  return typeof target === "object" && target !== null && "pid" in target && typeof target.pid === "number" ? target.pid : undefined;
}

async function pick(candidates: readonly Run[], verb: string): Promise<Run | undefined> {
  if (candidates.length <= 1) {
    if (candidates.length === 0) void vscode.window.showInformationMessage(`There is no cancellable task to ${verb}.`);
    return candidates[0];
  }
  const items = candidates.map((run) => {
    const { pid, commandLine, state } = run.snapshot();
    const description = state.kind === "ended" ? outcomeText(state.outcome) : `${state.kind}${pid === undefined ? "" : `, pid ${pid}`}`;
    return { label: run.label, description, detail: commandLine, run };
  });
  return (await vscode.window.showQuickPick(items, { placeHolder: `Which task to ${verb}?` }))?.run;
}

async function reportFailure(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    void vscode.window.showErrorMessage(`The process could not be killed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
