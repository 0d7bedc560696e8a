import type { Clock } from "../exec/clock";
import type { Writer } from "../exec/copiers";
import type { ProcessTable } from "../process/table";
import type { Checked } from "./definition";
import type { Surroundings } from "./launch";
import type { Run } from "./run";
import type { SafetyNet } from "./safetyNet";

/** Where stdout and stderr go, in their order; it may hold them back while the process runs. */
export interface RunOutput extends Writer {
  /** The process has ended. */
  processEnded?(): void;
  /** Where the output of the command of `"cancelCommand"` goes; else with the other. */
  readonly aside?: Writer;
}

export interface TaskRunOptions {
  readonly id: string;
  readonly label: string;
  readonly checked: Checked;
  readonly surroundings: Surroundings;
  readonly output: RunOutput;
  readonly clock: Clock;
  readonly table: ProcessTable;
  /** What is done in case this process dies. */
  readonly net: SafetyNet;
  /** Runs of the same task that are being stopped: this one starts when nothing is left of them. */
  readonly previous: readonly Run[];
}
