import { basename, normalize } from "node:path/posix";

/** The types of built-in tasks that name a script or a target in the place of a command. */
export const RUNNERS = ["gulp", "grunt", "jake"] as const;
export type Runner = (typeof RUNNERS)[number];

export const PACKAGE_MANAGERS = ["npm", "pnpm", "yarn", "bun"] as const;
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

export type TargetKind = "npm" | Runner | "typescript";
/** "untyped": an entry without "type", which VS Code runs as a process. */
export type Kind = "shell" | "process" | "untyped" | TargetKind;

/** What such a task names, and what is run for it. */
export interface Target {
  readonly kind: TargetKind;
  /** npm's script, gulp's task, the tsconfig. */
  readonly name: string;
  /** npm: the folder of the package.json. */
  readonly path?: string | undefined;
  readonly isWatch?: boolean;
}

/** The property that has the target's name. */
export const NAME_PROPERTY: Record<TargetKind, string> = { npm: "script", gulp: "task", grunt: "task", jake: "task", typescript: "tsconfig" };

export function isTargetKind(type: string): type is TargetKind {
  return Object.hasOwn(NAME_PROPERTY, type);
}

/** Which of the targets of one kind the arguments of a command mean, with where in them the name stands; undefined: none. */
export function readCommand(command: string, args: readonly string[], path?: string): { target: Target; at: number; isLong: boolean } | undefined {
  const [first, second] = args;
  const script = scriptAt(command, args);
  if (script !== undefined) return { target: { kind: "npm", name: args[script] ?? "", path }, at: script, isLong: false };
  const program = isLocalProgram(command) ? basename(command) : "";
  if (isOneOf(RUNNERS, program) && args.length === 1 && first !== undefined && !first.startsWith("-")) {
    return { target: { kind: program, name: first }, at: 0, isLong: false };
  }
  if (program === "tsc" && second !== undefined && ["-p", "-b", "--project", "--build"].includes(first ?? "")) {
    const isWatch = args[2] === "--watch";
    if (args.length !== (isWatch ? 3 : 2)) return undefined;
    return { target: { kind: "typescript", name: second, isWatch }, at: 1, isLong: first?.startsWith("--") === true };
  }
  return undefined;
}

/** Where among the arguments the name of an npm script stands: `npm run --silent dev`, `node --run dev`, `npm install`. */
function scriptAt(command: string, args: readonly string[]): number | undefined {
  const isManager = isOneOf(PACKAGE_MANAGERS, command);
  const [before, name] = [args.slice(0, -1).join(" "), args.at(-1)];
  if (isManager && /^install( --silent)?$/.test(args.join(" "))) return 0;
  const isScript = isManager ? ["run", "run --silent"].includes(before) : command === "node" && before === "--run";
  // Of that name, VS Code has a task of another kind.
  return isScript && name !== "install" ? args.length - 1 : undefined;
}

/** As VS Code finds them: in the folder, else in PATH. */
function isLocalProgram(command: string): boolean {
  return !command.includes("/") || command.startsWith(LOCAL_BIN);
}

export const LOCAL_BIN = "node_modules/.bin/";

/** A property that VS Code takes for granted in a task of such a type, and that has to be written where the type is another one. */
export type ImpliedProperty = readonly [name: string, value: unknown];

/** In the order in which they are written. */
export function impliedProperties(target: Target): readonly ImpliedProperty[] {
  if (target.kind === "typescript") {
    const name = target.isWatch === true ? "watch" : "build";
    return [
      ["label", `tsc: ${name} - ${normalize(target.name)}`],
      ["group", "build"],
      ["problemMatcher", [target.isWatch === true ? "$tsc-watch" : "$tsc"]],
      ...(target.isWatch === true ? [["isBackground", true] as const] : []),
    ];
  }
  const folder = target.path?.replace(/\/$/, "") ?? "";
  const group = groupOf(target.name);
  return [["label", `${target.kind}: ${target.name}${folder === "" ? "" : ` - ${folder}`}`], ...(group === undefined ? [] : [["group", group] as const])];
}

/** The group that VS Code's own extensions give to a script of this name. */
export function groupOf(name: string): "build" | "test" | undefined {
  const lower = name.toLowerCase();
  if (["build", "compile", "watch"].some((word) => lower.includes(word))) return "build";
  return lower === "test" ? "test" : undefined;
}

export function isOneOf<T extends string>(all: readonly T[], one: string | undefined): one is T {
  return (all as readonly (string | undefined)[]).includes(one);
}
