import * as l10n from "@vscode/l10n";
import { isRecord } from "../base/record";
import { PLATFORMS } from "./layers";
import { parseDuration } from "../base/duration";
import { mergedEnvironment } from "../base/variableNames";
import { readPorts, readReady, type ReadyCondition } from "./ready";
import { quote } from "./quote";
import { isNotOfWindows, isNoVariableName, isSecondWay, mustBeBlock, mustBeBoolean, mustBeDuration, mustBeExecutable, mustBeList, mustBeOneOf, mustBeOptions, mustBeShell, mustBeString, mustBeStrings, mustHaveNoNul, mustNotBeBlank, type Refuse, type Sentence } from "./refusals";
import { readRestart, type RestartPolicy } from "./restart";
import { readPart, textOf, type CommandPart } from "./commandPart";
import { runsInShell } from "./shellChoice";
import type { QuotingRules } from "./shellLine";

/** The signals that a task may be asked to stop with, in the order in which people look for them. */
export const CANCEL_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGKILL", "SIGUSR1", "SIGUSR2"] as const;
export type CancelSignal = (typeof CANCEL_SIGNALS)[number];
const ON_WINDOWS: readonly string[] = ["SIGINT", "SIGTERM", "SIGKILL", "none"];

export const HUNG_PIPE = ["warn", "error"] as const;
export type HungPipe = (typeof HUNG_PIPE)[number];

/** What to do with processes that outlive a run that was not stopped. */
export const SURVIVORS = ["warn", "kill", "ignore"] as const;
export type SurvivorsPolicy = (typeof SURVIVORS)[number];

/** What a command has for its standard input and output: a terminal of its own, or pipes as in Go's os/exec. */
export const STDIO = ["pty", "pipe"] as const;
export type Stdio = (typeof STDIO)[number];

/** What Ctrl+C does that is typed into a terminal of the command's own. */
export const CTRL_C = ["stop", "type"] as const;
export type CtrlC = (typeof CTRL_C)[number];

/** How a command line is run: by a shell, or directly. */
export type Shell = { kind: "none" } | ({ kind: "default" } & ShellDetails) | ({ kind: "given"; executable: string; args: readonly string[] | undefined } & ShellDetails);

interface ShellDetails {
  /** What comes before the command line; of the default shell, instead of what it is usually called with. */
  readonly args?: readonly string[] | undefined;
  readonly quoting?: QuotingRules;
}

/** A task of tasks.json, checked and complete. */
export interface RunDefinition {
  readonly command: CommandPart;
  /** undefined: `command` is a command line for the shell. */
  readonly args: readonly CommandPart[] | undefined;
  /** Absolute, or relative to the workspace folder; undefined is that folder itself. */
  readonly cwd: string | undefined;
  /** null: not set, whatever the editor's own environment has. */
  readonly env: Readonly<Record<string, string | null>>;
  readonly shell: Shell;
  readonly stdio: Stdio;
  readonly ctrlC: CtrlC;
  /** Also of a task that has one of the two others: processes that outlive the command get it. */
  readonly cancelSignal: CancelSignal | "none";
  /** Whether the task, or the user's settings, name it: then it is the only signal before the kill. */
  readonly isSignalNamed: boolean;
  /** Typed instead of a signal. */
  readonly cancelInput: string | undefined;
  /** A command line for a shell, run instead of a signal. */
  readonly cancelCommand: string | undefined;
  /** Milliseconds; 0 waits indefinitely. */
  readonly waitDelay: number;
  /** Milliseconds; 0 is none. */
  readonly timeout: number;
  readonly hungPipe: HungPipe;
  readonly survivors: SurvivorsPolicy;
  /** All of these must hold for it to be ready; empty where the task does not say when it is. */
  readonly ready: readonly ReadyCondition[];
  /** The TCP ports that it wants for itself; with those of `ready` they are looked at before it starts. */
  readonly ports: readonly number[];
  /** Whether it is stopped when the last debug session has ended for which it was started. */
  readonly stopWithDebugSession: boolean;
  /** Whether it is started again when it ends by itself; undefined: never. */
  readonly restart: RestartPolicy | undefined;
}

/** The settings that stand in where a task says nothing. */
export interface Defaults {
  readonly waitDelay: unknown;
  readonly cancelSignal: unknown;
  /** Whether the user has set `cancelSignal`. */
  readonly isSignalNamed?: boolean;
  readonly hungPipe: unknown;
  readonly survivors: unknown;
  readonly stdio: unknown;
  readonly stopWithDebugSession?: unknown;
  /** `options.shell` at the top of tasks.json. */
  readonly shell?: unknown;
}

/** What is run, for people to read. */
export function commandLine(checked: ValidationResult): string {
  return checked.ok ? [checked.definition.command, ...(checked.definition.args ?? [])].map(textOf).join(" ") : "";
}

