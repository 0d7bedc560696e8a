import { findNodeAtOffset, getNodePath } from "jsonc-parser";
import { formatDuration, parseDuration } from "../taskRunner/base/duration";
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

const SIGNALS: Readonly<Record<string, string>> = {
  SIGINT: "is what Ctrl+C sends. Most servers and watchers clean up and end; a program that reads keys (a shell, `less`, Python's prompt) takes it for one, and a shell's background jobs ignore it.",
  SIGTERM: "is what `kill` and container runtimes send: the usual request to end. Most programs clean up and end; interactive shells ignore it.",
  SIGHUP: "is what a closed terminal sends. Programs on a terminal end; many daemons (nginx, sshd) read their configuration again and go on.",
  SIGQUIT: "ends with a core dump. Go programs print all stacks, Java prints them and goes on, nginx and uWSGI shut down gracefully or at once.",
  SIGKILL: "ends at once, without any clean-up. No program can catch it.",
  SIGUSR1: "is application-defined: it ends a program that does not know it. Node starts its debugger.",
  SIGUSR2: "is application-defined: it ends a program that does not know it. nodemon restarts.",
  none: "sends nothing. When the `waitDelay` is over, the task is killed.",
};

const MEANING: Readonly<Record<string, (span: string, ms: number) => string>> = {
  waitDelay: (span, ms) => (ms === 0 ? "Stop waits indefinitely and kills nothing; held output is waited for indefinitely" : `Stop kills the process group ${span} after the request to end; output that is still held after the exit is waited for as long`),
  timeout: (span, ms) => (ms === 0 ? "the task may run for any time" : `the task is stopped when it has run for ${span}`),
};

const SOURCES: Record<SettingValue["source"], string> = {
  default: "the default",
  user: "from your settings",
  workspace: "from the workspace's settings",
  folder: "from the folder's settings",
};

/** What a duration or a signal of a cancellable task means, at a place in the text. */
export function hoverAt(document: TasksDocument, offset: number, setting: (name: string) => SettingValue): HoverText | undefined {
  const entry = document.entries.find(({ start, end, type }) => type === "cancellable" && start < offset && offset < end);
  const node = entry === undefined || document.root === undefined ? undefined : findNodeAtOffset(document.root, offset, true);
  if (entry === undefined || node === undefined) return undefined;
  const isKey = node.parent?.type === "property" && node.parent.children?.[0] === node;
  const name = isKey ? (node.value as string) : getNodePath(node).at(-1);
  const valueNode = isKey ? node.parent.children[1] : node;
  if (typeof name !== "string" || valueNode === undefined) return undefined;
  const markdown = name in MEANING ? durationText(name, valueNode.value, setting) : name === "cancelSignal" ? signalText(valueNode.value, setting) : undefined;
  return markdown === undefined ? undefined : { start: node.offset, end: endOf(node), markdown };
}

function durationText(name: string, value: unknown, setting: (name: string) => SettingValue): string | undefined {
  const ms = parseDuration(value);
  if (ms === undefined) return undefined;
  const span = formatDuration(ms);
  const standIn = name === "timeout" ? "no timeout (the default)" : standInOf(name, setting);
  return `${written(value)} is ${span}${ms >= 1000 ? ` (${ms.toLocaleString("en")} ms)` : ""}: ${MEANING[name]?.(span, ms) ?? ""}.\n\nWithout it: ${standIn}.`;
}

function signalText(value: unknown, setting: (name: string) => SettingValue): string | undefined {
  const meaning = typeof value === "string" ? SIGNALS[value] : undefined;
  return meaning === undefined ? undefined : `${written(value)} ${meaning}\n\nA task that names its signal gets no other before the kill. Without it: ${standInOf("cancelSignal", setting)}.`;
}

function standInOf(name: string, setting: (name: string) => SettingValue): string {
  const { value, source } = setting(name);
  return `${written(value)}, ${SOURCES[source]} (\`cancellableTasks.${name}\`)`;
}

/** Only what can be no Markdown is shown as it is. */
function written(value: unknown): string {
  return `\`${JSON.stringify(value).replace(/[^\w".:+\- µμ]/g, "?")}\``;
}
