import * as vscode from "vscode";
import { deferred } from "../taskRunner/base/deferred";
import type { Disposable } from "../taskRunner/base/emitter";
import type { Run } from "../taskRunner/run/run";
import { isOpen, noticeOf, withLinks, type Matter } from "./notificationModel";

/** What happens to several runs at once is told once: so long after the first, in milliseconds. */
const COLLECT_MS = 250;

interface Shown {
  readonly update: (text: string) => void;
  readonly close: () => void;
}

/**
 * One notification for all runs that have the same matter: it counts them, and closes itself when the matter is settled for all.
 * VS Code can withdraw no other notification than a progress; that has one button, and room for links.
 */
export class LiveNotice {
  readonly #matter: Matter;
  readonly #dismissed: (runs: readonly Run[]) => void;
  readonly #runs = new Map<Run, Disposable>();
  #shown: Shown | undefined;
  #collecting: NodeJS.Timeout | undefined;

  /** @param dismissed told the runs for which its button was pressed */
  constructor(matter: Matter, dismissed: (runs: readonly Run[]) => void) {
    this.#matter = matter;
    this.#dismissed = dismissed;
  }

  add(run: Run): void {
    if (this.#runs.has(run)) return;
    this.#runs.set(run, run.onDidChange(() => this.#changed()));
    // What was shown may have been put away unread: a further run is a reason to show it again, with all.
    this.#collecting ??= setTimeout(() => {
      this.#collecting = undefined;
      this.#close();
      this.#changed();
    }, COLLECT_MS);
  }

  dispose(): void {
    clearTimeout(this.#collecting);
    this.#collecting = undefined;
    for (const run of [...this.#runs.keys()]) this.#forget(run);
    this.#close();
  }

  #changed(): void {
    for (const run of [...this.#runs.keys()]) if (!isOpen(this.#matter, run.snapshot())) this.#forget(run);
    if (this.#collecting !== undefined) return;
    const snapshots = [...this.#runs.keys()].map((run) => run.snapshot());
    if (snapshots.length === 0) {
      this.#close();
      return;
    }
    const notice = noticeOf(this.#matter, snapshots);
    if (this.#shown === undefined) this.#shown = this.#show(withLinks(notice), notice.dismiss);
    else this.#shown.update(withLinks(notice));
  }

  #show(text: string, button: string): Shown {
    let update: ((text: string) => void) | undefined;
    const closed = deferred<undefined>();
    // VS Code takes a text for the button, though its types do not say so. Without it the button says Cancel, which is not wrong.
    const cancellable = button as unknown as boolean;
    void vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, cancellable }, (progress, token) => {
      token.onCancellationRequested(() => this.#dismiss());
      update = (message) => progress.report({ message });
      update(text);
      return closed.promise;
    });
    return { update: (message) => update?.(message), close: () => closed.resolve(undefined) };
  }

  #dismiss(): void {
    const runs = [...this.#runs.keys()];
    for (const run of runs) this.#forget(run);
    this.#close();
    this.#dismissed(runs);
  }

  #close(): void {
    this.#shown?.close();
    this.#shown = undefined;
  }

  #forget(run: Run): void {
    this.#runs.get(run)?.dispose();
    this.#runs.delete(run);
  }
}
