import type { Trial } from "./trial";

/** What a program does on its way out, as far as it can be seen afterwards. */
export interface CleanUp {
  readonly name: string;
  readonly ran: (trial: Trial) => boolean;
  /** A second press of Ctrl+C is a second signal: what is said of the only one does not hold then. */
  readonly notTwice?: true;
}

/** When it is ready to be stopped. */
export type Ready =
  /** Each of these apps of ours (workspace/app.mjs and others) is running. */
  | { readonly apps: readonly string[] }
  /** Something listens at its port ($PORT). */
  | { readonly port: true }
  | { readonly file: string }
  /** A line that it writes: to its output, or to a file. */
  | { readonly output: RegExp; readonly in?: string };

/** A program that other people wrote, and what to do with it. */
export interface Program {
  readonly name: string;
  /** The command line, as it is typed at a prompt and written in tasks.json. Its folder is a copy of workspace/. */
  readonly command: string;
  /** Command lines that make it ready to be started, in the same folder. */
  readonly prepare?: string;
  readonly ready: Ready | readonly Ready[];
  readonly cleansUp: readonly CleanUp[];
  /** Executables that must be there, from Debian. */
  readonly needs?: readonly string[];
  /** What README says to write for it. */
  readonly cancelInput?: string;
  /** A terminal is what it is for: it does nothing on pipes. */
  readonly ptyOnly?: true;
}

/**
 * One of our own apps, which takes 300 ms to clean up, run by somebody else's program. It has cleaned up; and it was asked just once
 * until then: many programs take a second signal for the wish that they stop at once.
 */
export function app(name = "app"): CleanUp[] {
  return [
    { name: `${name} cleans up`, ran: (trial) => linesOfFirst(trial, name).includes("cleaned") },
    { name: `${name} is asked only once`, notTwice: true, ran: (trial) => isAskedOnce(linesOfFirst(trial, name)) },
  ];
}

export function apps(...names: string[]): Pick<Program, "ready" | "cleansUp"> {
  return { ready: { apps: names }, cleansUp: names.flatMap((name) => app(name)) };
}

export function removes(file: string): CleanUp {
  return { name: `removes ${file}`, ran: (trial) => !trial.exists(file) };
}

export function creates(file: string): CleanUp {
  return { name: `writes ${file}`, ran: (trial) => trial.exists(file) };
}

export function logs(what: RegExp, file: string): CleanUp {
  return { name: `logs ${what.source}`, ran: (trial) => what.test(trial.read(file)) };
}

/** What an app has logged, of its first process only: a restarter starts more. */
function linesOfFirst(trial: Trial, name: string): string[] {
  const lines = trial.read(`${name}.log`).split("\n").map((line) => line.split(" "));
  const first = lines[0]?.[0];
  return lines.filter(([pid]) => pid === first).map(([, what]) => what ?? "");
}

function isAskedOnce(lines: readonly string[]): boolean {
  const asked = lines.slice(0, lines.indexOf("cleaned") + 1).filter((line) => line.startsWith("SIG"));
  return asked.length === 1;
}
