import * as l10n from "@vscode/l10n";
import { quote } from "../taskRunner/task/quote";
import { closest } from "./closest";
import { dependencyProblems } from "./checkDependencies";
import type { Fix, Problem } from "./problem";
import { removeProperty } from "./properties";
import { endOf, type Entry, type TasksDocument } from "./tasksDocument";
import { replaceRange } from "./textEdits";
import type { Node } from "jsonc-parser";

/** What is wrong between the tasks of a file, as far as it concerns a cancellable one. */
export function checkFile(document: TasksDocument, elsewhere: ReadonlySet<string>): Problem[] {
  const { entries, settings } = document;
  if (!entries.some(({ type }) => type === "cancellable")) return misspeltTypes(entries);
  const labels = entries.flatMap(({ label }) => label ?? []);
  const version = settings?.get("version");
  // VS Code reads a file of any other version as one of 2.0.0.
  const wrongVersion = version?.value.value === "0.1.0";
  return [
    ...misspeltTypes(entries),
    ...(wrongVersion ? [at(version.value, "error", l10n.t('"version" is {0}, but VS Code runs cancellable tasks only with "2.0.0".', quote(version.value.value)), [change(version.value, "2.0.0")])] : []),
    ...sameLabels(entries),
    ...entries.flatMap((entry) => dependencies(document.text, entry, labels, elsewhere)),
    ...dependencyProblems(document),
  ];
}

function misspeltTypes(entries: readonly Entry[]): Problem[] {
  return entries.flatMap((entry) => {
    const type = entry.get("type");
    if (type === undefined) return misspeltNames(entry);
    const isMisspelt = entry.type !== undefined && entry.type !== "cancellable" && (closest(entry.type, ["cancellable"]) !== undefined || /^cancel/i.test(entry.type));
    return isMisspelt ? [at(type.value, "warning", l10n.t('"type" is {0}: did you mean "cancellable"?', quote(entry.type)), [change(type.value, "cancellable")])] : [];
  });
}

/** "Type": "cancellable" makes VS Code run a process. */
function misspeltNames(entry: Entry): Problem[] {
  const meant = entry.properties.filter(({ name, value }) => value.value === "cancellable" && closest(name, ["type"]) !== undefined);
  return meant.map(({ name, key }) => at(key, "warning", l10n.t('"{0}" is no property of a task: did you mean "type"?', name), [change(key, "type")]));
}

/** VS Code and we know tasks by their labels: nobody can tell which of two with one label is meant. */
function sameLabels(entries: readonly Entry[]): Problem[] {
  return entries.flatMap((entry, i) => {
    const label = entry.get("label") ?? entry.get("taskName");
    const others = entries.filter((other) => other !== entry && other.label !== undefined && other.label === entry.label);
    const isFirst = !others.some((other) => entries.indexOf(other) < i);
    if (label === undefined || others.length === 0 || isFirst || ![entry, ...others].some(({ type }) => type === "cancellable")) return [];
    return [at(label.value, "warning", l10n.t('"label" is {0}, as of another task of this file: which one runs by this name, on its own or by "dependsOn", is left to VS Code.', quote(entry.label)))];
  });
}

function dependencies(text: string, entry: Entry, labels: readonly string[], elsewhere: ReadonlySet<string>): Problem[] {
  const property = entry.get("dependsOn");
  // What other types depend on is theirs; one without a type and a command is a compound.
  if (property === undefined || !(entry.type === "cancellable" || (entry.type === undefined && !entry.has("command")))) return [];
  const nodes = property.value.type === "array" ? (property.value.children ?? []) : [property.value];
  return nodes.flatMap((node) => {
    const label: unknown = node.value;
    if (typeof label !== "string") return [];
    const remove: Fix[] = nodes.length === 1 ? [{ title: l10n.t('Remove "{0}"', "dependsOn"), edits: removeProperty(text, entry, property) }] : [];
    if (label === entry.label) return [at(node, "error", l10n.t('"dependsOn" has {0}, which is this task itself.', quote(label)), remove)];
    // "npm: build", "tsc: watch - tsconfig.json": a task that an extension finds.
    if (labels.includes(label) || elsewhere.has(label) || /^[\w$-]+: /.test(label) || label.includes("${")) return [];
    const meant = closest(label, [...labels, ...elsewhere].filter((one) => one !== entry.label));
    const message = meant === undefined ? l10n.t('"dependsOn" has {0}, but no task has that label.', quote(label)) : l10n.t('"dependsOn" has {0}, but no task has that label: did you mean {1}?', quote(label), quote(meant));
    return [at(node, "warning", message, [...(meant === undefined ? [] : [change(node, meant)]), ...remove])];
  });
}

function change(node: Node, meant: string): Fix {
  return { title: l10n.t("Change to {0}", JSON.stringify(meant)), edits: [replaceRange(node.offset, endOf(node), JSON.stringify(meant))] };
}

function at(node: Node, severity: Problem["severity"], message: string, fixes: readonly Fix[] = []): Problem {
  return { start: node.offset, end: endOf(node), severity, message, fixes };
}
