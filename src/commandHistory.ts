/** So many command lines are remembered. */
const KEPT = 50;

/** The history with this line as its newest, once. */
export function remembered(history: readonly string[], line: string): string[] {
  return [line, ...history.filter((other) => other !== line)].slice(0, KEPT);
}

export interface Offer {
  readonly line: string;
  readonly isRemembered: boolean;
}

/** What can be run: what has been typed, unless it is remembered, and then what is remembered, the newest first. */
export function offers(history: readonly string[], typed: string): Offer[] {
  const line = typed.trim();
  const isNew = line !== "" && !history.includes(line);
  return [...(isNew ? [{ line, isRemembered: false }] : []), ...history.map((one) => ({ line: one, isRemembered: true }))];
}