/** `problems`: a sentence each; `properties`: which property each of them is about, as a path; `isOfKey`: whether it is about its name. */
export type ValidationResult = { ok: true; definition: RunDefinition } | { ok: false; problems: readonly string[]; properties: readonly string[]; isOfKey?: readonly boolean[] };

/**
 * Checks what VS Code hands over: schema errors are only squiggles there, and a missing required string arrives as "".
 * @returns the complete definition, or one sentence for each problem, naming the property and its value
 */
export function checkDefinition(raw: Readonly<Record<string, unknown>>, defaults: Defaults, platform: NodeJS.Platform = process.platform): ValidationResult {
  const reader = new Reader(raw, defaults);
  const definition: RunDefinition = {
    command: reader.command(),
    args: reader.args(raw["args"]),
    cwd: reader.cwd(),
    env: mergedEnvironment([reader.env("options.env", reader.options["env"]), reader.env("env", raw["env"])], platform === "win32"),
    shell: reader.shell(raw["shell"]),
    stdio: reader.oneOf("stdio", STDIO),
    ctrlC: reader.oneOf("ctrlC", CTRL_C, "stop"),
    cancelSignal: reader.cancelSignal(platform),
    isSignalNamed: raw["cancelSignal"] != null || defaults.isSignalNamed === true,
    cancelInput: reader.text("cancelInput", raw["cancelInput"]),
    cancelCommand: reader.cancelCommand(),
    waitDelay: reader.duration("waitDelay"),
    timeout: reader.duration("timeout", 0),
    hungPipe: reader.oneOf("hungPipe", HUNG_PIPE),
    survivors: reader.oneOf("survivors", SURVIVORS),
    ready: readReady(raw["ready"], reader.refuse),
    ports: readPorts(raw["ports"], reader.refuse),
    stopWithDebugSession: reader.boolean("stopWithDebugSession", false),
    restart: readRestart(raw["restart"], reader.refuse),
  };
  return reader.problems.length === 0 ? { ok: true, definition } : { ok: false, problems: reader.problems, properties: reader.properties, isOfKey: reader.isOfKey };
}

/** Reads one property after the other and collects what is wrong with them. */
class Reader {
  readonly problems: string[] = [];
  readonly properties: string[] = [];
  readonly isOfKey: boolean[] = [];
  readonly #raw: Readonly<Record<string, unknown>>;
  readonly #defaults: Readonly<Record<string, unknown>>;

  /** What VS Code's own tasks have in `options`. */
  readonly options: Readonly<Record<string, unknown>>;

  constructor(raw: Readonly<Record<string, unknown>>, defaults: Defaults) {
    this.#raw = raw;
    this.#defaults = { ...defaults };
    const { options } = raw;
    this.options = isRecord(options) ? options : {};
    if (options != null && !isRecord(options)) this.refuse("options", options, mustBeOptions);
    // A platform's block that is an object has been put over the task.
    for (const platform of PLATFORMS) if (raw[platform] != null) this.refuse(platform, raw[platform], mustBeBlock);
  }

  command(): CommandPart {
    const value = this.#raw["command"];
    if (value === undefined || value === null || value === "") {
      this.refuse("command", value, value === "" ? () => l10n.t('"command" is empty or missing: say which command to run.') : () => l10n.t('"command" is missing: say which command to run.'));
      return "";
    }
    const command = this.#part("command", value);
    const text = textOf(command);
    if (text !== "" && text.trim() === "") this.refuse("command", value, mustNotBeBlank);
    return command;
  }

