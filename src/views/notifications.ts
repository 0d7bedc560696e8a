import * as vscode from "vscode";
import { SETTINGS } from "../contributions";
import type { Run } from "../taskRunner/run/run";
import type { AskAboutPorts } from "../taskRunner/run/portGuard";
import type { RunEvent } from "../taskRunner/run/state";
import { showWarning } from "./messages";
import { LiveNotice } from "./notice";
import { PortQuestions } from "./portQuestions";
import { matterOf, NOTIFICATIONS, noticeOf, type Notifications as Which } from "./notificationModel";

/** Failures that come together are told together: so long after the first, in milliseconds. */
const COLLECT_MS = 250;

/** Shows what is worth an interruption, and does what the user answers. */
export class Notifications implements vscode.Disposable {
  readonly #showRuns: () => unknown;
  readonly #live = {
    held: new LiveNotice("held", (runs) => runs.forEach((run) => run.releasePipe())),
    survivors: new LiveNotice("survivors", () => undefined),
    orphans: new LiveNotice("orphans", () => undefined),
  };
  readonly #portQuestions = new PortQuestions();
  readonly #failed: Run[] = [];
  #collecting: NodeJS.Timeout | undefined;

  /** @param showRuns brings the view of the runs to the front */
  constructor(showRuns: () => unknown) {
    this.#showRuns = showRuns;
  }

  tell(run: Run, event: RunEvent): void {
    const matter = matterOf(event, which());
    if (matter === "failed") this.#addFailed(run);
    else if (matter !== undefined) this.#live[matter].add(run);
  }

  tellOrphaned(runs: readonly Run[]): void {
    if (which() !== "none") for (const run of runs) this.#live.orphans.add(run);
  }

  /** @returns what asks, before this task starts, what to do about ports that others hold; undefined where the user wants no notifications */
  asksAboutPorts(label: string): AskAboutPorts | undefined {
    if (which() === "none") return undefined;
    return (held, over) => this.#portQuestions.ask(label, held, over);
  }

  dispose(): void {
    clearTimeout(this.#collecting);
    this.#portQuestions.dispose();
    for (const notice of Object.values(this.#live)) notice.dispose();
  }

  #addFailed(run: Run): void {
    this.#failed.push(run);
    this.#collecting ??= setTimeout(() => {
      this.#collecting = undefined;
      const runs = this.#failed.splice(0).map((one) => one.snapshot());
      void this.#showFailed(noticeOf("failed", runs));
    }, COLLECT_MS);
  }

  async #showFailed({ message, links, dismiss }: ReturnType<typeof noticeOf>): Promise<void> {
    const answer = await showWarning(message, ...links.map(({ title }) => title), dismiss);
    if (answer === dismiss) await vscode.workspace.getConfiguration().update(SETTINGS.notifications, "none", vscode.ConfigurationTarget.Global);
    else if (answer !== undefined) this.#showRuns();
  }
}

function which(): Which {
  const value = vscode.workspace.getConfiguration().get<unknown>(SETTINGS.notifications);
  return NOTIFICATIONS.find((one) => one === value) ?? "problems";
}
