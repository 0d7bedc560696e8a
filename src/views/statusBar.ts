import * as vscode from "vscode";
import { dateOf } from "../taskRunner/base/clock";
import type { RunSnapshot } from "../taskRunner/run/state";
import { isHung, isLost, statusText } from "./statusBarModel";

/** Draws the indicator in the status bar: hidden when all is quiet. */
export class StatusBar implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  /** Ended runs with a hung pipe, and those of earlier windows, that the user has looked at. */
  #seen: ReadonlySet<string> = new Set();

  /** @param command what a click runs */
  constructor(command: string) {
    this.#item = vscode.window.createStatusBarItem("cancellableTasks.status", vscode.StatusBarAlignment.Left, 40);
    this.#item.name = "Cancellable Tasks";
    this.#item.command = command;
  }

  update(runs: readonly RunSnapshot[], now: number): void {
    const status = statusText(runs, now, this.#seen, dateOf);
    if (status === undefined) {
      this.#item.hide();
      return;
    }
    this.#item.text = status.text;
    this.#item.tooltip = status.tooltip;
    this.#item.accessibilityInformation = { label: status.label };
    this.#item.backgroundColor = status.warning ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    this.#item.show();
  }

  /** The user is looking at the runs as they are now. */
  markSeen(runs: readonly RunSnapshot[]): void {
    this.#seen = new Set(runs.filter((run) => isHung(run) || isLost(run)).map((run) => run.id));
  }

  dispose(): void {
    this.#item.dispose();
  }
}