  cwd(): string | undefined {
    return this.text("cwd", this.#raw["cwd"]) ?? this.text("options.cwd", this.options["cwd"]);
  }

  cancelCommand(): string | undefined {
    const command = this.text("cancelCommand", this.#raw["cancelCommand"]);
    if (command === undefined) return undefined;
    if (command.trim() === "") this.refuse("cancelCommand", command, mustNotBeBlank);
    if (this.#raw["cancelInput"] != null && this.#raw["cancelInput"] !== "") {
      this.refuse("cancelCommand", command, isSecondWay);
    }
    return command;
  }

  text(name: string, value: unknown): string | undefined {
    if (value === undefined || value === null) return undefined;
    const text = this.#string(name, value);
    return text === "" ? undefined : text;
  }

  args(value: unknown): CommandPart[] | undefined {
    return this.#list("args", value)?.map((arg, i) => this.#part(`args[${i}]`, arg));
  }

  env(name: string, value: unknown): Record<string, string | null> {
    if (value === undefined || value === null) return {};
    if (!isRecord(value)) {
      this.refuse(name, value, mustBeStrings);
      return {};
    }
    const entries = Object.entries(value).map(([key, entry]) => {
      if (key === "" || key.includes("=") || key.includes("\0")) this.refuse(name, key, isNoVariableName, `${name}.${key}`);
      // As VS Code does, and everybody expects of a port.
      const isPlain = typeof entry === "number" || typeof entry === "boolean";
      return [key, entry === null ? null : isPlain ? String(entry) : this.#string(`${name}.${key}`, entry)] as const;
    });
    return Object.fromEntries(entries);
  }

  shell(value: unknown): Shell {
    if (value === false || ((value === undefined || value === null) && !runsInShell(this.#raw))) return { kind: "none" };
    if (value !== undefined && value !== null && value !== true) return this.#givenShell("shell", value, mustBeShell);
    // Which shell it is may be said by the task's options, and by those of its file.
    const [own, ofFile] = [this.options["shell"], this.#defaults["shell"]];
    if (own != null) return this.#givenShell("options.shell", own, mustBeExecutable);
    return ofFile == null ? { kind: "default" } : this.#givenShell("options.shell", ofFile, mustBeExecutable);
  }

  #givenShell(name: string, value: unknown, sentence: Sentence): Shell {
    if (typeof value === "string" && value !== "") return { kind: "given", executable: this.#string(name, value), args: undefined };
    // VS Code lets a task's options say only how the shell is called, or only how it quotes.
    if (isRecord(value) && (isText(value["executable"]) || (name === "options.shell" && value["executable"] == null))) {
      const args = this.#list(`${name}.args`, value["args"])?.map((arg, i) => this.#string(`${name}.args[${i}]`, arg));
      const quoting = quotingRules(value["quoting"]);
      const rules = quoting === undefined ? {} : { quoting };
      if (!isText(value["executable"])) return { kind: "default", ...(args === undefined ? {} : { args }), ...rules };
      return { kind: "given", executable: this.#string(`${name}.executable`, value["executable"]), args, ...rules };
    }
    this.refuse(name, value, sentence);
    return { kind: "default" };
  }

  oneOf<T extends string>(name: string, allowed: readonly [T, ...T[]], byDefault?: T): T {
    const [value, source] = this.#valueOrDefault(name, byDefault);
    const found = allowed.find((item) => item === value);
    if (found === undefined) this.refuse(source, value, mustBeOneOf(allowed));
    return found ?? allowed[0];
  }

  cancelSignal(platform: NodeJS.Platform): CancelSignal | "none" {
    const signal = this.oneOf("cancelSignal", [...CANCEL_SIGNALS, "none"] as const);
    const [value, source] = this.#valueOrDefault("cancelSignal");
    if (platform === "win32" && !ON_WINDOWS.includes(signal)) this.refuse(source, value, isNotOfWindows);
    return signal;
  }

  duration(name: string, byDefault?: number): number {
    const [value, source] = this.#valueOrDefault(name, byDefault);
    const ms = parseDuration(value);
    if (ms === undefined) {
      this.refuse(source, value, mustBeDuration);
    }
    return ms ?? 0;
  }

  /** @param byDefault where neither the task nor the settings say anything */
  boolean(name: string, byDefault: boolean): boolean {
    const [value, source] = this.#valueOrDefault(name);
    if (value === undefined || value === null) return byDefault;
    if (typeof value !== "boolean") this.refuse(source, value, mustBeBoolean);
    return value === true;
  }

  /** @param byDefault of a property that has no setting */
  #valueOrDefault(name: string, byDefault?: unknown): [unknown, string] {
    const own = this.#raw[name];
    if (own == null && byDefault !== undefined) return [byDefault, name];
    return own === undefined || own === null ? [this.#defaults[name], `cancellableTasks.${name}`] : [own, name];
  }

  #list(name: string, value: unknown): unknown[] | undefined {
    if (value === undefined || value === null || Array.isArray(value)) return value ?? undefined;
    this.refuse(name, value, mustBeList);
    return undefined;
  }

  #part(name: string, value: unknown): CommandPart {
    const part = readPart(value);
    if (part === undefined || textOf(part).includes("\0")) return this.#string(name, part === undefined ? value : textOf(part));
    return part;
  }

  #string(name: string, value: unknown): string {
    if (typeof value === "string" && !value.includes("\0")) return value;
    this.refuse(name, value, typeof value === "string" ? mustHaveNoNul : mustBeString);
    return "";
  }

  readonly refuse: Refuse = (name, value, sentence, ofKey) => {
    this.problems.push(sentence(name, quote(value)));
    this.properties.push(ofKey ?? name);
    this.isOfKey.push(ofKey !== undefined);
  };
}

/** What is none is left to the shell's own rules: the editor tells of it. */
function quotingRules(value: unknown): QuotingRules | undefined {
  if (!isRecord(value)) return undefined;
  const { escape, strong, weak } = value;
  const isEscape = typeof escape === "string" || (isRecord(escape) && typeof escape["escapeChar"] === "string" && typeof escape["charsToEscape"] === "string");
  return { ...(isEscape ? { escape: escape as NonNullable<QuotingRules["escape"]> } : {}), ...(typeof strong === "string" ? { strong } : {}), ...(typeof weak === "string" ? { weak } : {}) };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
