import * as l10n from "@vscode/l10n";
import { findNodeAtLocation } from "jsonc-parser";
import { findingsIn, type Change } from "../taskRunner/task/findings";
import { checkFile } from "./checkFile";
import { namesAtTop, unknownNames } from "./checkNames";
import { refusals } from "./checkRefusals";
import { keepsSyntax } from "./keepsSyntax";
import { platformParts } from "./conversion";
import { unknownVariables } from "./checkVariables";
import { problemAt, type Fix, type Problem } from "./problem";
import { addFirst, setProperty } from "./properties";
import type { Entry, TasksDocument } from "./tasksDocument";
import { written } from "./textEdits";
import { changeTo, removalOf } from "./valueFixes";

/**
 * What is wrong with the cancellable tasks of a file, beyond what a schema can tell.
 * @param elsewhere labels of tasks that other files have
 */
export function checkTasks(document: TasksDocument, elsewhere: ReadonlySet<string>): Problem[] {
  const own = document.entries.filter(({ type }) => type === "cancellable");
  const problems = [...checkFile(document, elsewhere), ...namesAtTop(document), ...own.flatMap((entry) => checkEntry(document, entry))];
  // What counts on several platforms, or for several tasks, is one problem.
  const different = problems.filter((one, i) => problems.findIndex(({ start, end, message }) => start === one.start && end === one.end && message === one.message) === i);
  const safe = different.map((problem) => ({ ...problem, fixes: problem.fixes.filter(({ edits }) => keepsSyntax(document, edits)) }));
  return safe.sort((a, b) => a.start - b.start);
}

function checkEntry(document: TasksDocument, entry: Entry): Problem[] {
  const { text } = document;
  return [...unknownNames(text, entry), ...unknownVariables(document, entry), ...refusals(document, entry), ...waysToStop(text, entry), ...noEffect(text, entry), ...shortTimes(entry), ...findings(text, entry)];
}

/** A signal beside another way to ask is sent to few processes: who writes it may think otherwise. */
function waysToStop(text: string, entry: Entry): Problem[] {
  const signal = entry.get("cancelSignal");
  const other = ["cancelCommand", "cancelInput"].find((name) => (entry.text(name) ?? "") !== "");
  if (signal === undefined || other === undefined) return [];
  return [problemAt(signal.key, "information", l10n.t('"cancelSignal" goes only to processes that outlive the command, because Stop uses the "{0}".', other), removalOf(text, entry, "cancelSignal"))];
}

/** What on pipes is the Stop button anyway. */
function noEffect(text: string, entry: Entry): Problem[] {
  const ctrlC = entry.get("ctrlC");
  if (ctrlC === undefined || entry.value("stdio") !== "pipe") return [];
  return [problemAt(ctrlC.key, "information", l10n.t('"ctrlC" has no effect with "stdio": "pipe": there, Ctrl+C is the Stop button.'), removalOf(text, entry, "ctrlC"))];
}

/** Shorter than anything is of use; a number that was meant to be seconds. */
const SHORTEST_MS = 100;

function shortTimes(entry: Entry): Problem[] {
  return [entry, ...platformParts(entry)].flatMap((part) =>
    ["waitDelay", "timeout"].flatMap((name) => {
      const value = part.value(name);
      const node = part.get(name)?.value;
      if (node === undefined || typeof value !== "number" || value <= 0 || value >= SHORTEST_MS) return [];
      return [problemAt(node, "information", l10n.t('"{0}" is {1}, which is {1} ms: did you mean {2}?', name, String(value), `"${value}s"`), [changeTo(node, `${value}s`)])];
    }),
  );
}

function findings(text: string, entry: Entry): Problem[] {
  return findingsIn(entry.data()).map(({ path, severity, message, suggestion, fix }) => {
    const node = findNodeAtLocation(entry.node, [...path]) ?? entry.get("type")?.value ?? entry.node;
    return problemAt(node, severity, `${message} ${suggestion}`, fix === undefined ? [] : fixOf(text, entry, fix));
  });
}

function fixOf(text: string, entry: Entry, changes: readonly Change[]): Fix[] {
  const edits = changes.map((change) => ("first" in change ? addFirst(text, entry, change.path, change.first) : setProperty(text, entry, change.path, change.value)));
  if (edits.includes(undefined)) return [];
  const words = changes.map((change) => {
    const name = `"${change.path.join(".")}"`;
    const first = "first" in change ? change.first.map((one) => JSON.stringify(one)).join(", ") : "";
    return "first" in change ? l10n.t({ message: "{0} in {1}", args: [first, name], comment: ["{0}: values. {1}: the property in whose list they are written."] }) : `${name}: ${written(change.value)}`;
  });
  const [one = "", ...others] = words;
  const title =
    others.length === 0
      ? l10n.t({ message: "Write {0}", args: [one], comment: ["{0}: what is written into tasks.json."] })
      : l10n.t({ message: "Write {0} and {1}", args: [one, others.join(", ")], comment: ["{0}, {1}: what is written into tasks.json."] });
  return [{ title, edits: edits.flatMap((one) => one ?? []) }];
}
