import type { Timer } from "../base/clock";
import { deferred } from "../base/deferred";
import type { Delay } from "../exec/delay";
import { toError } from "../base/errors";
import { isProcessDone, ProcessDoneError } from "../exec/errors";
import type { RunProcesses } from "../process/runProcesses";
import type { CancelCommand } from "./cancelCommand";
import type { CancelSignal } from "../task/definition";
import type { RunEvent, StopReason } from "./state";

/** How long a kill may take to show before the run ends without it: another user's process, or one that hangs in the kernel. */
const KILL_GRACE_MS = 5000;
/** Processes that end this soon after their command were obeying too: nothing to tell. */
const NOTICE_MS = 100;
/** How often processes without their command are asked whether they still live. */
const POLL_MS = 25;

export interface EscalationOptions {
  readonly delay: Delay;
  /** Everything that belongs to the run, once its command has been started. */
  readonly processes: () => RunProcesses | undefined;
  /** The command's pid, and whether it has ended. */
  readonly leader: () => { readonly pid: number; readonly state: object | undefined } | undefined;
  readonly tell: (event: RunEvent) => void;
  /** A timer that the run cancels when it ends. */
  readonly after: (ms: number, callback: () => void) => Timer;
}

/** What is done to the processes of one run, from asking to killing. When, the run decides. */
export class Escalation {
  /** Resolves when the command lives on although it was killed. */
  readonly unkillable: Promise<"unkillable">;
  readonly #options: EscalationOptions;
  readonly #unkillable = deferred<"unkillable">();
  #askedAt: number | undefined;
  /** The kill that is under way or done, so that several reasons for it make one. */
  #killing: Promise<void> | undefined;

  constructor(options: EscalationOptions) {
    this.#options = options;
    this.unkillable = this.#unkillable.promise;
  }

  /**
   * Asks everything that belongs to the run to stop.
   * @param atOnce the command's group gets the signal before this returns: the window is about to go
   * @throws ProcessDoneError when there was nobody to ask, or the system's error
   */
  async ask(signal: CancelSignal | "none", reason: StopReason, atOnce: boolean): Promise<void> {
    const { delay, tell, processes } = this.#options;
    this.#askedAt = delay.clock.now();
    if (signal === "none") {
      tell({ kind: "notSignaled", waitDelay: delay.ms, reason });
      return;
    }
    const pid = this.#pid;
    const toLeader = !this.#leaderGone();
    // Many programs take a second SIGINT for haste, and leave out their clean-up.
    const groupHasIt = reason.kind === "interrupted" && signal === "SIGINT";
    try {
      const reached = await processes()?.signal(signal, atOnce, groupHasIt);
      if (reached === undefined || reached.group + reached.others.length === 0) throw new ProcessDoneError();
      tell({ kind: "signaled", signal, pid, toLeader, group: reached.group, others: reached.others, waitDelay: delay.ms, reason });
    } catch (error) {
      if (!isProcessDone(error)) tell({ kind: "signalFailed", signal, pid, message: toError(error).message });
      throw error;
    }
  }

  /**
   * Asks by typing.
   * @param write types it; false when nobody can read it any more
   * @throws ProcessDoneError when there is nobody to read it
   */
  type(text: string, write: (text: string) => boolean, reason: StopReason): void {
    const { delay, tell } = this.#options;
    this.#askedAt = delay.clock.now();
    if (this.#leaderGone()) throw new ProcessDoneError();
    if (write(text)) tell({ kind: "typed", text, waitDelay: delay.ms, reason });
    else tell({ kind: "inputClosed", text, waitDelay: delay.ms });
  }

  /** Asks by running a command. Whether it fails or hangs, what comes after the asking goes on. */
  async run(command: CancelCommand, commandLine: string, reason: StopReason): Promise<void> {
    const { delay, tell } = this.#options;
    this.#askedAt = delay.clock.now();
    tell({ kind: "cancelCommand", command: commandLine, limitMs: delay.ms, reason });
    const { problem, killed } = await command.run();
    tell({ kind: "cancelCommandEnded", problem, waitDelay: delay.ms, isOver: killed || this.#leaderGone() });
    // The time that it had was the processes' time too.
    if (killed) delay.expireNow();
  }

  /**
   * Kills everything that belongs to the run, once.
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
   * The escalation belongs to all processes of the run, not to its command: waits for those that outlive an obedient
   * command, and kills them when the delay is over.
   */
  async awaitAll(): Promise<void> {
    const processes = this.#options.processes();
    if (processes === undefined) return;
    const { delay, tell } = this.#options;
    await this.#gone(processes, this.#sleep(NOTICE_MS));
    if (!(await processes.isAlive())) return;
    if (!delay.hasExpired) {
      tell({ kind: "leaderGone", members: await processes.survivors(), waitDelay: delay.ms });
      delay.start();
      await this.#gone(processes, delay.expired);
    }
    if (!(await processes.isAlive())) return;
    // What cannot be killed is listed as a survivor.
    await this.kill().catch(() => undefined);
    // Somebody may just have been forking: whoever is found now was born during the kill.
    await this.#gone(processes, this.#sleep(KILL_GRACE_MS), () => processes.signal("SIGKILL", false));
  }

  async #kill(): Promise<void> {
    const { tell, after, delay, processes } = this.#options;
    after(KILL_GRACE_MS, () => {
      if (!this.#leaderGone()) this.#unkillable.resolve("unkillable");
    });
    const pid = this.#pid;
    try {
      const reached = await processes()?.signal("SIGKILL", false);
      const afterMs = this.#askedAt === undefined ? undefined : delay.clock.now() - this.#askedAt;
      if (reached === undefined || reached.group + reached.others.length === 0) return;
      tell({ kind: "killed", pid, group: reached.group, others: reached.others, afterMs });
    } catch (error) {
      tell({ kind: "signalFailed", signal: "SIGKILL", pid, message: toError(error).message });
      throw error;
    }
  }

  /** Resolves when nothing of the run lives any more, or when `enough` has resolved. Does something to it at every look. */
  async #gone(processes: RunProcesses, enough: Promise<void>, act: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    let over = false;
    const ended = enough.then(() => {
      over = true;
    });
    const watch = async (): Promise<void> => {
      while (!over && (await processes.isAlive())) {
        await act().catch(() => undefined);
        await this.#sleep(POLL_MS);
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
