import { PLATFORMS } from "../taskRunner/task/layers";
import type { ImpliedProperty } from "./kinds";
import type { Entry, JsonObject, TasksDocument } from "./tasksDocument";

/** What a presentation can have, with what VS Code does where it says nothing. */
const PRESENTATION: Readonly<Record<string, unknown>> = { echo: true, reveal: "always", revealProblems: "never", focus: false, panel: "shared", showReuseMessage: true, clear: false, group: undefined, close: undefined, preserveTerminalName: false };

/** Whether the type of an entry is one of VS Code's own. */
export function isOwnType(type: string | undefined): boolean {
  return type === undefined || type === "shell" || type === "process";
}

/** Whether a shell runs a task of one of these types. */
export function isRunByShell({ settings }: TasksDocument, entry: Entry): boolean {
  return shellSaidBy(entry) ?? (settings && shellSaidBy(settings)) ?? false;
}

/** What an entry, or a part of one, says of it; undefined: nothing. */
export function shellSaidBy(object: JsonObject): boolean | undefined {
  const old = object.value("isShellCommand");
  // As in VS Code, `false` says so too.
  if (old !== undefined) return typeof old === "boolean" || (typeof old === "object" && old !== null);
  const type = object.value("type");
  return type === "shell" ? true : type === "process" ? false : undefined;
}

/**
 * What VS Code makes of a task of its own types beyond what the entry says, and of no extension's: by what stands beside "tasks" at the top
 * of the file, by what tasks had before version 2.0.0, and by the labels "build" and "test". It has to be written where the type is another one.
 * What the entry has of these properties counts as not there, so that they are the same on the way back.
 * @returns them in the order in which they are written
 */
export function impliedByVSCode(document: TasksDocument, entry: Entry): ImpliedProperty[] {
  const { settings } = document;
  const group = groupOf(document, entry);
  const presentation = unusual({ ...presentationOf(settings), ...presentationOf(entry, true) });
  const matcher = settings?.value("problemMatcher");
  const isBackground = entry.has("isWatching") ? entry.value("isWatching") === true : undefined;
  const promptOnClose = isBackground === undefined && !entry.has("isBackground") ? settings?.value("promptOnClose") : undefined;
  return [
    ...(group === undefined ? [] : [["group", group] as const]),
    ...(isBackground === undefined ? [] : [["isBackground", isBackground] as const]),
    ...(matcher === undefined ? [] : [["problemMatcher", matcher] as const]),
    ...(Object.keys(presentation).length === 0 || entry.has("terminal") ? [] : [["presentation", presentation] as const]),
    ...(typeof promptOnClose !== "boolean" ? [] : [["promptOnClose", promptOnClose] as const]),
  ];
}

/** What of its presentation is lost when it gets another type, because it cannot be written: the names of what says it. */
export function lostPresentation({ settings }: TasksDocument, entry: Entry): { ofEntry: string[]; ofFile: boolean } {
  const ofEntry = PLATFORMS.filter((name) => Object.keys(presentationOf(entry.object(name))).length > 0);
  const top = unusual(presentationOf(settings));
  const own = presentationOf(entry);
  const isPartial = (entry.has("presentation") || entry.has("terminal")) && Object.keys(top).some((name) => !(name in own));
  return { ofEntry, ofFile: isPartial || PLATFORMS.some((name) => Object.keys(presentationOf(settings?.object(name))).length > 0) };
}

/** @param isOld only by what tasks had before version 2.0.0 */
function presentationOf(object: JsonObject | undefined, isOld = false): Record<string, unknown> {
  if (object === undefined) return {};
  const [echo, reveal] = [object.value("echoCommand"), object.value("showOutput")];
  const presentation = object.object("presentation") ?? object.object("terminal");
  const named = isOld || presentation === undefined ? {} : presentation.data();
  const known = Object.entries(named).filter(([name]) => name in PRESENTATION);
  return { ...(typeof echo === "boolean" ? { echo } : {}), ...(typeof reveal === "string" ? { reveal } : {}), ...Object.fromEntries(known) };
}

function unusual(presentation: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(presentation).filter(([name, value]) => PRESENTATION[name] !== value));
}

/** The group that it has without saying so; of two tasks that might get one by their labels, only the one named "build" does. */
function groupOf({ entries }: TasksDocument, entry: Entry): "build" | "test" | undefined {
  const old = oldGroup(entry);
  if (old !== undefined) return old;
  const own = entries.filter(({ type }) => isOwnType(type) || type === "cancellable");
  for (const group of ["build", "test"] as const) {
    // One that has said so in the old way takes it from those that only have the name.
    if (own.some((one) => oldGroup(one) === group && !one.has("group"))) continue;
    const first = own.find(({ label }) => label === group);
    if (first === undefined) continue;
    if (first.index === entry.index) return group;
    const said = isGroupAdded(first, group) ? undefined : (first.object("group")?.value("kind") ?? first.value("group"));
    if (said !== group) return undefined;
  }
  return undefined;
}

/** Whether a conversion has written it: beside "type", on the side on which it would be taken away again. */
function isGroupAdded(entry: Entry, group: string): boolean {
  if (entry.type !== "cancellable" || entry.value("group") !== group) return false;
  const names = entry.properties.map(({ name }) => name);
  const [shell, type, at] = [names.indexOf("shell"), names.indexOf("type"), names.indexOf("group")];
  if (shell >= 0 && shell < type) return shell === type - 1 ? at < shell : at === shell + 1;
  return at === type + 1 || (shell === type + 1 && at === shell + 1);
}

function oldGroup(entry: Entry): "build" | "test" | undefined {
  return entry.value("isBuildCommand") === true ? "build" : entry.value("isTestCommand") === true ? "test" : undefined;
}
