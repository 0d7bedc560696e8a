import * as l10n from "@vscode/l10n";
import { QUOTING } from "../taskRunner/task/commandPart";
import { quote } from "../taskRunner/task/quote";
import { mustBeOneOf } from "../taskRunner/task/refusals";
import { closest } from "./closest";
import { PLATFORMS } from "../taskRunner/task/layers";
import { COMMAND_PROPERTIES, COMMON_PROPERTIES, foreignText, KNOWN_PROPERTIES, otherNames } from "./knownProperties";
import { problemAt, type Fix, type Problem } from "./problem";
import { moveProperty } from "./properties";
import { JsonObject, type Entry, type Property, type TasksDocument } from "./tasksDocument";
import { changeTo, removal } from "./valueFixes";
import { OWN_PROPERTIES } from "./makeBuiltIn";
import type { Node } from "jsonc-parser";

const OPTIONS = ["cwd", "env", "shell"];
const SHELL = ["executable", "args", "quoting"];
const QUOTED = ["value", "quoting"];
/** What VS Code itself reads of a task is read outside of the platforms' blocks. */
const ONLY_IN_TASK: readonly string[] = [...COMMON_PROPERTIES, ...PLATFORMS];

/** Names that mean nothing where they stand, at any depth of a task. */
export function unknownNames(text: string, entry: Entry): Problem[] {
  const blocks = PLATFORMS.flatMap((name) => {
    const block = entry.object(name);
    return block === undefined ? [] : { name, block };
  });
  const parts = [entry, ...blocks.map(({ block }) => block)];
  return [
    ...entry.properties.flatMap((property) => nameOfTask(text, entry, property)),
    ...blocks.flatMap(({ name, block }) => block.properties.flatMap((property) => (ONLY_IN_TASK.includes(property.name) ? outOfPlace(text, entry, block, property, name) : nameOfTask(text, block, property)))),
    ...parts.flatMap((part) => [...inOptions(text, entry, part), ...inShell(text, part, "shell"), ...inQuoted(text, part)]),
  ];
}

/** The same of what stands beside "tasks", where there is a task of ours that it is meant for. */
export function namesAtTop({ text, settings, entries }: TasksDocument): Problem[] {
  const own = entries.filter(({ type }) => type === "cancellable");
  if (settings === undefined || own.length === 0) return [];
  const tops = [settings, ...PLATFORMS.flatMap((name) => settings.object(name) ?? [])];
  return tops.flatMap((top) => [
    ...top.properties.flatMap((property) => atTop(text, top, property, own)),
    ...(top.object("options")?.properties ?? []).flatMap((property) => (OPTIONS.includes(property.name) ? [] : unknown(text, top.object("options") ?? top, property, OPTIONS, "options"))),
  ]);
}

function atTop(text: string, top: JsonObject, property: Property, own: readonly Entry[]): Problem[] {
  const { name, key } = property;
  if ([...OWN_PROPERTIES, "command", "args", "cwd", "env", "shell"].includes(name)) {
    // Tasks of the version 0.1.0 had their command there.
    const fixes = ["command", "args", "shell"].includes(name) ? [] : [removal(text, top, property)];
    return [problemAt(key, "warning", l10n.t('"{0}" means nothing at the top of the file to a cancellable task: write it in each task.', name), fixes)];
  }
  const counts = ["presentation", "problemMatcher", "promptOnClose"].includes(name) && own.some((entry) => !entry.has(name));
  return counts ? [problemAt(key, "information", l10n.t("\"{0}\" at the top of the file counts only for tasks of VS Code's own types: copy it into the cancellable tasks to have it there.", name))] : [];
}

