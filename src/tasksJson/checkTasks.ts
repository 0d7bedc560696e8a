import * as l10n from "@vscode/l10n";
import { findNodeAtLocation } from "jsonc-parser";
import { findingsIn, type Change } from "../taskRunner/task/findings";
import { checkFile } from "./checkFile";
import { refusals } from "./checkRefusals";
import { closest } from "./closest";
import { platformParts } from "./conversion";
import { keepsSyntax } from "./keepsSyntax";
import { foreignText, KNOWN_PROPERTIES } from "./knownProperties";
import type { Fix, Problem } from "./problem";
import { addFirst, removeProperty, setProperty } from "./properties";
import { endOf, JsonObject, type Entry, type Property, type TasksDocument } from "./tasksDocument";
import { replaceRange } from "./textEdits";
import { removalOf } from "./valueFixes";

/**
 * What is wrong with the cancellable tasks of a file, beyond what a schema can tell.
 * @param elsewhere labels of tasks that other files have
 */
export function checkTasks(document: TasksDocument, elsewhere: ReadonlySet<string>): Problem[] {
  const own = document.entries.filter(({ type }) => type === "cancellable");
  const problems = [...checkFile(document, elsewhere), ...own.flatMap((entry) => checkEntry(document, entry))];
  // What counts on several platforms, or for several tasks, is one problem.
  const different = problems.filter((one, i) => problems.findIndex(({ start, end, message }) => start === one.start && end === one.end && message === one.message) === i);
  const safe = different.map((problem) => ({ ...problem, fixes: problem.fixes.filter(({ edits }) => keepsSyntax(document, edits)) }));
  return safe.sort((a, b) => a.start - b.start);
}

function checkEntry(document: TasksDocument, entry: Entry): Problem[] {
  const { text } = document;
  return [...unknownProperties(text, entry), ...refusals(document, entry), ...waysToStop(text, entry), ...findings(text, entry)];
}

function unknownProperties(text: string, entry: Entry): Problem[] {
  const objects = [entry, ...platformParts(entry)];
  const names = objects.flatMap((object) => object.properties.flatMap((property) => unknownProperty(text, object, property)));
  const options = objects.flatMap((object) => object.object("options") ?? []);
  return [...names, ...options.flatMap((object) => object.properties.flatMap((property) => unknownProperty(text, object, property, ["cwd", "env", "shell"])))];
}

function unknownProperty(text: string, object: JsonObject, property: Property, known: readonly string[] = KNOWN_PROPERTIES): Problem[] {
  const { name, key } = property;
  if (known.includes(name)) return [];
  const remove: Fix = { title: l10n.t('Remove "{0}"', name), edits: removeProperty(text, object, property) };
  const foreign = known === KNOWN_PROPERTIES ? foreignText(name) : undefined;
  if (foreign !== undefined) return [at(key, "warning", foreign, [remove])];
  const meant = closest(name, known);
  if (meant === undefined || object.has(meant)) return [at(key, "warning", l10n.t('"{0}" is no property of a cancellable task.', name), [remove])];
  return [at(key, "warning", l10n.t('"{0}" is no property of a cancellable task: did you mean "{1}"?', name, meant), [{ title: l10n.t("Change to {0}", `"${meant}"`), edits: [replaceRange(key.offset, endOf(key), JSON.stringify(meant))] }, remove])];
}

/** A signal beside another way to ask is sent to few processes: who writes it may think otherwise. */
function waysToStop(text: string, entry: Entry): Problem[] {
  const signal = entry.get("cancelSignal");
  const other = ["cancelCommand", "cancelInput"].find((name) => (entry.text(name) ?? "") !== "");
  if (signal === undefined || other === undefined) return [];
  return [at(signal.key, "information", l10n.t('"cancelSignal" goes only to processes that outlive the command, because Stop uses the "{0}".', other), removalOf(text, entry, "cancelSignal"))];
}

function findings(text: string, entry: Entry): Problem[] {
  return findingsIn(entry.data()).map(({ path, severity, message, suggestion, fix }) => {
    const node = findNodeAtLocation(entry.node, [...path]) ?? entry.get("type")?.value ?? entry.node;
    return at(node, severity, `${message} ${suggestion}`, fix === undefined ? [] : fixOf(text, entry, fix));
  });
}

function fixOf(text: string, entry: Entry, changes: readonly Change[]): Fix[] {
  const edits = changes.map((change) => ("first" in change ? addFirst(text, entry, change.path, change.first) : setProperty(text, entry, change.path, change.value)));
  if (edits.includes(undefined)) return [];
  const words = changes.map((change) => {
    const name = `"${change.path.join(".")}"`;
    const first = "first" in change ? change.first.map((one) => JSON.stringify(one)).join(", ") : "";
    return "first" in change ? l10n.t({ message: "{0} in {1}", args: [first, name], comment: ["{0}: values. {1}: the property in whose list they are written."] }) : `${name}: ${JSON.stringify(change.value)}`;
  });
  const [one = "", ...others] = words;
  const title =
    others.length === 0
      ? l10n.t({ message: "Write {0}", args: [one], comment: ["{0}: what is written into tasks.json."] })
      : l10n.t({ message: "Write {0} and {1}", args: [one, others.join(", ")], comment: ["{0}, {1}: what is written into tasks.json."] });
  return [{ title, edits: edits.flatMap((one) => one ?? []) }];
}

function at(node: { readonly offset: number; readonly length: number }, severity: Problem["severity"], message: string, fixes: readonly Fix[] = []): Problem {
  return { start: node.offset, end: node.offset + node.length, severity, message, fixes };
}
