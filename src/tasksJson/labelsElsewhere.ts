/** The "tasks" that a folder's configuration has, by where they come from. */
export interface ConfiguredTasks {
  /** Whether the file that is checked belongs to this folder. */
  readonly isOwnFolder: boolean;
  readonly globalValue?: unknown;
  readonly workspaceValue?: unknown;
  readonly workspaceFolderValue?: unknown;
}

/**
 * The labels of tasks that other files have: a task may depend on one of the workspace file, of the user, or of another folder. What the
 * file itself has is left out: it is read from its text, which may be newer than what was saved.
 * @param kind which file is checked
 * @param hasWorkspaceFile without one, the only folder's tasks are the workspace's
 */
export function labelsElsewhere(kind: "folder" | "workspace" | "user", configured: readonly ConfiguredTasks[], hasWorkspaceFile: boolean): ReadonlySet<string> {
  const isOwnWorkspace = kind === "workspace" || (kind === "folder" && !hasWorkspaceFile);
  const lists = configured.flatMap(({ isOwnFolder, globalValue, workspaceValue, workspaceFolderValue }) => [
    ...(kind === "user" ? [] : [globalValue]),
    ...(isOwnWorkspace ? [] : [workspaceValue]),
    ...(kind === "folder" && isOwnFolder ? [] : [workspaceFolderValue]),
  ]);
  return new Set(lists.flatMap((list) => (Array.isArray(list) ? list.flatMap(labelOf) : [])));
}

function labelOf(task: unknown): string[] {
  const label: unknown = typeof task === "object" && task !== null && "label" in task ? task.label : undefined;
  return typeof label === "string" ? [label] : [];
}
