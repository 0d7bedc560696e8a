import { randomBytes } from "node:crypto";
import type { Journal } from "../recovery/journal";
import { InterruptedRun } from "./interruptedRun";
import { OutputTail } from "./outputTail";
import { TaskRun } from "./taskRun";
import type { TaskRunOptions } from "./taskRunOptions";

export interface StartOptions extends Omit<TaskRunOptions, "id"> {
  readonly journal: Journal;
  /** The ids of the task's runs that a reload of the window has interrupted: it starts when nothing is left of these, either. */
  readonly interrupted: readonly string[];
}

export interface StartedRun {
  readonly run: TaskRun;
  /** The newest of its output. */
  readonly output: OutputTail;
}

/**
 * Makes a run that starts as soon as its previous ones are over.
 * @param options.output gets all the output
 */
export function startRun({ journal, interrupted, output: to, previous, ...options }: StartOptions): StartedRun {
  const waited = interrupted.map((id) => new InterruptedRun(id, options.label, journal, options.clock));
  const output = new OutputTail(to);
  const run = new TaskRun({ ...options, id: randomBytes(8).toString("hex"), output, previous: [...previous, ...waited] });
  void run.ended.then(() => {
    for (const one of waited) one.dispose();
  });
  return { run, output };
}
