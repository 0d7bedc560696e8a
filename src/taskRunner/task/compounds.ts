import { isDeepStrictEqual } from "node:util";

/** What is read here of an entry in `tasks`; the rest is anything that people write. */
export interface Entry {
  readonly label: string;
  readonly dependsOn: readonly unknown[];
  readonly properties: Readonly<Record<string, unknown>>;
}

/**
 * Whether some task of a configuration depends on both tasks, directly or not, or is one of them and depends on the other.
 * @param tasks the `tasks` of a tasks.json, as it is: a half-typed one has entries of any kind
 */
export function shareCompound(tasks: unknown, a: string, b: string): boolean {
  const entries = readEntries(tasks);
  return entries.some(({ label }) => {
    const closure = closureOf(label, entries);
    return closure.has(a) && closure.has(b);
  });
}

/** @param type the tasks of this type have a name also where no label is written: the one that VS Code makes of their command */
export function readEntries(tasks: unknown, type?: string): Entry[] {
  return (Array.isArray(tasks) ? (tasks as unknown[]) : []).flatMap((task) => {
    if (typeof task !== "object" || task === null) return [];
    const properties = task as Record<string, unknown>;
    const { dependsOn } = properties;
    const label = properties["label"] ?? properties["taskName"] ?? (type !== undefined && properties["type"] === type && typeof properties["command"] === "string" ? `${type}: ${properties["command"]}` : undefined);
    if (typeof label !== "string") return [];
    return [{ label, dependsOn: Array.isArray(dependsOn) ? (dependsOn as unknown[]) : dependsOn === undefined ? [] : [dependsOn], properties }];
  });
}

/** The labels of a task and of all that it depends on. */
function closureOf(label: string, entries: readonly Entry[]): ReadonlySet<string> {
  const closure = new Set([label]);
  for (const one of closure) {
    for (const entry of entries.filter(({ label: other }) => other === one)) for (const dependency of dependenciesIn(entry, entries)) closure.add(dependency);
  }
  return closure;
}

/** The labels of what an entry depends on directly. */
export function dependenciesIn(entry: Entry, entries: readonly Entry[]): string[] {
  return entry.dependsOn.flatMap((given) => labelsOf(given, entries));
}

/** A dependency is named by its label, or by some of its properties, such as `{ "type": "npm", "script": "build" }`. */
function labelsOf(dependency: unknown, entries: readonly Entry[]): string[] {
  if (typeof dependency === "string") return [dependency];
  if (typeof dependency !== "object" || dependency === null) return [];
  const wanted = Object.entries(dependency);
  return entries.filter(({ properties }) => wanted.length > 0 && wanted.every(([key, value]) => isDeepStrictEqual(properties[key], value))).map(({ label }) => label);
}
