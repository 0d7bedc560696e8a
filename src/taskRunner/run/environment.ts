/** The variable by which the processes of a run are known: every child inherits it. */
export const MARK = "CANCELLABLE_TASKS_RUN";

/** What VS Code sets for its own processes and takes away from terminals too: a child `code` or Electron would misread it. */
const EDITORS_OWN = /^(ELECTRON_.+|VSCODE_(?!PORTABLE$|SHELL_LOGIN$|ENV_REPLACE$|ENV_APPEND$|ENV_PREPEND$).+)$/;

/** Tells programs on a pipe that colours are welcome: our terminal shows them. Not said to users who do not want any. */
const COLOURS = { FORCE_COLOR: "1", CLICOLOR_FORCE: "1" };

/**
 * The environment of a task.
 * @param base the editor's own environment
 * @param own what the task sets; it wins over everything but the mark
 * @param runId the run's mark
 */
export function taskEnvironment(
  base: Readonly<Record<string, string | undefined>>,
  own: Readonly<Record<string, string>>,
  runId: string,
): Record<string, string> {
  const inherited = Object.entries(base).filter((entry): entry is [string, string] => entry[1] !== undefined && !EDITORS_OWN.test(entry[0]));
  const users = { ...Object.fromEntries(inherited), ...own };
  const colours = "NO_COLOR" in users || ["0", "false"].includes(users["FORCE_COLOR"] ?? "") ? {} : COLOURS;
  return { ...colours, ...users, [MARK]: runId };
}

export function environEntries(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([key, value]) => `${key}=${value}`);
}
