import { checkDefinition, type Defaults } from "../taskRunner/task/definition";
import { layered, PLATFORMS } from "../taskRunner/task/layers";
import { platformParts } from "./conversion";
import { keyOf, nodeAt, nearestNode } from "./nodeAt";
import { problemAt, type Problem } from "./problem";
import type { Entry, JsonObject, TasksDocument } from "./tasksDocument";
import { fixesFor } from "./valueFixes";
import type { Node } from "jsonc-parser";

/** What is valid, so that only what a task itself says is wrong. */
const VALID: Defaults = { waitDelay: "5s", cancelSignal: "SIGINT", hungPipe: "warn", survivors: "warn", stdio: "pty" };

/** What the task would be refused for when it starts, on any platform, in the same words; once for each. */
export function refusals(document: TasksDocument, entry: Entry): Problem[] {
  // Reading the tasks too, for each of them, would take long in a long file.
  const file = Object.fromEntries(["options", ...PLATFORMS].map((name) => [name, document.settings?.value(name)]));
  return PLATFORMS.flatMap((platform) => refusedOn(document, entry, file, platform));
}

function refusedOn({ text, settings }: TasksDocument, entry: Entry, file: Readonly<Record<string, unknown>>, platform: (typeof PLATFORMS)[number]): Problem[] {
  const { task, shell } = layered(entry.data(), file, platform);
  const raw = Object.fromEntries(Object.entries(task).filter(([, value]) => !hasVariable(value)));
  // One that is not for this platform need not have a command here.
  const isElsewhere = platformParts(entry).some((part) => part.has("command"));
  const isStandIn = raw["command"] == null && (isElsewhere || hasVariable(task["command"]));
  const result = checkDefinition(isStandIn ? { ...raw, command: "x" } : raw, { ...VALID, shell });
  if (result.ok) return [];
  return result.problems.flatMap((message, i) => {
    const path = result.properties[i] ?? "";
    const [owner, node] = placeOf(entry, settings, platform, path);
    if (owner === undefined || node === undefined) return [problemAt(entry.get("type")?.value ?? entry.node, "error", message)];
    if (hasVariable(node.value)) return [];
    return [{ ...problemAt(result.isOfKey?.[i] === true ? keyOf(node) : node, "error", message), fixes: fixesFor(text, owner, path, node) }];
  });
}

/** Where what counts on a platform stands: in its block, in the task, or in the "options" at the top of the file. */
function placeOf(entry: Entry, settings: JsonObject | undefined, platform: string, path: string): readonly [JsonObject?, Node?] {
  const tops = path.startsWith("options") ? [settings?.object(platform), settings] : [];
  const owners = [entry.object(platform), entry, ...tops].filter((owner) => owner !== undefined);
  for (const find of [nodeAt, nearestNode]) {
    for (const owner of owners) {
      const node = find(owner.node, path);
      if (node !== undefined) return [owner, node];
    }
  }
  return [];
}

/** What is only known when the task starts. */
function hasVariable(value: unknown): boolean {
  return typeof value === "string" && value.includes("${");
}
