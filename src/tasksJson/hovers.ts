import * as l10n from "@vscode/l10n";
import { findNodeAtOffset, getNodePath } from "jsonc-parser";
import { formatDuration, parseDuration } from "../taskRunner/base/duration";
import { PLATFORMS } from "../taskRunner/task/layers";
import { endOf, type TasksDocument } from "./tasksDocument";

/** What a hover shows, in Markdown, and over which part of the text. */
export interface HoverText {
  readonly start: number;
  readonly end: number;
  readonly markdown: string;
}

/** What stands in for a property that the task leaves out, and what says so. */
export interface SettingValue {
  readonly value: unknown;
  readonly source: "default" | "user" | "workspace" | "folder";
}

/** @param signal as it is written @returns a sentence about it, in Markdown; undefined for what is no signal */
function meaningOf(name: string, signal: string): string | undefined {
  switch (name) {
    case "SIGINT":
      return l10n.t("{0} is what Ctrl+C sends. Most servers and watchers clean up and end; a program that reads keys (a shell, `less`, Python's prompt) takes it for one, and a shell's background jobs ignore it.", signal);
    case "SIGTERM":
      return l10n.t("{0} is what `kill` and container runtimes send: the usual request to end. Most programs clean up and end; interactive shells ignore it.", signal);
    case "SIGHUP":
      return l10n.t("{0} is what a closed terminal sends. Programs on a terminal end; many daemons (nginx, sshd) read their configuration again and go on.", signal);
    case "SIGQUIT":
      return l10n.t("{0} ends with a core dump. Go programs print all stacks, Java prints them and goes on, nginx and uWSGI shut down gracefully or at once.", signal);
    case "SIGKILL":
      return l10n.t("{0} ends at once, without any clean-up. No program can catch it.", signal);
    case "SIGUSR1":
      return l10n.t("{0} is application-defined: it ends a program that does not know it. Node starts its debugger.", signal);
    case "SIGUSR2":
      return l10n.t("{0} is application-defined: it ends a program that does not know it. nodemon restarts.", signal);
    case "none":
      return l10n.t("{0} sends nothing. When the `waitDelay` is over, the task is killed.", signal);
    default:
      return undefined;
  }
}

/** @param duration as it is written, with its length @returns a sentence about it */
const DURATIONS: Readonly<Record<string, (duration: string, span: string, ms: number) => string>> = {
  waitDelay: (duration, span, ms) =>
    ms === 0
      ? l10n.t("{0}: Stop waits indefinitely and kills nothing; held output is waited for indefinitely.", duration)
      : l10n.t("{0}: Stop kills the process group {1} after the request to end; output that is still held after the exit is waited for as long.", duration, span),
  "restart.within": (duration, span, ms) => (ms === 0 ? "" : l10n.t("{0}: only restarts within {1} are counted; after `max` of them the task stays ended.", duration, span)),
  timeout: (duration, span, ms) => (ms === 0 ? l10n.t("{0}: the task may run for any time.", duration) : l10n.t("{0}: the task is stopped when it has run for {1}.", duration, span)),
};

/** What a duration or a signal of a cancellable task means, at a place in the text. */
export function hoverAt(document: TasksDocument, offset: number, setting: (name: string) => SettingValue): HoverText | undefined {
  const entry = document.entries.find(({ start, end, type }) => type === "cancellable" && start < offset && offset < end);
  const node = entry === undefined || document.root === undefined ? undefined : findNodeAtOffset(document.root, offset, true);
  if (entry === undefined || node === undefined) return undefined;
  const isKey = node.parent?.type === "property" && node.parent.children?.[0] === node;
  const valueNode = isKey ? node.parent.children[1] : node;
  const name = propertyAt(document, getNodePath(valueNode ?? node));
  if (name === undefined || valueNode === undefined) return undefined;
  const markdown = name === "cancelSignal" ? signalText(valueNode.value, setting) : durationText(name, valueNode.value, setting);
  return markdown === undefined ? undefined : { start: node.offset, end: endOf(node), markdown };
}

/** Which of the properties that are told of a path leads to: a variable in "env" may be called "timeout" too. */
function propertyAt({ isWorkspaceFile }: TasksDocument, path: readonly (string | number)[]): string | undefined {
  const inTask = path.slice(isWorkspaceFile ? 3 : 2);
  const isOfBlock = PLATFORMS.some((platform) => platform === inTask[0]);
  const name = (isOfBlock ? inTask.slice(1) : inTask).join(".");
  return name === "cancelSignal" || Object.hasOwn(DURATIONS, name) ? name : undefined;
}

function durationText(name: string, value: unknown, setting: (name: string) => SettingValue): string | undefined {
  const ms = parseDuration(value);
  if (ms === undefined) return undefined;
  const span = formatDuration(ms);
  const duration =
    ms < 1000
      ? l10n.t({ message: "{0} is {1}", args: [written(value), span], comment: ["{0}: a duration as it is written. {1}: the same for people to read."] })
      : l10n.t({ message: "{0} is {1} ({2} ms)", args: [written(value), span, ms.toLocaleString("en")], comment: ["{0}: a duration as it is written. {1}: the same for people to read."] });
  const meaning = DURATIONS[name]?.(duration, span, ms) ?? "";
  if (meaning === "") return undefined;
  const standIn = name === "timeout" ? l10n.t("Without it: no timeout (the default).") : name === "restart.within" ? l10n.t("Without it: 1 minute (the default).") : standInOf(name, setting);
  return `${meaning}\n\n${standIn}`;
}

function signalText(value: unknown, setting: (name: string) => SettingValue): string | undefined {
  const meaning = typeof value === "string" ? meaningOf(value, written(value)) : undefined;
  return meaning === undefined ? undefined : `${meaning}\n\n${l10n.t("A task that names its signal gets no other before the kill.")} ${standInOf("cancelSignal", setting)}`;
}

/** What holds where the task says nothing: a sentence. */
function standInOf(name: string, setting: (name: string) => SettingValue): string {
  const { value, source } = setting(name);
  const [standIn, key] = [written(value), `\`cancellableTasks.${name}\``];
  switch (source) {
    case "default":
      return l10n.t({ message: "Without it: {0}, the default ({1}).", args: [standIn, key], comment: ["{0}: a value. {1}: the name of a setting."] });
    case "user":
      return l10n.t({ message: "Without it: {0}, from your settings ({1}).", args: [standIn, key], comment: ["{0}: a value. {1}: the name of a setting."] });
    case "workspace":
      return l10n.t({ message: "Without it: {0}, from the workspace's settings ({1}).", args: [standIn, key], comment: ["{0}: a value. {1}: the name of a setting."] });
    case "folder":
      return l10n.t({ message: "Without it: {0}, from the folder's settings ({1}).", args: [standIn, key], comment: ["{0}: a value. {1}: the name of a setting."] });
  }
}

/** Only what can be no Markdown is shown as it is. */
function written(value: unknown): string {
  return `\`${JSON.stringify(value).replace(/[^\w".:+\- µμ]/g, "?")}\``;
}
