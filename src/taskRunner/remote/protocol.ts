import { isRecord } from "../base/record";
/**
 * What is said over the socket of an extension host with live runs: JSON, a message a line. docs/protocol.md is its contract. What
 * the other side has sent is read here, and nowhere else; its texts are made harmless where they are shown.
 */
export const PROTOCOL_VERSION = 1;

/** No request is longer, in bytes. */
export const MAX_REQUEST_BYTES = 16 * 1024;
/** No answer or event is longer, in bytes. */
export const MAX_REPLY_BYTES = 4 * 1024 * 1024;

/** A run, as it is told to other processes. Times are in milliseconds since the epoch, durations in milliseconds. */
export interface RemoteRunInfo {
  readonly id: string;
  readonly label: string;
  readonly commandLine: string;
  readonly pid?: number;
  readonly startedAt: number;
  readonly state: RemoteState;
  /** 0 waits indefinitely. */
  readonly waitDelay: number;
}

export type RemoteState =
  | { readonly kind: "waiting" | "running" }
  | { readonly kind: "stopping"; readonly since: number; readonly killAt?: number; readonly killed: boolean }
  | { readonly kind: "draining"; readonly since: number; readonly until?: number; readonly asked: boolean };

/** What a client asks. `id` comes back with the answer. */
export type Request =
  | { readonly id: number; readonly type: "hello"; readonly version: number; readonly token: string }
  | { readonly id: number; readonly type: "list" }
  | { readonly id: number; readonly type: "stop" | "kill" | "tail"; readonly run: string }
  /** Without a run: what runs, whenever that changes. With one: also its output, from now on. */
  | { readonly id: number; readonly type: "subscribe"; readonly run?: string };

/** What the answer to each request has in it. */
export interface Results {
  readonly hello: { readonly version: number; readonly pid: number; readonly folder: string };
  readonly list: { readonly runs: readonly RemoteRunInfo[] };
  readonly stop: Record<string, never>;
  readonly kill: Record<string, never>;
  /** The newest output of the program, and how many bytes came before it. */
  readonly tail: { readonly text: string; readonly skipped: number };
  readonly subscribe: { readonly runs: readonly RemoteRunInfo[] };
}

export type ErrorCode = "badRequest" | "badToken" | "unsupportedVersion" | "helloFirst" | "noSuchRun";

export type Reply = { readonly id: number; readonly ok: true; readonly result: unknown } | { readonly id: number; readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

export type Event =
  /** Whenever they have changed; those that have ended are not among them. */
  | { readonly event: "runs"; readonly runs: readonly RemoteRunInfo[] }
  /** `skipped`: how many bytes before it were left out, because the client was too slow. */
  | { readonly event: "output"; readonly run: string; readonly text: string; readonly skipped: number };

/** @returns the request, or the sentence that tells why it is none */
export function parseRequest(line: string): Request | string {
  const value = parse(line);
  if (!isRecord(value)) return "A request is a JSON object in a line of its own.";
  const { id, type, run, version, token } = value;
  if (!isCount(id)) return '"id" must be a whole number, 0 or more.';
  switch (type) {
    case "hello":
      if (!isCount(version)) return '"version" must be a whole number, 0 or more.';
      return typeof token === "string" ? { id, type, version, token } : '"token" must be a string.';
    case "list":
      return { id, type };
    case "stop":
    case "kill":
    case "tail":
      return typeof run === "string" ? { id, type, run } : '"run" must be the id of a run.';
    case "subscribe":
      if (run === undefined) return { id, type };
      return typeof run === "string" ? { id, type, run } : '"run" must be the id of a run.';
    default:
      return '"type" must be one of "hello", "list", "stop", "kill", "tail", "subscribe".';
  }
}

/** The id of what may be no request, so that its sender knows what is answered. */
export function idOf(line: string): number {
  const value = parse(line);
  return isRecord(value) && isCount(value["id"]) ? value["id"] : 0;
}

/** @returns undefined for what is neither an answer nor an event */
export function parseMessage(line: string): Reply | Event | undefined {
  const value = parse(line);
  if (!isRecord(value)) return undefined;
  const { event, id, ok, error, result, run, text, skipped } = value;
  if (event === "runs") {
    const runs = parseRuns(value["runs"]);
    return runs === undefined ? undefined : { event, runs };
  }
  if (event === "output") return typeof run === "string" && typeof text === "string" && isCount(skipped) ? { event, run, text, skipped } : undefined;
  if (!isCount(id)) return undefined;
  if (ok === true) return { id, ok, result };
  return ok === false && isRecord(error) && typeof error["code"] === "string" && typeof error["message"] === "string" ? { id, ok, error: { code: error["code"], message: error["message"] } } : undefined;
}

/** What an answer to this request has in it; undefined when it has not. */
export function parseResult<K extends keyof Results>(type: K, result: unknown): Results[K] | undefined;
export function parseResult(type: keyof Results, result: unknown): Results[keyof Results] | undefined {
  if (!isRecord(result)) return undefined;
  switch (type) {
    case "hello": {
      const { version, pid, folder } = result;
      return isCount(version) && isCount(pid) && typeof folder === "string" ? { version, pid, folder } : undefined;
    }
    case "list":
    case "subscribe": {
      const runs = parseRuns(result["runs"]);
      return runs === undefined ? undefined : { runs };
    }
    case "stop":
    case "kill":
      return {};
    case "tail": {
      const { text, skipped } = result;
      return typeof text === "string" && isCount(skipped) ? { text, skipped } : undefined;
    }
  }
}

function parseRuns(value: unknown): RemoteRunInfo[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const runs = value.map(parseRun);
  return runs.every((run) => run !== undefined) ? runs : undefined;
}

function parseRun(value: unknown): RemoteRunInfo | undefined {
  if (!isRecord(value)) return undefined;
  const { id, label, commandLine, pid, startedAt, waitDelay } = value;
  const state = parseState(value["state"]);
  if (typeof id !== "string" || typeof label !== "string" || typeof commandLine !== "string" || !isTime(startedAt) || !isTime(waitDelay) || state === undefined) return undefined;
  if (pid !== undefined && !isCount(pid)) return undefined;
  return { id, label, commandLine, ...(pid === undefined ? {} : { pid }), startedAt, state, waitDelay };
}

function parseState(value: unknown): RemoteState | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, since, killAt, killed, until, asked } = value;
  if (kind === "waiting" || kind === "running") return { kind };
  if (!isTime(since)) return undefined;
  if (kind === "stopping" && typeof killed === "boolean" && (killAt === undefined || isTime(killAt))) return { kind, since, ...(killAt === undefined ? {} : { killAt }), killed };
  if (kind === "draining" && typeof asked === "boolean" && (until === undefined || isTime(until))) return { kind, since, ...(until === undefined ? {} : { until }), asked };
  return undefined;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
