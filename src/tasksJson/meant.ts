import { isRecord } from "../taskRunner/base/record";
import { parseDuration } from "../taskRunner/base/duration";
import { CANCEL_SIGNALS, CTRL_C, HUNG_PIPE, STDIO, SURVIVORS } from "../taskRunner/task/definition";
import { RESTART_ON } from "../taskRunner/task/restart";
import { closest, meantDuration, meantSignal } from "./closest";

/** What people write for a value, in other programs' words. */
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  stdio: { terminal: "pty", console: "pty" },
  ctrlC: {},
  hungPipe: { fail: "error", warning: "warn" },
  survivors: { warning: "warn", stop: "kill", terminate: "kill", keep: "ignore" },
  restart: { fail: "failure", failed: "failure", error: "failure", "on-failure": "failure", "on failure": "failure", onfailure: "failure", "on-error": "failure", onerror: "failure" },
};
const CHOICES: Readonly<Record<string, readonly string[]>> = { stdio: STDIO, ctrlC: CTRL_C, hungPipe: HUNG_PIPE, survivors: SURVIVORS, restart: RESTART_ON };
const SIGNALS = [...CANCEL_SIGNALS, "none"];

/**
 * The values that may be meant by one that is refused, the most likely one first.
 * @param path of the property, such as "ready[0].port"
 */
export function meantValues(path: string, value: unknown): readonly unknown[] {
  const property = path.replace(/^options\./, "").replace(/\[\d+\]/g, "[]");
  switch (property) {
    case "waitDelay":
    case "timeout":
    case "restart.within":
      return durations(property, value);
    case "cancelSignal":
      return [value].flat().slice(0, 1).flatMap((one) => (typeof one === "string" || typeof one === "number" ? (meantSignal(one, SIGNALS) ?? []) : []));
    case "args":
      return typeof value === "string" ? [wordsOf(value)] : [];
    case "args[]":
    case "shell.args[]":
      return isPlain(value) ? [String(value)] : [];
    case "cancelCommand":
    case "ready.command":
    case "ready[].command":
      return isWords(value) ? [value.join(" ")] : [];
    case "cancelInput":
      return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string") ? [value.join("")] : [];
    case "stopWithDebugSession":
      return booleans(value);
    case "env":
      return variables(value);
    case "restart":
      return [...[value].flat().flatMap((one) => choice("restart", one)), ...(isRecord(value) && !("on" in value) ? [{ on: "failure", ...value }] : [])].slice(0, 1);
    case "restart.on":
      return choice("restart", value);
    case "restart.max":
      return typeof value === "string" && /^[1-9]\d{0,8}$/.test(value) ? [Number(value)] : [];
    case "ports":
      return manyPorts(value);
    case "ports[]":
    case "ready.port":
    case "ready[].port":
      return onePort(value);
    case "ready":
    case "ready[]":
      return conditions(value, property === "ready");
    case "ready.http":
    case "ready[].http":
      return urls(value);
    default:
      return choice(property, value);
  }
}

function choice(name: string, value: unknown): string[] {
  if (typeof value !== "string") return [];
  return [WORDS[name]?.[value.toLowerCase()] ?? closest(value, CHOICES[name] ?? []) ?? []].flat();
}

function durations(name: string, value: unknown): unknown[] {
  const none = name === "restart.within" ? [] : [0];
  if (typeof value === "number") return none;
  if (value === false) return name === "timeout" ? none : [];
  if (typeof value !== "string") return [];
  // A number alone may be seconds or milliseconds.
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return [`${value.trim()}s`, `${value.trim()}ms`];
  if (/^(forever|infinite|infinity|unlimited|indefinitely)$/i.test(value) || (name === "timeout" && /^(none|never|no|off)$/i.test(value))) return none;
  const meant = meantDuration(value);
  return parseDuration(meant) === undefined ? [] : [meant];
}

function booleans(value: unknown): boolean[] {
  if (value === 1 || value === 0) return [value === 1];
  return typeof value === "string" && /^(true|yes|on|false|no|off)$/i.test(value) ? [/^(true|yes|on)$/i.test(value)] : [];
}

