import * as vscode from "vscode";
import { deferred } from "../taskRunner/base/deferred";

export interface ShownProgress {
  readonly update: (text: string) => void;
  readonly close: () => void;
}

/**
 * A notification that can be withdrawn: VS Code can do that with none but a progress. It has one button, and room for links.
 * @param pressed called when the button is
 */
export function showProgress(text: string, button: string, pressed: () => void): ShownProgress {
  let update: ((text: string) => void) | undefined;
  const closed = deferred<undefined>();
  // VS Code takes a text for the button, though its types do not say so. Without it the button says Cancel, which is not wrong.
  const cancellable = button as unknown as boolean;
  void vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, cancellable }, (progress, token) => {
    token.onCancellationRequested(pressed);
    update = (message) => progress.report({ message });
    update(text);
    return closed.promise;
  });
  return { update: (message) => update?.(message), close: () => closed.resolve(undefined) };
}
