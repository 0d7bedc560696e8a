import { harmless } from "../base/harmless";

/**
 * The escape sequences by which a shell tells VS Code what it runs (OSC 633): they give a terminal its working directory, against
 * which links are resolved, the marks beside its commands, and the navigation between them. VS Code's own tasks write the same ones.
 */

/** A longer command line is not handed over: it is kept with the mark, and read by nobody. In UTF-16 code units. */
const LONGEST_COMMAND_LINE = 10_000;

/** Comes before the line that shows the command. */
export function commandLineStart(directory: string): string {
  // A task's commands are not offered among those that were typed at a prompt.
  return sequence("A") + sequence("P", "Task=True") + sequence("P", `Cwd=${escaped(directory)}`) + sequence("B");
}

/** Comes after the line that shows the command: its output follows. */
export function commandOutputStart(commandLine: string): string {
  const lines = commandLine.length > LONGEST_COMMAND_LINE ? [] : commandLine.split(/\r?\n/).map(harmless);
  return (lines.length === 0 ? "" : sequence("E", escaped(lines.join("\n")))) + sequence("C");
}

/** Comes after the output. @param exitCode decides between the marks of success and of failure; without one it is neither */
export function commandFinished(exitCode: number | undefined): string {
  return exitCode === undefined ? sequence("D") : sequence("D", String(exitCode));
}

function sequence(...parts: readonly string[]): string {
  return `\x1b]633;${parts.join(";")}\x07`;
}

/** As VS Code reads it: what would end the sequence, or one of its parts, is written as \xHH. */
function escaped(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\\;\x00-\x1f\x7f-\x9f]/g, (character) => (character === "\\" ? "\\\\" : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`));
}
