import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { plainRun } from "./plainRun";
import { Commands } from "./commands";
import { watchDebugSessions } from "./debugSessions";
import { COMMANDS, CONTEXT, TASK_TYPE } from "./contributions";
import { systemClock } from "./taskRunner/base/clock";
import { Later } from "./taskRunner/base/later";
import { registerRunCommand } from "./runCommand";
import { DoubleClicks } from "./doubleClicks";
import { TaskCommands } from "./taskCommands";
import { TaskStates } from "./taskStates";
import { CancellableTaskProvider } from "./taskRunner/provider";
import { InterruptedTasks } from "./taskRunner/run/interrupted";
import { ReloadNote } from "./taskRunner/recovery/reloadNote";
import { Rerun } from "./taskRunner/rerun";
import type { Running } from "./taskRunner/running";
import type { TaskRuns } from "./taskRunner/run/taskRuns";
import { TaskList, taskKey } from "./taskRunner/taskList";
import { Terminals } from "./taskRunner/terminal/terminals";
import { inform } from "./views/messages";
import { DocsLinks } from "./views/docsLinks";
import { Countdown } from "./views/countdown";
import { Notifications } from "./views/notifications";
import { Redraw } from "./views/redraw";
import { RunsTree, type TreeSource } from "./views/runsTree";
import type { TreeElement } from "./views/treeElements";
import { TreeLayout } from "./views/treeLayout";
import { StatusBar } from "./views/statusBar";

/** VS Code ends the extension host 5 s after it has asked it to end; what is left then must have been killed. */
const SHUTDOWN_GRACE_MS = 4000;

/** "off" is for trying out what the journal finds when nothing stops the tasks of a dead editor. _GUARD is its earlier name. */
const isWatchdogOn = ["CANCELLABLE_TASKS_WATCHDOG", "CANCELLABLE_TASKS_GUARD"].every((name) => process.env[name] !== "off");

export interface WindowOptions {
  readonly context: vscode.ExtensionContext;
  readonly runs: TaskRuns;
  readonly view: vscode.TreeView<TreeElement>;
  /** Tells the view what to draw anew. */
  readonly changed: vscode.EventEmitter<TreeElement[] | undefined>;
  /** Tells the lenses above tasks that a task runs, or has ended. */
  readonly lensesChanged: vscode.EventEmitter<void>;
  /** The folders of what outlives this window: the entries of the journal, and the sockets. */
  readonly journalFolder: string;
  readonly socketFolder: string;
  /** The file that tells the next window, should it be this one, reloaded, what ran. */
  readonly reloadNote: string | undefined;
}

/** Everything that the extension has in a window in which it is used: wires the objects together; no logic. */
export class Window implements vscode.Disposable {
  readonly provider: CancellableTaskProvider;
  readonly tree: RunsTree;
  readonly states: TaskStates;
  readonly plainRun = plainRun;
  readonly lookBack: () => void;
  readonly #runs: TaskRuns;
  readonly #running: Later<Running>;
  readonly #leaveNote: () => void;
  readonly #parts: vscode.Disposable;

