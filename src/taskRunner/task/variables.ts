/** VS Code's `${...}` in what it has not resolved for us. */
const VARIABLE = /\$\{([^{}]*)\}/g;

/** What stands for a variable that has no value now; the message is one sentence. */
export class VariableError extends Error {}

/** The user was asked for a value and gave none. */
export class InputCanceled extends Error {}

/** Looks up `${inner}`. @returns undefined for what is no variable of VS Code's, and stays as it is: `${HOME}` is a shell's */
export type Lookup = (inner: string) => Promise<string | undefined>;

/**
 * Resolves the variables of what VS Code has not resolved: it hands over only what stands in the task itself, and of two values that
 * stand for different platforms only one.
 *
 * What it has resolved is not looked up again: the user would be asked twice, and a command run twice.
 */
export class Variables {
  /** Whole strings that VS Code has resolved. */
  readonly #strings = new Map<string, string>();
  readonly #values = new Map<string, Promise<string | undefined>>();
  readonly #lookup: Lookup;

  /**
   * @param raw a definition as it stands in tasks.json, in the different ways in which VS Code may have put a platform's block over it
   * @param resolved what VS Code has made of one of them
   */
  constructor(raw: readonly unknown[], resolved: unknown, lookup: Lookup) {
    this.#lookup = lookup;
    const fitting = raw.find((one) => fits(one, resolved));
    if (fitting !== undefined) this.#learn(fitting, resolved);
  }

  /** @throws VariableError, InputCanceled */
  async resolve(value: unknown): Promise<unknown> {
    if (typeof value === "string") return await this.#resolveText(value);
    // One after the other: two questions at once are none.
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      for (const one of value as unknown[]) list.push(await this.resolve(one));
      return list;
    }
    if (typeof value !== "object" || value === null) return value;
    const entries: [string, unknown][] = [];
    for (const [key, one] of Object.entries(value)) entries.push([key, await this.resolve(one)]);
    return Object.fromEntries(entries);
  }

  async #resolveText(text: string): Promise<string> {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    let resolved = "";
    let end = 0;
    for (const { 0: match, 1: inner = "", index } of text.matchAll(VARIABLE)) {
      resolved += text.slice(end, index) + ((await this.#valueOf(inner)) ?? match);
      end = index + match.length;
    }
    return resolved + text.slice(end);
  }

  #valueOf(inner: string): Promise<string | undefined> {
    const value = this.#values.get(inner) ?? this.#lookup(inner);
    this.#values.set(inner, value);
    return value;
  }

  #learn(raw: unknown, resolved: unknown): void {
    if (typeof raw === "string" && typeof resolved === "string") {
      this.#strings.set(raw, resolved);
      const [variable, ...more] = Array.from(raw.matchAll(VARIABLE), ({ 0: match, 1: inner = "", index }) => ({ match, inner, before: index, after: raw.length - index - match.length }));
      if (variable === undefined || more.length > 0) return;
      const value = resolved.slice(variable.before, resolved.length - variable.after);
      if (value !== variable.match) this.#values.set(variable.inner, Promise.resolve(value));
    } else if (isObject(raw) && isObject(resolved)) {
      for (const [key, value] of Object.entries(raw)) this.#learn(value, resolved[key]);
    }
  }
}

/**
 * Resolves the variables of a text in the settings for terminals, as VS Code does: a text with a variable that has no value now stays as it
 * is, nobody is asked, and no command is run. These settings are not the task's: it starts in spite of them.
 */
export async function resolveSetting(text: string, lookup: Lookup): Promise<string> {
  const quiet: Lookup = async (inner) => (/^(command|input):/.test(inner) ? undefined : await lookup(inner));
  try {
    return (await new Variables([], undefined, quiet).resolve(text)) as string;
  } catch (error) {
    if (error instanceof VariableError) return text;
    throw error;
  }
}

/** A definition in the ways in which VS Code may put a platform's block over it: as a whole, and for the machine of the window, which may be another one than the tasks'. */
export function mergedByVSCode(definition: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  const { windows, osx, linux, ...rest } = definition;
  return [{ ...definition }, ...[linux, osx, windows].flatMap((block) => (isObject(block) ? [{ ...rest, ...block }] : []))];
}

/** Whether the one can have become the other. */
function fits(raw: unknown, resolved: unknown): boolean {
  if (typeof raw === "string") return typeof resolved === "string" && canBecome(raw, resolved);
  if (!isObject(raw)) return raw === resolved;
  if (!isObject(resolved)) return false;
  const keys = Object.keys(raw);
  return keys.length === Object.keys(resolved).length && keys.every((key) => fits(raw[key], resolved[key]));
}

/** Whether a text can come from this one: its literal parts stand in it, in their order. Takes time in proportion to its length. */
function canBecome(raw: string, resolved: string): boolean {
  const literals = raw.split(/\$\{[^{}]*\}/);
  const [first = "", last = ""] = [literals[0], literals.at(-1)];
  if (literals.length === 1) return raw === resolved;
  if (!resolved.startsWith(first) || !resolved.endsWith(last) || resolved.length < first.length + last.length) return false;
  const end = resolved.length - last.length;
  let at = first.length;
  for (const literal of literals.slice(1, -1)) {
    const found = resolved.indexOf(literal, at);
    if (found < 0 || found + literal.length > end) return false;
    at = found + literal.length;
  }
  return true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
