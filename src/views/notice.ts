import type { Disposable } from "../taskRunner/base/emitter";
import type { Run } from "../taskRunner/run/run";
import { showProgress, type ShownProgress } from "./progress";
import { isOpen, noticeOf, withLinks, type Matter } from "./notificationModel";

/** What happens to several runs at once is told once: so long after the first, in milliseconds. */
const COLLECT_MS = 250;

/**
 * One notification for all runs that have the same matter: it counts them, and closes itself when the matter is settled for all.
 */
export class LiveNotice {
  readonly #matter: Matter;
  readonly #dismissed: (runs: readonly Run[]) => void;
  readonly #runs = new Map<Run, Disposable>();
  #shown: ShownProgress | undefined;
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
    if (this.#shown === undefined) this.#shown = showProgress(withLinks(notice), notice.dismiss, () => this.#dismiss());
    else this.#shown.update(withLinks(notice));
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
