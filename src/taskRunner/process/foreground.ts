import { settledWithin } from "../base/deadline";
import { checkedTable } from "./checkedTable";
import type { CommandLines } from "./commandLines";
import type { ProcessInfo, ProcessTable, TerminalReader } from "./table";

/** How long each question may take, in milliseconds. */
const LOOK_MS = 500;
/** What only an interactive shell ignores together. */
const SHELL_IGNORES = ["SIGTERM", "SIGTTOU"] as const;

/** A program that a terminal takes for its foreground. */
export interface ForegroundProgram {
  readonly info: ProcessInfo;
  /** Whether it waits for keys, as far as that can be seen. */
  readonly reader: TerminalReader | undefined;
  /** Whether it ignores what interactive shells ignore. */
  readonly isShell: boolean;
}

/**
 * Those of the processes that are in the foreground of a terminal, and what they wait for. Never rejects.
 * @param pid of a process that has the terminal
 */
export async function foregroundAmong(table: ProcessTable, infos: readonly ProcessInfo[], pid: number, commands: CommandLines): Promise<readonly ForegroundProgram[]> {
  const checked = checkedTable(table);
  const pgid = await settledWithin(LOOK_MS, () => checked.foreground(pid));
  const programs = pgid.kind === "done" ? infos.filter((info) => info.pgid === pgid.value) : [];
  const pids = programs.map((info) => info.pid);
  if (pids.length === 0) return [];
  const [readers, shells] = await Promise.all([
    settledWithin(LOOK_MS, () => checked.terminalReaders(pids)),
    settledWithin(LOOK_MS, () => checked.ignoring(pids, SHELL_IGNORES)),
    commands.lookUp(programs),
  ]);
  return commands.named(programs).map((info) => ({
    info,
    reader: readers.kind === "done" ? readers.value.get(info.pid) : undefined,
    isShell: shells.kind === "done" && shells.value.has(info.pid),
  }));
}

/** Whether one of these, which have lived through a SIGINT, does not ignore it, and so handles it. Never rejects. */
export async function handleInterrupt(table: ProcessTable, infos: readonly ProcessInfo[]): Promise<boolean> {
  const checked = checkedTable(table);
  const ignoring = await settledWithin(LOOK_MS, () => checked.ignoring(infos.map(({ pid }) => pid), ["SIGINT"]));
  const others = infos.filter(({ pid }) => ignoring.kind !== "done" || !ignoring.value.has(pid));
  // Of one that has ended meanwhile nothing could be seen.
  const alive = await settledWithin(LOOK_MS, () => checked.alive(others));
  return alive.kind === "done" ? alive.value.length > 0 : others.length > 0;
}