  constructor({ context, runs, view, changed, lensesChanged, journalFolder, socketFolder, reloadNote }: WindowOptions) {
    const terminals = new Terminals();
    const running: Later<Running> = new Later(async () => {
      const { Running } = await import("./taskRunner/lazy.js");
      return new Running({
        runs,
        journalFolder,
        socketFolder,
        openFolder: openFolder(),
        isWatched: isWatchdogOn,
        outputOf: (id) => provider.outputOf(id),
        measured: () => redraw.request(),
        found: (lost) => notifications.tellOrphaned(lost),
      });
    });
    const rerun = new Rerun();
    const notifications = new Notifications(() => vscode.commands.executeCommand(COMMANDS.showRuns));
    const note = reloadNote === undefined ? undefined : new ReloadNote(reloadNote);
    const interrupted = new InterruptedTasks(note?.take() ?? Promise.resolve([]));
    const provider = new CancellableTaskProvider(TASK_TYPE, runs, terminals, running, interrupted, (run, event) => notifications.tell(run, event), (label) => notifications.asksAboutPorts(label), rerun);
    const doubleClicks = new DoubleClicks();
    const tasks = new TaskList(TASK_TYPE);
    const tree = new RunsTree(view, changed, { command: COMMANDS.showRow, title: l10n.t("Show Terminal") }, () => treeSource());
    const taskCommands = new TaskCommands(runs, tasks, provider, doubleClicks, () => tree.selected);
    const commands = new Commands(runs, terminals, provider, doubleClicks, (run) => taskCommands.noteDependents(run));
    const layout = new TreeLayout(context.workspaceState, () => redraw.request());
    const statusBar = new StatusBar(COMMANDS.showRuns);
    const countdown = new Countdown(systemClock, () => redraw.request());

    const redraw = new Redraw(() => {
      const snapshots = runs.all().map((run) => run.snapshot());
      const now = systemClock.now();
      // Those of other windows are shown, and that is all.
      const own = snapshots.filter(({ window }) => window === undefined);
      if (tree.visible) statusBar.markSeen(own);
      running.now?.usage.update(tree.visible);
      tree.update(treeSource(snapshots, now));
      statusBar.update(own, now);
      countdown.update(own);
      setContext(CONTEXT.hasRuns, snapshots.length > 0 || undefined);
      setContext(CONTEXT.hasLiveRuns, own.some(({ state }) => state.kind !== "ended") || undefined);
      setContext(CONTEXT.byFolder, layout.byFolder || undefined);
      setContext(CONTEXT.activeTerminalState, activeState(runs, terminals, doubleClicks));
    });
    const draw = redraw.request;
    const treeSource = (snapshots = runs.all().map((run) => run.snapshot()), now = systemClock.now()): TreeSource => ({
      runs: snapshots,
      now,
      data: () => ({ tasks: tasks.all(), usage: running.now?.usage.usage ?? new Map(), byFolder: layout.byFolder, keyOf: ({ id }) => keyOf(id) }),
    });
    const keyOf = (id: string): string | undefined => {
      const run = runs.get(id);
      const task = run === undefined ? undefined : provider.taskOf(run);
      return task === undefined ? undefined : taskKey(task);
    };

    const states = new TaskStates(() => runs.own(), ({ id }) => keyOf(id), (key) => tasks.get(key) !== undefined);

    void restartInterrupted(provider, interrupted);
    const watchOthers = (): void => {
      if (tree.visible) running.use((loaded) => loaded.watchOthers(tree.visible));
      else running.now?.watchOthers(false);
    };
    this.provider = provider;
    this.tree = tree;
    this.states = states;
    this.#runs = runs;
    this.#running = running;
    this.#leaveNote = () => note?.writeNow(provider.interruptedTasks());
    this.lookBack = () => {
      watchOthers();
      running.use((loaded) => loaded.lookBack());
    };
    this.#parts = vscode.Disposable.from(
      terminals,
      running,
      rerun,
      tree,
      notifications,
      statusBar,
      countdown,
      commands.register(),
      watchDebugSessions(({ task, folder }, used) => provider.debuggingEnded(task, folder, used.map((one) => one.task))),
      taskCommands.register(),
      registerRunCommand(context.workspaceState, (line, scope) => provider.runLine(line, scope)),
      layout.register(),
      tasks,
      states.onDidChange(() => lensesChanged.fire()),
      tasks.onDidChange(() => {
        states.tasksChanged();
        draw();
      }),
      vscode.window.registerTerminalLinkProvider(new DocsLinks(vscode.Uri.joinPath(context.extensionUri, "docs"))),
      vscode.window.onDidChangeActiveTerminal(draw),
      terminals.onDidChange(draw),
      tree.onDidChangeVisibility(() => {
        watchOthers();
        draw();
      }),
      doubleClicks.onDidPass(draw),
      runs.onDidChange((run) => {
        states.runsChanged();
        if (run === undefined) terminals.keepOnly((id) => runs.get(id) !== undefined);
        draw();
      }),
      redraw,
    );
    // The view may be what has asked for all this.
    watchOthers();
    draw();
  }

  /** Stops every run: the groups are signalled before this returns. */
  async close(): Promise<void> {
    const stopped = this.#runs.shutDown(SHUTDOWN_GRACE_MS);
    this.#leaveNote();
    await stopped;
    await this.#running.now?.settled();
  }

  dispose(): void {
    this.#parts.dispose();
  }
}

/** After a reload, unless the user wants no task to survive one. */
async function restartInterrupted(provider: CancellableTaskProvider, interrupted: InterruptedTasks): Promise<void> {
  if (vscode.workspace.getConfiguration("task").get<unknown>("reconnection") === false) {
    interrupted.leave();
    return;
  }
  const missing = await provider.restartInterrupted();
  for (const label of missing) inform(l10n.t('"{0}" was stopped when the window was reloaded, and could not be started again; run it from the list of tasks.', label));
}

/** By which a window is known again. */
function openFolder(): string {
  const { workspaceFile, workspaceFolders } = vscode.workspace;
  return (workspaceFile ?? workspaceFolders?.[0]?.uri)?.fsPath ?? "";
}

function activeState(runs: TaskRuns, terminals: Terminals, doubleClicks: DoubleClicks): string | undefined {
  const run = runs.get(terminals.runIn(vscode.window.activeTerminal) ?? "");
  if (run === undefined) return undefined;
  switch (run.state.kind) {
    case "ended":
      return undefined;
    // One that waits for its task's previous run can be stopped as well.
    case "waiting":
      return "running";
    // Stop does not become Kill Now between the two halves of a double click.
    case "stopping":
      return doubleClicks.isSecondHalf(run) ? "running" : "stopping";
    default:
      return run.state.kind;
  }
}

const contexts = new Map<string, unknown>();

/** Each change is a call to another process: only what differs is said. */
function setContext(key: string, value: unknown): void {
  if (contexts.get(key) === value) return;
  contexts.set(key, value);
  void vscode.commands.executeCommand("setContext", key, value);
}
