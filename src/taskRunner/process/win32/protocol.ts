// What an extension host on Windows and its helper say to each other: plain data, over the channel of child_process.fork.
import type { GuardPlan } from "../container";

/** One process: pid, parent, start (ms since the epoch), program. */
export type Row = readonly [pid: number, ppid: number, start: number, name: string];

/** What a process has used. */
export type Usage = readonly [pid: number, cpuMs: number, memoryBytes: number];

/** Where a command that the helper starts has its standard streams: the name of a pipe that the host listens on; null for none (NUL). */
export type StreamName = string | null;

/** A process that is meant, and no later one of its number. */
export type Meant = readonly [pid: number, start: number];

export interface Launch {
  readonly op: "launch";
  readonly run: string;
  readonly file: string;
  /** The whole command line, the program's name first. */
  readonly line: string;
  readonly dir: string;
  readonly env: readonly string[];
  readonly streams: readonly [StreamName, StreamName, StreamName];
}

export type Request =
  | { readonly op: "hello" }
  | { readonly op: "list" }
  | { readonly op: "describe"; readonly pids: readonly number[] }
  | { readonly op: "markers"; readonly pids: readonly number[]; readonly variable: string }
  | { readonly op: "ports" }
  /** Answers with what these have used, as far as that may be asked. */
  | { readonly op: "usage"; readonly pids: readonly number[] }
  /** Ends this very process. */
  | { readonly op: "terminate"; readonly pid: number; readonly start: number }
  /** Ctrl+C for these, and for all that share a console with one of them. Answers, for each that still lives or was reached, whether it was. */
  | { readonly op: "interrupt"; readonly processes: readonly Meant[] }
  /** Makes the job of a run. */
  | { readonly op: "open"; readonly run: string }
  /** Starts a command inside of the job. Answers with its row. */
  | Launch
  /**
   * Puts a process that was started elsewhere into the job, with all that it has started meanwhile. Answers as "members".
   * `known`: when it had this pid, in ms since the epoch.
   */
  | { readonly op: "adopt"; readonly run: string; readonly pid: number; readonly known: number; readonly marker: string }
  /** Answers with the rows of those that are in it, console hosts left out. */
  | { readonly op: "members"; readonly run: string }
  /** Ends everything in the job. Answers with the pids that were in it. */
  | { readonly op: "kill"; readonly run: string }
  | { readonly op: "guard"; readonly run: string; readonly plan: GuardPlan | null }
  /** The run is over; what lives in its job lives on. */
  | { readonly op: "close"; readonly run: string };

export interface Question {
  readonly id: number;
  readonly request: Request;
}

export type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string; readonly code?: string };

/** What the helper tells without being asked. */
export type HelperEvent =
  /** Who is in the job of a run now, console hosts left out. */
  | { readonly event: "members"; readonly run: string; readonly rows: readonly Row[] }
  /** A command that it has started, or taken over, has ended. */
  | { readonly event: "exited"; readonly run: string; readonly pid: number; readonly code: number };

/** No list is longer. */
export const MOST_ROWS = 50_000;
/** No text is longer, in UTF-16 units: a command line has 32,767 at most. */
export const MOST_TEXT = 32_767;

export const isPids = (value: unknown): value is readonly number[] => isListOf(value, isPid);
export const isRow = (row: unknown): row is Row => Array.isArray(row) && isPid(row[0]) && isPid(row[1]) && Number.isFinite(row[2]) && isText(row[3]);
export const isRows = (value: unknown): value is readonly Row[] => isListOf(value, isRow);
export const isTexts = (value: unknown): value is readonly (readonly [number, string])[] =>
  isListOf(value, (pair): pair is [number, string] => Array.isArray(pair) && isPid(pair[0]) && isText(pair[1]));
export const isReached = (value: unknown): value is readonly (readonly [number, boolean])[] =>
  isListOf(value, (pair): pair is [number, boolean] => Array.isArray(pair) && isPid(pair[0]) && isBoolean(pair[1]));
export const isPorts = (value: unknown): value is readonly (readonly [number, readonly number[]])[] =>
  isListOf(value, (pair): pair is [number, number[]] => Array.isArray(pair) && isPid(pair[0]) && isPids(pair[1]));
export const isUsages = (value: unknown): value is readonly Usage[] => isListOf(value, (row): row is Usage => Array.isArray(row) && row.length === 3 && row.every(isPid));
export const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
export const isPid = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** What Windows starts for each console. */
export function isConsoleHost(name: string): boolean {
  return /^(conhost|OpenConsole)\.exe$/i.test(name);
}

export function isAnswer(message: unknown): message is Answer {
  return typeof message === "object" && message !== null && "id" in message && isPid(message.id);
}

export function isHelperEvent(message: unknown): message is HelperEvent {
  if (typeof message !== "object" || message === null || !("event" in message)) return false;
  if (!("run" in message) || !isText(message.run)) return false;
  if (message.event === "members") return "rows" in message && isRows(message.rows);
  return message.event === "exited" && "pid" in message && isPid(message.pid) && "code" in message && isPid(message.code);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MOST_TEXT;
}

function isListOf<T>(value: unknown, is: (entry: unknown) => entry is T): value is readonly T[] {
  return Array.isArray(value) && value.length <= MOST_ROWS && value.every(is);
}
