import * as vscode from "vscode";
import { SETTINGS } from "../contributions";
import type { Run } from "../taskRunner/run/run";
import type { PortsAnswer } from "../taskRunner/run/portGuard";
import type { HeldPort, RunEvent } from "../taskRunner/run/state";
import type { TaskRuns } from "../taskRunner/run/taskRuns";
import { askAsError, showError, showWarning } from "./messages";
import { orphanNotification, NOTIFICATIONS, notificationOf, portsQuestion, type HungPipeNotice, type Message, type NotificationAction, type Notifications as Which } from "./notificationModel";

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
    if (notification?.kind === "hungPipe") showWhileHeld(notification, run);
    else if (notification !== undefined) void this.#show(notification, [run]);
  }

  tellOrphaned(runs: readonly Run[]): void {
    const notification = orphanNotification(runs.map((run) => run.snapshot()), which());
    if (notification !== undefined) void this.#show(notification, runs);
  }

  /** @returns what asks, before this task starts, what to do about ports that others hold; undefined where the user wants no notifications */
  asksAboutPorts(label: string): ((held: readonly HeldPort[]) => Promise<PortsAnswer>) | undefined {
    if (which() === "none") return undefined;
    return async (held) => {
      const { message, buttons } = portsQuestion(label, held);
      const title = await askAsError(message, ...buttons.map((button) => button.title));
      // Who closes the question does not want what it is about.
      return buttons.find((button) => button.title === title)?.answer ?? "cancel";
    };
  }

  async #show({ message, actions }: Message, runs: readonly Run[]): Promise<void> {
    const answer = await showWarning(message, ...actions.map(({ title }) => title));
    const action = actions.find(({ title }) => title === answer)?.action;
    // Long after the question a run may have been forgotten.
    const known = runs.filter(({ id }) => this.#runs.get(id) !== undefined);
    if (action !== undefined) await this.#act(action, known);
  }

  async #act(action: NotificationAction, runs: readonly Run[]): Promise<void> {
    switch (action) {
      case "killSurvivors":
        return this.#kill(runs, (run) => run.killAllSurvivors());
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

/** A progress is the only notification that can be withdrawn. It has one button, and room for a link. */
function showWhileHeld({ runId, message, kill, leave }: HungPipeNotice, run: Run): void {
  const link = kill === undefined ? "" : ` [${kill.title}](command:${kill.command}?${encodeURIComponent(JSON.stringify([runId]))})`;
  // VS Code takes a text for the button, though its types do not say so. Without it the button says Cancel, which is not wrong.
  const cancellable = leave as unknown as boolean;
  void vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: `${message}${link}`, cancellable }, (_, token) => {
    token.onCancellationRequested(() => run.releasePipe());
    return untilSettled(run);
  });
}

/** Resolves when the run's output is held no more, or is not merely waited for any more. */
function untilSettled(run: Run): Promise<void> {
  const isHeld = (): boolean => run.state.kind === "draining" && !run.state.asked;
  return new Promise((resolve) => {
    const changed = run.onDidChange(() => look());
    const look = (): void => {
      if (isHeld()) return;
      changed.dispose();
      resolve();
    };
    look();
    void run.ended.then(look);
  });
}

function which(): Which {
  const value = vscode.workspace.getConfiguration().get<unknown>(SETTINGS.notifications);
  return NOTIFICATIONS.find((one) => one === value) ?? "problems";
}
