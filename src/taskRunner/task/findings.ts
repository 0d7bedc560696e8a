import * as l10n from "@vscode/l10n";
import { isRecord } from "../base/record";
import { variableIn } from "../base/variableNames";
import { PLATFORMS } from "./layers";
import { replacedFindings } from "./replacedFindings";
import { readPart, textOf, type CommandPart } from "./commandPart";
import type { Sentence } from "./refusals";
import { hasOpenQuote } from "./shellLine";
import { runsInShell } from "./shellChoice";
import { isVariable } from "./variableValues";

/** Something in a task of tasks.json that VS Code, or a shell, would understand in another way than it is run. */
export interface TaskFinding {
  /** Where it stands: the keys from the task's object to it, such as `["args", 0]` or `["linux", "args", 0]`. */
  readonly path: readonly (string | number)[];
  /** A hint is right more often than not, and is shown in the editor only. */
  readonly severity: "warning" | "hint";
  /** One sentence that names the property and its value. */
  readonly message: string;
  /** What to write instead, in one sentence. */
  readonly suggestion: string;
  /** The changes that do so, if that is certain. */
  readonly fix?: readonly Change[];
}

/** `path` as above. `first` comes before what the list there has. */
export type Change = { readonly path: readonly (string | number)[] } & ({ readonly value: unknown } | { readonly first: readonly string[] });

type Task = Readonly<Record<string, unknown>>;

/**
 * What will not do what its author may expect.
 * @param task as tasks.json has it, variables resolved or not
 * @returns what holds on every platform first, then what stands in a platform's block
 */
export function findingsIn(task: Task): TaskFinding[] {
  const blocks = PLATFORMS.flatMap((platform) => (isRecord(task[platform]) ? [{ platform, block: task[platform] }] : []));
  // What a platform's block puts in the place of one half of a command goes with the other half as it is.
  const isSplitUp = blocks.some(({ block }) => "command" in block || "args" in block);
  const common = findingsOn(task).map((one) => (isSplitUp && one.path[0] === "command" ? withoutFix(one) : one));
  const ofPlatforms = blocks.flatMap(({ platform, block }) => {
    const found = findingsOn({ ...task, ...block }).filter(({ path }) => String(path[0]) in block);
    return found.map((one) => inBlock(platform, one.path[0] === "command" && !("args" in block) ? withoutFix(one) : one));
  });
  return [...common, ...ofPlatforms];
}

function withoutFix({ path, severity, message, suggestion }: TaskFinding): TaskFinding {
  return { path, severity, message, suggestion };
}

function inBlock(platform: string, finding: TaskFinding): TaskFinding {
  const { path, fix } = finding;
  return { ...finding, path: [platform, ...path], ...(fix === undefined ? {} : { fix: fix.map((change) => ({ ...change, path: [platform, ...change.path] })) }) };
}

function findingsOn(task: Task): TaskFinding[] {
  const isDirect = !runsInShell(task);
  return [...sequenceFindings(task), ...twiceFindings(task), ...shellFindings(task), ...replacedFindings(task, isDirect), ...(isDirect ? directFindings(task) : quoteFindings(task)), ...readyFindings(task)];
}

/** VS Code passes by `dependsOrder` where the task is an extension's, and starts all dependencies at once. */
function sequenceFindings({ dependsOn, dependsOrder }: Task): TaskFinding[] {
  if (dependsOrder !== "sequence" || !Array.isArray(dependsOn) || dependsOn.length < 2) return [];
  return [
    {
      path: ["dependsOrder"],
      severity: "warning",
      message: l10n.t('"dependsOrder" is "sequence", but VS Code heeds that only for its own task types: the tasks in "dependsOn" start all at once.'),
      suggestion: l10n.t('Move "dependsOn" and "dependsOrder" to a task without "type" and "command", with this task as the last in its list, or give each of the tasks a "dependsOn" with the one before it.'),
    },
  ];
}

/** What is said in this type's way and in VS Code's. */
function twiceFindings({ cwd, env, shell, options }: Task): TaskFinding[] {
  if (!isRecord(options)) return [];
  const inner = options;
  const found: TaskFinding[] = [];
  if (typeof cwd === "string" && typeof inner["cwd"] === "string" && cwd !== inner["cwd"]) found.push(twice(["options", "cwd"], "cwd"));
  if (isRecord(env) && isRecord(inner["env"])) {
    for (const [name, value] of Object.entries(inner["env"])) {
      const winner = variableIn(env, name);
      if (winner !== undefined && winner !== value) found.push(twice(["options", "env", name], "env", name));
    }
  }
  if (isShellNamed(shell) && inner["shell"] != null) found.push(twice(["options", "shell"], "shell"));
  return found;
}

