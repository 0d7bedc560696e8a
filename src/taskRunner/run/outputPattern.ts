import { createContext, Script, type Context } from "node:vm";

/** How long a pattern may take for what has been written at once, in milliseconds: nothing else happens in this process meanwhile, no Stop either. */
export const MATCH_MS = 500;

/** A regular expression of the user's, which is looked for in the lines of an output. */
export class OutputPattern {
  readonly #regex: RegExp;

  constructor(source: string) {
    this.#regex = new RegExp(source);
  }

  /** @returns whether one of the lines matches; "tooSlow" when that took too long, as repetitions in repetitions can for hours */
  matchesAny(lines: readonly string[]): boolean | "tooSlow" {
    if (lines.length === 0) return false;
    try {
      return runAtMost(MATCH_MS, () => lines.some((line) => this.#regex.test(line)));
    } catch {
      return "tooSlow";
    }
  }
}

let frame: { readonly context: Context & { act?: () => boolean }; readonly script: Script } | undefined;

/** Nothing else can end a regular expression. @throws when it takes longer */
function runAtMost(ms: number, act: () => boolean): boolean {
  const { context, script } = (frame ??= { context: createContext({}), script: new Script("act()") });
  context.act = act;
  return script.runInContext(context, { timeout: ms }) as boolean;
}
