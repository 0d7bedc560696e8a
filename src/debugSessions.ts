import * as vscode from "vscode";
import { DebugUse, tasksOf, type DebuggedTask } from "./debugUse";
import { systemClock } from "./taskRunner/base/clock";

/** Listens to VS Code's debug sessions. @param unused told of a task when the last session has ended for which it was started, and of those that others use then */
export function watchDebugSessions(unused: (task: DebuggedTask, used: readonly DebuggedTask[]) => void): vscode.Disposable {
  const use = new DebugUse(systemClock, unused);
  const started = (session: vscode.DebugSession): void => use.started(session.id, tasksFor(session), session.parentSession?.id);
  const ended = (session: vscode.DebugSession): void => use.ended(session.id);
  return vscode.Disposable.from(
    // Earlier than onDidStartDebugSession, which waits for the program: a slow one must not be taken for one that does not come again.
    vscode.debug.registerDebugAdapterTrackerFactory("*", {
      createDebugAdapterTracker: (session) => {
        started(session);
        return { onExit: () => ended(session) };
      },
    }),
    vscode.debug.onDidStartDebugSession(started),
    vscode.debug.onDidTerminateDebugSession(ended),
    use,
  );
}

function tasksFor({ configuration, workspaceFolder }: vscode.DebugSession): DebuggedTask[] {
  const compounds = vscode.workspace.getConfiguration("launch", workspaceFolder).get<unknown>("compounds");
  return tasksOf(configuration, compounds).map((task) => ({ task, folder: workspaceFolder?.uri.toString() }));
}
