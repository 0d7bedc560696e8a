import * as l10n from "@vscode/l10n";
import { PLATFORMS } from "../taskRunner/task/layers";
import { runsInShell } from "../taskRunner/task/shellChoice";
import { findAdded, prefixOf } from "./addedProperties";
import { platformParts, type Conversion, type ProjectFacts } from "./conversion";
import { impliedProperties, isOneOf, NAME_PROPERTY, readCommand, type Kind, type Target } from "./kinds";
import { impliedByVSCode, shellSaidBy } from "./ownTypes";
import { moveToOptions, removeProperty } from "./properties";
import { endOf, parseTasks, rawColonOf, rawOf, separatorBefore, type Entry, type JsonObject, type Property, type TasksDocument } from "./tasksDocument";
import { applyEdits, replaceRange, type TextEdit } from "./textEdits";
import { isDeepStrictEqual } from "node:util";

/** What only tasks of our type have. */
export const OWN_PROPERTIES = [
  "stdio",
  "cancelSignal",
  "cancelInput",
  "cancelCommand",
  "ctrlC",
  "waitDelay",
  "timeout",
  "hungPipe",
  "survivors",
  "ready",
  "ports",
  "stopWithDebugSession",
  "restart",
] as const;

/**
 * The way back: gives an entry the type of a built-in task that runs the same. Which one it was is read from its shape. What
 * `makeCancellable` has written becomes what it was, to the byte; from what was written by hand, an entry that does the same.
 */
export function makeBuiltIn(document: TasksDocument, entry: Entry, facts: ProjectFacts): Conversion {
  const type = entry.get("type");
  if (type === undefined || entry.type !== "cancellable") return { kind: "refused", why: l10n.t("it is not cancellable") };
  const { text } = document;
  const shape = shapeOf(document, entry, type, facts);
  const edits = shape.kind === "untyped" ? shape.edits : [replaceRange(type.value.offset, type.end, JSON.stringify(shape.kind)), ...shape.edits];
  return withoutRest(document, applyEdits(text, edits), entry);
}

interface Shape {
  readonly kind: Kind;
  readonly edits: readonly TextEdit[];
}

function shapeOf(document: TasksDocument, entry: Entry, type: Property, facts: ProjectFacts): Shape {
  const { text } = document;
  const target = targetShape(text, entry, type, facts);
  if (target !== undefined) return target;
  const shell = entry.value("shell");
  const untyped = untypedEdit(document, entry, facts);
  if (untyped !== undefined) return { kind: "untyped", edits: [untyped] };
  const possible = [...(typeof shell === "boolean" ? [["shell", shell] as const] : []), ...impliedByVSCode(document, entry)];
  const before = findAdded(text, entry, type, possible, "beforeType");
  const added = before?.names.has("shell") === true ? before : findAdded(text, entry, type, possible, "afterType");
  return { kind: runsInShell(entry.data()) ? "shell" : "process", edits: added === undefined ? [] : [added.edit] };
}

/** Which script or target its command and arguments mean, if a task of that type runs the same: npm's, gulp's, tsc's ... */
export function readTarget(entry: Entry, facts: ProjectFacts): ReturnType<typeof readCommand> {
  const args = entry.value("args");
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === "string")) return undefined;
  if (platformParts(entry).some((part) => ["command", "args", "cwd", "env", "shell"].some((name) => part.has(name))) || entry.has("env")) return undefined;
  const path = packagePath(entry);
  const read = readCommand(entry.text("command") ?? "", args, path);
  if (read === undefined || (entry.has("cwd") && (read.target.kind !== "npm" || path === undefined)) || entry.has(NAME_PROPERTY[read.target.kind])) return undefined;
  const { kind, name } = read.target;
  // VS Code chooses npm's program, and whether tsc builds references, by the project.
  const before = name === "install" ? args : args.slice(0, -1);
  const expected = name === "install" ? facts.installCommand : facts.scriptCommand;
  if (kind === "npm" && !isDeepStrictEqual([entry.text("command"), ...before], expected)) return undefined;
  if (kind === "typescript" && ["-b", "--build"].includes(args[0] ?? "") !== facts.hasReferences(name)) return undefined;
  return read;
}

