// What a window loads when the first task starts: commands, processes, signals, and the width of characters.
export { readTask } from "./taskReader";
export { Restarts } from "./run/restarts";
export { startRun } from "./run/startRun";
export { showRemote } from "./terminal/remoteTerminal";
export { RunTerminal } from "./terminal/runTerminal";
