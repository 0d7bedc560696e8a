import * as l10n from "@vscode/l10n";
import { refusals } from "./checkRefusals";
import { quote } from "../taskRunner/task/quote";
import { runsInShell } from "../taskRunner/task/shellChoice";
import { addProperties, prefixOf, type Placement } from "./addedProperties";
import { platformParts, type Conversion, type ProjectFacts } from "./conversion";
import { impliedProperties, isOneOf, isTargetKind, LOCAL_BIN, NAME_PROPERTY, RUNNERS, type ImpliedProperty, type Target, type TargetKind } from "./kinds";
import { isMarkedTarget, makeBuiltIn, readTarget } from "./makeBuiltIn";
import { impliedByVSCode, isOwnType, isRunByShell, lostPresentation, shellSaidBy } from "./ownTypes";
import { colonOf, parseTasks, rawColonOf, rawOf, separatorBefore, type Entry, type JsonObject, type Property, type TasksDocument } from "./tasksDocument";
import { applyEdits, replaceRange, type TextEdit } from "./textEdits";
import { isDeepStrictEqual } from "node:util";

/** How the text tells which of its properties were added. */
interface Variant {
  readonly placement: Placement | "nowhere";
  /** `args` before `command`, for tsc the long names of its options; for VS Code's own types, "shell" where the type says it. */
  readonly isMarked: boolean;
}

/** The first one from which the way back leads to the same text is taken; the first is nearly always. */
const VARIANTS: readonly Variant[] = [
  { placement: "afterType", isMarked: false },
  { placement: "beforeType", isMarked: true },
  { placement: "nowhere", isMarked: true },
];

/** Gives an entry the type "cancellable" and what it needs to run as it did. Everything else in the text stays as it is. */
export function makeCancellable(document: TasksDocument, entry: Entry, facts: ProjectFacts): Conversion {
  const why = whyNot(document, entry);
  if (why !== undefined) return { kind: "refused", why };
  const notes = notesOn(document, entry);
  let first: readonly TextEdit[] | undefined;
  for (const variant of VARIANTS) {
    const edits = convert(document, entry, facts, variant);
    if (edits === undefined) continue;
    const converted = parseTasks(applyEdits(document.text, edits), document.isWorkspaceFile);
    if (converted.syntaxErrors.length > document.syntaxErrors.length) continue;
    first ??= edits;
    if (leadsBack(document, entry, converted, facts)) return { kind: "converted", edits, notes };
  }
  if (first === undefined) return { kind: "refused", why: l10n.t("its text cannot be changed without breaking it") };
  return { kind: "converted", edits: first, notes: [...notes, l10n.t("made built-in again, its text will differ a little from what it is now")] };
}

/** Why an entry cannot be made cancellable: half a sentence that follows its name. */
export function whyNot(document: TasksDocument, entry: Entry): string | undefined {
  const { type } = entry;
  const version = document.settings?.value("version");
  if (version === "0.1.0") return l10n.t('its file has the version {0}; VS Code runs cancellable tasks only in one with "version": "2.0.0"', quote(version));
  if (type === "cancellable") return l10n.t("it is cancellable already");
  if (type === undefined && entry.has("type")) return l10n.t('its "{0}" is {1}', "type", quote(entry.value("type")));
  if (isOwnType(type)) return whyNotCommand(document, entry);
  if (isOneOf(RUNNERS, type) && entry.has("file")) return l10n.t('it names its "file", and {0} would have to be told in its own way', type);
  if (type === undefined || !isTargetKind(type)) return l10n.t("the extension that contributes its type {0} runs it in its own way", quote(type));
  if (type === "typescript" && entry.has("option") && entry.value("option") !== "watch") return l10n.t('its "{0}" is {1}', "option", quote(entry.value("option")));
  const name = NAME_PROPERTY[type];
  const target = entry.text(name) ?? "";
  if (target === "") return l10n.t('it has no "{0}"', name);
  if (target.startsWith("-")) return l10n.t('its "{0}" is {1}, which would be taken for an option', name, quote(target));
  if (entry.text("path") !== undefined && entry.object("options")?.has("cwd") === true) return l10n.t('it has "path" and "options.cwd", of which VS Code uses the second now; remove one of them first');
  const isCommand = (part: JsonObject): boolean => ["command", "args", "shell", "cwd", "env"].some((property) => part.has(property));
  return isCommand(entry) || platformParts(entry).some((part) => isCommand(part) || part.has("options")) ? l10n.t('it has parts of a command beside its "{0}", which VS Code ignores now; remove them first', name) : undefined;
}

