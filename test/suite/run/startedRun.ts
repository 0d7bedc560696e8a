import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock, type Clock } from "../../../src/taskRunner/base/clock";
import { CgroupContainment } from "../../../src/taskRunner/process/cgroupContainment";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessTable } from "../../../src/taskRunner/process/table";
import { checkDefinition } from "../../../src/taskRunner/task/definition";
import type { Restart } from "../../../src/taskRunner/run/restarts";
import type { Run } from "../../../src/taskRunner/run/run";
import type { EndCause, RunEvent, RunState } from "../../../src/taskRunner/run/state";
import type { CrashProtection } from "../../../src/taskRunner/recovery/crashProtection";
import type { RunOutput, TaskRunOptions } from "../../../src/taskRunner/run/taskRunOptions";
import { TaskRun } from "../../../src/taskRunner/run/taskRun";

export const DEFAULTS = { waitDelay: "5s", cancelSignal: "SIGINT", hungPipe: "warn", survivors: "warn", stdio: "pipe" };

/** By the signs alone, unless all of these tests are to be run with cgroups for once. */
const DEFAULT_CONTAINMENT = process.env["CANCELLABLE_TASKS_TEST_CONTAINMENT"] === "cgroup" ? { containment: new CgroupContainment() } : {};

const NO_PROTECTION: CrashProtection = { arm: () => ({ started: () => undefined, ended: () => undefined }) };

export interface RunUnderTestOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly folder?: string;
  readonly table?: ProcessTable;
  readonly protection?: CrashProtection;
  readonly previous?: readonly Run[];
  readonly findRun?: TaskRunOptions["findRun"];
  readonly askAboutPorts?: TaskRunOptions["askAboutPorts"];
  readonly restart?: Restart;
  readonly containment?: TaskRunOptions["containment"];
  /** Instead of collecting it. */
  readonly output?: RunOutput;
}

/** The real time, and how many timers are waiting. */
export class CountingClock implements Clock {
  waiting = 0;

  now(): number {
    return systemClock.now();
  }

  after(ms: number, callback: () => void): { cancel(): void } {
    this.waiting++;
    let over = false;
    const finish = (): void => {
      if (!over) this.waiting--;
      over = true;
    };
    const timer = systemClock.after(ms, () => {
      finish();
      callback();
    });
    return {
      cancel: () => {
        timer.cancel();
        finish();
      },
    };
  }
}

/** A run of a real command, with everything that it told and wrote. */
export class RunUnderTest {
  static readonly #made: RunUnderTest[] = [];
  readonly run: TaskRun;
  readonly events: RunEvent[] = [];
  readonly states: RunState["kind"][] = [];
  readonly clock = new CountingClock();
  #output = "";
  readonly #waiters: (() => void)[] = [];

  constructor(definition: Readonly<Record<string, unknown>>, options: RunUnderTestOptions = {}) {
    this.run = new TaskRun({
      id: randomBytes(8).toString("hex"),
      label: "test",
      checked: checkDefinition(definition, DEFAULTS),
      context: { folder: options.folder ?? tmpdir(), environment: options.environment ?? process.env, defaultShell: "/bin/bash", terminal: { language: "en", version: "1.139.1" } },
      output: options.output ?? { write: (chunk) => this.#wrote(chunk) },
      clock: this.clock,
      table: options.table ?? thisTable,
      protection: options.protection ?? NO_PROTECTION,
      previous: options.previous ?? [],
      ...(options.containment === undefined ? DEFAULT_CONTAINMENT : { containment: options.containment }),
      ...(options.findRun === undefined ? {} : { findRun: options.findRun }),
      ...(options.askAboutPorts === undefined ? {} : { askAboutPorts: options.askAboutPorts }),
      ...(options.restart === undefined ? {} : { restart: options.restart }),
    });
    this.run.onEvent((event) => this.#happened(() => this.events.push(event)));
    this.run.onDidChange(() => this.#happened(() => this.#note()));
    RunUnderTest.#made.push(this);
  }

  /** Kills what tests have left on purpose, or by failing. */
  static async cleanUp(): Promise<void> {
    for (const made of RunUnderTest.#made.splice(0)) {
      await made.run.kill();
      await made.run.killAllSurvivors();
      made.run.dispose();
    }
  }

  get output(): string {
    return this.#output;
  }

  /** Why it has ended so, as far as its outcome does not say it. */
  get causes(): readonly EndCause[] {
    const { state } = this.run.snapshot();
    return state.kind === "ended" ? (state.causes ?? []) : [];
  }

  get pid(): number {
    return this.run.snapshot().pid ?? 0;
  }

  /** How many timers there may be after its end: that of its survivors, and that of the next look where the last one has failed. */
  get lateTimers(): number {
    const isAll = this.events.every((event) => event.kind !== "ended" || event.problem === undefined);
    return (this.run.snapshot().survivors.length > 0 ? 1 : 0) + (isAll ? 0 : 1);
  }

  /** What has happened since it has begun. */
  get kinds(): RunEvent["kind"][] {
    return this.events.map(({ kind }) => kind).filter((kind) => kind !== "beginning");
  }

  /** The same without the second round of asking: when that comes, and whether it finds any process, is a matter of time. */
  get steps(): RunEvent["kind"][] {
    return this.kinds.filter((kind) => kind !== "askedAgain");
  }

  start(): this {
    this.run.start();
    return this;
  }

  /** Starts it and waits until it has written this. */
  async ready(text = "ready"): Promise<this> {
    this.start();
    await this.until(() => this.#output.includes(text));
    return this;
  }

  /** Writes what a key, or several, send to the terminal. */
  press(key: string): void {
    this.run.console.write(key);
    if (key === "\x03") this.run.console.interrupt();
  }

  /** Resolves when it has been found out what the last Ctrl+C was for. */
  async interruptSettled(): Promise<void> {
    while (this.run.console.isInterrupting) await sleep(5);
  }

  /** Resolves when the condition holds; it is looked at whenever the run tells, changes or writes something. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.run.state.kind === "ended" && !holds()) throw new Error(`The run has ended: ${JSON.stringify(this.run.state)}\n${this.#output}`);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  untilState(kind: RunState["kind"]): Promise<void> {
    return this.until(() => this.run.state.kind === kind);
  }

  untilEvent(kind: RunEvent["kind"]): Promise<void> {
    return this.until(() => this.kinds.includes(kind));
  }

  #wrote(chunk: Uint8Array): void {
    this.#happened(() => (this.#output += Buffer.from(chunk).toString()));
  }

  #note(): void {
    const { kind } = this.run.state;
    if (this.states.at(-1) !== kind) this.states.push(kind);
  }

  #happened(note: () => unknown): void {
    note();
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

/** Whether a process with this pid is there and no zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  const info = await thisTable.read(pid);
  return info !== undefined && !info.zombie;
}
