import * as vscode from "vscode";
import { createApi, type CancellableTasksApi } from "./api";
import { Commands } from "./commands";
import { COMMANDS, CONTEXT, TASK_TYPE, VIEW_RUNS } from "./contributions";
import { systemClock } from "./taskRunner/exec/clock";
import { fifoStock } from "./taskRunner/exec/fifo";
import { CancellableTaskProvider } from "./taskRunner/provider";
import { TaskRuns } from "./taskRunner/run/taskRuns";
import { Terminals } from "./taskRunner/terminal/terminals";
import { Countdown } from "./views/countdown";
import { RunsTree } from "./views/runsTree";
import { StatusBar } from "./views/statusBar";

/** VS Code ends the extension host 5 s after it has asked it to end; what is left then must have been killed. */
const SHUTDOWN_GRACE_MS = 4000;

const runs = new TaskRuns();

/** Registers everything and starts nothing. */
export function activate(context: vscode.ExtensionContext): CancellableTasksApi {
  const terminals = new Terminals();
  const provider = new CancellableTaskProvider(TASK_TYPE, runs, terminals);
  const commands = new Commands(runs, terminals, (run) => provider.runAgain(run));
  const tree = new RunsTree(VIEW_RUNS);
  const statusBar = new StatusBar(COMMANDS.showRuns);
  const countdown = new Countdown(() => draw());

  const draw = (): void => {
    const snapshots = runs.all().map((run) => run.snapshot());
    const now = systemClock.now();
    if (tree.visible) statusBar.markSeen(snapshots);
    tree.update(snapshots, now);
    statusBar.update(snapshots, now);
    countdown.update(snapshots);
    setContext(CONTEXT.hasRuns, snapshots.length > 0 || undefined);
    setContext(CONTEXT.activeTerminalState, activeState(terminals));
  };

  context.subscriptions.push(
    terminals,
    tree,
    statusBar,
    countdown,
    commands.register(),
    vscode.tasks.registerTaskProvider(TASK_TYPE, provider),
    vscode.window.onDidChangeActiveTerminal(draw),
    terminals.onDidFind(draw),
    tree.onDidChangeVisibility(draw),
    runs.onDidChange(draw),
  );
  return createApi(runs);
}

/** Stops every run: the groups are signalled before this returns, and killed before VS Code loses patience. */
export async function deactivate(): Promise<void> {
  await runs.shutDown(SHUTDOWN_GRACE_MS);
  await fifoStock.close();
}

function activeState(terminals: Terminals): string | undefined {
  const id = terminals.runOf(vscode.window.activeTerminal);
  const kind = id === undefined ? undefined : runs.get(id)?.state.kind;
  return kind === "running" || kind === "stopping" || kind === "draining" ? kind : undefined;
}

const contexts = new Map<string, unknown>();

/** Each change is a call to another process: only what differs is said. */
function setContext(key: string, value: unknown): void {
  if (contexts.get(key) === value) return;
  contexts.set(key, value);
  void vscode.commands.executeCommand("setContext", key, value);
}
