import type { Clock } from "../base/clock";
import type { Writer } from "../exec/copiers";
import type { ProcessTable } from "../process/table";
import type { ValidationResult } from "../task/definition";
import type { LaunchContext } from "../task/launch";
import type { Run } from "./run";
import type { CrashProtection } from "../recovery/crashProtection";

/** Where stdout and stderr go, in their order; it may hold them back while the process runs. */
export interface RunOutput extends Writer {
  /** The process has exited. */
  processExited?(): void;
  /** Where the output of the command of `"cancelCommand"` goes; else with the other. */
  readonly cancelOutput?: Writer;
}

export interface TaskRunOptions {
  readonly id: string;
  readonly label: string;
  readonly checked: ValidationResult;
  readonly context: LaunchContext;
  readonly output: RunOutput;
  readonly clock: Clock;
  readonly table: ProcessTable;
  /** What is done in case this process dies. */
  readonly protection: CrashProtection;
  /** Runs of the same task that are being stopped: this one starts when nothing is left of them. */
  readonly previous: readonly Run[];
}
