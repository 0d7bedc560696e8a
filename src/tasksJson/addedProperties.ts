import { colonOf, separatorBefore, type JsonObject, type Property } from "./tasksDocument";
import { replaceRange, type TextEdit } from "./textEdits";
import type { ImpliedProperty } from "./kinds";

/**
 * Where properties are written that an entry needs in addition when its type changes. They stand together, in a fixed order and
 * spelling, beside "type": so the way back knows them from what a person has written, and nothing has to be remembered.
 */
export type Placement = "afterType" | "beforeType";

/** What adds them. */
export function addProperties(text: string, entry: JsonObject, type: Property, added: readonly ImpliedProperty[], placement: Placement): TextEdit[] {
  if (added.length === 0) return [];
  const colon = colonOf(text, type);
  const written = added.map((one) => spelt(one, colon));
  const next = entry.next(type);
  if (placement === "afterType" && (next === undefined || !hasCommentBehind(text, type))) {
    const separator = separatorBefore(text, type.start);
    return [replaceRange(type.end, type.end, written.map((one) => `,${separator}${one}`).join(""))];
  }
  // A comment at the end of its line stays with "type".
  const before = placement === "afterType" && next !== undefined ? next : type;
  const separator = separatorBefore(text, before.start);
  return [replaceRange(before.start, before.start, written.map((one) => `${one},${separator}`).join(""))];
}

/** What `addProperties` has added of these, and what takes it away again; `undefined` where it has added none. */
export function findAdded(
  text: string,
  entry: JsonObject,
  type: Property,
  possible: readonly ImpliedProperty[],
  placement: Placement,
): { names: ReadonlySet<string>; edit: TextEdit } | undefined {
  const at = entry.properties.indexOf(type);
  const isBehind = placement === "afterType";
  const isInLine = isBehind && !hasCommentBehind(text, type);
  const colon = colonOf(text, type);
  const candidates = isBehind ? entry.properties.slice(at + 1) : entry.properties.slice(0, at).reverse();
  const order = isBehind ? possible : possible.toReversed();
  const separator = separatorBefore(text, isInLine ? type.start : isBehind ? (candidates[0]?.start ?? 0) : type.start);
  const found: Property[] = [];
  let from = 0;
  for (const property of candidates) {
    const index = order.findIndex(([name], i) => i >= from && name === property.name);
    const expected = order[index];
    if (expected === undefined || !isSpelt(property, spelt(expected, colon))) break;
    found.push(property);
    from = index + 1;
  }
  const last = found.at(-1);
  const first = found[0];
  if (last === undefined || first === undefined) return undefined;
  const names = new Set(found.map(({ name }) => name));
  if (isInLine) return { names, edit: replaceRange(type.end, last.end, "") };
  if (!isBehind) return { names, edit: replaceRange(last.start, type.start, "") };
  return { names, edit: replaceRange(first.start, entry.next(last)?.start ?? last.end, "") };

  function isSpelt(property: Property, spelling: string): boolean {
    if (isInLine) {
      const previous = found.at(-1) ?? type;
      return text.slice(previous.end, property.end) === `,${separator}${spelling}`;
    }
    const next = entry.next(property);
    return next !== undefined && text.slice(property.start, next.start) === `${spelling},${separator}`;
  }
}

/** What is written before the first property of an entry to add these. */
export function prefixOf(text: string, first: Property, added: readonly ImpliedProperty[]): string {
  const separator = separatorBefore(text, first.start);
  const colon = colonOf(text, first);
  return added.map((one) => `${spelt(one, colon)},${separator}`).join("");
}

function spelt([name, value]: ImpliedProperty, colon: string): string {
  return `${JSON.stringify(name)}${colon}${inLine(value)}`;
}

/** A value in one line, as people write it. */
function inLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const properties = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${inLine(one)}`);
  return properties.length === 0 ? "{}" : `{ ${properties.join(", ")} }`;
}

function hasCommentBehind(text: string, { end }: Property): boolean {
  return /^[ \t]*,?[ \t]*\/[/*]/.test(text.slice(end, end + 200));
}
