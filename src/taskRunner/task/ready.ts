import { isRecord } from "../base/record";
import { mustBeCommandLine, mustBePort, mustBeReady, mustBeRegex, mustBeUrl, mustBeValidRegex, type Refuse, type Sentence } from "./refusals";

/** One thing that a task says of itself when it is ready. */
export type ReadyCondition =
  /** One of its processes listens on this TCP port. */
  | { readonly kind: "port"; readonly port: number }
  /** A line of its output matches this regular expression. */
  | { readonly kind: "output"; readonly pattern: string }
  /** A server answers there. */
  | { readonly kind: "http"; readonly url: string }
  /** This command line succeeds. */
  | { readonly kind: "command"; readonly command: string }
  /** It has written something, and then nothing for a while. */
  | { readonly kind: "quiet" };

const KINDS = ["port", "output", "http", "command"] as const;

/** Reads `"ready"`: one condition, or a list of them. None where it is absent. */
export function readReady(value: unknown, refuse: Refuse): readonly ReadyCondition[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [readOne("ready", value, refuse) ?? []].flat();
  if (value.length === 0) refuse("ready", value, mustBeReady);
  return value.flatMap((one: unknown, i) => readOne(`ready[${i}]`, one, refuse) ?? []);
}

/** A port, also as a text: variables such as `${config:port}` give one. */
export function readPort(name: string, value: unknown, refuse: Refuse): number | undefined {
  const port = typeof value === "number" ? value : typeof value === "string" && /^\d{1,5}$/.test(value.trim()) ? Number(value) : NaN;
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  refuse(name, value, mustBePort);
  return undefined;
}

/** Reads `"ports"`: a list of them, or one. */
export function readPorts(value: unknown, refuse: Refuse): readonly number[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [readPort("ports", value, refuse) ?? []].flat();
  return value.flatMap((one: unknown, i) => readPort(`ports[${i}]`, one, refuse) ?? []);
}

function readOne(name: string, value: unknown, refuse: Refuse): ReadyCondition | undefined {
  if (value === "quiet") return { kind: "quiet" };
  const entries = isRecord(value) ? Object.entries(value).filter(([, given]) => given !== undefined) : [];
  const [entry, ...more] = entries;
  const kind = KINDS.find((one) => one === entry?.[0]);
  if (entry === undefined || kind === undefined || more.length > 0) {
    refuse(name, value, mustBeReady);
    return undefined;
  }
  return readKind(`${name}.${kind}`, kind, entry[1], refuse);
}

function readKind(name: string, kind: (typeof KINDS)[number], value: unknown, refuse: Refuse): ReadyCondition | undefined {
  switch (kind) {
    case "port": {
      const port = readPort(name, value, refuse);
      return port === undefined ? undefined : { kind, port };
    }
    case "output": {
      const problem = typeof value !== "string" || value === "" ? mustBeRegex : regexProblem(value);
      if (problem !== undefined) refuse(name, value, problem);
      return { kind, pattern: textOr(value) };
    }
    case "http":
      if (!isHttpUrl(value)) refuse(name, value, mustBeUrl);
      return { kind, url: textOr(value) };
    case "command":
      if (typeof value !== "string" || value.trim() === "" || value.includes("\0")) refuse(name, value, mustBeCommandLine);
      return { kind, command: textOr(value) };
  }
}

/** What was refused may be anything, also an object that no text can be made of. */
function textOr(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function regexProblem(pattern: string): Sentence | undefined {
  try {
    new RegExp(pattern);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*: /s, "") : String(error);
    return mustBeValidRegex(`${reason.charAt(0).toLowerCase()}${reason.slice(1)}`);
  }
}

function isHttpUrl(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return (protocol === "http:" || protocol === "https:") && hostname !== "";
}
