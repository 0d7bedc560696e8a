import { OWN_PROPERTIES } from "./makeBuiltIn";

/** What every task of VS Code may have, whatever its type. */
export const COMMON_PROPERTIES = [
  "type",
  "label",
  "detail",
  "icon",
  "hide",
  "group",
  "dependsOn",
  "dependsOrder",
  "presentation",
  "problemMatcher",
  "isBackground",
  "promptOnClose",
  "inAgents",
  "runOptions",
  "identifier",
  "taskName",
] as const;

/** What says what is run, and how. */
export const COMMAND_PROPERTIES = ["command", "args", "cwd", "env", "shell", "options", "windows", "osx", "linux"] as const;

export const KNOWN_PROPERTIES: readonly string[] = [...COMMON_PROPERTIES, ...COMMAND_PROPERTIES, ...OWN_PROPERTIES];

/** Properties that other types have: what to write in their place. */
export const FOREIGN_PROPERTIES: Readonly<Record<string, string>> = {
  script: `write "command": "npm" and "args": ["run", ...]`,
  path: `write "cwd"`,
  task: `write the "command" and its "args"`,
  tsconfig: `write "command": "tsc" and "args": ["-p", ...]`,
  option: `write it as one of the "args"`,
  isShellCommand: `write "shell"`,
  isBuildCommand: `write "group": "build"`,
  isTestCommand: `write "group": "test"`,
  isWatching: `write "isBackground"`,
  showOutput: `write "presentation": { "reveal": ... }`,
  echoCommand: `write "presentation": { "echo": ... }`,
  suppressTaskName: "remove it",
  terminal: `write "presentation"`,
};