function nameOfTask(text: string, object: JsonObject, property: Property): Problem[] {
  const { name, key } = property;
  if (KNOWN_PROPERTIES.includes(name)) return [];
  const foreign = foreignText(name);
  if (foreign !== undefined) return [problemAt(key, "warning", foreign, [removal(text, object, property)])];
  const meant = otherNames(name) ?? closest(name, KNOWN_PROPERTIES);
  if (meant === undefined || object.has(meant)) return [problemAt(key, "warning", l10n.t('"{0}" is no property of a cancellable task.', name), [removal(text, object, property)])];
  return [problemAt(key, "warning", l10n.t('"{0}" is no property of a cancellable task: did you mean "{1}"?', name, meant), [changeTo(key, meant), removal(text, object, property)])];
}

function inOptions(text: string, entry: Entry, part: JsonObject): Problem[] {
  const options = part.object("options");
  if (options === undefined) return [];
  const names = options.properties.flatMap((property) => {
    if (OPTIONS.includes(property.name)) return [];
    return KNOWN_PROPERTIES.includes(property.name) ? outOfPlace(text, entry, options, property, "options") : unknown(text, options, property, OPTIONS, "options");
  });
  return [...names, ...inShell(text, options, "options.shell")];
}

function inShell(text: string, owner: JsonObject, path: string): Problem[] {
  const shell = owner.object("shell");
  return (shell?.properties ?? []).flatMap((property) => (shell === undefined || SHELL.includes(property.name) ? [] : unknown(text, shell, property, SHELL, path, { path: "executable", exec: "executable", command: "executable" })));
}

/** A command or an argument that says how it is quoted. */
function inQuoted(text: string, part: JsonObject): Problem[] {
  const args = part.get("args")?.value;
  const nodes: [Node | undefined, string][] = [[part.get("command")?.value, "command"], ...(args?.type === "array" ? (args.children ?? []) : []).map((node, i): [Node, string] => [node, `args[${i}]`])];
  return nodes.flatMap(([node, path]) => {
    if (node?.type !== "object") return [];
    const object = new JsonObject(node);
    // Without a value the whole of it is refused.
    if (!object.has("value")) return [];
    const quoting = object.get("quoting");
    const written = object.value("quoting");
    const isWrong = quoting !== undefined && !QUOTING.some((one) => one === written);
    const meant = typeof written === "string" ? closest(written, QUOTING) : undefined;
    const names = object.properties.flatMap((property) => (QUOTED.includes(property.name) ? [] : unknown(text, object, property, QUOTED, path)));
    return isWrong ? [...names, problemAt(quoting.value, "warning", mustBeOneOf(QUOTING)(`${path}.quoting`, quote(written)), meant === undefined ? [] : [changeTo(quoting.value, meant)])] : names;
  });
}

function unknown(text: string, object: JsonObject, property: Property, known: readonly string[], path: string, others: Readonly<Record<string, string>> = {}): Problem[] {
  const { name, key } = property;
  const meant = (Object.hasOwn(others, name) ? others[name] : undefined) ?? closest(name, known);
  if (meant === undefined || object.has(meant)) return [problemAt(key, "warning", l10n.t('"{0}" is no property of "{1}".', name, path), [removal(text, object, property)])];
  return [problemAt(key, "warning", l10n.t('"{0}" is no property of "{1}": did you mean "{2}"?', name, path, meant), [changeTo(key, meant), removal(text, object, property)])];
}

/** A property of the task in a part of it where it does not count. */
function outOfPlace(text: string, entry: Entry, object: JsonObject, property: Property, path: string): Problem[] {
  const { name, key } = property;
  const isMovable = !entry.has(name) && !PLATFORMS.some((platform) => platform === name);
  const move: Fix[] = isMovable ? [{ title: l10n.t('Move "{0}" to the task', name), edits: moveProperty(text, object, property, entry) }] : [];
  return [problemAt(key, "warning", l10n.t('"{0}" means nothing in "{1}": write it in the task itself.', name, path), [...move, removal(text, object, property)])];
}

/** What a platform's block may have. */
export const BLOCK_PROPERTIES: readonly string[] = [...COMMAND_PROPERTIES, ...OWN_PROPERTIES].filter((name) => !ONLY_IN_TASK.includes(name));
