import { textOf, type CommandPart, type Quoting } from "./commandPart";
import { runsInShell } from "./shellChoice";

/** How a shell quotes; a task may say it in `options.shell.quoting`. */
export interface QuotingRules {
  /** One character, put before blanks; or before each of these characters. */
  readonly escape?: string | { readonly escapeChar: string; readonly charsToEscape: string };
  readonly strong?: string;
  readonly weak?: string;
}

export type ShellFamily = "posix" | "fish" | "powershell" | "cmd";

const POSIX: QuotingRules = { escape: { escapeChar: "\\", charsToEscape: " \"'" }, strong: "'", weak: '"' };
const RULES: Record<ShellFamily, QuotingRules> = {
  posix: POSIX,
  fish: POSIX,
  powershell: { escape: { escapeChar: "`", charsToEscape: " \"'()" }, strong: "'", weak: '"' },
  cmd: { strong: '"' },
};

/** What stands for a strong quotation mark within strong quotation marks: what is quoted strongly is literal. */
const WITHIN_STRONG: Record<ShellFamily, string> = { posix: "'\\''", fish: "\\'", powershell: "''", cmd: '""' };

/**
 * The line that a shell is given for a command with arguments, as VS Code makes it for its `shell` tasks: a plain string is quoted only
 * if it has a blank outside of quotation marks of its own, so that `$HOME`, `*.ts` and `&&` mean what they mean to the shell.
 */
export function shellLine(family: ShellFamily, command: CommandPart, args: readonly CommandPart[], own?: QuotingRules): string {
  // A command line is the shell's own matter.
  if (args.length === 0 && typeof command === "string") return command;
  const parts = [command, ...args].map((part) => quotePart(part, family, own ?? RULES[family]));
  // For PowerShell a quoted word is a text, until it is called.
  return parts[0] !== textOf(command) && family === "powershell" ? `& ${parts.join(" ")}` : parts.join(" ");
}

function quotePart(part: CommandPart, family: ShellFamily, rules: QuotingRules): string {
  if (typeof part !== "string") return quoted(part.value, part.quoting, family, rules);
  return needsQuotes(part, rules) ? quoted(part, "strong", family, rules) : part;
}

function quoted(text: string, quoting: Quoting, family: ShellFamily, { escape, strong, weak }: QuotingRules): string {
  switch (quoting) {
    case "strong":
      if (strong === undefined) return text;
      return `${strong}${strong === RULES[family].strong ? text.replaceAll(strong, WITHIN_STRONG[family]) : text}${strong}`;
    case "weak":
      return weak === undefined ? text : `${weak}${text}${weak}`;
    case "escape": {
      if (escape === undefined) return text;
      const { escapeChar, charsToEscape } = typeof escape === "string" ? { escapeChar: escape, charsToEscape: " " } : escape;
      return Array.from(text, (character) => (charsToEscape.includes(character) ? escapeChar + character : character)).join("");
    }
  }
}

/** Whether a plain string has a blank that would make several words of it. */
function needsQuotes(text: string, rules: QuotingRules): boolean {
  const first = text[0];
  if (text.length >= 2 && first === text.at(-1) && (first === rules.strong || first === rules.weak)) return false;
  return scan(text, rules).hasBlank;
}

/** Whether a quotation mark in it is never closed, for a shell that quotes as POSIX shells do. */
export function hasOpenQuote(text: string): boolean {
  return scan(text, { ...POSIX, escape: "\\" }).open !== undefined;
}

function scan(text: string, { escape, strong, weak }: QuotingRules): { readonly hasBlank: boolean; readonly open: string | undefined } {
  let open: string | undefined;
  let hasBlank = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === open) open = undefined;
    else if (open !== undefined) continue;
    // As in VS Code, only an escape that is given as one character is known here.
    else if (character === escape) i++;
    else if (character === strong || character === weak) open = character;
    else if (character === " ") hasBlank = true;
  }
  return { hasBlank, open };
}

/**
 * The command of a task. One without arguments for a shell, that is a variable's value with a blank in it, is a path: as VS Code does, it is
 * quoted, whereas a line that the user has typed in (`${input:line}`) is a line, and so is what has blanks or quotation marks as it stands.
 * @param raw the task as it stands in tasks.json
 * @param resolved with its variables resolved
 */
export function commandOf(raw: Readonly<Record<string, unknown>>, resolved: Readonly<Record<string, unknown>>): unknown {
  const { command, args } = resolved;
  // Without a shell there is none to quote for, and what is quoted would be run by one.
  if (!runsInShell(resolved) || (Array.isArray(args) && args.length > 0)) return command;
  if (typeof raw["command"] !== "string" || typeof command !== "string" || !isVariablesValue(raw["command"], command)) return command;
  return isSeveralWords(command) ? { value: command, quoting: "strong" } : command;
}

/** Whether one of VS Code's variables has been resolved in it; `${HOME}` is a shell's, and stays. */
function isVariablesValue(raw: string, resolved: string): boolean {
  return !/[\s'"]/.test(raw) && Array.from(raw.matchAll(/\$\{(?!input:)[^{}]*\}/g)).some(([variable]) => !resolved.includes(variable));
}

/** Whether a value has a blank for which it has no quotation marks of its own; one that is never closed (`it's here`) is none. */
function isSeveralWords(value: string): boolean {
  return needsQuotes(value, POSIX) || (value.includes(" ") && hasOpenQuote(value));
}
