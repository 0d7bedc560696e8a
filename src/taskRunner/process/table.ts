/** One process as the system's process table shows it at one moment. */
export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  /** Its process group; 0 where there are none (Windows). */
  readonly pgid: number;
  /** Its session; undefined where the system does not tell. */
  readonly sid: number | undefined;
  /** Dead, but not yet reaped by its parent: not alive for us, and nothing can be done about it. */
  readonly zombie: boolean;
  /** Stopped by SIGSTOP or Ctrl+Z: it sees a signal only after a SIGCONT. */
  readonly stopped: boolean;
  /** When it started, in the table's own unit (see `ProcessTable.now`). With the pid it identifies the process. */
  readonly start: number;
  /** The program's name, as short as the system keeps it. */
  readonly name: string;
  /** The process group that is in the foreground of its controlling terminal, where a list tells it; see `ProcessTable.foreground`. */
  readonly tpgid?: number;
  /** What people know it by: its command line, or its name where it has none or it was not asked for. */
  readonly command: string;
}

/** What says which file an open descriptor stands for, in every process that has it open. */
export interface FileId {
  readonly dev: number;
  readonly ino: number;
  /** Of a terminal, the session whose controlling terminal it is: there it is also called /dev/tty. */
  readonly session?: number;
}

export function isSameFile(a: FileId, b: FileId): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** A descriptor of a process, and which of the files that were asked for it stands for. */
export interface HeldFile {
  readonly fd: number;
  readonly file: FileId;
  /** Whether it was opened only for reading, or also for writing; undefined where the system does not tell. */
  readonly writable: boolean | undefined;
}

/** Who listens on a TCP port. */
export interface Listener {
  readonly port: number;
  /** undefined where the system does not let us see it. */
  readonly pid: number | undefined;
  /** The name of its user, or "uid 1234", where that is all that can be seen. */
  readonly user: string | undefined;
}

/** See `ProcessTable.terminalReaders`. */
export type TerminalReader = "only" | "also";

/**
 * What this system knows about processes. Processes come and go while it is read: one that vanishes, or that belongs to
 * another user, makes the answer smaller and is no error. A look that fails as a whole (no free descriptor, a missing tool)
 * rejects. Any look may be late, or never come: the caller bounds it (see scanner.ts). What acts never waits for a look.
 */
export interface ProcessTable {
  /** All processes, zombies too, in one pass. `command` may be the mere name: see `describe`. */
  list(): Promise<ProcessInfo[]>;
  /**
   * As `list`, before it returns; undefined where that cannot be done, or not within this time (ms).
   * @param pids lists only these
   */
  listNow(budgetMs: number, pids?: readonly number[]): ProcessInfo[] | undefined;
  /** The pid that was given out last, at once; undefined where the system does not tell. */
  newestPid(): number | undefined;
  /** Those that have come since the list; none where a list is of one moment and dead parents keep their pid. */
  newcomers(since: readonly ProcessInfo[]): Promise<ProcessInfo[]>;
  /** One process with its command line, or undefined when there is none with this pid. */
  read(pid: number): Promise<ProcessInfo | undefined>;
  /** Those of the processes that are still the same and alive, as they are now; without command lines. */
  alive(processes: readonly ProcessInfo[]): Promise<ProcessInfo[]>;
  /** The same processes with their command lines; without those that have gone. */
  describe(processes: readonly ProcessInfo[]): Promise<ProcessInfo[]>;
  /**
   * The value that this variable had in the environment with which each process was started, as far as can be seen.
   * @param unanswered gets the pids of those that did not answer in time
   */
  markers(pids: readonly number[], variable: string, unanswered?: Set<number>): Promise<ReadonlyMap<number, string>>;
  /**
   * Which of the processes have which of the files open; those that have none are left out.
   * @param unanswered gets the pids of those that did not answer in time
   */
  holders(pids: readonly number[], files: readonly FileId[], unanswered?: Set<number>): Promise<ReadonlyMap<number, readonly HeldFile[]>>;
  /** The TCP ports that the processes listen on, each once and in order; processes without any are left out. */
  ports(pids: readonly number[]): Promise<ReadonlyMap<number, readonly number[]>>;
  /** Who listens on these TCP ports, on this machine or in this container; every process that shares a socket. */
  listeners(ports: readonly number[]): Promise<readonly Listener[]>;
  /** Those of the processes that we may not signal, each with the name of its user, or "uid 1234" where that has none. */
  foreignUsers(pids: readonly number[]): Promise<ReadonlyMap<number, string>>;
  /** Those of the processes that ignore all of these signals; none where the system does not tell. */
  ignoring(pids: readonly number[], signals: readonly NodeJS.Signals[]): Promise<ReadonlySet<number>>;
  /**
   * Those of the processes that wait for something to be typed on a terminal in a read, a poll or a select of their own: "only"
   * when they do nothing else meanwhile, "also" when other threads might. Not seen where a program waits for all its events in one
   * place, and none where the system does not tell.
   */
  terminalReaders(pids: readonly number[]): Promise<ReadonlyMap<number, TerminalReader>>;
  /**
   * Sends a signal to this very process, having looked right before that its pid is still its own.
   * @returns whether it was there
   * @throws the system's error, such as EPERM
   */
  signal(process: ProcessInfo, signal: NodeJS.Signals): Promise<boolean>;
  /**
   * Sends a signal to a whole process group, having looked right before that one of these members is still in it.
   * @returns whether one was
   * @throws the system's error, such as EPERM
   */
  signalGroup(members: readonly ProcessInfo[], signal: NodeJS.Signals): Promise<boolean>;
  /**
   * Sends a signal to the group that a child of ours leads, before it returns. Only while that child has not been reaped: then
   * its number cannot be another group's, and nothing has to be looked at.
   * @returns whether there was one; always false without groups
   * @throws the system's error, such as EPERM
   */
  signalOwnGroup(leaderPid: number, signal: NodeJS.Signals): boolean;
  /** Whether a process group of this number exists, if only of zombies; false without groups. */
  groupExists(pgid: number): boolean;
  /** The process group that is in the foreground of the process's controlling terminal; undefined when it has none. */
  foreground(pid: number): Promise<number | undefined>;
  /** Whether the system has process groups and signals; without them (Windows) a dead parent's pid stays with its children. */
  readonly hasGroups: boolean;
  /** This moment, in the unit of `ProcessInfo.start`; for comparing with it. */
  now(): number;
  /** How many milliseconds one unit of `start` lasts: two processes can have the same start within it. */
  readonly tickMs: number;
  /** Resolves when it can tell all that it ever can: on Windows its helper begins with the first task only. Absent: it always can. */
  prepare?(): Promise<void>;
}

/**
 * Whether the two are one and the same process. A pid alone does not say so: pids are used again. Even within one tick of the
 * start time, a stranger would have to be in the same session or be the same program.
 */
export function isSameProcess(a: ProcessInfo | undefined, b: ProcessInfo): boolean {
  return a !== undefined && a.pid === b.pid && a.start === b.start && (a.sid === b.sid || a.name === b.name);
}

/** Whether this is the process that it was, and it lives. */
export function isStillAlive(now: ProcessInfo | undefined, before: ProcessInfo): boolean {
  return now !== undefined && isSameProcess(now, before) && !now.zombie;
}
