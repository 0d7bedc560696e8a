import * as l10n from "@vscode/l10n";
import type { Node } from "jsonc-parser";
import { READY_MATCHER } from "../contributions";
import { isAwaitedInVain } from "../taskRunner/task/compounds";
import { readTasks } from "../taskRunner/task/configuredTask";
import { saysReady } from "../taskRunner/task/layers";
import { quote } from "../taskRunner/task/quote";
import { PLATFORMS } from "./conversion";
import type { Problem } from "./problem";
import { endOf, type Entry, type TasksDocument } from "./tasksDocument";
import { changeTo } from "./valueFixes";

/** What is wrong with how tasks wait for one another, where one of them is cancellable. */
export function dependencyProblems({ entries, settings }: TasksDocument): Problem[] {
  const tasks = settings?.value("tasks");
  const configured = readTasks(tasks, "cancellable");
  const dependencies = new Map(configured.map((task) => [task.label, task.dependsOn]));
  const cycleIn = (entry: Entry): Problem[] =>
    labelNodes(entry).flatMap((node) => {
      const { label } = entry;
      const other = node.value as string;
      // That a task depends on itself is told of by its dependsOn alone.
      if (label === undefined || other === label || !reaches(dependencies, other, label)) return [];
      return [at(node, "error", l10n.t('"dependsOn" has {0}, which depends on this task again: neither can come first.', quote(other)))];
    });
  const dependents = new Map(configured.toReversed().flatMap((task) => task.dependsOn.map((label) => [label, task.label] as const)));
  return entries.flatMap((entry) => {
    // Circles of others are theirs, but for the compounds that start ours.
    const isOurs = entry.type === "cancellable" || (entry.type === undefined && !entry.has("command"));
    return [...(isOurs ? cycleIn(entry) : []), ...(entry.type === "cancellable" && entry.label !== undefined ? unseen(tasks, entry, entry.label, dependents.get(entry.label)) : [])];
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
    return [at(matcher.value, "warning", l10n.t('"problemMatcher" has no "{0}": {1}, which depends on this task, does not see when it is ready.', READY_MATCHER, quote(dependent)), fixes)];
  }
  const background = entry.get("isBackground");
  const isSeen = ready.length > 0 || !(given === undefined || [given].flat().every(isWithoutBackground));
  if (background === undefined || entry.value("isBackground") !== true || dependent === undefined || isSeen) return [];
  return [at(background.value, "warning", l10n.t('"isBackground" is true, but nothing says when this task is ready: {0}, which depends on it, waits until it ends. Write "ready", or a problem matcher with "background".', quote(dependent)))];
}

/** A named matcher may have one. */
function isWithoutBackground(matcher: unknown): boolean {
  return typeof matcher === "object" && matcher !== null && !("background" in matcher) && !("base" in matcher);
}

function labelNodes(entry: Entry): Node[] {
  const value = entry.get("dependsOn")?.value;
  const nodes = value === undefined ? [] : value.type === "array" ? (value.children ?? []) : [value];
  return nodes.filter((node) => typeof node.value === "string");
}

function at(node: Node, severity: Problem["severity"], message: string, fixes: Problem["fixes"] = []): Problem {
  return { start: node.offset, end: endOf(node), severity, message, fixes };
}