function twice(path: readonly string[], ...winner: readonly string[]): TaskFinding {
  return { path, severity: "warning", message: l10n.t("\"{0}\" has no effect, because the task's own \"{1}\" says something else.", path.join("."), winner.join(".")), suggestion: l10n.t("Remove one of the two.") };
}

function isShellNamed(shell: unknown): boolean {
  return typeof shell === "string" || isRecord(shell);
}

/** A shell that is named is a program, whatever its name means in JSON. */
function shellFindings({ shell }: Task): TaskFinding[] {
  if (typeof shell !== "string") return [];
  const found = { path: ["shell"], severity: "warning" } as const;
  if (shell === "true" || shell === "false") {
    return [{ ...found, message: l10n.t('"shell" is {0}, a text, and so the name of a program.', cut(shell)), suggestion: l10n.t("Write {0} without quotation marks.", shell), fix: [{ path: ["shell"], value: shell === "true" }] }];
  }
  const [executable = "", ...args] = shell.trim().split(/\s+/);
  if (args.length === 0 || /[\\/]/.test(args.join(" ")) || !PLAIN_LINE.test(shell)) return [];
  return [{ ...found, message: l10n.t('"shell" is {0}, and so the name of one program, blanks included.', cut(shell)), suggestion: l10n.t({ message: "Write {0}.", args: [`{ "executable": ${JSON.stringify(executable)}, "args": ${JSON.stringify(args)} }`], comment: ["{0}: a part of tasks.json."] }), fix: [{ path: ["shell"], value: { executable, args } }] }];
}

/** "/ready/i" is a regular expression in other places. */
function readyFindings({ ready }: Task): TaskFinding[] {
  return [ready].flat().flatMap((one, i): TaskFinding[] => {
    const output = isRecord(one) ? one["output"] : undefined;
    if (typeof output !== "string" || !/^\/.+\/[dgimsuvy]+$/.test(output)) return [];
    const path = [...(Array.isArray(ready) ? ["ready", i] : ["ready"]), "output"];
    return [{ path, severity: "warning", message: l10n.t('"{0}" is {1}, whose slashes and letters are taken for a part of the line.', Array.isArray(ready) ? `ready[${i}].output` : "ready.output", cut(output)), suggestion: l10n.t("Write the regular expression alone; both cases of a letter are {0}.", '"[Rr]"') }];
  });
}

/** A program that is run directly gets its arguments as they are: only a shell makes something of these. */
function directFindings(task: Task): TaskFinding[] {
  const command = readPart(task["command"]);
  if (command === undefined) return [];
  const args = partsOf(task["args"]);
  // Who writes `"shell": false` knows that no shell is there, and may still write a line.
  if (task["shell"] === false) return task["args"] == null ? lineFindings(textOf(command), false) : [];
  return [...(args.length > 0 ? lineFindings(textOf(command), true) : []), ...(SHELLS.test(textOf(command)) ? [] : args.flatMap((arg, i) => argFindings(arg, i)))];
}

/** These interpret a `$NAME` in their arguments themselves. */
const SHELLS = /(^|[\\/])(ba|z|fi|da|k|c|tc|a)?sh(\.exe)?$|(^|[\\/])(pwsh|powershell|cmd|nu|busybox|env|eval|xargs|perl|awk|gawk|mawk)(\.exe)?$/i;

/** "npm run lint": several words, and not a path with blanks in it. @param hasArgs else there is `"shell": false` */
function lineFindings(command: string, hasArgs: boolean): TaskFinding[] {
  const [first = "", ...rest] = command.trim().split(/\s+/);
  const isAssignment = /^[A-Za-z_]\w*=/.test(first);
  const isPath = /[\\/]/.test(first) && !isAssignment && !(first.startsWith("./") && !rest.some((word) => /[\\/]/.test(word)));
  const found = { path: ["command"], severity: "warning" } as const;
  if (isAssignment) {
    return [{ ...found, message: l10n.t('"command" is {0}, but no shell runs it: it is the name of one program, and sets no variable.', cut(command)), suggestion: l10n.t('Write the variable in "env", and the program in "command".') }];
  }
  if (rest.length === 0 && hasArgs && BUILTINS.includes(first)) {
    return [{ ...found, message: l10n.t('"command" is {0}, which is a command of shells, but no shell runs it.', cut(command)), suggestion: l10n.t('Add "shell": true to have it as in a shell task.'), fix: [{ path: ["shell"], value: true }] }];
  }
  if (rest.length === 0 || isPath) return [];
  const message = hasArgs
    ? l10n.t('"command" is {0}, but with "args" and without "shell" it is the name of one program, blanks included.', cut(command))
    : l10n.t('"command" is {0}, but with "shell": false it is the name of one program, blanks included.', cut(command));
  // Quotation marks and operators are a shell's.
  if (!PLAIN_LINE.test(command)) {
    const suggestion = hasArgs
      ? l10n.t('Write only the program in "command" and each argument in "args", or write the whole line in "command" and remove "args", which has a shell run it.')
      : l10n.t('Write only the program in "command" and each argument in "args", or remove "shell", which has a shell run it.');
    return [{ ...found, message, suggestion }];
  }
  const words = rest.map((word) => JSON.stringify(word)).join(", ");
  const [name, list] = [JSON.stringify(first), `[${words}]`];
  return [
    {
      ...found,
      message,
      suggestion: hasArgs ? l10n.t('Write "command": {0} and put {1} at the start of "args".', name, words) : l10n.t('Write "command": {0} and "args": {1}.', name, list),
      fix: [{ path: ["command"], value: first }, hasArgs ? { path: ["args"], first: rest } : { path: ["args"], value: rest }],
    },
  ];
}

