import { getLocation } from "jsonc-parser";
import { BLOCK_PROPERTIES } from "./checkNames";
import { wordAt, type Completion } from "./completions";
import { PLATFORMS } from "../taskRunner/task/layers";
import { endOf, type TasksDocument } from "./tasksDocument";

/** What package.json says of a property of a task, in the user's language. */
export type PropertySchemas = Readonly<Record<string, unknown>>;

interface Schema {
  readonly type?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly markdownEnumDescriptions?: readonly string[];
}

/** The properties and values of a platform's block: a schema cannot give it those of the task, so VS Code offers nothing there. */
export function blockCompletionsAt(document: TasksDocument, offset: number, schemas: PropertySchemas): Completion[] {
  const { text, isWorkspaceFile } = document;
  const location = getLocation(text, offset);
  const path = isWorkspaceFile ? location.path.slice(1) : location.path;
  const [, , platform, name] = path;
  const entry = document.entries.find(({ start, end, type }) => type === "cancellable" && start < offset && offset < end);
  if (path.length !== 4 || entry === undefined || typeof name !== "string" || !PLATFORMS.some((one) => one === platform)) return [];
  const block = entry.object(String(platform));
  const property = block?.properties.find(({ value, end }) => value.offset <= offset && offset <= end);
  const isInside = !location.isAtPropertyKey && property?.value.type === "string";
  const [start, end] = isInside ? [property.value.offset, endOf(property.value)] : wordAt(text, offset);
  if (!location.isAtPropertyKey) return valuesOf(schemas[name] as Schema | undefined).map(([value, documentation]) => ({ kind: "value", label: JSON.stringify(value), detail: "", documentation, text: JSON.stringify(value), start, end }));
  const isNamed = /^"?\s*:/.test(text.slice(end));
  return isNamed ? [] : BLOCK_PROPERTIES.filter((one) => block?.has(one) !== true).map((one) => ({ kind: "property", label: one, detail: "", documentation: descriptionOf(schemas[one] as Schema | undefined), text: `"${one}": $1`, start, end }));
}

function valuesOf(schema: Schema | undefined): [value: unknown, documentation: string][] {
  return (schema?.anyOf ?? []).flatMap((one): [unknown, string][] => [
    ...(one.enum ?? []).map((value, i): [unknown, string] => [value, one.markdownEnumDescriptions?.[i] ?? ""]),
    ...("const" in one ? [[one.const, descriptionOf(one)] as [unknown, string]] : []),
    ...(one.type === "boolean" ? [[true, ""] as [unknown, string], [false, ""] as [unknown, string]] : []),
    ...(one.examples ?? []).map((value): [unknown, string] => [value, ""]),
  ]);
}

function descriptionOf(schema: Schema | undefined): string {
  return schema?.markdownDescription ?? schema?.description ?? "";
}
