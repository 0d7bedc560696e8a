import { colonOf, rawOf, separatorBefore, type JsonObject, type Property } from "./tasksDocument";
import { replaceRange, type TextEdit } from "./textEdits";

/** Takes a property away with its comma and its line; comments stay. */
export function removeProperty(text: string, object: JsonObject, property: Property): TextEdit[] {
  const next = object.next(property);
  if (next !== undefined && /^\s*,\s*$/.test(text.slice(property.end, next.start))) return [replaceRange(property.start, next.start, "")];
  const at = object.properties.indexOf(property);
  const previous = object.properties[at - 1];
  const comma = /^\s*,/.exec(text.slice(property.end));
  // A last one without a trailing comma leaves that of its predecessor behind, which is taken away too.
  if (comma !== null) return [replaceRange(blankBefore(text, property.start), property.end + comma[0].length, "")];
  if (previous === undefined) return [replaceRange(property.start, property.end, "")];
  const between = text.slice(previous.end, property.start);
  if (/^\s*,\s*$/.test(between)) return [replaceRange(previous.end, property.end, "")];
  const commaAt = previous.end + between.indexOf(",");
  return [replaceRange(commaAt, commaAt + 1, ""), replaceRange(blankBefore(text, property.start), property.end, "")];
}

/** Where the blanks and the line end before a place begin. */
function blankBefore(text: string, offset: number): number {
  return offset - separatorBefore(text, offset).length;
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
