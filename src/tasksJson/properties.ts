import { createScanner, findNodeAtLocation, SyntaxKind } from "jsonc-parser";
import { colonOf, JsonObject, rawOf, separatorBefore, type Property } from "./tasksDocument";
import { replaceRange, written, type TextEdit } from "./textEdits";

/** Takes a property away with its comma and its line; comments stay. */
export function removeProperty(text: string, object: JsonObject, property: Property): TextEdit[] {
  const next = object.next(property);
  const previous = object.properties[object.properties.indexOf(property) - 1];
  if (next !== undefined && /^\s*,\s*$/.test(text.slice(property.end, next.start))) return [replaceRange(property.start, next.start, "")];
  const comma = commaIn(text, property.end, next?.start ?? object.end);
  if (comma !== undefined) {
    const isNear = text.slice(property.end, comma).trim() === "";
    const end = isNear ? comma + 1 : property.end;
    return [withLineBefore(text, object, property, end), ...(isNear ? [] : [replaceRange(comma, comma + 1, "")])];
  }
  // A last one without a trailing comma leaves that of its predecessor behind, which is taken away too.
  if (previous === undefined) return [replaceRange(property.start, property.end, "")];
  if (/^\s*,\s*$/.test(text.slice(previous.end, property.start))) return [replaceRange(previous.end, property.end, "")];
  const before = commaIn(text, previous.end, property.start);
  return [...(before === undefined ? [] : [replaceRange(before, before + 1, "")]), withLineBefore(text, object, property, property.end)];
}

/** Removes up to `end`, with the blanks and the line end before it, unless what follows would become a part of a comment. */
function withLineBefore(text: string, object: JsonObject, property: Property, end: number): TextEdit {
  const start = property.start - separatorBefore(text, property.start).length;
  const previous = object.properties[object.properties.indexOf(property) - 1];
  const isComment = tokensIn(text, previous?.end ?? object.start + 1, property.start).some((token) => token.kind === SyntaxKind.LineCommentTrivia && token.end === text.slice(0, start).trimEnd().length);
  const isLastOnLine = /^[ \t]*(\r?\n|\/\/)/.test(text.slice(end));
  return replaceRange(isComment && !isLastOnLine ? property.start : start, end, "");
}

/** Where the comma between two properties stands; those in comments are none. */
function commaIn(text: string, start: number, end: number): number | undefined {
  return tokensIn(text, start, end).find(({ kind }) => kind === SyntaxKind.CommaToken)?.offset;
}

interface Token {
  readonly kind: SyntaxKind;
  readonly offset: number;
  readonly end: number;
}

/** @param start not within a token */
function tokensIn(text: string, start: number, end: number): Token[] {
  const scanner = createScanner(text.slice(start, end), false);
  const tokens: Token[] = [];
  for (let kind = scanner.scan(); kind !== SyntaxKind.EOF; kind = scanner.scan()) {
    const offset = start + scanner.getTokenOffset();
    tokens.push({ kind, offset, end: offset + scanner.getTokenLength() });
  }
  return tokens;
}

/** Takes a property out of a part of a task, and writes it in the task itself, behind its command. */
export function moveProperty(text: string, part: JsonObject, property: Property, entry: JsonObject): TextEdit[] {
  const first = entry.get("command") ?? entry.properties[0];
  if (first === undefined) return [];
  return [...removeProperty(text, part, property), replaceRange(first.end, first.end, `,${separatorBefore(text, first.start)}${rawOf(text, property.key)}${colonOf(text, property)}${rawOf(text, property.value)}`)];
}

/** VS Code's own tasks have their directory, environment and shell in "options". */
export function moveToOptions(text: string, entry: JsonObject, property: Property): TextEdit[] {
  const shell = property.name === "shell" ? shellOption(text, property) : undefined;
  if (property.name === "shell" && shell === undefined) return removeProperty(text, entry, property);
  const written = `"${property.name}"${colonOf(text, property)}${shell ?? rawOf(text, property.value)}`;
  const options = entry.object("options");
  if (options === undefined) return [replaceRange(property.start, property.end, `"options"${colonOf(text, property)}{ ${written} }`)];
  const [first] = options.properties;
  const own = options.get(property.name);
  const removed = removeProperty(text, entry, property);
  if (own !== undefined) return [...removed, replaceRange(own.start, own.end, written)];
  if (first === undefined) return [...removed, replaceRange(options.start, options.end, `{ ${written} }`)];
  return [...removed, replaceRange(first.start, first.start, `${written},${separatorBefore(text, first.start) || " "}`)];
}

/** `true` and `false` are told by the type. */
function shellOption(text: string, { value }: Property): string | undefined {
  if (value.type === "string") return `{ "executable": ${rawOf(text, value)} }`;
  return value.type === "object" ? rawOf(text, value) : undefined;
}

/**
 * Gives the value at a path of an entry another value, or adds a property to it.
 * @returns undefined where the path leads nowhere
 */
export function setProperty(text: string, entry: JsonObject, path: readonly (string | number)[], value: unknown): TextEdit[] | undefined {
  const node = findNodeAtLocation(entry.node, [...path]);
  if (node !== undefined) return [replaceRange(node.offset, node.offset + node.length, written(value))];
  const name = path.at(-1);
  const parent = path.length === 1 ? entry.node : findNodeAtLocation(entry.node, path.slice(0, -1));
  if (parent?.type !== "object" || typeof name !== "string") return undefined;
  const object = new JsonObject(parent);
  const first = object.get("command") ?? object.properties[0];
  if (first === undefined) return [replaceRange(object.start + 1, object.start + 1, `${JSON.stringify(name)}: ${written(value)}`)];
  return [replaceRange(first.end, first.end, `,${separatorBefore(text, first.start)}${JSON.stringify(name)}${colonOf(text, first)}${written(value)}`)];
}

/**
 * Adds values at the start of a list that has some.
 * @returns undefined where the path leads to none
 */
export function addFirst(text: string, entry: JsonObject, path: readonly (string | number)[], values: readonly unknown[]): TextEdit[] | undefined {
  const first = findNodeAtLocation(entry.node, [...path, 0]);
  if (first === undefined) return undefined;
  const separator = separatorBefore(text, first.offset) || " ";
  return [replaceRange(first.offset, first.offset, values.map((value) => `${JSON.stringify(value)},${separator}`).join(""))];
}
