import * as l10n from "@vscode/l10n";

/** A value as tasks.json would have it, cut to a length that a sentence can hold. */
export function quote(value: unknown): string {
  const text = value === undefined ? "undefined" : typeof value === "number" && !Number.isFinite(value) ? String(value) : JSON.stringify(value);
  return text.length <= 80 ? text : l10n.t({ message: "{0}... ({1} characters)", args: [text.slice(0, 60), text.length], comment: ["{0}: the beginning of a long text."] });
}
