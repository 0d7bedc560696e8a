import * as vscode from "vscode";
import { messageText } from "./plainText";

/** The only ways to a notification: what is shown is text, whatever a label or an error message has in it. */

/** @returns the title of the button that was pressed, or undefined */
export function inform(message: string, ...buttons: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(messageText(message), ...buttons);
}

/** @returns the title of the button that was pressed, or undefined */
export function showWarning(message: string, ...buttons: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(messageText(message), ...buttons);
}

export function showError(message: string): void {
  void vscode.window.showErrorMessage(messageText(message));
}
