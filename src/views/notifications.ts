import * as vscode from "vscode";
import { SETTINGS } from "../contributions";
import { holdsOutput } from "../taskRunner/process/runProcess";
import type { Run } from "../taskRunner/run/run";
import type { RunEvent } from "../taskRunner/run/state";
import type { TaskRuns } from "../taskRunner/run/taskRuns";
import { showError, showWarning } from "./messages";
import { orphanNotification, NOTIFICATIONS, notificationOf, type Notification, type NotificationAction, type Notifications as Which } from "./notificationModel";

/** Shows what is worth an interruption, and does what the user answers. */
export class Notifications {
  readonly #runs: TaskRuns;
  readonly #showRuns: () => unknown;

  /** @param showRuns brings the view of the runs to the front */
  constructor(runs: TaskRuns, showRuns: () => unknown) {
    this.#runs = runs;
    this.#showRuns = showRuns;
  }

  tell(run: Run, event: RunEvent): void {
    const notification = notificationOf(run.snapshot(), event, which());
    if (notification !== undefined) void this.#show(notification, [run]);
  }

  tellOrphaned(runs: readonly Run[]): void {
    const notification = orphanNotification(runs.map((run) => run.snapshot()), which());
    if (notification !== undefined) void this.#show(notification, runs);
  }

  async #show({ message, actions }: Notification, runs: readonly Run[]): Promise<void> {
    const answer = await showWarning(message, ...actions.map(({ title }) => title));
    const action = actions.find(({ title }) => title === answer)?.action;
    // Long after the question a run may have been forgotten.
    const known = runs.filter(({ id }) => this.#runs.get(id) !== undefined);
    if (action !== undefined) await this.#act(action, known);
  }

  async #act(action: NotificationAction, runs: readonly Run[]): Promise<void> {
    switch (action) {
      case "killHolders":
        return this.#kill(runs, async (run) => {
          // A holder that the task did not start is killed because it is named, and no other foreign process is.
          const foreign = run.snapshot().survivors.filter((info) => !info.owned && holdsOutput(info));
          await run.killAllSurvivors();
          for (const { pid } of foreign) await run.killSurvivor(pid);
        });
      case "killSurvivors":
        return this.#kill(runs, (run) => run.killAllSurvivors());
      case "releasePipe":
        for (const run of runs) run.releasePipe();
        return;
      case "show":
        this.#showRuns();
        return;
      case "never":
        return vscode.workspace.getConfiguration().update(SETTINGS.notifications, "none", vscode.ConfigurationTarget.Global);
    }
  }

  async #kill(runs: readonly Run[], kill: (run: Run) => Promise<void>): Promise<void> {
    for (const run of runs) {
      try {
        await kill(run);
      } catch (error) {
        showError(`A process of "${run.label}" could not be killed: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

function which(): Which {
  const value = vscode.workspace.getConfiguration().get<unknown>(SETTINGS.notifications);
  return NOTIFICATIONS.find((one) => one === value) ?? "problems";
}
