import type { Program } from "./program";
import type { Trial } from "./trial";
import { until } from "./until";

/** What outlives its command may still be cleaning up: it gets this time, in milliseconds. */
const STRAGGLERS_MS = 1500;

/** What became of one run of a program that was stopped. */
export interface Observation {
  /** Why there is nothing to see: it did not start, for example. */
  readonly problem?: string;
  /** The names of the clean-ups that ran. */
  readonly ran: ReadonlySet<string>;
  /** From the act that stops it to its end, in milliseconds. */
  readonly ms: number;
  /** What it took beyond the act itself, or what else is to be told. */
  readonly remark: string;
  /** The processes that were left, by their command lines. */
  readonly left: readonly string[];
  readonly ports: readonly number[];
  /** Whether Ctrl+C did not end it, and its terminal was closed then. */
  readonly isClosed?: boolean;
  /** Whether something of it was killed: nothing is at the prompt. */
  readonly isKilled?: boolean;
}

export function failed(problem: string): Observation {
  return { problem, ran: new Set(), ms: 0, remark: "", left: [], ports: [] };
}

export function ranOf(trial: Trial, program: Program): Set<string> {
  return new Set(program.cleansUp.filter(({ ran }) => ran(trial)).map(({ name }) => name));
}

/** @param except a process that is ours */
export async function observe(trial: Trial, program: Program, ms: number, remark: string, except?: number): Promise<Observation> {
  await until(() => trial.living(except).length === 0, STRAGGLERS_MS);
  const left = trial.living(except).map(({ pid, command }) => `${pid} ${command.slice(0, 60)}`);
  return { ran: ranOf(trial, program), ms, remark, left, ports: await trial.takenPorts() };
}
