import * as l10n from "@vscode/l10n";
import type { DetectedTask } from "./detect/detectedTask";
import { makeBuiltIn } from "./makeBuiltIn";
import { makeCancellable } from "./makeCancellable";
import { platformParts, type Conversion, type ProjectFacts } from "./conversion";
import { addTasks, uniqueLabel, type NewTask, type Style } from "./addTasks";
import type { Entry, TasksDocument } from "./tasksDocument";
import { isDeepStrictEqual } from "node:util";
import { readCommand } from "./kinds";
import type { TextEdit } from "./textEdits";

export type Direction = "cancellable" | "builtIn";

/** One task that can be picked: an entry of the file, or one that is to be added. */
export type Choice =
  | { readonly kind: "entry"; readonly index: number; readonly label: string; readonly description: string; readonly notes: readonly string[]; readonly edits: readonly TextEdit[] }
  | { readonly kind: "detected"; readonly label: string; readonly description: string; readonly detected: DetectedTask };

export interface Refusal {
  readonly label: string;
  readonly why: string;
}

/** An entry as it was when somebody was asked about it: of two with one name, the place tells which is meant. */
export interface NamedEntry {
  readonly index: number;
  readonly label: string;
}

/**
 * Which entries of a file can be converted, and why not the others. Those that are there already are not mentioned.
 * @param only these, as far as they still are what they were
 */
export function choicesIn(document: TasksDocument, direction: Direction, facts: ProjectFacts, only?: readonly NamedEntry[]): { choices: (Choice & { kind: "entry" })[]; refusals: Refusal[] } {
  const choices: (Choice & { kind: "entry" })[] = [];
  const refusals: Refusal[] = [];
  for (const entry of document.entries) {
    const label = nameOf(entry);
    const isMeant = only?.some((one) => one.index === entry.index && one.label === label) !== false;
    if (!isMeant || (entry.type === "cancellable") === (direction === "cancellable")) continue;
    const conversion: Conversion = direction === "cancellable" ? makeCancellable(document, entry, facts) : makeBuiltIn(document, entry, facts);
    if (conversion.kind === "refused") refusals.push({ label, why: conversion.why });
    else choices.push({ kind: "entry", index: entry.index, label, description: describe(entry), notes: conversion.notes, edits: conversion.edits });
  }
  return { choices, refusals };
}

/** What of the detected tasks is not in the file yet, whatever it is called there. */
export function newIn(document: TasksDocument, detected: readonly DetectedTask[]): (Choice & { kind: "detected" })[] {
  const there = document.entries.map((entry) => signature(entry));
  return detected
    .filter(({ task }) => !there.some((one) => isDeepStrictEqual(one, signatureOf(task))))
    .map((one) => ({ kind: "detected", label: one.label, description: one.description, detected: one }));
}

/**
 * The edits that make what was picked.
 * @returns undefined if the file cannot take a new task
 */
export function editsFor(document: TasksDocument, picked: readonly Choice[], style: Style): TextEdit[] | undefined {
  const { settings } = document;
  // A directory that the file gives to all of its tasks is not that of what was found.
  const hasOwnFolder = settings !== undefined && [settings, ...platformParts(settings)].some((top) => top.object("options")?.has("cwd"));
  const taken = new Set(document.entries.flatMap(({ label }) => label ?? []));
  const added: NewTask[] = picked.flatMap((choice) => {
    if (choice.kind === "entry") return [];
    const label = uniqueLabel(choice.label, taken);
    taken.add(label);
    return [{ ...choice.detected.task, label, ...(hasOwnFolder && !("cwd" in choice.detected.task) ? { cwd: "${workspaceFolder}" } : {}) }];
  });
  const more = added.length === 0 ? [] : addTasks(document, added, style);
  return more && [...picked.flatMap((choice) => (choice.kind === "entry" ? choice.edits : [])), ...more];
}

/** How people call a task that has no label. */
export function nameOf(entry: Entry): string {
  return entry.label ?? ([entry.type, entry.text("script") ?? entry.text("task") ?? entry.text("tsconfig") ?? commandOf(entry)].filter((part) => part !== undefined && part !== "").join(": ") || l10n.t({ message: "task {0}", args: [entry.index + 1], comment: ["A task without a name: its number in its file."] }));
}

/** What an entry runs, for people to read. */
export function describe(entry: Entry): string {
  const what = entry.text("script") ?? entry.text("task") ?? entry.text("tsconfig");
  if (what !== undefined && !entry.has("command")) return `${entry.type ?? ""} ${what}`;
  const args = entry.value("args");
  return [commandOf(entry), ...(Array.isArray(args) ? args.map(textOf) : [])].join(" ");
}

function commandOf(entry: Entry): string {
  return textOf(entry.value("command"));
}

/** A text of tasks.json, plain or with its quoting. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "value" in value) return textOf(value.value);
  return Array.isArray(value) ? value.map(textOf).join(" ") : "";
}

/** By what an entry and a detected task are the same. */
function signature(entry: Entry): unknown {
  if (entry.type === "npm") return ["script", entry.text("script"), (entry.text("path") ?? "").replace(/\/$/, "")];
  return signatureOf({ command: entry.value("command"), args: entry.value("args") ?? [], cwd: entry.value("cwd") });
}

function signatureOf({ command, args, cwd }: NewTask): unknown {
  const folder = typeof cwd === "string" ? cwd.replace(/^\$\{workspaceFolder\}\/?/, "").replace(/\/$/, "") : "";
  const words = Array.isArray(args) ? (args as unknown[]).filter((arg) => typeof arg === "string") : [];
  const read = typeof command === "string" && Array.isArray(args) && words.length === args.length ? readCommand(command, words) : undefined;
  if (read?.target.kind === "npm" && words.length > 1) return ["script", read.target.name, folder];
  return ["command", command, args, folder];
}