/** No program of these names does the same. */
const BUILTINS = ["cd", "pushd", "source", "export", "unset", "alias"];

/** Words that mean the same with a shell and without; a variable of VS Code's may be in them. */
const PLAIN_LINE = /^(?:[\w@%+=:,./\s-]|\$\{[^{}\s]*\})*$/;

const OPERATOR = /^(&&|\|\||[|;&]|\d?>>?|<<?<?|\d?>&\d|\d?>>?[\w./~-]+|<[\w./~-]+)$/;
const VARIABLE = /(^|[=:,/"'])(\$(\{[A-Za-z_]\w*\}|[A-Za-z_]\w*)|%[A-Za-z_]\w*%)/;
const SUBSTITUTION = /\$\(|^`.*`$/;
const GLOB = /^[^\s{}()^$|+\\]*[*?][^\s{}()^$|+\\]*$/;

function argFindings(arg: CommandPart, i: number): TaskFinding[] {
  const text = textOf(arg);
  // Several words in one argument are a script or a text for the program.
  if (/\s/.test(text) || (typeof arg !== "string" && arg.quoting === "strong")) return [];
  // VS Code's own variables are replaced before anything is run.
  const said = shellWord(text.replace(/\$\{([^{}]*)\}/g, (variable, inner: string) => (isVariable(inner) ? "x" : variable)));
  if (said === undefined) return [];
  const { sentence, severity } = said;
  return [
    {
      path: ["args", i],
      severity,
      message: sentence(`args[${i}]`, cut(text)),
      suggestion: l10n.t('Add "shell": true to have it as in a shell task, or "shell": false if it is meant as it stands.'),
      fix: [{ path: ["shell"], value: true }],
    },
  ];
}

function shellWord(text: string): { readonly sentence: Sentence; readonly severity: TaskFinding["severity"] } | undefined {
  if (OPERATOR.test(text)) return { sentence: (name, value) => l10n.t('"{0}" is {1}, but no shell runs this command: the program gets it as an argument.', name, value), severity: "warning" };
  if (VARIABLE.test(text)) return { sentence: (name, value) => l10n.t('"{0}" is {1}, but no shell runs this command: the variable is not replaced.', name, value), severity: "warning" };
  if (SUBSTITUTION.test(text)) return { sentence: (name, value) => l10n.t('"{0}" is {1}, but no shell runs this command: nothing is run in its place.', name, value), severity: "warning" };
  if (/^~(\/|$)/.test(text)) return { sentence: (name, value) => l10n.t('"{0}" is {1}, but no shell runs this command: it is not replaced by the home folder.', name, value), severity: "warning" };
  if (GLOB.test(text)) return { sentence: (name, value) => l10n.t('"{0}" is {1}, but no shell runs this command: it is not replaced by the names of files.', name, value), severity: "hint" };
  return undefined;
}

/** A plain argument is put into the shell's line as it is. */
function quoteFindings(task: Task): TaskFinding[] {
  return partsOf(task["args"]).flatMap((arg, i): TaskFinding[] => {
    if (typeof arg !== "string" || !hasOpenQuote(arg)) return [];
    return [
      {
        path: ["args", i],
        severity: "warning",
        message: l10n.t("\"{0}\" is {1}, but it becomes a part of the shell's line as it is, where its quotation mark is never closed.", `args[${i}]`, cut(arg)),
        suggestion: l10n.t({ message: "Write {0}.", args: [`{ "value": ${JSON.stringify(arg)}, "quoting": "strong" }`], comment: ["{0}: a part of tasks.json."] }),
        fix: [{ path: ["args", i], value: { value: arg, quoting: "strong" } }],
      },
    ];
  });
}

/** What is no argument at all is told of by checkDefinition; here it only keeps its place. */
function partsOf(args: unknown): CommandPart[] {
  return Array.isArray(args) ? args.map((arg) => readPart(arg) ?? "") : [];
}

function cut(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.length <= 80 ? quoted : l10n.t({ message: "{0}... ({1} characters)", args: [quoted.slice(0, 60), quoted.length], comment: ["{0}: the beginning of a long text."] });
}
