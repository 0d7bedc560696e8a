import * as vscode from "vscode";
import type { CancellableTasksApi } from "../api";
import { createApi } from "./api";
import { Commands } from "./commands";
import { COMMANDS, CONTEXT, TASK_TYPE, VIEW_RUNS } from "./contributions";
import { systemClock } from "./taskRunner/base/clock";
import { fifoStock } from "./taskRunner/exec/fifo";
import { thisTable } from "./taskRunner/process/system";
import { DoubleClicks } from "./doubleClicks";
import { TaskCommands } from "./taskCommands";
import { CancellableTaskProvider } from "./taskRunner/provider";
import { OrphanSearch } from "./taskRunner/run/orphanedRuns";
import { Journal } from "./taskRunner/recovery/journal";
import { WatchdogAndJournal } from "./taskRunner/recovery/crashProtection";
import { usageOf } from "./taskRunner/process/usage";
import { UsageSampler } from "./taskRunner/run/usageSampler";
import { TaskRuns } from "./taskRunner/run/taskRuns";
import { registerTasksJson } from "./tasksJson/editor/register";
import { TaskList, taskKey } from "./taskRunner/taskList";
import { Terminals } from "./taskRunner/terminal/terminals";
import { DocsLinks } from "./views/docsLinks";
import { Countdown } from "./views/countdown";
import { Notifications } from "./views/notifications";
import { Redraw } from "./views/redraw";
import { RunsTree } from "./views/runsTree";
import { TreeLayout } from "./views/treeLayout";
import { StatusBar } from "./views/statusBar";

/** VS Code ends the extension host 5 s after it has asked it to end; what is left then must have been killed. */
const SHUTDOWN_GRACE_MS = 4000;

/** "off" is for trying out what the journal finds when nothing stops the tasks of a dead editor. _GUARD is its earlier name. */
const isWatchdogOn = ["CANCELLABLE_TASKS_WATCHDOG", "CANCELLABLE_TASKS_GUARD"].every((name) => process.env[name] !== "off");

/** What earlier windows have left is looked for when the window has come up, not while it does. */
const LOOK_BACK_MS = 2000;

const runs = new TaskRuns();
let journal: Journal | undefined;

/** Registers everything and starts nothing. */
export function activate(context: vscode.ExtensionContext): CancellableTasksApi {
  const terminals = new Terminals();
  const ownJournal = (journal = new Journal(vscode.Uri.joinPath(context.globalStorageUri, "runs").fsPath, thisTable, openFolder()));
  const protection = new WatchdogAndJournal(thisTable, ownJournal, isWatchdogOn);
  const notifications = new Notifications(() => vscode.commands.executeCommand(COMMANDS.showRuns));
  const provider = new CancellableTaskProvider(TASK_TYPE, runs, terminals, protection, (run, event) => notifications.tell(run, event));
  const doubleClicks = new DoubleClicks();
  const tasks = new TaskList(TASK_TYPE);
  const tree = new RunsTree(VIEW_RUNS, { command: COMMANDS.showRow, title: "Show Terminal" });
  const taskCommands = new TaskCommands(runs, tasks, provider, doubleClicks, () => tree.selected);
  const commands = new Commands(runs, terminals, provider, doubleClicks, (run) => taskCommands.noteDependents(run));
  const layout = new TreeLayout(context.workspaceState, () => redraw.request());
  const usage = new UsageSampler({ table: thisTable, clock: systemClock, usageOf, runs: () => runs.all(), told: () => redraw.request() });
  const statusBar = new StatusBar(COMMANDS.showRuns);
  const countdown = new Countdown(() => redraw.request());

  const redraw = new Redraw(() => {
    const snapshots = runs.all().map((run) => run.snapshot());
    const now = systemClock.now();
    if (tree.visible) statusBar.markSeen(snapshots);
    usage.update(tree.visible);
    tree.update(snapshots, now, () => ({ tasks: tasks.all(), usage: usage.usage, byFolder: layout.byFolder, keyOf: ({ id }) => keyOf(id) }));
    statusBar.update(snapshots, now);
    countdown.update(snapshots);
    setContext(CONTEXT.hasRuns, snapshots.length > 0 || undefined);
    setContext(CONTEXT.hasLiveRuns, snapshots.some(({ state }) => state.kind !== "ended") || undefined);
    setContext(CONTEXT.byFolder, layout.byFolder || undefined);
    setContext(CONTEXT.activeTerminalState, activeState(terminals, doubleClicks));
  });
  const draw = redraw.request;
  const keyOf = (id: string): string | undefined => {
    const run = runs.get(id);
    const task = run === undefined ? undefined : provider.taskOf(run);
    return task === undefined ? undefined : taskKey(task);
  };

  const search = new OrphanSearch({
    journal: ownJournal,
    table: thisTable,
    clock: systemClock,
    found: (lost) => {
      lost.forEach((run) => runs.add(run));
      notifications.tellOrphaned(lost);
    },
    gone: (run) => runs.remove(run),
  });
  const lookBack = setTimeout(() => void search.look(), LOOK_BACK_MS);

  context.subscriptions.push(
    { dispose: () => clearTimeout(lookBack) },
    search,
    terminals,
    tree,
    notifications,
    statusBar,
    countdown,
    commands.register(),
    registerTasksJson(),
    taskCommands.register(),
    layout.register(),
    tasks,
    tasks.onDidChange(draw),
    usage,
    vscode.window.registerTerminalLinkProvider(new DocsLinks(vscode.Uri.joinPath(context.extensionUri, "docs"))),
    vscode.tasks.registerTaskProvider(TASK_TYPE, provider),
    vscode.window.onDidChangeActiveTerminal(draw),
    terminals.onDidChange(draw),
    tree.onDidChangeVisibility(draw),
    doubleClicks.onDidPass(draw),
    runs.onDidChange((run) => {
      if (run === undefined) terminals.keepOnly((id) => runs.get(id) !== undefined);
      draw();
    }),
    redraw,
  );
  return createApi(runs);
}

/** Stops every run: the groups are signalled before this returns, and killed before VS Code loses patience. */
export async function deactivate(): Promise<void> {
  await runs.shutDown(SHUTDOWN_GRACE_MS);
  await journal?.settled();
  await fifoStock.close();
}

/** By which a window is known again. */
function openFolder(): string {
  const { workspaceFile, workspaceFolders } = vscode.workspace;
  return (workspaceFile ?? workspaceFolders?.[0]?.uri)?.fsPath ?? "";
}

function activeState(terminals: Terminals, doubleClicks: DoubleClicks): string | undefined {
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
