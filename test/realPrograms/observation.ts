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
  /** The processes that were left, by their command lines. */
  readonly left: readonly string[];
  /** Whether those that were left are all listed as the run's survivors. */
  readonly isListed?: boolean;
  readonly ports: readonly number[];
  /** Whether Ctrl+C did not end it, and its terminal was closed then. */
  readonly isClosed?: boolean;
  /** Whether something of it was killed: nothing is at the prompt. */
  readonly isKilled?: boolean;
}

export function failed(problem: string): Observation {
  return { problem, ran: new Set(), ms: 0, left: [], ports: [] };
}

export function ranOf(trial: Trial, program: Program): Set<string> {
  return new Set(program.cleansUp.filter(({ ran }) => ran(trial)).map(({ name }) => name));
}

export interface ObserveOptions {
  /** A process that is ours. */
  readonly except?: number;
  /** The pids of the survivors that the run lists. */
  readonly listed?: () => readonly number[];
}

export async function observe(trial: Trial, program: Program, ms: number, { except, listed }: ObserveOptions = {}): Promise<Observation> {
  await until(() => trial.living(except).length === 0, STRAGGLERS_MS);
  const living = trial.living(except);
  const survivors = new Set(listed?.());
  const left = living.map(({ pid, command }) => `${pid} ${command.slice(0, 60)}`);
  const isListed = living.length > 0 && living.every(({ pid }) => survivors.has(pid));
  return { ran: ranOf(trial, program), ms, left, isListed, ports: await trial.takenPorts() };
}