function whyNotCommand(document: TasksDocument, entry: Entry): string | undefined {
  const { settings } = document;
  const parts = [entry, ...platformParts(entry)];
  const outside = ["cwd", "env", "shell"].find((name) => parts.some((part) => part.has(name)));
  if (outside !== undefined) return l10n.t('its "{0}" stands outside of "options", where VS Code ignores it now; move or remove it first', outside);
  if (!parts.some((part) => part.has("command"))) {
    if (entry.has("dependsOn")) return l10n.t("it only starts other tasks, which can be made cancellable themselves");
    return settings?.has("command") === true ? l10n.t('it has its "command" from the top of its file; write it into the task first') : l10n.t("it has no command");
  }
  const shell = parts.map((part) => part.object("options")?.value("shell")).find((value) => typeof value === "string");
  if (shell !== undefined) return l10n.t('its "options.shell" is {0}, which VS Code ignores now, because it is no object with an "executable"; change or remove it first', quote(shell));
  const isDivided = platformParts(entry).some((part) => shellSaidBy(part) !== undefined) || (entry.type === "process" && shellSaidBy(entry) === true);
  if (isDivided) return l10n.t("it says in two places whether a shell runs it");
  const [problem] = refusals(document, entry);
  return problem === undefined ? undefined : l10n.t({ message: "it would not start: {0}", args: [problem.message.replace(/\.$/, "")], comment: ["{0}: a sentence without its full stop."] });
}

function notesOn(document: TasksDocument, entry: Entry): string[] {
  return [...(isOwnType(entry.type) ? notesOnOwnType(document, entry) : notesOnTarget(document, entry)), ...notesOnDependents(document, entry)];
}

function notesOnOwnType(document: TasksDocument, entry: Entry): string[] {
  const dependsOn = entry.value("dependsOn");
  const isSequence = entry.text("dependsOrder") === "sequence" && Array.isArray(dependsOn) && dependsOn.length > 1;
  const lost = lostPresentation(document, entry);
  return [
    ...(isSequence ? [l10n.t('VS Code starts what it depends on at the same time, because it ignores "dependsOrder" in tasks of extensions')] : []),
    ...lost.ofEntry.map((platform) => l10n.t('VS Code heeds its "{0}" only in tasks of its own types', `${platform}.presentation`)),
    ...(lost.ofFile ? [l10n.t("the \"{0}\" at the top of its file counts only for tasks of VS Code's own types; copy it into the task to keep it", "presentation")] : []),
  ];
}

/** What stands beside "tasks" counts for tasks of our type, and not for VS Code's other ones. */
function notesOnTarget({ settings }: TasksDocument, entry: Entry): string[] {
  const tops = settings === undefined ? [] : [settings, ...platformParts(settings)];
  const options = entry.object("options");
  const isNew = (name: string): boolean => tops.some((top) => top.object("options")?.has(name)) && options?.has(name) !== true;
  const names = [...(isNew("cwd") && !entry.has("path") ? ["cwd"] : []), ...(isNew("env") ? ["env"] : [])];
  return names.map((name) => l10n.t('the "options.{0}" at the top of its file does not count for it now, and will', name));
}

/** Tasks that are named by their properties are VS Code's own. */
function notesOnDependents({ entries }: TasksDocument, entry: Entry): string[] {
  const isNamed = (dependency: unknown): boolean => {
    if (typeof dependency !== "object" || dependency === null || !("type" in dependency) || dependency.type !== entry.type) return false;
    return Object.entries(dependency).every(([name, value]) => isDeepStrictEqual(entry.value(name), value));
  };
  const dependents = entries.filter((other) => [other.value("dependsOn")].flat().some(isNamed));
  return dependents.map((other) => l10n.t('"{0}" depends on it by its properties, and will start the built-in one; write its label there', other.label ?? ""));
}

function convert(document: TasksDocument, entry: Entry, facts: ProjectFacts, variant: Variant): TextEdit[] | undefined {
  const { text } = document;
  const type = entry.get("type");
  if (type === undefined) return variant.isMarked ? undefined : addType(document, entry);
  const setType = replaceRange(type.value.offset, type.end, '"cancellable"');
  if (entry.type === undefined || !isTargetKind(entry.type)) {
    if (variant.placement === "nowhere") return undefined;
    const added = impliedByVSCode(document, entry).filter(([name]) => !entry.has(name));
    const shell = variant.isMarked ? [["shell", isRunByShell(document, entry)] as const] : shellProperty(document, entry, facts);
    return [setType, ...addProperties(text, entry, type, [...shell, ...added], isMarkedTarget(entry, facts) ? "beforeType" : variant.placement)];
  }
  const target = targetOf(entry, entry.type);
  const implied = impliedProperties(target).filter(([name]) => !entry.has(name));
  if (variant.placement === "nowhere" && implied.length > 0) return undefined;
  const added = variant.placement === "nowhere" ? addProperties(text, entry, type, [["shell", false]], "afterType") : addProperties(text, entry, type, implied, variant.placement);
  return [setType, ...added, ...nameCommand(text, entry, target, facts, variant.isMarked)];
}