/** What an npm task has for the directory: a folder below the workspace's, without variables. */
function packagePath(entry: Entry): string | undefined {
  const path = entry.text("cwd")?.replace(/^\$\{workspace(Folder|Root)\}\//, "");
  return path === undefined || path.includes("${") || /^([\\/]|[A-Za-z]:)/.test(path) ? undefined : path;
}

/** Whether the command is written in the second of the two ways that mean the same: see `makeCancellable`. */
export function isMarkedTarget(entry: Entry, facts: ProjectFacts): boolean {
  const read = readTarget(entry, facts);
  return read !== undefined && (read.target.kind === "typescript" ? read.isLong : (entry.get("args")?.start ?? 0) < (entry.get("command")?.start ?? 0));
}

/** One that names a script, or a target. */
function targetShape(text: string, entry: Entry, type: Property, facts: ProjectFacts): Shape | undefined {
  const command = entry.get("command");
  const args = entry.get("args");
  const read = readTarget(entry, facts);
  if (command === undefined || args === undefined || read === undefined) return undefined;
  const isMarked = isMarkedTarget(entry, facts);
  const unit = nameTarget(text, entry, command, args, read.target, read.at);
  if (!entry.has("shell")) {
    const added = findAdded(text, entry, type, impliedProperties(read.target), isMarked ? "beforeType" : "afterType");
    return { kind: read.target.kind, edits: [...unit, ...(added === undefined ? [] : [added.edit])] };
  }
  const nothing = isMarked && entry.value("shell") === false ? findAdded(text, entry, type, [["shell", false]], "afterType") : undefined;
  return nothing === undefined ? undefined : { kind: read.target.kind, edits: [...unit, nothing.edit] };
}

/** The properties that name the target, in the place of `command` and `args`. */
function nameTarget(text: string, entry: Entry, command: Property, args: Property, target: Target, at: number): TextEdit[] {
  const name = args.value.children?.[at];
  const raw = name === undefined ? JSON.stringify(target.name) : rawOf(text, name);
  const property = NAME_PROPERTY[target.kind];
  const cwd = entry.get("cwd");
  const isSame = target.path === entry.text("cwd");
  const path = cwd === undefined ? [] : [isSame ? replaceRange(cwd.start, endOf(cwd.key), '"path"') : replaceRange(cwd.start, cwd.end, `"path"${rawColonOf(text, cwd)}${JSON.stringify(target.path)}`)];
  if (target.isWatch === true) {
    return [...path, replaceRange(command.start, command.end, `"${property}"${rawColonOf(text, command)}${raw}`), replaceRange(args.start, args.end, `"option"${rawColonOf(text, args)}"watch"`)];
  }
  const named = `"${property}"${rawColonOf(text, command)}${raw}`;
  const [first, second] = args.start < command.start ? [args, command] : [command, args];
  if (text.slice(first.end, second.start) === `,${separatorBefore(text, first.start)}`) return [...path, replaceRange(first.start, second.end, named)];
  return [...path, replaceRange(command.start, command.end, named), ...removeProperty(text, entry, args)];
}

/** What takes away the first properties of an entry, if they are those that `makeCancellable` gives to one without a type. */
function untypedEdit(document: TasksDocument, entry: Entry, facts: ProjectFacts): TextEdit | undefined {
  const [first] = entry.properties;
  const at = entry.properties.findIndex(({ name }) => name === "type");
  const next = entry.properties[at + 1];
  if (first === undefined || next === undefined || isMarkedTarget(entry, facts)) return undefined;
  const { settings, text } = document;
  const isShell = (entry.has("isShellCommand") ? shellSaidBy(entry) : settings && shellSaidBy(settings)) ?? false;
  if (isShell !== runsInShell(entry.data())) return undefined;
  const before = entry.properties.slice(0, Math.max(at - 1, 0)).map(({ name }) => name);
  const added = impliedByVSCode(document, entry).filter(([name]) => before.includes(name));
  const written = prefixOf(text, first, [...added, ["shell", isShell], ["type", "cancellable"]]);
  return text.slice(first.start, next.start) === written ? replaceRange(first.start, next.start, "") : undefined;
}

/** What is left of our own properties moves to "options", or goes and is told; in a platform's block too, where VS Code would ignore it. */
function withoutRest(before: TasksDocument, text: string, { index }: Entry): Conversion {
  const notes: string[] = [];
  let after = text;
  for (;;) {
    const parsed = parseTasks(after, before.isWorkspaceFile);
    if (parsed.syntaxErrors.length > before.syntaxErrors.length) return { kind: "refused", why: l10n.t("its text cannot be changed without breaking it") };
    const entry = parsed.entries.find((one) => one.index === index);
    const rest = entry === undefined ? undefined : firstOwn(entry);
    if (rest === undefined) break;
    const { object, property, path } = rest;
    const isLost = isOneOf(OWN_PROPERTIES, property.name);
    // In the entry itself, the type says whether there is a shell.
    if (isLost || (path !== "shell" && property.name === "shell" && property.value.type === "boolean")) notes.push(l10n.t('its "{0}" has no equivalent and is removed', path));
    after = applyEdits(after, isLost ? removeProperty(after, object, property) : moveToOptions(after, object, property));
  }
  return { kind: "converted", edits: difference(before.text, after), notes };
}

function firstOwn(entry: Entry): { object: JsonObject; property: Property; path: string } | undefined {
  for (const platform of [undefined, ...PLATFORMS]) {
    const object = platform === undefined ? entry : entry.object(platform);
    const property = object?.properties.find(({ name }) => isOneOf(OWN_PROPERTIES, name) || ["cwd", "env", "shell"].includes(name));
    if (object !== undefined && property !== undefined) return { object, property, path: platform === undefined ? property.name : `${platform}.${property.name}` };
  }
  return undefined;
}

/** One edit, of what differs. */
function difference(before: string, after: string): TextEdit[] {
  if (before === after) return [];
  let start = 0;
  while (start < before.length && before.charAt(start) === after.charAt(start)) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.charAt(before.length - 1 - end) === after.charAt(after.length - 1 - end)) end++;
  return [replaceRange(start, before.length - end, after.slice(start, after.length - end))];
}
