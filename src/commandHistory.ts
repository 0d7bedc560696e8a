/** So many command lines are remembered. */
const KEPT = 50;
/** No longer one is, in UTF-16 code units. */
const LONGEST = 10_000;

/**
 * The history with this line as its newest, once. One that begins with a blank is not remembered, as in a shell: it may hold a secret.
 * @param typed the line with the blanks at its ends
 */
export function remembered(history: readonly string[], typed: string): readonly string[] {
  const line = typed.trim();
  if (/^\s/.test(typed) || line.length > LONGEST) return history;
  return [line, ...history.filter((other) => other !== line)].slice(0, KEPT);
}

export interface Offer {
  /** As it was typed, with the blanks at its ends. */
  readonly line: string;
  readonly isRemembered: boolean;
}

/** What can be run: what has been typed, unless it is remembered, and then what is remembered, the newest first. */
export function offers(history: readonly string[], typed: string): Offer[] {
  const line = typed.trim();
  const isNew = line !== "" && !history.includes(line);
  return [...(isNew ? [{ line: typed, isRemembered: false }] : []), ...history.map((one) => ({ line: one, isRemembered: true }))];
}
