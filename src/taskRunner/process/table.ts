/** One process as the system's process table shows it at one moment. */
export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  /** Its process group. */
  readonly pgid: number;
  /** Its session; undefined where the system does not tell. */
  readonly sid: number | undefined;
  /** Dead, but not yet reaped by its parent: not alive for us, and nothing can be done about it. */
  readonly zombie: boolean;
  /** When it started, in the table's own unit (see `ProcessTable.now`). With the pid it identifies the process. */
  readonly start: number;
  /** What people know it by: its command line, or its name where it has none. */
  readonly command: string;
}

/**
 * What this system knows about processes. Processes come and go while it is read: one that vanishes, or that belongs to
 * somebody else, makes the answer smaller and is never an error.
 */
export interface ProcessTable {
  /** The live processes of a group; no zombies. */
  group(pgid: number): Promise<ProcessInfo[]>;
  /** One process, or undefined when there is none with this pid. */
  read(pid: number): Promise<ProcessInfo | undefined>;
  /** Whether the process was started with this entry ("KEY=value") in its environment, as far as can be seen. */
  hasEnvironment(pid: number, entry: string): Promise<boolean>;
  /** Whether the process has this pipe open, under any descriptor; false where it cannot be seen. */
  holdsInode(pid: number, inode: number | undefined): Promise<boolean>;
  /** This moment, in the unit of `ProcessInfo.start`; for comparing with it. */
  now(): number;
}

/** Whether the two are one and the same process. A pid alone does not say so: pids are used again. */
export function isSameProcess(a: ProcessInfo | undefined, b: ProcessInfo): boolean {
  return a !== undefined && a.pid === b.pid && a.start === b.start;
}
