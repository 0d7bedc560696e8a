import { isRecord } from "../base/record";
/**
 * Whether a command is run by a shell: where the task says so (`shell`, `options.shell`), where some of it is quoted for a shell, and where
 * it is a command line, without `args`.
 * @param task as tasks.json has it
 */
export function runsInShell(task: Readonly<Record<string, unknown>>): boolean {
  const { shell, options, command, args } = task;
  if (typeof shell === "boolean") return shell;
  if (shell !== undefined && shell !== null) return true;
  if (args === undefined || args === null) return true;
  const ownShell = typeof options === "object" && options !== null ? (options as { readonly shell?: unknown }).shell : undefined;
  return (ownShell !== undefined && ownShell !== null) || [command, ...(Array.isArray(args) ? (args as unknown[]) : [])].some(isQuoted);
}

/** Whether it says how a shell shall have it quoted. */
function isQuoted(part: unknown): boolean {
  return isRecord(part) && "quoting" in part;
}
