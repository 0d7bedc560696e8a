import { setImmediate as nextTurn } from "node:timers/promises";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessInfo, ProcessTable } from "../../../src/taskRunner/process/table";

/** What only looks. `signal`, `signalGroup` and `signalOwnGroup` act, and are never broken here. */
export const LOOKS = ["list", "listNow", "newestPid", "newcomers", "read", "alive", "describe", "markers", "holders", "ports", "listeners", "foreground", "foreignUsers", "ignoring", "terminalReaders"] as const;
export type Look = (typeof LOOKS)[number];

/** What a look does instead of what it should. */
export type Fault = "never" | "EMFILE" | "EACCES" | "EIO" | "throws" | "undefined" | "number" | "[null]" | "NaN" | "circle" | "leaderless";
export const FAILURES: readonly Fault[] = ["EMFILE", "EACCES", "EIO", "throws"];
export const GARBAGE: readonly Fault[] = ["undefined", "number", "[null]", "NaN", "circle", "leaderless"];

/** One signal that was sent, and when, in `performance.now()`. */
export interface Sent {
  readonly signal: NodeJS.Signals;
  readonly at: number;
}

/** The real process table, with looks that can be broken at any time, and a record of what was sent. */
export class FaultyTable {
  readonly table: ProcessTable;
  readonly sent: Sent[] = [];
  readonly calls = new Map<string, number>();
  readonly #broken = new Map<Look, Fault>();
  readonly #answers = new Map<Look, unknown>();
  /** Whom "leaderless" leaves out. */
  leaderPid = 0;

  constructor(real: ProcessTable = thisTable) {
    const looks = Object.fromEntries(LOOKS.map((look) => [look, (...args: unknown[]): unknown => this.#look(real, look, args)]));
    const record = (signal: NodeJS.Signals): unknown => this.sent.push({ signal, at: performance.now() });
    this.table = {
      ...real,
      ...looks,
      signal: (info, signal) => (record(signal), real.signal(info, signal)),
      signalGroup: (members, signal) => (record(signal), real.signalGroup(members, signal)),
      signalOwnGroup: (pid, signal) => (record(signal), real.signalOwnGroup(pid, signal)),
    };
  }

  break(looks: readonly Look[], fault: Fault): void {
    for (const look of looks) this.#broken.set(look, fault);
  }

  /** Gives this answer, whatever is asked. */
  answer(look: Look, answer: unknown): void {
    this.#answers.set(look, answer);
  }

  heal(): void {
    this.#answers.clear();
    this.#broken.clear();
  }

  #look(real: ProcessTable, look: Look, args: unknown[]): unknown {
    this.calls.set(look, (this.calls.get(look) ?? 0) + 1);
    const answer = (): unknown => (real[look] as (...all: unknown[]) => unknown)(...args);
    if (this.#answers.has(look)) return Promise.resolve(this.#answers.get(look));
    const fault = this.#broken.get(look);
    if (fault === undefined) return answer();
    if (look === "listNow" || look === "newestPid") return this.#now(fault, look, answer);
    if (fault === "never") return new Promise(() => undefined);
    if (fault === "throws") throw systemError("EIO");
    return nextTurn().then(async () => this.#later(fault, look, await answer()));
  }

  /** What answers at once cannot be late. */
  #now(fault: Fault, look: Look, answer: () => unknown): unknown {
    if (fault === "never") return undefined;
    return this.#later(fault === "throws" ? "EIO" : fault, look, answer());
  }

  #later(fault: Fault, look: Look, right: unknown): unknown {
    switch (fault) {
      case "EMFILE":
      case "EACCES":
      case "EIO":
        throw systemError(fault);
      case "undefined":
        return undefined;
      case "number":
        return 5;
      case "[null]":
        return right instanceof Map ? new Map([...right.keys()].map((key) => [key, [null]])) : [null];
      case "NaN":
        return broken(look, right);
      case "circle":
        return Array.isArray(right) ? inCircle(right as ProcessInfo[]) : right;
      case "leaderless":
        return Array.isArray(right) ? (right as ProcessInfo[]).filter(({ pid }) => pid !== this.leaderPid) : right;
      default:
        return right;
    }
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** The right answer with its numbers spoilt. */
function broken(look: Look, right: unknown): unknown {
  if (look === "read") return { pid: NaN };
  if (look === "foreground") return NaN;
  if (right instanceof Map) return new Map([[NaN, NaN], ...[...right.keys()].map((key) => [key, { file: NaN }] as const)] as [unknown, unknown][]);
  if (!Array.isArray(right)) return NaN;
  return (right as ProcessInfo[]).map((info) => ({ ...info, ppid: NaN, pgid: NaN, sid: NaN, start: NaN, command: NaN }));
}

/** In each session everybody is the child of the next one, and so of itself. Never across sessions: a lie there would have strangers signalled. */
function inCircle(list: readonly ProcessInfo[]): ProcessInfo[] {
  return list.map((info) => {
    const session = list.filter(({ sid }) => sid === info.sid);
    return { ...info, ppid: session[(session.indexOf(info) + 1) % session.length]?.pid ?? info.pid };
  });
}
