import * as vscode from "vscode";

let count = 0;

/**
 * Resolves when VS Code's window has handled all that was sent to it before: it handles calls in their order and answers
 * this one. What it had sent until then has arrived here. A context key that no menu looks at makes no other difference.
 */
export async function barrier(): Promise<void> {
  await vscode.commands.executeCommand("setContext", "cancellableTasks.barrier", ++count);
}
