import * as l10n from "@vscode/l10n";
import { findNodeAtLocation } from "jsonc-parser";
import { CANCEL_SIGNALS, CTRL_C, HUNG_PIPE, STDIO, SURVIVORS } from "../taskRunner/task/definition";
import { parseDuration } from "../taskRunner/base/duration";
import { findingsIn, type Change } from "../taskRunner/task/findings";
import { checkFile } from "./checkFile";
import { closest, meantDuration, meantSignal } from "./closest";
import { platformParts } from "./conversion";
import { keepsSyntax } from "./keepsSyntax";
import { foreignText, KNOWN_PROPERTIES } from "./knownProperties";
import { nodeAt } from "./nodeAt";
import type { Fix, Problem } from "./problem";
import { addFirst, removeProperty, setProperty } from "./properties";
import { startProblems } from "./startProblems";
import { endOf, JsonObject, type Entry, type Property, type TasksDocument } from "./tasksDocument";
import { replaceRange } from "./textEdits";

/**
 * What is wrong with the cancellable tasks of a file, beyond what a schema can tell.
 * @param elsewhere labels of tasks that other files have
 */
export function checkTasks(document: TasksDocument, elsewhere: ReadonlySet<string>): Problem[] {
  const own = document.entries.filter(({ type }) => type === "cancellable");
  const problems = [...checkFile(document, elsewhere), ...own.flatMap((entry) => checkEntry(document.text, entry))];
  const safe = problems.map((problem) => ({ ...problem, fixes: problem.fixes.filter(({ edits }) => keepsSyntax(document, edits)) }));
  return safe.sort((a, b) => a.start - b.start);
}

function checkEntry(text: string, entry: Entry): Problem[] {
  return [...unknownProperties(text, entry), ...refusals(text, entry), ...waysToStop(text, entry), ...findings(text, entry)];
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

/** What the task would be refused for, in the same words. */
function refusals(text: string, entry: Entry): Problem[] {
  return startProblems(entry).map(({ message, path, object }) => {
    const node = nodeAt(object.node, path);
    if (node === undefined) return at(entry.get("type")?.value ?? entry.node, "error", message);
    const property = object.get(path.split(/[.[]/)[0] ?? "");
    return at(node, "error", message, property === undefined ? [] : fixesFor(text, object, property));
  });
}

const CHOICES: Readonly<Record<string, readonly string[]>> = { stdio: STDIO, ctrlC: CTRL_C, hungPipe: HUNG_PIPE, survivors: SURVIVORS };
const SIGNALS = [...CANCEL_SIGNALS, "none"];

function fixesFor(text: string, object: JsonObject, property: Property): Fix[] {
  const { name, value: node } = property;
  const value = object.value(name);
  const to = (meant: unknown): Fix => ({ title: l10n.t("Change to {0}", JSON.stringify(meant)), edits: [replaceRange(node.offset, endOf(node), JSON.stringify(meant))] });
  const one = (meant: unknown): Fix[] => (meant === undefined ? [] : [to(meant)]);
  switch (name) {
    case "waitDelay":
    case "timeout":
      if (typeof value !== "string") return typeof value === "number" ? [to(0)] : [];
      // A number alone may be seconds or milliseconds.
      return /^\d+(\.\d+)?$/.test(value) ? [to(`${value}s`), to(`${value}ms`)] : one(meantDuration(value)).filter(() => parseDuration(meantDuration(value)) !== undefined);
    case "cancelSignal":
      return typeof value === "string" || typeof value === "number" ? one(meantSignal(value, SIGNALS)) : [];
    case "args":
      return typeof value === "string" ? [to([value])] : [];
    case "cancelCommand":
      return [{ title: l10n.t('Remove "{0}"', "cancelCommand"), edits: removeProperty(text, object, property) }, ...removalOf(text, object, "cancelInput")];
    default:
      return typeof value === "string" ? one(closest(value, CHOICES[name] ?? [])) : [];
  }
}

function removalOf(text: string, object: JsonObject, name: string): Fix[] {
  const property = object.get(name);
  return property === undefined ? [] : [{ title: l10n.t('Remove "{0}"', name), edits: removeProperty(text, object, property) }];
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
