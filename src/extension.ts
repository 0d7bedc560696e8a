import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import type { CancellableTasksApi } from "../api";
import { createApi } from "./api";
import { Commands } from "./commands";
import { watchDebugSessions } from "./debugSessions";
import { COMMANDS, CONTEXT, TASK_TYPE, VIEW_RUNS } from "./contributions";
import { systemClock } from "./taskRunner/base/clock";
import { fifoStock } from "./taskRunner/exec/fifo";
import { thisTable } from "./taskRunner/process/system";
import { registerRunCommand } from "./runCommand";
import { DoubleClicks } from "./doubleClicks";
import { TaskCommands } from "./taskCommands";
import { TaskStates } from "./taskStates";
import { CancellableTaskProvider } from "./taskRunner/provider";
import { Endpoints } from "./taskRunner/remote/endpoint";
import { OtherWindows } from "./taskRunner/remote/otherWindows";
import { RunServer } from "./taskRunner/remote/runServer";
import { InterruptedTasks } from "./taskRunner/run/interrupted";
import { OrphanSearch } from "./taskRunner/run/orphanedRuns";
import { Journal } from "./taskRunner/recovery/journal";
import { WatchdogAndJournal } from "./taskRunner/recovery/crashProtection";
import { ReloadNote } from "./taskRunner/recovery/reloadNote";
import { Rerun } from "./taskRunner/rerun";
import { usageOf } from "./taskRunner/process/usage";
import { UsageSampler } from "./taskRunner/run/usageSampler";
import { TaskRuns } from "./taskRunner/run/taskRuns";
import { registerTasksJson } from "./tasksJson/editor/register";
import { TaskList, taskKey } from "./taskRunner/taskList";
import { Terminals } from "./taskRunner/terminal/terminals";
import { inform } from "./views/messages";
import { DocsLinks } from "./views/docsLinks";
import { Countdown } from "./views/countdown";
import { Notifications } from "./views/notifications";
import { Redraw } from "./views/redraw";
import { RunsTree, type TreeSource } from "./views/runsTree";
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
/** Tells the next window, should it be this one, reloaded, what ran. */
let leaveNote: (() => void) | undefined;

