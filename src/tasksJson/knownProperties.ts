import * as l10n from "@vscode/l10n";
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
  "terminal",
  "problemMatcher",
  "isBackground",
  "promptOnClose",
  "inAgents",
  "inSessions",
  "runOptions",
  "identifier",
  "taskName",
] as const;

/** What says what is run, and how. */
export const COMMAND_PROPERTIES = ["command", "args", "cwd", "env", "shell", "options", "windows", "osx", "linux"] as const;

export const KNOWN_PROPERTIES: readonly string[] = [...COMMON_PROPERTIES, ...COMMAND_PROPERTIES, ...OWN_PROPERTIES];

/** A sentence about a property that other types have, with what to write in its place; undefined for any other one. */
export function foreignText(name: string): string | undefined {
  if (name === "suppressTaskName") return l10n.t('"{0}" means nothing in a cancellable task: remove it.', name);
  if (name === "task") return l10n.t('"{0}" means nothing in a cancellable task: write the "command" and its "args".', name);
  if (name === "option") return l10n.t('"{0}" means nothing in a cancellable task: write it as one of the "args".', name);
  if (name === "script" || name === "tsconfig") return l10n.t('"{0}" means nothing in a cancellable task: write {1} and {2}.', name, `"command": "${name === "script" ? "npm" : "tsc"}"`, `"args": ["${name === "script" ? "run" : "-p"}", ...]`);
  const instead = INSTEAD[name];
  return instead === undefined ? undefined : l10n.t('"{0}" means nothing in a cancellable task: write {1}.', name, instead);
}

const INSTEAD: Readonly<Record<string, string>> = {
  path: '"cwd"',
  isShellCommand: '"shell"',
  isBuildCommand: '"group": "build"',
  isTestCommand: '"group": "test"',
  isWatching: '"isBackground"',
  showOutput: '"presentation": { "reveal": ... }',
  echoCommand: '"presentation": { "echo": ... }',
  reveal: '"presentation": { "reveal": ... }',
  revealProblems: '"presentation": { "revealProblems": ... }',
  panel: '"presentation": { "panel": ... }',
  focus: '"presentation": { "focus": ... }',
  echo: '"presentation": { "echo": ... }',
  clear: '"presentation": { "clear": ... }',
  close: '"presentation": { "close": ... }',
  showReuseMessage: '"presentation": { "showReuseMessage": ... }',
  runOn: '"runOptions": { "runOn": ... }',
  instanceLimit: '"runOptions": { "instanceLimit": ... }',
  reevaluateOnRerun: '"runOptions": { "reevaluateOnRerun": ... }',
  isDefault: '"group": { "kind": ..., "isDefault": true }',
  envFile: '"env"',
};

/** What other programs, and people, call a property. */
export function otherNames(name: string): string | undefined {
  return Object.entries(OTHER_NAMES).find(([, others]) => others.includes(name.toLowerCase()))?.[0];
}

const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  command: ["cmd", "commandline", "exec", "executable", "program", "run"],
  cwd: ["workingdirectory", "directory", "workdir", "dir", "currentdirectory"],
  env: ["environment"],
  label: ["name", "title"],
  detail: ["description"],
  osx: ["macos", "mac", "darwin"],
  windows: ["win", "win32"],
  dependsOn: ["dependencies", "requires", "needs"],
  isBackground: ["background", "daemon"],
  cancelSignal: ["signal", "stopsignal", "killsignal"],
  cancelInput: ["stopinput"],
  cancelCommand: ["stopcommand"],
  waitDelay: ["wait", "delay", "graceperiod", "stopdelay", "canceldelay", "killdelay", "stoptimeout", "killtimeout", "canceltimeout", "killafter"],
  ready: ["readywhen", "waitfor", "healthcheck"],
  restart: ["autorestart", "restartpolicy"],
};
