import type { Clock, Timer } from "../base/clock";
import { deferred } from "../base/deferred";
import type { Disposable } from "../base/emitter";
import type { Journal } from "../recovery/journal";
import type { Run } from "./run";
import type { Outcome, RunSnapshot, RunState } from "./state";

/** How often it is looked whether it has ended, in milliseconds: only while another run waits for that. */
const LOOK_MS = 200;
/** A look may fail because the machine is busy. */
const MOST_FAILURES = 4;

/** A run that this window's previous extension host is still stopping, or the run's watchdog: only its end is of interest. */
export class InterruptedRun implements Run {
  readonly state: RunState;
  readonly #end = deferred<Outcome>();
  readonly ended = this.#end.promise;
  readonly #journal: Journal;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #failures = 0;
  #disposed = false;

  constructor(
    readonly id: string,
    readonly label: string,
    journal: Journal,
    clock: Clock,
  ) {
    this.state = { kind: "stopping", reason: { kind: "windowClosing" }, since: clock.now(), killAt: undefined, killed: false };
    this.#journal = journal;
    this.#clock = clock;
    void this.#look();
  }

  onDidChange(): Disposable {
    return { dispose: () => undefined };
  }

  snapshot(): RunSnapshot {
    const { id, label, state } = this;
    return { id, label, commandLine: "", pid: undefined, startedAt: this.#clock.now(), state, waitDelay: 0, survivors: [] };
  }

  /** It is being stopped already, by the host that it belongs to. */
  stop(): Promise<Outcome> {
    return this.ended;
  }

  kill(): Promise<Outcome> {
    return this.ended;
  }

  releasePipe(): void {
    // Its pipes are another process's.
  }

  killSurvivor(): Promise<void> {
    return Promise.resolve();
  }

  killAllSurvivors(): Promise<void> {
    return Promise.resolve();
  }

  /** It is not waited for any more. */
  dispose(): void {
    this.#disposed = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    // What can never be read is not waited for.
    const isCared = await this.#journal.isCaredFor(this.id).catch(() => ++this.#failures < MOST_FAILURES);
    if (!isCared) this.#end.resolve({ kind: "lost" });
    else if (!this.#disposed) this.#timer = this.#clock.after(LOOK_MS, () => void this.#look());
  }
}
