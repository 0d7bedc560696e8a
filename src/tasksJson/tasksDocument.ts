import { getNodeValue, parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";

/** A property of an object in the text, with where it stands. */
export interface Property {
  readonly name: string;
  readonly key: Node;
  readonly value: Node;
  readonly start: number;
  readonly end: number;
}

/** An object of the text: an entry of `tasks`, or a part of one. */
export class JsonObject {
  /** In the order of the text. */
  readonly properties: readonly Property[];

  constructor(readonly node: Node) {
    this.properties = (node.children ?? []).flatMap((property) => {
      const [key, value] = property.children ?? [];
      if (key === undefined || value === undefined) return [];
      return [{ name: String(key.value), key, value, start: key.offset, end: endOf(value) }];
    });
  }

  /** The one that counts, where a name is given twice: the last. */
  get(name: string): Property | undefined {
    return this.properties.findLast((property) => property.name === name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Its value as plain data. */
  value(name: string): unknown {
    const property = this.get(name);
    return property === undefined ? undefined : (getNodeValue(property.value) as unknown);
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    return typeof value === "string" ? value : undefined;
  }

  object(name: string): JsonObject | undefined {
    const node = this.get(name)?.value;
    return node?.type === "object" ? new JsonObject(node) : undefined;
  }

  next(property: Property): Property | undefined {
    return this.properties[this.properties.indexOf(property) + 1];
  }

  get start(): number {
    return this.node.offset;
  }

  get end(): number {
    return endOf(this.node);
  }
}

/** Where a task stands in its file. */
export class Entry extends JsonObject {
  constructor(
    node: Node,
    readonly index: number,
  ) {
    super(node);
  }

  /** What VS Code calls the task; undefined where the text gives it no name. */
  get label(): string | undefined {
    return this.text("label") ?? this.text("taskName");
  }

  get type(): string | undefined {
    return this.text("type");
  }
}

export interface SyntaxError {
  readonly offset: number;
  /** What is wrong there: "CommaExpected". */
  readonly code: string;
}

/** A tasks.json, or the tasks of a .code-workspace file, as it is written. */
export interface TasksDocument {
  readonly text: string;
  readonly isWorkspaceFile: boolean;
  readonly root: Node | undefined;
  /** What has the properties "version" and "tasks": the root, or a workspace file's "tasks". */
  readonly settings: JsonObject | undefined;
  readonly array: Node | undefined;
  readonly entries: readonly Entry[];
  readonly syntaxErrors: readonly SyntaxError[];
}

/** Comments and trailing commas are no errors; of a half-typed text, what can be read is there. */
export function parseTasks(text: string, isWorkspaceFile: boolean): TasksDocument {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  const top = root?.type === "object" ? new JsonObject(root) : undefined;
  const settings = isWorkspaceFile ? top?.object("tasks") : top;
  const value = settings?.get("tasks")?.value;
  const array = value?.type === "array" ? value : undefined;
  return {
    text,
    isWorkspaceFile,
    root,
    settings,
    array,
    entries: (array?.children ?? []).flatMap((node, index) => (node.type === "object" ? [new Entry(node, index)] : [])),
    syntaxErrors: errors.map(({ offset, error }) => ({ offset, code: printParseErrorCode(error) })),
  };
}

export function endOf(node: Node): number {
  return node.offset + node.length;
}

/** What stands between a token and what precedes it, as far as it is to be repeated before another token: a line end with an indentation, or blanks. */
export function separatorBefore(text: string, offset: number): string {
  let start = offset;
  while (start > 0 && " \t\r\n".includes(text.charAt(start - 1))) start--;
  const space = text.slice(start, offset);
  const line = space.lastIndexOf("\n");
  if (line < 0) return space;
  return space.slice(space.charAt(line - 1) === "\r" ? line - 1 : line);
}

/** The text from a key to its value: `: `, as a rule. */
export function colonOf(text: string, { key, value }: Property): string {
  const colon = text.slice(endOf(key), value.offset);
  return /^\s*:\s*$/.test(colon) ? colon : ": ";
}

/** The same as it is, with the comments in it. */
export function rawColonOf(text: string, { key, value }: Property): string {
  return text.slice(endOf(key), value.offset);
}

/** A value as it is written. */
export function rawOf(text: string, node: Node): string {
  return text.slice(node.offset, endOf(node));
}
