import type { Disposable } from "../base/emitter";
import type { CgroupPlace, Launcher } from "../base/entry";

/** What the processes of a run have used together, also those that have ended. */
export interface ContainerUsage {
  /** CPU time, in milliseconds. */
  readonly cpuMs: number;
  /** Memory, in bytes; undefined where the system counts it only process by process. */
  readonly memoryBytes: number | undefined;
}

/** What is done to a run should this process die. */
export interface GuardPlan {
  /** Whether it is asked first. */
  readonly asks: boolean;
  /** Milliseconds from then to the kill; undefined: there is none. */
  readonly graceMs: number | undefined;
}

/**
 * What keeps the processes of one run together: whatever a process starts is in it too, and none gets out unless it is moved
 * by who may do that. On Linux a cgroup, on Windows a Job Object. Everything happens before it returns, in a few milliseconds.
 */
export interface Container {
  /** The folder of the cgroup, which a process enters before it executes its program. */
  readonly folder?: string;
  /** Where it could not be made in the editor's own cgroup: the scope that systemd has made for this window, in which it is. */
  readonly scope?: WindowScope | undefined;
  /** How a command gets into it: for exec's SysProcAttr. */
  readonly entry: { readonly cgroup: CgroupPlace } | { readonly launcher: Launcher };
  /** Where it has to be asked who is in it: asks, so that `members` and `isPopulated` tell of now. Never rejects. */
  refresh?(): Promise<void>;
  /**
   * Where the container is kept by a process of its own, that one can also do what is to be done if we die. undefined: nothing.
   * @returns the pid of that process, while it lives
   */
  guard?(plan: GuardPlan | undefined): number | undefined;
  /** The pids of all live processes in it, and in what they have made inside of it; undefined when they cannot be read. */
  members(): readonly number[] | undefined;
  /** Whether a process lives in it; undefined when that cannot be read. */
  isPopulated(): boolean | undefined;
  /** Whether any process has ever been in it: one that could not be entered says nothing about the run. */
  wasEntered(): boolean;
  /** Kills every process in it at once, whoever's it is. @returns whether that was done */
  kill(): boolean;
  /**
   * Kills one of them, whoever's it is, by moving it into a cgroup of its own. The caller makes sure that the pid is still that process's.
   * @returns whether that was done
   */
  killOne(pid: number): boolean;
  /** Does this while nothing in it runs: no process is born, ends or leaves meanwhile, as far as they could be brought to a halt at once. */
  whileFrozen<T>(act: () => T): T;
  /** Lets it run again: should an editor have died in between. */
  thaw(): void;
  /**
   * Told whenever the last process in it has ended. Nothing is looked at again and again for that.
   * @returns undefined where that is not told
   */
  onEmpty(listener: () => void): Disposable | undefined;
  usage(): ContainerUsage | undefined;
  /** Makes it, if it is not there, for a process that is to enter it. @returns why there is none: the system's error, such as "EACCES" */
  ensure(): string | undefined;
  /** Removes it as soon as it is empty; what lives in it lives on. When it is removed, certainly none of its processes lives. */
  remove(): void;
}

/** A scope of systemd's, made for one window. */
export interface WindowScope {
  /** The name of the unit. */
  readonly unit: string;
  /** Why the editor's own cgroup would not do. */
  readonly because: NoContainment;
}

/** Why systemd's scope would not do either. */
export type NoScope =
  /** No systemd runs for this user. */
  | "noManager"
  /** It has made none. */
  | "notMade"
  /** It has not done so in time. */
  | "late"
  /** It has made one, and moves no process of ours into it. */
  | "notEntered";

/** Why the processes of a run cannot be kept together. */
export type NoContainment =
  /** The user does not want it. */
  | { readonly kind: "off" }
  /** There is no such thing on this system. */
  | { readonly kind: "unsupported" }
  /** Windows: the helper that makes the jobs does not run. */
  | { readonly kind: "noHelper"; readonly problem: string }
  | { readonly kind: "noCgroup2" }
  | { readonly kind: "outside" }
  /** A cgroup can be made, and no process be moved into it. */
  | { readonly kind: "notJoined"; readonly noScope?: NoScope }
  /** Trying that has taken too long. */
  | { readonly kind: "late"; readonly noScope?: NoScope }
  /** The system's error, such as "EACCES": the cgroup of the editor is not delegated to its user. */
  | { readonly kind: "refused"; readonly code: string; readonly noScope?: NoScope };

/** A container for each run, where the system has them. */
export interface Containment {
  /** Finds out whether there can be one, at the first call, and again when what was found has ended. Never rejects. */
  available(): Promise<NoContainment | undefined>;
  /** Makes the one of a run. To be called only where they are available. Never rejects. */
  open(runId: string): Promise<Container | NoContainment>;
  /** A command is about to enter one that has been made: begins what the system needs some time for. Waits for nothing, and never throws. */
  expectEntry?(): void;
}
