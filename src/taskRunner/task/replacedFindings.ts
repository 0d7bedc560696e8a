import * as l10n from "@vscode/l10n";
import { isRecord } from "../base/record";
import { readPart, textOf } from "./commandPart";
import type { TaskFinding } from "./findings";
import { quote } from "./quote";

type Task = Readonly<Record<string, unknown>>;

/** What only a shell replaces, at the start of a path: the name of a variable, or the home folder. */
const AT_START = /^(?:~(?=[\\/]|$)|\$\{([A-Z_][A-Z0-9_]*)\}|\$([A-Z_][A-Z0-9_]*)(?!\w)|\$env:(\w+)|%([A-Za-z_]\w*)%)/;
/** The same between the paths of a variable such as PATH. */
const WITHIN = /(?<=^|[:;=])(?:\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%)/g;
const WELL_KNOWN = ["HOME", "PATH", "PWD", "USER", "TMPDIR", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP"];

/** Texts that no shell sees, and that have what only a shell would replace. @param isDirect whether no shell runs the command */
export function replacedFindings(task: Task, isDirect: boolean): TaskFinding[] {
  const options = isRecord(task["options"]) ? task["options"] : {};
  const command = readPart(task["command"]);
  return [
    ...pathFindings(["cwd"], task["cwd"]),
    ...pathFindings(["options", "cwd"], options["cwd"]),
    ...(isDirect && typeof command === "string" && !/\s/.test(textOf(command)) ? pathFindings(["command"], task["command"]) : []),
    ...envFindings(["env"], task["env"]),
    ...envFindings(["options", "env"], options["env"]),
  ];
}

function pathFindings(path: readonly string[], value: unknown): TaskFinding[] {
  if (typeof value !== "string") return [];
  const meant = value.replace(AT_START, (_whole: string, ...names: unknown[]) => variable(names.slice(0, 4).find((name) => typeof name === "string")));
  return meant === value ? [] : [notReplaced(path, value, meant)];
}

function envFindings(path: readonly string[], env: unknown): TaskFinding[] {
  if (!isRecord(env)) return [];
  return Object.entries(env).flatMap(([key, value]) => {
    if (typeof value !== "string") return [];
    // Anything else with a dollar sign may be a password, or for the program to replace.
    const meant = value.replace(WITHIN, (whole: string, ...names: unknown[]) => {
      const name = names.slice(0, 3).find((one) => typeof one === "string");
      return name === key || WELL_KNOWN.includes(name ?? "") ? variable(name) : whole;
    });
    return meant === value ? [] : [notReplaced([...path, key], value, meant)];
  });
}

function variable(name: unknown): string {
  return typeof name === "string" ? `\${env:${name}}` : "${userHome}";
}

function notReplaced(path: readonly string[], value: string, meant: string): TaskFinding {
  return {
    path,
    severity: "warning",
    message: l10n.t('"{0}" is {1}, but no shell reads it: nothing in it is replaced.', path.join("."), quote(value)),
    suggestion: l10n.t("Write {0}.", quote(meant)),
    fix: [{ path, value: meant }],
  };
}
