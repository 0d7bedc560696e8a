/** How an argument is quoted for a shell, in tasks.json's words. */
export const QUOTING = ["escape", "strong", "weak"] as const;
export type Quoting = (typeof QUOTING)[number];

export interface QuotedString {
  readonly value: string;
  readonly quoting: Quoting;
}

/** A command or an argument: a string that is quoted where it has a blank, or one that says how it is quoted. */
export type CommandPart = string | QuotedString;

export function textOf(part: CommandPart): string {
  return typeof part === "string" ? part : part.value;
}

/**
 * Reads what tasks.json has for a command or an argument: a string, an object with `value` and `quoting`, and for either text also a list
 * of strings, which are joined by blanks. As in VS Code, an object without a known `quoting` is quoted strongly.
 * @returns undefined if it is none of these
 */
export function readPart(value: unknown): CommandPart | undefined {
  const text = joined(value);
  if (text !== undefined) return text;
  if (typeof value !== "object" || value === null) return undefined;
  const { value: inner, quoting } = value as { readonly value?: unknown; readonly quoting?: unknown };
  const innerText = joined(inner);
  return innerText === undefined ? undefined : { value: innerText, quoting: QUOTING.find((one) => one === quoting) ?? "strong" };
}

function joined(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === "string") ? value.join(" ") : undefined;
}
