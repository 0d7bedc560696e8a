import { dependenciesIn, type Entry, readEntries } from "./compounds";

/** What tasks.json says of a task, as far as it is shown before the task runs. */
export interface ConfiguredTask {
  /** As VS Code names it. */
  readonly label: string;
  /** Whether it is of our type; else it is a task that may start some of ours. */
  readonly isCancellable: boolean;
  /** `"hide": true`: not offered by itself; but what depends on it starts it. */
  readonly isHidden: boolean;
  readonly detail: string | undefined;
  readonly icon: { readonly id: string | undefined; readonly color: string | undefined };
  /** The labels of what it depends on directly, in their order. */
  readonly dependsOn: readonly string[];
  /** Whether what it depends on is started one after the other. */
  readonly isSequence: boolean;
}

/** A task where it is configured. */
export interface ListedTask extends ConfiguredTask {
  readonly key: string;
  /** By which VS Code knows the file: a folder's URI, or the number of `TaskScope`. */
  readonly scope: string;
  /** The folder's name where the workspace has several; absent for those of the workspace file, and of the user. */
  readonly folder?: string;
}

/**
 * The tasks of our type and those that depend on other tasks, the hidden ones too: these run as well.
 * @param tasks the `tasks` of a tasks.json, as it is: a half-typed one has entries of any kind
 */
export function readTasks(tasks: unknown, type: string): ConfiguredTask[] {
  const entries = readEntries(tasks, type);
  const seen = new Set<string>();
  return entries.flatMap((entry) => {
    const isCancellable = entry.properties["type"] === type;
    if (seen.has(entry.label) || !(isCancellable || entry.dependsOn.length > 0)) return [];
    seen.add(entry.label);
    return [toTask(entry, isCancellable, entries)];
  });
}

function toTask(entry: Entry, isCancellable: boolean, entries: readonly Entry[]): ConfiguredTask {
  const { detail, icon, dependsOrder } = entry.properties;
  return {
    label: entry.label,
    isCancellable,
    isHidden: entries.filter(({ label }) => label === entry.label).every(({ properties }) => properties["hide"] === true),
    detail: typeof detail === "string" && detail.trim() !== "" ? detail : undefined,
    icon: readIcon(icon),
    dependsOn: dependenciesIn(entry, entries),
    isSequence: dependsOrder === "sequence",
  };
}

function readIcon(icon: unknown): ConfiguredTask["icon"] {
  if (typeof icon !== "object" || icon === null) return { id: undefined, color: undefined };
  const { id, color } = icon as Record<string, unknown>;
  const isName = (value: unknown): value is string => typeof value === "string" && /^[\w~.-]+$/.test(value);
  return { id: isName(id) ? id : undefined, color: isName(color) ? color : undefined };
}

/** Whether one of these tasks depends on the other one, directly or not, or is started after it because a sequence says so. */
export function dependsOn(tasks: readonly ConfiguredTask[], dependent: string, dependency: string): boolean {
  const before = new Map<string, Set<string>>();
  const add = (label: string, earlier: readonly string[]): void => {
    const known = before.get(label) ?? new Set();
    for (const one of earlier) known.add(one);
    before.set(label, known);
  };
  for (const task of tasks) {
    add(task.label, task.dependsOn);
    if (task.isSequence) task.dependsOn.forEach((label, i) => add(label, task.dependsOn.slice(0, i)));
  }
  const reached = new Set(before.get(dependent));
  for (const label of reached) for (const further of before.get(label) ?? []) reached.add(further);
  return dependent !== dependency && reached.has(dependency);
}

/** The labels of everything that a task depends on, directly or not; without its own. */
export function closureOf(tasks: readonly ConfiguredTask[], label: string): ReadonlySet<string> {
  const closure = new Set(tasks.find((task) => task.label === label)?.dependsOn);
  for (const one of closure) for (const further of tasks.find((task) => task.label === one)?.dependsOn ?? []) closure.add(further);
  closure.delete(label);
  return closure;
}
