import { randomBytes } from "node:crypto";
import { systemClock, type Clock } from "../../src/taskRunner/base/clock";
import { thisTable } from "../../src/taskRunner/process/system";
import type { CrashProtection } from "../../src/taskRunner/recovery/crashProtection";
import type { Run } from "../../src/taskRunner/run/run";
import { TaskRun } from "../../src/taskRunner/run/taskRun";
import type { TaskRuns } from "../../src/taskRunner/run/taskRuns";
import { checkDefinition } from "../../src/taskRunner/task/definition";
import { RunTerminal } from "../../src/taskRunner/terminal/runTerminal";
import { COLUMNS, ROWS, Screen } from "./screen";

/** A timeout that is never waited for: `TimeoutClock.expire` makes it over. */
const TIMEOUT_MS = 3_600_001;
const DEFAULTS = { waitDelay: "5s", cancelSignal: "SIGINT", hungPipe: "warn", survivors: "warn" };

export type Stdio = "pty" | "pipe";

/** What is run, and where; plain data, so that another process can be told. */
export interface Task {
  readonly command: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdio: Stdio;
  readonly cancelInput?: string | undefined;
}

/** The real time, in which a task's timeout is over when we want it. */
class TimeoutClock implements Clock {
  #expire: (() => void) | undefined;

  now(): number {
    return systemClock.now();
  }

  after(ms: number, callback: () => void): { cancel(): void } {
    if (ms !== TIMEOUT_MS) return systemClock.after(ms, callback);
    this.#expire = callback;
    return { cancel: () => (this.#expire = undefined) };
  }

  expire(): void {
    this.#expire?.();
  }
}

/** A task that is run as the extension runs it, in a terminal with a screen. */
export class HostedRun {
  readonly terminal: RunTerminal;
  readonly run: TaskRun;
  /** Whether something of it was killed. */
  isKilled = false;
  readonly #clock = new TimeoutClock();
  readonly #screen: Screen;

  constructor(task: Task, runs: TaskRuns, protection: CrashProtection, previous: readonly Run[] = []) {
    this.#screen = new Screen((data) => this.terminal.handleInput(data));
    let made: TaskRun | undefined;
    this.terminal = new RunTerminal((terminal) => {
      made = new TaskRun({
        id: randomBytes(8).toString("hex"),
        label: task.command,
        checked: checkDefinition({ command: task.command, timeout: TIMEOUT_MS, cancelInput: task.cancelInput }, { ...DEFAULTS, stdio: task.stdio }),
        context: { folder: task.folder, environment: task.environment, defaultShell: "/bin/bash", terminal: { language: "en", version: "1.139.1" } },
        output: terminal,
        clock: this.#clock,
        table: thisTable,
        protection,
        previous,
      });
      runs.add(made);
      made.onEvent(({ kind }) => (this.isKilled ||= kind === "killed"));
      return made;
    });
    this.terminal.onDidWrite((text) => this.#screen.write(text));
    this.terminal.open({ columns: COLUMNS, rows: ROWS });
    if (made === undefined) throw new Error("The terminal has not begun its run.");
    this.run = made;
  }

  /** What the terminal shows, without control sequences. */
  get output(): string {
    return this.#screen.text;
  }

  get isOver(): boolean {
    return this.run.state.kind === "ended";
  }

  expireTimeout(): void {
    this.#clock.expire();
  }

  dispose(): void {
    this.#screen.dispose();
  }
}
