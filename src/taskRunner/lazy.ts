// What a window loads when the first task starts, or an earlier window has left some: commands, processes, signals, and the width of characters.
export { readTask } from "./taskReader";
export { Restarts } from "./run/restarts";
export { startRun } from "./run/startRun";
export { Running } from "./running";
export { showRemote } from "./terminal/remoteTerminal";
export { RunTerminal } from "./terminal/runTerminal";
