// How a command gets into what keeps the processes of its run together: exec/ starts it so, process/ says where and by what.

/** A cgroup that a process is to be in. */
export interface CgroupPlace {
  readonly folder: string;
  /**
   * Where no process of ours may enter it by itself: the command line that has the one moved into it whose pid is added as the last
   * argument. It needs no environment.
   */
  readonly mover?: readonly string[] | undefined;
}

/** A program that another process of ours starts for us. */
export interface LaunchCommand {
  readonly path: string;
  /** The first being the name that it sees itself called by. */
  readonly args: readonly string[];
  /** Whether these make the command line as they are; else each is quoted. */
  readonly isVerbatim: boolean;
  readonly dir: string;
  readonly env: readonly string[];
  /** The names of the pipes that are its standard streams; null for none. Two that are the same are one. */
  readonly streams: readonly [string | null, string | null, string | null];
}

/** Starts programs where Node cannot: on Windows, in a job. */
export interface Launcher {
  /**
   * @returns `ended` resolves with the exit code, or with undefined where that is not known
   * @throws the system's error with its code, or an Error without one when it is to be started in another way
   */
  launch(command: LaunchCommand): Promise<{ readonly pid: number; readonly ended: Promise<number | undefined> }>;
  /**
   * Takes over a process that was started in another way, with all that it has started meanwhile. Never rejects.
   * @returns `ended` as that of `launch`; resolves at once with undefined where it could not be taken over. `isGone`: whether certainly
   *   none lives any more, of it and of what it has started
   */
  adopt(pid: number): Promise<{ readonly ended: Promise<number | undefined>; readonly isGone: () => boolean }>;
}