/** Registers everything and starts nothing. */
export function activate(context: vscode.ExtensionContext): CancellableTasksApi {
  // None where the display language is English, or nobody has translated the extension.
  if (vscode.l10n.bundle !== undefined) l10n.config({ contents: vscode.l10n.bundle });
  const terminals = new Terminals();
  const storage = (name: string): string => vscode.Uri.joinPath(context.globalStorageUri, name).fsPath;
  const ownJournal = (journal = new Journal(storage("runs"), thisTable, openFolder(), undefined, new Endpoints(storage("sockets"))));
  const protection = new WatchdogAndJournal(thisTable, ownJournal, isWatchdogOn);
  const rerun = new Rerun();
  const notifications = new Notifications(() => vscode.commands.executeCommand(COMMANDS.showRuns));
  const note = context.storageUri === undefined ? undefined : new ReloadNote(vscode.Uri.joinPath(context.storageUri, "reload.json").fsPath);
  const interrupted = new InterruptedTasks(note?.take() ?? Promise.resolve([]));
  const provider = new CancellableTaskProvider(TASK_TYPE, runs, terminals, protection, ownJournal, interrupted, (run, event) => notifications.tell(run, event), (label) => notifications.asksAboutPorts(label), rerun);
  const server = new RunServer({ runs, output: (id) => provider.outputOf(id), endpoint: () => ownJournal.ownEndpoint(), listening: (isOn) => void ownJournal.reachable(isOn), folder: openFolder() });
  const otherWindows = new OtherWindows({ journal: ownJournal, runs, clock: systemClock });
  const doubleClicks = new DoubleClicks();
  const tasks = new TaskList(TASK_TYPE);
  const tree = new RunsTree(VIEW_RUNS, { command: COMMANDS.showRow, title: l10n.t("Show Terminal") }, () => treeSource());
  const taskCommands = new TaskCommands(runs, tasks, provider, doubleClicks, () => tree.selected);
  const commands = new Commands(runs, terminals, provider, doubleClicks, (run) => taskCommands.noteDependents(run));
  const layout = new TreeLayout(context.workspaceState, () => redraw.request());
  const usage = new UsageSampler({ table: thisTable, clock: systemClock, usageOf, runs: () => runs.all(), told: () => redraw.request() });
  const statusBar = new StatusBar(COMMANDS.showRuns);
  const countdown = new Countdown(systemClock, () => redraw.request());

  const redraw = new Redraw(() => {
    const snapshots = runs.all().map((run) => run.snapshot());
    const now = systemClock.now();
    // Those of other windows are shown, and that is all.
    const own = snapshots.filter(({ window }) => window === undefined);
    if (tree.visible) statusBar.markSeen(own);
    usage.update(tree.visible);
    tree.update(treeSource(snapshots, now));
    statusBar.update(own, now);
    countdown.update(own);
    setContext(CONTEXT.hasRuns, snapshots.length > 0 || undefined);
    setContext(CONTEXT.hasLiveRuns, own.some(({ state }) => state.kind !== "ended") || undefined);
    setContext(CONTEXT.byFolder, layout.byFolder || undefined);
    setContext(CONTEXT.activeTerminalState, activeState(terminals, doubleClicks));
  });
  const draw = redraw.request;
  const treeSource = (snapshots = runs.all().map((run) => run.snapshot()), now = systemClock.now()): TreeSource => ({
    runs: snapshots,
    now,
    data: () => ({ tasks: tasks.all(), usage: usage.usage, byFolder: layout.byFolder, keyOf: ({ id }) => keyOf(id) }),
  });
  const keyOf = (id: string): string | undefined => {
    const run = runs.get(id);
    const task = run === undefined ? undefined : provider.taskOf(run);
    return task === undefined ? undefined : taskKey(task);
  };

  const states = new TaskStates(() => runs.own(), ({ id }) => keyOf(id), (key) => tasks.get(key) !== undefined);

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
  leaveNote = () => note?.writeNow(provider.interruptedTasks());
  void restartInterrupted(provider, interrupted);
  const lookBack = setTimeout(() => {
    void search.look();
    void otherWindows.look();
    otherWindows.watch(tree.visible);
  }, LOOK_BACK_MS);

  context.subscriptions.push(
    { dispose: () => clearTimeout(lookBack) },
    search,
    server,
    otherWindows,
    rerun,
    terminals,
    tree,
    notifications,
    statusBar,
    countdown,
    commands.register(),
    watchDebugSessions(({ task, folder }, used) => provider.debuggingEnded(task, folder, used.map((one) => one.task))),
    registerTasksJson(states),
    taskCommands.register(),
    registerRunCommand(context.workspaceState, (line, scope) => provider.runLine(line, scope)),
    layout.register(),
    tasks,
    tasks.onDidChange(() => {
      states.tasksChanged();
      draw();
    }),
    usage,
    vscode.window.registerTerminalLinkProvider(new DocsLinks(vscode.Uri.joinPath(context.extensionUri, "docs"))),
    vscode.tasks.registerTaskProvider(TASK_TYPE, provider),
    vscode.window.onDidChangeActiveTerminal(draw),
    terminals.onDidChange(draw),
    tree.onDidChangeVisibility(() => {
      otherWindows.watch(tree.visible);
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
  return createApi(runs);
}

/** Stops every run: the groups are signalled before this returns, and killed before VS Code loses patience. */
export async function deactivate(): Promise<void> {
  const stopped = runs.shutDown(SHUTDOWN_GRACE_MS);
  leaveNote?.();
  await stopped;
  await journal?.settled();
  await fifoStock.close();
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
