import { endOf, separatorBefore, type TasksDocument } from "./tasksDocument";
import { replaceRange, type TextEdit } from "./textEdits";

/** An entry of `tasks`, with its properties in the order in which they are to be written. */
export type NewTask = Readonly<Record<string, unknown>>;

/** How a text is written where it does not show it itself. */
export interface Style {
  /** One level of indentation. */
  readonly indent: string;
  readonly eol: string;
}

/**
 * Adds entries at the end of `tasks`; makes what is missing of the file around them.
 * @returns the edits, or undefined where the text is no such file (a list at its top, "tasks" that is no list)
 */
export function addTasks(document: TasksDocument, tasks: readonly NewTask[], fallback: Style): TextEdit[] | undefined {
  const { text, root, array, settings } = document;
  const style = styleOf(text, fallback);
  const at = text.length;
  if (root === undefined) {
    const start = text === "" || text.endsWith("\n") ? "" : style.eol;
    return [replaceRange(at, at, `${start}${file(document.isWorkspaceFile, tasks, style)}${style.eol}`)];
  }
  if (array !== undefined) return [intoArray(text, array, tasks, style)];
  if (root.type !== "object") return undefined;
  if (document.isWorkspaceFile && settings === undefined) {
    if ((root.children ?? []).some((property) => property.children?.[0]?.value === "tasks")) return undefined;
    return [intoObject(text, root, [["tasks", { version: "2.0.0", tasks }]], style)];
  }
  if (settings === undefined || settings.has("tasks")) return undefined;
  const version: Properties = settings.has("version") ? [] : [["version", "2.0.0"]];
  return [intoObject(text, settings.node, [...version, ["tasks", tasks]], style)];
}

/** A label that no entry has yet: the wished one, else with a number. */
export function uniqueLabel(wished: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) {
    const label = n === 1 ? wished : `${wished} (${n})`;
    if (!taken.has(label)) return label;
  }
}

function file(isWorkspaceFile: boolean, tasks: readonly NewTask[], style: Style): string {
  const content = { version: "2.0.0", tasks };
  return object(isWorkspaceFile ? { folders: [{ path: "." }], tasks: content } : content, "", style);
}

function intoArray(text: string, array: NonNullable<TasksDocument["array"]>, tasks: readonly NewTask[], style: Style): TextEdit {
  const children = array.children ?? [];
  const last = children.at(-1);
  const margin = lineMargin(text, array.offset);
  if (last === undefined) {
    const inside = margin + style.indent;
    const end = endOf(array) - 1;
    const kept = text.slice(array.offset + 1, end).trimEnd();
    const items = tasks.map((task) => `${style.eol}${inside}${object(task, inside, style)}`).join(",");
    return replaceRange(array.offset + 1 + kept.length, end, `${items}${style.eol}${margin}`);
  }
  const before = separatorBefore(text, last.offset);
  const separator = before.includes("\n") ? before : `${style.eol}${margin}${style.indent}`;
  const inside = separator.replace(/^\r?\n/, "");
  return replaceRange(endOf(last), endOf(last), tasks.map((task) => `,${separator}${object(task, inside, style)}`).join(""));
}

type Properties = readonly (readonly [name: string, value: unknown])[];

function intoObject(text: string, node: NonNullable<TasksDocument["root"]>, properties: Properties, style: Style): TextEdit {
  const last = node.children?.at(-1);
  const margin = lineMargin(text, node.offset);
  const before = last === undefined ? "" : separatorBefore(text, last.offset);
  const separator = before.includes("\n") ? before : `${style.eol}${margin}${style.indent}`;
  const inside = separator.replace(/^\r?\n/, "");
  const written = properties.map(([name, value]) => `${separator}${JSON.stringify(name)}: ${object(value, inside, style)}`);
  if (last !== undefined) return replaceRange(endOf(last), endOf(last), written.map((one) => `,${one}`).join(""));
  const end = endOf(node) - 1;
  const kept = text.slice(node.offset + 1, end).trimEnd();
  return replaceRange(node.offset + 1 + kept.length, end, `${written.join(",")}${style.eol}${margin}`);
}

/** A value with the given margin on every line but its first. */
function object(value: unknown, margin: string, style: Style): string {
  return compact(JSON.stringify(value, null, style.indent)).replaceAll("\n", `${style.eol}${margin}`);
}

/** Short lists of texts stay on one line, as people write them. */
function compact(json: string): string {
  return json.replace(/\[\s*((?:"(?:[^"\\]|\\.)*",?\s*)+)\]/g, (list, items: string) => {
    const line = `[${items.trim().replace(/,\s*\n\s*/g, ", ")}]`;
    return line.length <= 80 ? line : list;
  });
}

/** The blanks with which the line of a place begins. */
function lineMargin(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function styleOf(text: string, fallback: Style): Style {
  const eol = /\r\n|\n/.exec(text)?.[0] ?? fallback.eol;
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? fallback.indent;
  return { eol, indent };
}
