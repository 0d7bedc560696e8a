/** Replaces `length` characters at `offset` by `text`. */
export interface TextEdit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** @param edits do not overlap; those at one place are applied in their order */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const inOrder = edits.map((edit, i) => ({ ...edit, i })).sort((a, b) => a.offset - b.offset || a.i - b.i);
  let result = "";
  let at = 0;
  for (const { offset, length, text: replacement } of inOrder) {
    result += text.slice(at, offset) + replacement;
    at = offset + length;
  }
  return result + text.slice(at);
}

export function replaceRange(start: number, end: number, text: string): TextEdit {
  return { offset: start, length: end - start, text };
}

/** As people write it, in one line. */
export function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${written(one)}`).join(", ")} }`;
}
