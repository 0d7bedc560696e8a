import { isRecord } from "../base/record";
import { mergedEnvironment } from "../base/variableNames";
type Properties = Readonly<Record<string, unknown>>;

/** The names of the blocks that count on one platform only. */
export const PLATFORMS = ["windows", "osx", "linux"] as const;
export type TaskPlatform = (typeof PLATFORMS)[number];

/** The block of tasks.json that is meant for the machine on which tasks run. */
export function taskPlatform(platform: NodeJS.Platform): TaskPlatform {
  return platform === "win32" ? "windows" : platform === "darwin" ? "osx" : "linux";
}

/** A task with everything that stands over it in its file. */
export interface LayeredTask {
  /** Without platforms' blocks. */
  readonly task: Properties;
  /** `options.shell` of the file. It says by which shell command lines are run, not which commands a shell runs. */
  readonly shell: unknown;
}

/**
 * Puts a platform's block over a task, and the task over the `options` at the top of its file, as VS Code does for its own tasks: `env`
 * is merged with a platform's block, and replaces the file's as a whole.
 * @param task as it stands in tasks.json
 * @param file the top level of that file
 */
export function layered(task: Properties, file: Properties, platform: TaskPlatform): LayeredTask {
  const own = overlaid(task, platform);
  const above = overlaid({ options: file["options"], ...blocksOf(file) }, platform)["options"];
  if (above === undefined || above === null) return { task: own, shell: undefined };
  const options = own["options"] ?? {};
  // What is no object is told of by checkDefinition: the file's as if the task had it.
  if (!isRecord(options)) return { task: own, shell: undefined };
  if (!isRecord(above)) return { task: { ...own, options: own["options"] ?? above }, shell: undefined };
  const filled = {
    ...options,
    ...(own["cwd"] == null && options["cwd"] == null && above["cwd"] != null ? { cwd: above["cwd"] } : {}),
    ...(own["env"] == null && options["env"] == null && above["env"] != null ? { env: above["env"] } : {}),
  };
  return { task: { ...own, options: filled }, shell: above["shell"] };
}

/** Whether a task says on this platform when it is ready. @param task as it stands in tasks.json */
export function saysReady(task: Properties, platform: TaskPlatform): boolean {
  return overlaid(task, platform)["ready"] != null;
}

/** Only `options` count of a file's blocks. */
function blocksOf(file: Properties): Properties {
  return Object.fromEntries(PLATFORMS.flatMap((platform) => (isRecord(file[platform]) ? [[platform, { options: file[platform]["options"] }]] : [])));
}

function overlaid(properties: Properties, platform: TaskPlatform): Properties {
  // A block that is no object stays, for checkDefinition to tell of.
  const base = Object.fromEntries(Object.entries(properties).filter(([key, value]) => !isPlatform(key) || !isRecord(value)));
  const block = properties[platform];
  if (!isRecord(block)) return base;
  const merged: Record<string, unknown> = { ...base, ...Object.fromEntries(Object.entries(block).filter(([key, value]) => value !== undefined && !isPlatform(key))) };
  if (isRecord(base["env"]) && isRecord(block["env"])) merged["env"] = mergedEnvironment([base["env"], block["env"]], platform === "windows");
  if (isRecord(base["options"]) && isRecord(block["options"])) merged["options"] = overlaidOptions(base["options"], block["options"], platform);
  return merged;
}

function overlaidOptions(base: Properties, over: Properties, platform: TaskPlatform): Properties {
  const merged: Record<string, unknown> = { ...base, ...over };
  if (isRecord(base["env"]) && isRecord(over["env"])) merged["env"] = mergedEnvironment([base["env"], over["env"]], platform === "windows");
  if (isRecord(base["shell"]) && isRecord(over["shell"])) merged["shell"] = { ...base["shell"], ...over["shell"] };
  return merged;
}

function isPlatform(key: string): boolean {
  return PLATFORMS.some((platform) => platform === key);
}
