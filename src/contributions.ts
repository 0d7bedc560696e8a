/** Every id that package.json names too, written once. A test holds the two together. */
export const EXTENSION_ID = "waitdelay.cancellable-tasks";

export const TASK_TYPE = "cancellable";

/** The background problem matcher that knows the lines of a task that says when it is ready. */
export const READY_MATCHER = "$cancellable-ready";

export const VIEW_RUNS = "cancellableTasks.runs";

/** "InPanel" and "InEditor" are those of the title bars, which pass no terminal; the palette does not show them. */
export const COMMANDS = {
  stop: "cancellableTasks.stop",
  stopInPanel: "cancellableTasks.stopInPanel",
  stopInEditor: "cancellableTasks.stopInEditor",
  kill: "cancellableTasks.kill",
  killInPanel: "cancellableTasks.killInPanel",
  killInEditor: "cancellableTasks.killInEditor",
  stopAll: "cancellableTasks.stopAll",
  restart: "cancellableTasks.restart",
  killSurvivor: "cancellableTasks.killSurvivor",
  killAllSurvivors: "cancellableTasks.killAllSurvivors",
  killSurvivorsOfAllRuns: "cancellableTasks.killSurvivorsOfAllRuns",
  /** For the link in a notification. */
  killHolders: "cancellableTasks.killHolders",
  releasePipe: "cancellableTasks.releasePipe",
  releasePipeInPanel: "cancellableTasks.releasePipeInPanel",
  revealTerminal: "cancellableTasks.revealTerminal",
  openInBrowser: "cancellableTasks.openInBrowser",
  copyPid: "cancellableTasks.copyPid",
  clearEnded: "cancellableTasks.clearEnded",
  showRuns: "cancellableTasks.showRuns",
  runTask: "cancellableTasks.runTask",
  runCommand: "cancellableTasks.runCommand",
  stopGroup: "cancellableTasks.stopGroup",
  stopGroupAgain: "cancellableTasks.stopGroupAgain",
  killGroup: "cancellableTasks.killGroup",
  clearRun: "cancellableTasks.clearRun",
  showInTasksJson: "cancellableTasks.showInTasksJson",
  groupByFolder: "cancellableTasks.groupByFolder",
  ungroup: "cancellableTasks.ungroup",
  /** For the keys of the view: Enter and Delete. */
  openRow: "cancellableTasks.openRow",
  deleteRow: "cancellableTasks.deleteRow",
  /** For a click on a row. */
  showRow: "cancellableTasks.showRow",
} as const;

/** For a link in a notification: which question is answered, and how. Not for people to call. */
export const ANSWER_COMMAND = "cancellableTasks.answer";

/** Those that edit tasks.json. */
export const TASKS_JSON_COMMANDS = {
  makeCancellable: "cancellableTasks.makeCancellable",
  makeBuiltIn: "cancellableTasks.makeBuiltIn",
  newTask: "cancellableTasks.newTask",
} as const;

export const CONTEXT = {
  /** "running" | "stopping" | "draining", or absent: what the active terminal's run is doing. */
  activeTerminalState: "cancellableTasks.activeTerminalState",
  hasRuns: "cancellableTasks.hasRuns",
  /** Whether the tasks of each folder stand below it in the view. */
  byFolder: "cancellableTasks.byFolder",
  /** Whether any run has not ended. */
  hasLiveRuns: "cancellableTasks.hasLiveRuns",
} as const;

export const SETTINGS = {
  waitDelay: "cancellableTasks.waitDelay",
  cancelSignal: "cancellableTasks.cancelSignal",
  stdio: "cancellableTasks.stdio",
  hungPipe: "cancellableTasks.hungPipe",
  survivors: "cancellableTasks.survivors",
  containment: "cancellableTasks.containment",
  stopWithDebugSession: "cancellableTasks.stopWithDebugSession",
  notifications: "cancellableTasks.notifications",
  codeLens: "cancellableTasks.codeLens",
} as const;
