import * as l10n from "@vscode/l10n";
import { getLocation } from "jsonc-parser";
import { snippetText, taskSnippets } from "./snippets";
import { endOf, type TasksDocument } from "./tasksDocument";

/** What completion offers, and what of the text it takes the place of. */
export interface Completion {
  readonly kind: "value" | "property" | "snippet";
  readonly label: string;
  readonly detail: string;
  /** In Markdown. */
  readonly documentation?: string;
  /** For a snippet or a property with places to be filled in. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * What VS Code's own completion leaves out: the type before the schema knows that it is meant (`command` is not there yet), the property
 * itself, and whole tasks.
 */
export function completionsAt(document: TasksDocument, offset: number): Completion[] {
  const { text, isWorkspaceFile } = document;
  const location = getLocation(text, offset);
  const path = isWorkspaceFile ? location.path.slice(1) : location.path;
  if ((isWorkspaceFile && location.path[0] !== "tasks") || path[0] !== "tasks" || typeof path[1] !== "number") return [];
  if (path.length === 2) return elementAt(document, offset);
  if (path.length !== 3) return [];
  if (path[2] === "type" && !location.isAtPropertyKey) return typeAt(document, offset);
  return location.isAtPropertyKey ? typeProperty(document, offset) : [];
}

function typeAt(document: TasksDocument, offset: number): Completion[] {
  const entry = document.entries.find(({ start, end }) => start <= offset && offset <= end);
  // With a command, VS Code knows what is meant, and offers it too.
  if (entry?.has("command") === true) return [];
  const value = entry?.get("type")?.value;
  const isInside = value !== undefined && value.type === "string" && value.offset <= offset && offset <= endOf(value);
  const [start, end] = isInside ? [value.offset, endOf(value)] : wordAt(document.text, offset);
  return [{ kind: "value", label: '"cancellable"', detail: typeDetail(), text: '"cancellable"', start, end }];
}

function typeDetail(): string {
  return l10n.t("a task that can always be stopped");
}

function typeProperty(document: TasksDocument, offset: number): Completion[] {
  const entry = document.entries.find(({ start, end }) => start < offset && offset < end);
  if (entry?.has("type") === true) return [];
  const [start, end] = wordAt(document.text, offset);
  if (/^"?\s*:/.test(document.text.slice(end))) return [];
  return [{ kind: "value", label: '"type": "cancellable"', detail: typeDetail(), text: '"type": "cancellable"', start, end }];
}

function elementAt(document: TasksDocument, offset: number): Completion[] {
  const isInEntry = document.entries.some(({ start, end }) => start < offset && offset < end);
  if (isInEntry) return [];
  const [start, end] = wordAt(document.text, offset);
  const before = document.text.slice(0, start).trimEnd();
  if (!/[[,]$/.test(withoutComment(before))) return [];
  const isFollowed = /^\s*\{/.test(document.text.slice(end));
  return taskSnippets().map((snippet) => ({
    kind: "snippet",
    label: `cancellable ${snippet.name}`,
    detail: snippet.description,
    text: `${snippetText(snippet)}${isFollowed ? "," : ""}`,
    start,
    end,
  }));
}

/** A comment at the end of the line stands between a comma and what follows it. */
function withoutComment(text: string): string {
  const line = text.slice(text.lastIndexOf("\n") + 1);
  const comment = /^\s*\/\/.*$|[\s,[]\/\/.*$/.exec(line);
  return comment === null ? text.replace(/\/\*[^]*?\*\/$/, "").trimEnd() : withoutComment(text.slice(0, text.length - line.length + comment.index + (/^[,[]/.test(comment[0]) ? 1 : 0)).trimEnd());
}

/** What is typed already: a word, or a text in quotation marks that is open or closed. */
export function wordAt(text: string, offset: number): [start: number, end: number] {
  const before = /"?[\w-]*(?: [\w-]*)?$/.exec(text.slice(Math.max(0, text.lastIndexOf("\n", offset - 1) + 1), offset))?.[0].trimStart() ?? "";
  const after = /^[\w-]*"?/.exec(text.slice(offset))?.[0] ?? "";
  return [offset - before.length, offset + (before.startsWith('"') ? after.length : after.replace(/"$/, "").length)];
}
