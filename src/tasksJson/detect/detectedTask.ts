import type { NewTask } from "../addTasks";

/** Something that a project can run, found in one of its files. */
export interface DetectedTask {
  /** The name of the task, as VS Code would call it: "npm: dev". */
  readonly label: string;
  /** What it runs. */
  readonly description: string;
  readonly task: NewTask;
  /** Whether its name says that it goes on until it is stopped: what people want to be able to stop. */
  readonly isLongRunning: boolean;
}

/** Where a file stands: its folder, relative to the workspace folder; "" is that one itself. */
export type Folder = string;

/** The entry for a command, run directly: what is in its arguments is nothing but that. */
export function commandTask(label: string, command: string, args: readonly string[], folder: Folder, more: NewTask = {}): NewTask {
  return { type: "cancellable", label, command, args, ...(folder === "" ? {} : { cwd: folder }), ...more, problemMatcher: [] };
}

/** The label with the folder, as VS Code's own npm tasks have it. */
export function labelIn(folder: Folder, label: string): string {
  return folder === "" ? label : `${label} - ${folder}`;
}

/** "dev", "start:web", "watch-css". */
export function soundsLongRunning(name: string): boolean {
  return /(^|[:._-])(dev|develop|start|serve|server|watch|up|storybook)($|[:._-])/i.test(name);
}
