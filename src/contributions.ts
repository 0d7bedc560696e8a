/** Every id that package.json names too, written once. A test holds the two together. */
export const TASK_TYPE = "cancellable";

export const VIEW_RUNS = "cancellableTasks.runs";

export const COMMANDS = {
  stop: "cancellableTasks.stop",
  kill: "cancellableTasks.kill",
  stopAll: "cancellableTasks.stopAll",
  restart: "cancellableTasks.restart",
  killSurvivor: "cancellableTasks.killSurvivor",
  killAllSurvivors: "cancellableTasks.killAllSurvivors",
  releasePipe: "cancellableTasks.releasePipe",
  revealTerminal: "cancellableTasks.revealTerminal",
  copyPid: "cancellableTasks.copyPid",
  clearEnded: "cancellableTasks.clearEnded",
  showRuns: "cancellableTasks.showRuns",
} as const;

export const CONTEXT = {
  /** "running" | "stopping" | "draining", or absent: what the active terminal's run is doing. */
  activeTerminalState: "cancellableTasks.activeTerminalState",
  hasRuns: "cancellableTasks.hasRuns",
} as const;

export const SETTINGS = {
  waitDelay: "cancellableTasks.waitDelay",
  cancelSignal: "cancellableTasks.cancelSignal",
  stdio: "cancellableTasks.stdio",
  hungPipe: "cancellableTasks.hungPipe",
  survivors: "cancellableTasks.survivors",
  notifications: "cancellableTasks.notifications",
} as const;
