import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { CancellableTasksApi } from "../../../api";

/** What other extensions get of the one under test. */
export async function activated(): Promise<CancellableTasksApi> {
  const extension = vscode.extensions.getExtension<CancellableTasksApi>("waitdelay.cancellable-tasks");
  assert.ok(extension);
  return await extension.activate();
}

/** Kills and forgets all runs, and closes the terminals. */
export async function endAll(api: CancellableTasksApi): Promise<void> {
  await Promise.all(api.runs().map(({ id }) => api.kill(id)));
  await vscode.commands.executeCommand("cancellableTasks.clearEnded");
  for (const terminal of vscode.window.terminals) terminal.dispose();
}

/** Resolves with the value as soon as there is one; it is looked for whenever a run changes. */
export function until<T>(api: CancellableTasksApi, look: () => T | undefined): Promise<T> {
  return new Promise((resolve) => {
    const check = (): void => {
      const value = look();
      if (value === undefined) return;
      listener.dispose();
      resolve(value);
    };
    const listener = api.onDidChangeRuns(check);
    check();
  });
}
