import type { Disposable } from "../base/emitter";
import type { ContainerUsage } from "../process/container";
import type { ProcessTree } from "../process/processTree";
import type { ProcessInfo } from "../process/table";
import type { Outcome, RunSnapshot, RunState, StopReason } from "./state";

/** What a container tells of a run, in which nobody else is looked at. */
export interface Inside {
  readonly processes: readonly ProcessInfo[];
  readonly usage: ContainerUsage;
}

/** A run as views and commands see it. */
export interface Run {
  readonly id: string;
  /** The task's name. */
  readonly label: string;
  readonly state: RunState;
  /** Another window's: it can be stopped, but neither is it stopped with ours, nor does it count among them. */
  readonly isElsewhere?: true;
  /** What is about to start its task again when it has ended, while that is wanted: a Stop calls it off. */
  restart?: object | undefined;
  /** Resolves once, when the run has ended; never rejects. */
  readonly ended: Promise<Outcome>;
  /** Told whenever the snapshot has changed. */
  onDidChange(listener: () => void): Disposable;
  snapshot(): RunSnapshot;
  /** @returns the run's end */
  stop(reason?: StopReason): Promise<Outcome>;
  /** @returns the run's end */
  kill(): Promise<Outcome>;
  /** Its processes in a process list, as far as that alone shows them; none where it has ended, or is another window's. */
  processesIn?(tree: ProcessTree): readonly ProcessInfo[];
  /** What its container tells of it; undefined where it has none. */
  inside?(): Inside | undefined;
  /** What its processes have used together, while it runs in a container that tells. */
  usage?(): ContainerUsage | undefined;
  /** Stops waiting for the output of an exited command. */
  releasePipe(): void;
  /** @throws the system's error, such as EPERM */
  killSurvivor(pid: number): Promise<void>;
  /** @throws the system's error, such as EPERM */
  killAllSurvivors(): Promise<void>;
  /** Forgets an ended run. */
  dispose(): void;
}

/** Whether it has been asked to stop, or those who hold its output have been: a further Stop kills. */
export function isAskedToStop(state: RunState): boolean {
  return state.kind === "stopping" || (state.kind === "draining" && state.asked);
}
