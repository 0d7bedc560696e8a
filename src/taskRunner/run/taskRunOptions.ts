import type { Clock } from "../base/clock";
import type { Writer } from "../exec/copiers";
import type { Containment, NoContainment } from "../process/container";
import type { ProcessTable } from "../process/table";
import type { ValidationResult } from "../task/definition";
import type { LaunchContext } from "../task/launch";
import type { AskAboutPorts } from "./portGuard";
import type { Run } from "./run";
import type { Restart } from "./restarts";
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
  /** What keeps the processes of each run together, or why nothing does; absent: nothing is said of it. */
  readonly containment?: Containment | NoContainment;
  /** What is done in case this process dies. */
  readonly protection: CrashProtection;
  /** Runs of the same task that are being stopped: this one starts when nothing is left of them. */
  readonly previous: readonly Run[];
  /** It takes the place of a run of its task that has ended by itself. */
  readonly restart?: Restart;
  /** A run of this window or of another one, or one that an earlier window has left, by its id. */
  readonly findRun?: (id: string) => Run | undefined;
  /** Asks the user what to do about ports that the task wants and others hold. Absent: it is started. */
  readonly askAboutPorts?: AskAboutPorts;
}
