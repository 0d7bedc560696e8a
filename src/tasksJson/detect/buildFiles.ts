import { groupOf } from "../kinds";
import { commandTask, labelIn, soundsLongRunning, type DetectedTask, type Folder } from "./detectedTask";

/** Reads the targets of one kind of file. What it cannot be sure of it leaves out: these are offers, and no list of everything. */
export type TargetReader = (text: string, folder: Folder) => DetectedTask[];

export const BUILD_FILES: readonly { readonly names: readonly string[]; readonly title: string; readonly read: TargetReader }[] = [
  { names: ["Makefile", "makefile", "GNUmakefile"], title: "Makefile", read: makeTargets },
  { names: ["justfile", "Justfile", ".justfile"], title: "justfile", read: justRecipes },
  { names: ["Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml"], title: "Taskfile", read: taskfileTasks },
  { names: ["Cargo.toml"], title: "Cargo", read: cargoCommands },
  { names: ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"], title: "Docker Compose", read: composeServices },
];

function target(program: string, label: string, args: readonly string[], folder: Folder, description: string | undefined, isLongRunning: boolean): DetectedTask {
  const name = labelIn(folder, label);
  const group = groupOf(args.at(-1) ?? "");
  const line = [program, ...args].join(" ");
  const task = commandTask(name, program, args, folder, group === undefined ? {} : { group });
  return { label: name, description: description === undefined || description === "" ? line : `${line} (${description})`, task, isLongRunning };
}

function lines(text: string): string[] {
  return text.split(/\r?\n/);
}

/** Explicit targets; "## text" behind one, or in the line above, is what people write for a list of targets. */
function makeTargets(text: string, folder: Folder): DetectedTask[] {
  const found = new Map<string, string | undefined>();
  lines(text).forEach((line, i, all) => {
    const rule = /^([A-Za-z0-9][^\s:=#%$]*(?:[ \t]+[A-Za-z0-9][^\s:=#%$]*)*)[ \t]*::?(?![=:])([^=]*)$/.exec(line.replace(/##.*$/, ""));
    if (rule === null || /(^|\s)(define|export|override|include)\s/.test(line)) return;
    const comment = /##\s*(.*)$/.exec(line)?.[1] ?? /^##\s*(.*)$/.exec(all[i - 1] ?? "")?.[1];
    for (const name of (rule[1] ?? "").split(/\s+/)) if (!/\.\w+$/.test(name) && !found.has(name)) found.set(name, comment?.trim());
  });
  return [...found].map(([name, comment]) => target("make", `make: ${name}`, [name], folder, comment, soundsLongRunning(name)));
}

/** Recipes that need no argument and are not private. */
function justRecipes(text: string, folder: Folder): DetectedTask[] {
  const all = lines(text);
  return all.flatMap((line, i) => {
    const recipe = /^@?([A-Za-z][\w-]*)((?:[ \t]+[^:=\s]+=\S+|[ \t]+\*[\w$]\S*)*)[ \t]*:(?!=)/.exec(line);
    const name = recipe?.[1];
    if (name === undefined || ["alias", "export", "import", "mod", "set"].includes(name)) return [];
    const above = all.slice(0, i).reverse();
    const head = above.slice(0, above.findIndex((one) => !/^(#|\[)/.test(one)));
    if (head.some((one) => /^\[.*\bprivate\b.*\]/.test(one))) return [];
    const comment = head.find((one) => one.startsWith("#"))?.replace(/^#+\s*/, "");
    return [target("just", `just: ${name}`, [name], folder, comment, soundsLongRunning(name))];
  });
}

interface YamlKey {
  readonly name: string;
  readonly value: string;
  /** The lines below it that are indented further. */
  readonly body: readonly string[];
}

/** The keys directly below a top-level key of a YAML file in the usual block style. */
function keysBelow(text: string, top: string): YamlKey[] {
  const all = lines(text).map((line) => line.replace(/\s+$/, ""));
  const start = all.findIndex((line) => new RegExp(`^${top}:\\s*(#.*)?$`).test(line));
  if (start < 0) return [];
  const rest = all.slice(start + 1);
  const end = rest.findIndex((line) => /^[^\s#]/.test(line));
  const block = (end < 0 ? rest : rest.slice(0, end)).filter((line) => !/^\s*(#.*)?$/.test(line));
  const depth = /^ */.exec(block[0] ?? "")?.[0].length ?? 0;
  const keys: { name: string; value: string; body: string[] }[] = [];
  for (const line of block) {
    const key = new RegExp(`^ {${depth}}(?:"([^"]+)"|'([^']+)'|([\\w.:-]*[\\w.-])):(?:\\s+(.*))?$`).exec(line);
    const name = key?.[1] ?? key?.[2] ?? key?.[3];
    if (name !== undefined) keys.push({ name, value: key?.[4] ?? "", body: [] });
    else keys.at(-1)?.body.push(line);
  }
  return depth === 0 ? [] : keys;
}

function taskfileTasks(text: string, folder: Folder): DetectedTask[] {
  return keysBelow(text, "tasks").flatMap(({ name, body }) => {
    if (name.includes("*") || name.startsWith("-") || body.some((line) => /^\s+internal:\s*true\b/.test(line))) return [];
    const comment = body.flatMap((line) => /^\s+desc:\s*["']?(.*?)["']?$/.exec(line)?.[1] ?? [])[0];
    return [target("task", `task: ${name}`, [name], folder, comment, soundsLongRunning(name))];
  });
}

function cargoCommands(text: string, folder: Folder): DetectedTask[] {
  if (!/^\s*\[(package|workspace)\]/m.test(text)) return [];
  return ["run", "build", "test", "check"].map((name) => target("cargo", `cargo: ${name}`, [name], folder, undefined, name === "run"));
}

function composeServices(text: string, folder: Folder): DetectedTask[] {
  const services = keysBelow(text, "services").filter(({ name }) => !name.startsWith("x-"));
  if (services.length === 0) return [];
  const up = target("docker", "docker compose: up", ["compose", "up"], folder, undefined, true);
  return [up, ...services.map(({ name }) => target("docker", `docker compose: up ${name}`, ["compose", "up", name], folder, undefined, false))];
}
