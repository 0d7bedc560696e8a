import { textOf } from "./commandPart";
import type { RunDefinition } from "./definition";
import { shellLine, type ShellFamily } from "./shellLine";

/** What is started: a program (a path, or a name to look up) and its arguments. */
export interface Invocation {
  readonly program: string;
  readonly args: readonly string[];
  /** The property of tasks.json that names the program, for messages about it. */
  readonly property: "command" | "shell";
  /** Windows: the arguments are the end of the command line as they are, and are not quoted: cmd.exe has its own rules. */
  readonly isVerbatim: boolean;
}

/** The user's own shell, for command lines that name none. */
export interface DefaultShell {
  readonly executable: string;
  /** What the user's terminal profile has it called with, before what makes it run a command line. */
  readonly args?: readonly string[];
}

/**
 * With `args` and no `shell` the command is run directly, else by a shell.
 * @param defaultShell for `shell: true`, and for a command line without `args`
 */
export function invocation(definition: RunDefinition, defaultShell: string | DefaultShell): Invocation {
  const { command, args, shell } = definition;
  if (shell.kind === "none") return { program: textOf(command), args: (args ?? []).map(textOf), property: "command", isVerbatim: false };
  const own: DefaultShell = typeof defaultShell === "string" ? { executable: defaultShell } : defaultShell;
  const program = shell.kind === "given" ? shell.executable : own.executable;
  const family = familyOf(program);
  const before = shell.args ?? [...(shell.kind === "given" ? [] : (own.args ?? [])), ...FLAGS[family]];
  const line = shellLine(family, command, args ?? [], shell.quoting);
  // With /s, cmd.exe takes away the first and the last quotation mark, and nothing else.
  return { program, args: [...before, family === "cmd" && !isWrapped(line) ? `"${line}"` : line], property: "shell", isVerbatim: family === "cmd" || (family === "powershell" && isForArgv(line)) };
}

/** Whether a line for cmd.exe has the quotation marks around it already that VS Code's own tasks need: `""C:\my tools\x" "a b""`. */
function isWrapped(line: string): boolean {
  return /^"".+"$/s.test(line) || /^".*[^\s"]""$/s.test(line);
}

/**
 * Whether a line for PowerShell has quotation marks that are meant for who takes the command line apart, and not for PowerShell: VS Code's own
 * tasks hand it on as it is, so that \" is one, and " is lost.
 */
function isForArgv(line: string): boolean {
  return line.includes('\\"');
}

const FLAGS: Record<ShellFamily, readonly string[]> = {
  posix: ["-c"],
  fish: ["-c"],
  powershell: ["-Command"],
  cmd: ["/d", "/s", "/c"],
};

function familyOf(program: string): ShellFamily {
  const name = program.replace(/^.*[\\/]/, "").toLowerCase().replace(/\.exe$/, "");
  if (name === "fish" || name === "cmd") return name;
  return name === "pwsh" || name === "powershell" ? "powershell" : "posix";
}
