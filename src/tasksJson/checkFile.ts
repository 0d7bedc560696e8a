import * as l10n from "@vscode/l10n";
import { quote } from "../taskRunner/task/quote";
import { closest } from "./closest";
import { dependencyProblems } from "./checkDependencies";
import { problemAt, type Problem } from "./problem";
import type { Entry, TasksDocument } from "./tasksDocument";
import { changeTo } from "./valueFixes";

/** What is wrong between the tasks of a file, as far as it concerns a cancellable one. */
export function checkFile(document: TasksDocument, elsewhere: ReadonlySet<string>): Problem[] {
  const { entries, settings } = document;
  if (!entries.some(({ type }) => type === "cancellable")) return misspeltTypes(entries);
  const version = settings?.get("version");
  // VS Code reads a file of any other version as one of 2.0.0.
  const wrongVersion = version?.value.value === "0.1.0";
  return [
    ...misspeltTypes(entries),
    ...(wrongVersion ? [problemAt(version.value, "error", l10n.t('"version" is {0}, but VS Code runs cancellable tasks only with "2.0.0".', quote(version.value.value)), [changeTo(version.value, "2.0.0")])] : []),
    ...sameLabels(entries),
    ...dependencyProblems(document, elsewhere),
  ];
}

function misspeltTypes(entries: readonly Entry[]): Problem[] {
  return entries.flatMap((entry) => {
    const type = entry.get("type");
    if (type === undefined) return misspeltNames(entry);
    const isMisspelt = entry.type !== undefined && entry.type !== "cancellable" && (closest(entry.type, ["cancellable"]) !== undefined || /^cancel/i.test(entry.type));
    return isMisspelt ? [problemAt(type.value, "warning", l10n.t('"type" is {0}: did you mean "cancellable"?', quote(entry.type)), [changeTo(type.value, "cancellable")])] : [];
  });
}

/** "Type": "cancellable" makes VS Code run a process. */
function misspeltNames(entry: Entry): Problem[] {
  const meant = entry.properties.filter(({ name, value }) => value.value === "cancellable" && closest(name, ["type"]) !== undefined);
  return meant.map(({ name, key }) => problemAt(key, "warning", l10n.t('"{0}" is no property of a task: did you mean "type"?', name), [changeTo(key, "type")]));
}

/** VS Code and we know tasks by their labels: nobody can tell which of two with one label is meant. */
function sameLabels(entries: readonly Entry[]): Problem[] {
  return entries.flatMap((entry, i) => {
    const label = entry.get("label") ?? entry.get("taskName");
    const others = entries.filter((other) => other !== entry && other.label !== undefined && other.label === entry.label);
    const isFirst = !others.some((other) => entries.indexOf(other) < i);
    if (label === undefined || others.length === 0 || isFirst || ![entry, ...others].some(({ type }) => type === "cancellable")) return [];
    return [problemAt(label.value, "warning", l10n.t('"label" is {0}, as of another task of this file: which one runs by this name, on its own or by "dependsOn", is left to VS Code.', quote(entry.label)))];
  });
}
