import type { Timer } from "../exec/clock";
import { withResolvers } from "../exec/copiers";
import type { Delay } from "../exec/delay";
import { isProcessDone, ProcessDoneError, toError } from "../exec/errors";
import type { Leader, ProcessGroup } from "../process/group";
import type { CancelSignal } from "./definition";
import type { RunEvent, StopReason } from "./state";

/** How long a kill may take to show before the run ends without it: another user's process, or one that hangs in the kernel. */
const KILL_GRACE_MS = 5000;
/** Members that end this soon after their leader were obeying too: nothing to tell. */
const GROUP_NOTICE_MS = 100;
/** How often a group without its leader is asked whether it still lives. */
const GROUP_POLL_MS = 25;

export interface EscalationOptions {
  readonly delay: Delay;
  /** The run's process, once there is one. */
  readonly leader: () => Leader | undefined;
  readonly makeGroup: (leader: Leader) => ProcessGroup;
  readonly tell: (event: RunEvent) => void;
  /** A timer that the run cancels when it ends. */
  readonly after: (ms: number, callback: () => void) => Timer;
}

/** What is done to the process group of one run, from asking to killing. When, the run decides. */
export class Escalation {
  /** Resolves when the leader lives on although it was killed. */
  readonly unkillable: Promise<"unkillable">;
  readonly #options: EscalationOptions;
  readonly #unkillable = withResolvers<"unkillable">();
  #group: ProcessGroup | undefined;
  #askedAt: number | undefined;
  /** The kill that is under way or done, so that several reasons for it make one. */
  #killing: Promise<void> | undefined;

  constructor(options: EscalationOptions) {
    this.#options = options;
    this.unkillable = this.#unkillable.promise;
  }

  /** Made at the first need: an abort during the start needs it before the start has returned. */
  group(): ProcessGroup | undefined {
    const leader = this.#options.leader();
    if (leader !== undefined) this.#group ??= this.#options.makeGroup(leader);
    return this.#group;
  }

  /**
   * Asks the group to stop. While the leader lives, the signal is sent before this returns.
   * @throws ProcessDoneError when there was nobody to ask, or the system's error
   */
  async ask(signal: CancelSignal | "none", reason: StopReason): Promise<void> {
    const { delay, tell } = this.#options;
    this.#askedAt = delay.clock.now();
    if (signal === "none") {
      tell({ kind: "notSignaled", waitDelay: delay.ms, reason });
      return;
    }
    const pid = this.#pid;
    const toLeader = !this.#leaderGone();
    try {
      if ((await this.group()?.signal(signal)) !== true) throw new ProcessDoneError();
      tell({ kind: "signaled", signal, pid, toLeader, waitDelay: delay.ms, reason });
    } catch (error) {
      if (!isProcessDone(error)) tell({ kind: "signalFailed", signal, pid, message: toError(error).message });
      throw error;
    }
  }

  /**
   * Kills the group, once.
   * @throws the system's error
   */
  kill(): Promise<void> {
    return (this.#killing ??= this.#kill());
  }

  /** Kills what the first kill has left. */
  killAgain(): Promise<void> {
    return (this.#killing = this.#kill());
  }

  /**
   * The escalation belongs to the group, not to its leader: waits for the members that outlive an obedient leader, and
   * kills them when the delay is over.
   */
  async awaitGroup(): Promise<void> {
    const group = this.group();
    if (group === undefined) return;
    const { delay, tell } = this.#options;
    await this.#gone(group, this.#sleep(GROUP_NOTICE_MS));
    if (!(await group.isAlive())) return;
    if (!delay.hasExpired) {
      tell({ kind: "leaderGone", members: await group.members(), waitDelay: delay.ms });
      delay.start();
      await this.#gone(group, delay.expired);
    }
    if (!(await group.isAlive())) return;
    // What cannot be killed is listed as a survivor.
    await this.kill().catch(() => undefined);
    await this.#gone(group, this.#sleep(KILL_GRACE_MS));
  }

  async #kill(): Promise<void> {
    const { tell, after, delay } = this.#options;
    after(KILL_GRACE_MS, () => {
      if (!this.#leaderGone()) this.#unkillable.resolve("unkillable");
    });
    const pid = this.#pid;
    try {
      const members = (await this.group()?.members()) ?? [];
      const reached = (await this.group()?.signal("SIGKILL")) === true;
      const afterMs = this.#askedAt === undefined ? undefined : delay.clock.now() - this.#askedAt;
      if (reached) tell({ kind: "killed", pid, processes: Math.max(1, members.length), afterMs });
    } catch (error) {
      tell({ kind: "signalFailed", signal: "SIGKILL", pid, message: toError(error).message });
      throw error;
    }
  }

  /** Resolves when the group is gone, or when `enough` has resolved. */
  async #gone(group: ProcessGroup, enough: Promise<void>): Promise<void> {
    let over = false;
    const ended = enough.then(() => {
      over = true;
    });
    const watch = async (): Promise<void> => {
      while (!over && (await group.isAlive())) {
        await this.#sleep(GROUP_POLL_MS);
      }
    };
    await Promise.race([watch(), ended]);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.after(ms, resolve));
  }

  get #pid(): number {
    return this.#options.leader()?.pid ?? 0;
  }

  #leaderGone(): boolean {
    const leader = this.#options.leader();
    return leader !== undefined && leader.state !== undefined;
  }
}
