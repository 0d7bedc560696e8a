import type { Clock, Timer } from "../base/clock";
import { deferred } from "../base/deferred";
import { Emitter, type Disposable } from "../base/emitter";
import { harmlessData } from "../base/harmless";
import type { Endpoint } from "../recovery/journal";
import type { Run } from "../run/run";
import type { Outcome, RunSnapshot, RunState } from "../run/state";
import type { RemoteRunInfo, RemoteState } from "./protocol";
import type { RunClient } from "./runClient";

/** How often a window is asked whether it lives, in milliseconds, while the end of a stop is waited for. */
const ALIVE_MS = 10_000;

/** A live run of another window, as far as that tells of it. It can be stopped and killed, and its output's end be read. */
export class RemoteRun implements Run {
  readonly isElsewhere = true;
  readonly id: string;
  readonly label: string;
  state: RunState;
  readonly #end = deferred<Outcome>();
  readonly ended = this.#end.promise;
  /** Where its window is to be reached. */
  readonly endpoint: Endpoint;
  readonly #client: Pick<RunClient, "request">;
  readonly #changed = new Emitter<undefined>();
  readonly #clock: Clock;
  readonly #folder: string;
  #info: RemoteRunInfo;

  /** @param folder what its window has open; "" for nothing */
  constructor(info: RemoteRunInfo, folder: string, endpoint: Endpoint, client: Pick<RunClient, "request">, clock: Clock) {
    this.id = info.id;
    this.label = info.label;
    this.endpoint = endpoint;
    this.#client = client;
    this.#clock = clock;
    this.#folder = folder;
    this.#info = info;
    this.state = this.#stateOf(info.state);
  }

  onDidChange(listener: () => void): Disposable {
    return this.#changed.event(listener);
  }

  snapshot(): RunSnapshot {
    const { label, commandLine, pid, startedAt, waitDelay } = this.#info;
    return harmlessData({ id: this.id, label, commandLine, pid, startedAt: this.#local(startedAt), state: this.state, waitDelay, survivors: [], window: this.#folder });
  }

  /** Its window tells something new of it. */
  update(info: RemoteRunInfo): void {
    if (JSON.stringify(info) === JSON.stringify(this.#info)) return;
    this.#info = info;
    this.state = this.#stateOf(info.state);
    this.#changed.fire(undefined);
  }

  /** Its window does not tell of it any more: it has ended, or the window has. */
  gone(): void {
    this.state = { kind: "ended", at: this.#clock.now(), outcome: { kind: "lost" } };
    this.#end.resolve({ kind: "lost" });
  }

  /** @throws when its window does not take it, or hangs before the run has ended */
  async stop(): Promise<Outcome> {
    await this.#client.request({ type: "stop", run: this.id });
    return await this.#untilEnded();
  }

  /** @throws when its window does not take it, or hangs before the run has ended */
  async kill(): Promise<Outcome> {
    await this.#client.request({ type: "kill", run: this.id });
    return await this.#untilEnded();
  }

  releasePipe(): void {
    // Only its own window has the pipes; there it can be stopped waiting for.
  }

  killSurvivor(): Promise<void> {
    return Promise.resolve();
  }

  killAllSurvivors(): Promise<void> {
    return Promise.resolve();
  }

  dispose(): void {
    this.#changed.dispose();
  }

  /** A stop may last as long as the task's `waitDelay` does, and that may have no end; a window that hangs does not answer. */
  async #untilEnded(): Promise<Outcome> {
    for (;;) {
      const outcome = await this.#endedWithin(ALIVE_MS);
      if (outcome !== undefined) return outcome;
      // When its window has gone, the run has ended.
      await Promise.race([this.#client.request({ type: "list" }), this.ended]);
    }
  }

  async #endedWithin(ms: number): Promise<Outcome | undefined> {
    let timer: Timer | undefined;
    const late = new Promise<undefined>((resolve) => (timer = this.#clock.after(ms, () => resolve(undefined))));
    const first = await Promise.race([this.ended, late]);
    timer?.cancel();
    return first;
  }

  /** The other process has a monotonic clock of its own. */
  #local(epoch: number): number {
    return this.#clock.now() - (Date.now() - epoch);
  }

  #stateOf(state: RemoteState): RunState {
    switch (state.kind) {
      case "waiting":
        return { kind: "waiting", previousPid: undefined };
      case "running":
        return { kind: "running" };
      case "stopping":
        return { kind: "stopping", reason: { kind: "user" }, since: this.#local(state.since), killAt: state.killAt === undefined ? undefined : this.#local(state.killAt), killed: state.killed };
      case "draining":
        return { kind: "draining", since: this.#local(state.since), until: state.until === undefined ? undefined : this.#local(state.until), exit: "", asked: state.asked };
    }
  }
}