/** What was put into one text; with quotation marks it is left as it is. */
function wordsOf(text: string): string[] {
  if (/["'`\\]/.test(text)) return [text];
  return text.trim() === "" ? [] : text.trim().split(/\s+/);
}

function isWords(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string" && /^[\w@%+=:,./-]+$/.test(one));
}

/** "A=b", a list of these, or of names with values. */
function variables(value: unknown): Record<string, unknown>[] {
  const pairs = [value].flat().map((one): [string, unknown] | undefined => {
    if (typeof one === "string") {
      const [, name, text] = /^(\w+)=(.*)$/s.exec(one) ?? [];
      return name === undefined ? undefined : [name, text];
    }
    return isRecord(one) && typeof one["name"] === "string" && isPlain(one["value"]) ? [one["name"], one["value"]] : undefined;
  });
  return pairs.length > 0 && pairs.every((pair) => pair !== undefined) ? [Object.fromEntries(pairs)] : [];
}

/** More of them than these are a mistake, and no list that one writes. */
const MOST_PORTS = 32;

function manyPorts(value: unknown): unknown[] {
  if (typeof value !== "string") return onePort(value);
  const [, first, last] = /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(value) ?? [];
  const ports = first === undefined ? value.trim().split(/[\s,;]+/).map(Number) : Array.from({ length: Math.max(0, Math.min(Number(last) - Number(first) + 1, MOST_PORTS + 1)) }, (_, i) => Number(first) + i);
  return ports.length > 1 && ports.length <= MOST_PORTS && ports.every(isPort) ? [ports] : onePort(value);
}

/** Of "8080:80" the host's one, as container engines have it. */
function onePort(value: unknown): number[] {
  if (isRecord(value)) return onePort(value["port"]);
  if (typeof value === "number") return isPort(value) ? [value] : [];
  const [, first, second] = (typeof value === "string" && /^(?:\S*?\D)??(\d+)(?::(\d+))?(?:\/\S*)?$/.exec(value.trim().replace(/^.*@/, ""))) || [];
  const port = Number(first);
  const isOfHost = typeof value === "string" && (/^\d+(:\d+)?$/.test(value.trim()) || /^(\w+:\/\/)?[\w.-]*:\d+(\/\S*)?$/.test(value.trim()));
  return isOfHost && isPort(port) && (second === undefined || isPort(Number(second))) ? [port] : [];
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** What else people call the conditions. */
const CONDITIONS: Readonly<Record<string, string>> = { ports: "port", tcp: "port", url: "http", https: "http", regex: "output", regexp: "output", pattern: "output", log: "output", stdout: "output", line: "output", cmd: "command", exec: "command", script: "command" };

function conditions(value: unknown, mayBeList: boolean): unknown[] {
  if (typeof value === "number") return onePort(value).map((port) => ({ port }));
  if (typeof value === "string") return conditionOf(value);
  if (!isRecord(value)) return [];
  const entries = Object.entries(value).map(([name, one]) => [CONDITIONS[name.toLowerCase()] ?? closest(name, ["port", "output", "http", "command", "quiet"]), one] as const);
  const known = entries.map(([name, one]) => (name === "quiet" ? "quiet" : name === undefined ? undefined : { [name]: one }));
  if (known.length === 0 || known.includes(undefined)) return [];
  return known.length === 1 ? [known[0]] : mayBeList ? [known] : [];
}

function conditionOf(text: string): unknown[] {
  if (closest(text, ["quiet"]) !== undefined) return ["quiet"];
  const [port] = onePort(text);
  if (port !== undefined && /^\d+$/.test(text)) return [{ port }];
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return [{ http: text }];
  return text.trim() !== "" && isRegex(text) ? [{ output: text }] : [];
}

function isRegex(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

function urls(value: unknown): string[] {
  const [port] = typeof value === "number" || (typeof value === "string" && /^:?\d+(\/|$)/.test(value)) ? onePort(typeof value === "string" && !value.startsWith(":") ? `:${value}` : value) : [];
  if (port !== undefined) return [`http://localhost:${port}${typeof value === "string" ? (/\/.*$/.exec(value)?.[0] ?? "") : ""}`];
  if (typeof value !== "string" || !/^(\/\/)?[\w.-]+(:\d+)?(\/\S*)?$/.test(value) || !/[.:]|^(\/\/)?localhost/.test(value)) return [];
  const url = `http://${value.replace(/^\/\//, "")}`;
  return URL.canParse(url) ? [url] : [];
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
