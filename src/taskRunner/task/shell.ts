import type { RunDefinition } from "./definition";

/** What is started: a program (a path, or a name to look up) and its arguments. */
export interface Invocation {
  readonly program: string;
  readonly args: readonly string[];
  /** The property of tasks.json that names the program, for messages about it. */
  readonly property: "command" | "shell";
  /** Windows: the arguments are the end of the command line as they are, and are not quoted: cmd.exe has its own rules. */
  readonly isVerbatim: boolean;
}

/**
 * With `args` and no `shell` the command is run directly, else by a shell.
 * @param defaultShell the user's own shell, for `shell: true` and for a command line without `args`
 */
export function invocation(definition: RunDefinition, defaultShell: string): Invocation {
  const { command, args, shell } = definition;
  if (shell.kind === "none") return { program: command, args: args ?? [], property: "command", isVerbatim: false };
  const program = shell.kind === "given" ? shell.executable : defaultShell;
  const family = familyOf(program);
  const flags = (shell.kind === "given" ? shell.args : undefined) ?? FLAGS[family];
  return { program, args: [...flags, ...script(family, program, command, args ?? [])], property: "shell", isVerbatim: family === "cmd" };
}

type Family = "posix" | "fish" | "powershell" | "cmd";

const FLAGS: Record<Family, readonly string[]> = {
  posix: ["-c"],
  fish: ["-c"],
  powershell: ["-NoProfile", "-Command"],
  cmd: ["/d", "/s", "/c"],
};

function familyOf(program: string): Family {
  const name = program.replace(/^.*[\\/]/, "").toLowerCase().replace(/\.exe$/, "");
  if (name === "fish" || name === "cmd") return name;
  return name === "pwsh" || name === "powershell" ? "powershell" : "posix";
}

/** The shell's script and what follows it. Arguments are handed over as they are where the shell can take them so. */
function script(family: Family, program: string, command: string, args: readonly string[]): string[] {
  // With /s, cmd.exe takes away the first and the last quotation mark, and nothing else.
  if (family === "cmd") return [`"${[command, ...args.map((arg) => `"${arg.replaceAll('"', '""')}"`)].join(" ")}"`];
  if (args.length === 0) return [command];
  switch (family) {
    case "posix":
      return [`${command} "$@"`, program, ...args];
    case "fish":
      return [`${command} $argv`, ...args];
    case "powershell":
      return [[command, ...args.map((arg) => `'${arg.replaceAll("'", "''")}'`)].join(" ")];
  }
}
