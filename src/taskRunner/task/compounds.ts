import { isDeepStrictEqual } from "node:util";
import { nameWithoutLabel, readPart } from "./commandPart";
import { saysReady, taskPlatform } from "./layers";

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

/** The labels of a task and of all that it depends on. @param task its label, or some of its properties */
export function allOf(tasks: unknown, task: unknown): ReadonlySet<string> {
  const entries = readEntries(tasks);
  return new Set([...(typeof task === "string" ? [task] : []), ...labelsOf(task, entries).flatMap((label) => [...closureOf(label, entries)])]);
}

/** As `allOf`, without what other tasks are or depend on. */
export function allOfBut(tasks: unknown, task: unknown, others: readonly unknown[]): ReadonlySet<string> {
  const kept = new Set(others.flatMap((other) => [...allOf(tasks, other)]));
  return new Set([...allOf(tasks, task)].filter((label) => !kept.has(label)));
}

/** The labels of the tasks that a task itself depends on. */
export function dependenciesOf(tasks: unknown, label: string): ReadonlySet<string> {
  const entries = readEntries(tasks);
  const given = entries.filter((entry) => entry.label === label).flatMap(({ dependsOn }) => dependsOn);
  return new Set(given.flatMap((dependency) => labelsOf(dependency, entries)));
}

/**
 * Whether other tasks, or launch configurations, wait for a task with `ready` in a way that does not see when it is: tasks.json gives it
 * problem matchers, and this one is not among them.
 */
export function isAwaitedInVain(tasks: unknown, launches: unknown, label: string, matcher: string, platform = taskPlatform(process.platform)): boolean {
  const entries = readEntries(tasks);
  const entry = entries.find((one) => one.label === label)?.properties;
  const given = entry?.["problemMatcher"];
  if (entry === undefined || given == null || !saysReady(entry, platform)) return false;
  const names = Array.isArray(given) ? (given as unknown[]) : [given];
  if (names.includes(matcher)) return false;
  return isDependency(tasks, label) || (Array.isArray(launches) && launches.some((launch: unknown) => typeof launch === "object" && launch !== null && "preLaunchTask" in launch && launch.preLaunchTask === label));
}

/** Whether some task of a configuration depends on this one. */
export function isDependency(tasks: unknown, label: string): boolean {
  const entries = readEntries(tasks);
  return entries.some(({ dependsOn }) => dependsOn.some((one) => labelsOf(one, entries).includes(label)));
}

/** @param type the tasks of this type have a name also where no label is written: the one that their provider makes of their command */
export function readEntries(tasks: unknown, type?: string): Entry[] {
  return (Array.isArray(tasks) ? (tasks as unknown[]) : []).flatMap((task) => {
    if (typeof task !== "object" || task === null) return [];
    const properties = task as Record<string, unknown>;
    const { dependsOn } = properties;
    const label = properties["label"] ?? properties["taskName"] ?? (type !== undefined && properties["type"] === type && readPart(properties["command"]) !== undefined ? nameWithoutLabel(properties) : undefined);
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

/** The labels of what an entry depends on directly, each once: VS Code starts a task once, however often it is named. */
export function dependenciesIn(entry: Entry, entries: readonly Entry[]): string[] {
  return [...new Set(entry.dependsOn.flatMap((given) => labelsOf(given, entries)))];
}

/** A dependency is named by its label, or by some of its properties, such as `{ "type": "npm", "script": "build" }`. */
function labelsOf(dependency: unknown, entries: readonly Entry[]): string[] {
  if (typeof dependency === "string") return [dependency];
  if (typeof dependency !== "object" || dependency === null) return [];
  const wanted = Object.entries(dependency);
  return entries.filter(({ properties }) => wanted.length > 0 && wanted.every(([key, value]) => isDeepStrictEqual(properties[key], value))).map(({ label }) => label);
}
