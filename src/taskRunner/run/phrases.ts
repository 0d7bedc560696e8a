import * as l10n from "@vscode/l10n";
import { harmless } from "../base/harmless";

/** A text in one line of this length at most, in UTF-16 code units. */
export function shorten(text: string, length: number): string {
  // A command line can have megabytes: most of it need not be read.
  const start = text.trimStart().slice(0, 20 * length);
  const line = harmless(start).replace(/\s+/g, " ").trim();
  if (line.length <= length && start.length < 20 * length) return line;
  // Nothing is left of a character that has been cut.
  return `${line.slice(0, length - 1).replace(/[\ud800-\udbff\u200c\u200d]+$/, "")}…`;
}

/** A command line in this length at most. Where it is longer, the folder of its program is left out first. */
export function shortenCommand(command: string, length: number): string {
  const whole = shorten(command, length);
  return whole.endsWith("…") ? shorten(withoutFolder(command), length) : whole;
}

/**
 * A command line without the folder of its program: "node a.js" for `/usr/bin/node a.js` and `"C:\\Program Files\\nodejs\\node.exe" a.js`.
 * A name that merely has such characters in it, as a process can give itself any, stays whole.
 */
export function withoutFolder(command: string): string {
  const quoted = /^\s*"(?:[A-Za-z]:[\\/]|\\\\)(?:[^"]*[\\/])?([^"\\/]+)"/.exec(command);
  if (quoted === null) return command.replace(/^(?:[^\s\\:"]*\/|(?:[A-Za-z]:[\\/]|\\\\)(?:\S*[\\/])?)(?=\S)/, "");
  const [start, name = ""] = quoted;
  return `${name.includes(" ") ? `"${name}"` : name}${command.slice(start.length)}`;
}

/** "a", "a and b", "a, b and c". */
export function enumerate(items: readonly string[]): string {
  const last = items.at(-1) ?? "";
  if (items.length <= 1) return last;
  return l10n.t({ message: "{0} and {1}", args: [items.slice(0, -1).join(", "), last], comment: ["The end of a list: {0} is one item, or several with commas between them."] });
}

/** The first three, and how many more there are: "a, b, c and 2 more". */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 3);
  const more = names.length - shown.length;
  return enumerate(more > 0 ? [...shown, l10n.t({ message: "{0} more", args: [more], comment: ["The last item of a list: how many are not named."] })] : shown);
}

/** "1 process", "3 processes". */
export function count(n: number, noun: "process" | "task"): string {
  switch (noun) {
    case "process":
      return n === 1 ? l10n.t("1 process") : l10n.t("{0} processes", n);
    case "task":
      return n === 1 ? l10n.t("1 task") : l10n.t("{0} tasks", n);
  }
}

/** "port 3000", "ports 3000 and 3001". */
export function portsText(ports: readonly number[]): string {
  const numbers = enumerate(ports.map(String));
  return ports.length === 1 ? l10n.t("port {0}", numbers) : l10n.t("ports {0}", numbers);
}
