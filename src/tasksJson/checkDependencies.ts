import * as l10n from "@vscode/l10n";
import type { Node } from "jsonc-parser";
import { READY_MATCHER } from "../contributions";
import { isAwaitedInVain } from "../taskRunner/task/compounds";
import { readTasks } from "../taskRunner/task/configuredTask";
import { PLATFORMS, saysReady } from "../taskRunner/task/layers";
import { quote } from "../taskRunner/task/quote";
import { closest } from "./closest";
import { problemAt, type Problem } from "./problem";
import type { Entry, TasksDocument } from "./tasksDocument";
import { changeTo, removalOf } from "./valueFixes";

/**
 * What is wrong with how tasks wait for one another, where one of them is cancellable.
 * @param elsewhere labels of tasks that other files have
 */
export function dependencyProblems({ text, entries, settings }: TasksDocument, elsewhere: ReadonlySet<string>): Problem[] {
  const labels = entries.flatMap(({ label }) => label ?? []);
  const tasks = settings?.value("tasks");
  const configured = readTasks(tasks, "cancellable");
  const dependencies = new Map(configured.map((task) => [task.label, task.dependsOn]));
  const cycleIn = (entry: Entry): Problem[] =>
    dependencyNodes(entry).flatMap((node) => {
      const { label } = entry;
      const other: unknown = node.value;
      // That a task depends on itself is told of by its dependsOn alone.
      if (label === undefined || typeof other !== "string" || other === label || !reaches(dependencies, other, label)) return [];
      return [problemAt(node, "error", l10n.t('"dependsOn" has {0}, which depends on this task again: neither can come first.', quote(other)))];
    });
  const dependents = new Map(configured.toReversed().flatMap((task) => task.dependsOn.map((label) => [label, task.label] as const)));
  return entries.flatMap((entry) => {
    // What other types depend on is theirs; one without a type and a command is a compound, which may start ours.
    const isOurs = entry.type === "cancellable" || (entry.type === undefined && !entry.has("command"));
    return [...(isOurs ? [...unknownDependencies(text, entry, labels, elsewhere), ...cycleIn(entry)] : []), ...(entry.type === "cancellable" && entry.label !== undefined ? unseen(tasks, entry, entry.label, dependents.get(entry.label)) : [])];
  });
}

/** Dependencies that are no tasks. */
function unknownDependencies(text: string, entry: Entry, labels: readonly string[], elsewhere: ReadonlySet<string>): Problem[] {
  const nodes = dependencyNodes(entry);
  return nodes.flatMap((node) => {
    const label: unknown = node.value;
    if (typeof label !== "string") return [];
    const remove = nodes.length === 1 ? removalOf(text, entry, "dependsOn") : [];
    if (label === entry.label) return [problemAt(node, "error", l10n.t('"dependsOn" has {0}, which is this task itself.', quote(label)), remove)];
    // "npm: build", "tsc: watch - tsconfig.json": a task that an extension finds.
    if (labels.includes(label) || elsewhere.has(label) || /^[\w$-]+: /.test(label) || label.includes("${")) return [];
    const meant = closest(label, [...labels, ...elsewhere].filter((one) => one !== entry.label));
    const message = meant === undefined ? l10n.t('"dependsOn" has {0}, but no task has that label.', quote(label)) : l10n.t('"dependsOn" has {0}, but no task has that label: did you mean {1}?', quote(label), quote(meant));
    return [problemAt(node, "warning", message, [...(meant === undefined ? [] : [changeTo(node, meant)]), ...remove])];
  });
}

function reaches(dependencies: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const reached = new Set([from]);
  for (const label of reached) for (const further of dependencies.get(label) ?? []) reached.add(further);
  return reached.has(to);
}

/** Others wait for it, and nothing tells VS Code when it is ready. */
function unseen(tasks: unknown, entry: Entry, label: string, dependent: string | undefined): Problem[] {
  const matcher = entry.get("problemMatcher");
  const given = entry.value("problemMatcher");
  const ready = PLATFORMS.filter((platform) => saysReady(entry.data(), platform));
  if (matcher !== undefined && ready.some((platform) => isAwaitedInVain(tasks, [], label, READY_MATCHER, platform))) {
    const all = [...(Array.isArray(given) ? (given as unknown[]) : [given]), READY_MATCHER];
    const fixes = all.every((one) => typeof one === "string") ? [changeTo(matcher.value, all)] : [];
    return [problemAt(matcher.value, "warning", l10n.t('"problemMatcher" has no "{0}": {1}, which depends on this task, does not see when it is ready.', READY_MATCHER, quote(dependent)), fixes)];
  }
  const background = entry.get("isBackground");
  const isSeen = ready.length > 0 || !(given === undefined || [given].flat().every(isWithoutBackground));
  if (background === undefined || entry.value("isBackground") !== true || dependent === undefined || isSeen) return [];
  return [problemAt(background.value, "warning", l10n.t('"isBackground" is true, but nothing says when this task is ready: {0}, which depends on it, waits until it ends. Write "ready", or a problem matcher with "background".', quote(dependent)))];
}

/** A named matcher may have one. */
function isWithoutBackground(matcher: unknown): boolean {
  return typeof matcher === "object" && matcher !== null && !("background" in matcher) && !("base" in matcher);
}

function dependencyNodes(entry: Entry): readonly Node[] {
  const value = entry.get("dependsOn")?.value;
  return value === undefined ? [] : value.type === "array" ? (value.children ?? []) : [value];
}
