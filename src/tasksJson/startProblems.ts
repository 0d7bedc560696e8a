import { checkDefinition, type Defaults } from "../taskRunner/task/definition";
import { quote } from "../taskRunner/task/quote";
import { mustBeBlock } from "../taskRunner/task/refusals";
import { platformParts } from "./conversion";
import { nodeAt } from "./nodeAt";
import type { Entry, JsonObject } from "./tasksDocument";

/** What is valid, so that only what a task itself says is wrong. */
const VALID: Defaults = { waitDelay: "5s", cancelSignal: "SIGINT", hungPipe: "warn", survivors: "warn", stdio: "pty" };
const PLATFORMS = ["windows", "osx", "linux"] as const;

/** Something for which a task would not be started, in the words in which it would be refused. */
export interface StartProblem {
  readonly message: string;
  /** Where in `object` it stands: "args[2]". */
  readonly path: string;
  readonly object: JsonObject;
}

/** What is wrong with an entry, and with a platform's part of it as it will be: over the rest. */
export function startProblems(entry: Entry): StartProblem[] {
  const base = problemsIn(entry, platformParts(entry).some((part) => part.has("command")));
  const blocks = PLATFORMS.filter((name) => entry.has(name) && entry.object(name) === undefined).map((path) => ({ path, message: mustBeBlock(path, quote(entry.value(path))), object: entry }));
  const ofParts = platformParts(entry).flatMap((part) => problemsIn(part, true));
  return [...base, ...blocks, ...ofParts];
}

function problemsIn(object: JsonObject, hasCommand: boolean): StartProblem[] {
  const raw = Object.fromEntries(Object.entries(object.data()).filter(([name, value]) => !isPlatform(name) && !hasVariable(value)));
  const isStandIn = raw["command"] == null && (hasCommand || hasVariable(object.value("command")));
  const result = checkDefinition(isStandIn ? { ...raw, command: "x" } : raw, VALID);
  if (result.ok) return [];
  const found = result.problems.map((message, i) => ({ message, path: result.properties[i] ?? "", object }));
  // What is only known when the task starts is not wrong yet.
  return found.filter(({ path }) => !hasVariable(nodeAt(object.node, path)?.value));
}

function isPlatform(name: string): boolean {
  return PLATFORMS.some((platform) => platform === name);
}

function hasVariable(value: unknown): boolean {
  return typeof value === "string" && value.includes("${");
}
