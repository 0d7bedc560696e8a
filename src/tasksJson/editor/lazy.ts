// What a window loads when a tasks.json is opened first, or a command for one is used.
export { conversionsAt, lensesFor } from "./conversions";
export { convertTasks } from "./convertCommand";
export { diagnosticsFor, fixesAt } from "./diagnostics";
export { complete, hover } from "./language";
export { newTask } from "./newTaskCommand";
export { showTask } from "./showTask";