/** What says whether a shell runs the command, where that is not clear without. */
function shellProperty(document: TasksDocument, entry: Entry, facts: ProjectFacts): ImpliedProperty[] {
  const parts = [entry.data(), ...platformParts(entry).map((part) => ({ ...entry.data(), ...part.data() }))];
  if (isRunByShell(document, entry)) return parts.every(runsInShell) ? [] : [["shell", true]];
  return parts.some(runsInShell) || readTarget(entry, facts) !== undefined ? [["shell", false]] : [];
}

/** Without a type, VS Code runs a process, unless the file says otherwise. "shell" before "type" tells it from one that has said so. */
function addType(document: TasksDocument, entry: Entry): TextEdit[] | undefined {
  const [first] = entry.properties;
  if (first === undefined) return undefined;
  const added = impliedByVSCode(document, entry).filter(([name]) => !entry.has(name));
  const written = prefixOf(document.text, first, [...added, ["shell", isRunByShell(document, entry)], ["type", "cancellable"]]);
  return [replaceRange(first.start, first.start, written)];
}

function targetOf(entry: Entry, kind: TargetKind): Target {
  return { kind, name: entry.text(NAME_PROPERTY[kind]) ?? "", path: entry.text("path"), isWatch: entry.text("option") === "watch" };
}

/** `command` and `args` in the place of the properties that named the target; the name is copied as it is written. */
function nameCommand(text: string, entry: Entry, target: Target, facts: ProjectFacts, isMarked: boolean): TextEdit[] {
  const named = entry.get(NAME_PROPERTY[target.kind]);
  if (named === undefined) return [];
  const [command, args] = commandOf(target, rawOf(text, named.value), facts, isMarked);
  const option = target.kind === "typescript" ? entry.get("option") : undefined;
  const path = target.kind === "npm" ? entry.get("path") : undefined;
  const edits = path === undefined ? [] : [replaceRange(path.key.offset, path.key.offset + path.key.length, '"cwd"')];
  if (option !== undefined) return [...edits, renamed(text, named, "command", command), renamed(text, option, "args", args)];
  const parts = [`"command"${rawColonOf(text, named)}${command}`, `"args"${colonOf(text, named)}${args}`];
  if (isMarked && target.kind !== "typescript") parts.reverse();
  return [...edits, replaceRange(named.start, named.end, parts.join(`,${separatorBefore(text, named.start)}`))];
}

function renamed(text: string, property: Property, name: string, value: string): TextEdit {
  return replaceRange(property.start, property.end, `"${name}"${rawColonOf(text, property)}${value}`);
}

function commandOf({ kind, name, isWatch }: Target, raw: string, facts: ProjectFacts, isLong: boolean): [command: string, args: string] {
  if (kind === "npm") {
    const [runner = "", ...before] = name === "install" ? facts.installCommand : facts.scriptCommand;
    const args = name === "install" ? [raw, ...before.slice(1).map(inQuotes)] : [...before.map(inQuotes), raw];
    return [inQuotes(runner), `[${args.join(", ")}]`];
  }
  const program = kind === "typescript" ? "tsc" : kind;
  const command = `"${facts.hasLocalProgram(program) ? LOCAL_BIN : ""}${program}"`;
  if (kind !== "typescript") return [command, `[${raw}]`];
  const option = facts.hasReferences(name) ? ["-b", "--build"] : ["-p", "--project"];
  return [command, `["${option[isLong ? 1 : 0] ?? ""}", ${raw}${isWatch === true ? ', "--watch"' : ""}]`];
}

function inQuotes(text: string): string {
  return JSON.stringify(text);
}

function leadsBack(document: TasksDocument, entry: Entry, converted: TasksDocument, facts: ProjectFacts): boolean {
  const again = converted.entries.find(({ index }) => index === entry.index);
  const back = again === undefined ? undefined : makeBuiltIn(converted, again, facts);
  return back?.kind === "converted" && applyEdits(converted.text, back.edits) === document.text;
}
