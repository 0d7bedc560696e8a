import type { Writer } from "../exec/copiers";
import { deferred } from "../base/deferred";
import { toError } from "../base/errors";
import type { Delay } from "../exec/delay";
import { ProcessDoneError } from "../exec/errors";
import type { ForegroundProgram } from "../process/foreground";
import type { RunProcesses } from "../process/runProcesses";
import type { SignalResult } from "../process/signalResult";
import type { ProcessInfo } from "../process/table";
import type { CancelSignal, RunDefinition } from "../task/definition";
import type { LaunchContext } from "../task/launch";
import { CancelCommand } from "./cancelCommand";
import type { RunningCommand } from "./runningCommand";
import type { RunEvent, StopReason } from "./state";
import type { Timers } from "./timers";

/** How long a kill may take to show before the run ends without it: another user's process, or one that is stuck in the kernel. */
const KILL_GRACE_MS = 5000;
/** The same where it cannot be seen whether anything is left. */
const UNSEEN_GRACE_MS = 500;
/** Processes that end this soon after their command were obeying too: nothing to say. */
const NOTICE_MS = 100;
/** How often processes without their command are asked whether they still live. */
const POLL_MS = 25;
/** When it is looked at whether an interactive program has taken the signal for a key, in milliseconds after it: some take their time to be back. */
const PROMPT_LOOKS_MS = [300, 600, 1200, 2400];
/** How long before the kill whoever waits for the terminal is hung up on, in milliseconds at most. */
const LAST_CALL_MS = 500;
/** More failures of one signal than this are not worth a line each. */
const FAILURES_SHOWN = 3;

export interface EscalationOptions {
  readonly runId: string;
  readonly definition: RunDefinition;
  readonly context: LaunchContext;
  readonly command: RunningCommand;
  /** Everything that belongs to the run. */
  readonly processes: RunProcesses;
  /** The delay that counts now. */
  readonly delay: () => Delay;
  readonly timers: Timers;
  /** Where the output of the command of `"cancelCommand"` goes. */
  readonly output: Writer;
  readonly emit: (event: RunEvent) => void;
}

/**
 * What is done to the processes of one run, from asking to killing. When, the execution decides. What acts does so before it
 * returns; what it has reached is looked up behind, and said in the order in which it was done.
 */
export class Escalation {
  /** Resolves when the command lives on although it was killed. */
  readonly unkillable: Promise<"unkillable">;
  readonly #options: EscalationOptions;
  readonly #unkillable = deferred<"unkillable">();
  readonly #insisted = deferred<undefined>();
  #askedAt: number | undefined;
  #cancelCommand: CancelCommand | undefined;
  /** The kill that is under way or done, so that several reasons for it make one. */
  #killing: Promise<void> | undefined;
  #announced: Promise<unknown> = Promise.resolve();
  #isHungUp = false;

  constructor(options: EscalationOptions) {
    this.#options = options;
    this.unkillable = this.#unkillable.promise;
  }

  /**
   * Asks the command to stop, in the way that the task has chosen. A `cancelCommand` is waited for, unless a kill comes first.
   * @throws ProcessDoneError when there was nothing to ask, or the system's error
   */
  ask(reason: StopReason): void | Promise<void> {
    const { cancelInput, cancelCommand, cancelSignal } = this.#options.definition;
    this.#askedAt = this.#now();
    // Windows has no SIGINT but that which its console makes of a key, and no SIGTERM at all.
    const isKey = process.platform === "win32" && (cancelSignal === "SIGINT" || cancelSignal === "SIGTERM") && this.#options.command.pty !== undefined;
    if (cancelInput !== undefined) this.#type(cancelInput, reason);
    else if (cancelCommand !== undefined) return Promise.race([this.#run(cancelCommand, reason), this.#insisted.promise]);
    else if (isKey) this.#type("\x03", reason);
    else {
      this.#signal(cancelSignal, reason);
      return;
    }
    this.#scheduleRest();
  }

  /** Asks what is left of a run whose command has ended: by the signal, whatever way the task has chosen for its command. */
  askSurvivors(reason: StopReason): void {
    this.#askedAt = this.#now();
    this.#signal(this.#options.definition.cancelSignal, reason);
  }

  /**
   * Kills everything that belongs to the run, once: the command's group before this returns.
   * @param isDue whether the delay has expired, shortly before which the processes were looked up
   * @throws the system's error when nothing could be reached
   */
  kill(isDue = false): Promise<void> {
    return (this.#killing ??= this.#kill(isDue));
  }

  /** Kills what the first kill has left. */
  killAgain(): Promise<void> {
    return (this.#killing = this.#kill(false));
  }

  /** Resolves when everything that was done so far has been said. */
  async announced(): Promise<void> {
    await this.#announced;
  }

  /**
   * The escalation belongs to all processes of the run, not to its command: waits for those that outlive an obedient
   * command, and kills them when the delay is over, whatever is still being looked at.
   */
  async awaitAll(): Promise<void> {
    const { processes, timers } = this.#options;
    const delay = this.#options.delay();
    const over = delay.hasExpired ? timers.sleep(NOTICE_MS) : delay.expired;
    if (await Promise.race([this.#obeyed(), over.then(() => false)])) return;
    // What cannot be killed is listed as a survivor.
    await this.kill().catch(() => undefined);
    const grace = (await processes.liveness()) === "unknown" ? UNSEEN_GRACE_MS : KILL_GRACE_MS;
    // A process may just have been forking: its child is found now.
    await this.#gone(timers.sleep(grace), () => processes.signal("SIGKILL"));
  }

  /** Waits so long at most for everything of the run to end. */
  async gone(ms: number): Promise<boolean> {
    return await this.#gone(this.#options.timers.sleep(ms));
  }

  /** Waits for those that outlive the command, and says so. @returns whether they have ended before the delay */
  async #obeyed(): Promise<boolean> {
    const { emit, processes, timers } = this.#options;
    const delay = this.#options.delay();
    if (await this.#gone(timers.sleep(NOTICE_MS))) return true;
    delay.start();
    if (!(await processes.isAlive())) return true;
    const { found, problem } = await processes.survivorsScan();
    await this.#announced;
    if (delay.hasExpired) return false;
    emit({ kind: "leaderGone", members: found, leftMs: delay.leftMs, ...(problem === undefined ? {} : { problem }) });
    return await this.#gone(delay.expired);
  }

  #signal(signal: CancelSignal | "none", reason: StopReason): void {
    const { emit, processes } = this.#options;
    const delay = this.#options.delay();
    if (signal === "none") {
      emit({ kind: "notSignaled", leftMs: delay.leftMs, reason });
      return;
    }
    const { leftMs } = delay;
    const toLeader = !this.#leaderGone();
    // What only its parent ties to the run is lost as soon as that has obeyed.
    if (!processes.rememberNow()) throw new ProcessDoneError();
    // Many programs take a second SIGINT for haste, and leave out their clean-up.
    const sending = processes.signal(signal, reason.kind === "interrupted" && signal === "SIGINT", delay.ms === 0);
    void this.#announce(sending, signal, ({ group, others, refused, problem }) => {
      emit({ kind: "signaled", signal, pid: this.#pid, toLeader, group, others, refused, leftMs, reason, ...(problem === undefined ? {} : { problem }) });
    });
    this.#scheduleRest();
    if (this.#mayInsist) this.#schedulePromptLooks();
  }

  #type(text: string, reason: StopReason): void {
    const { emit, command } = this.#options;
    const delay = this.#options.delay();
    if (this.#leaderGone()) throw new ProcessDoneError();
    if (command.write(text)) emit({ kind: "typed", text, leftMs: delay.leftMs, reason });
    else emit({ kind: "inputClosed", text, leftMs: delay.leftMs });
  }

  /** Whether the command fails or hangs, what comes after the asking goes on. */
  async #run(commandLine: string, reason: StopReason): Promise<void> {
    const { emit, definition, context, runId, output } = this.#options;
    const delay = this.#options.delay();
    emit({ kind: "cancelCommand", command: commandLine, limitMs: delay.ms, reason });
    this.#cancelCommand = new CancelCommand({ definition, context, runId, pid: this.#pid, output, clock: delay.clock, container: this.#options.command.container });
    const running = this.#cancelCommand.run();
    this.#announced = running;
    const { problem, killed } = await running;
    emit({ kind: "cancelCommandEnded", problem, leftMs: delay.leftMs, isOver: killed || this.#leaderGone() });
    // The time that it had was the processes' time too.
    if (killed) delay.expireNow();
    else this.#scheduleRest();
  }

  /** Whether the run may get other signals than the one that asks it: it has only been assumed that SIGINT is the right one. */
  get #mayInsist(): boolean {
    const { cancelSignal, isSignalNamed } = this.#options.definition;
    return !isSignalNamed && cancelSignal === "SIGINT";
  }

  /** The second round, when half of the time is over. Without a waitDelay there is none: those that clean up have all the time they need. */
  #scheduleRest(): void {
    const { leftMs = 0 } = this.#options.delay();
    if (leftMs > 0) this.#options.timers.after(leftMs / 2, () => void this.#askRest());
  }

  /** Those that are left are asked, as far as they have not been; who may have been asked only by its parent, too. */
  async #askRest(): Promise<void> {
    const { definition, processes, emit } = this.#options;
    const { cancelSignal, cancelInput, cancelCommand } = definition;
    // A command that was asked in another way is given its time.
    const isAskedOtherwise = (cancelInput !== undefined || cancelCommand !== undefined) && !this.#leaderGone();
    if (cancelSignal === "none" || isAskedOtherwise || this.#isOver()) return;
    if (this.#mayInsist) await this.#hangUpOnPrompt("late");
    const { asked, deaf } = await processes.signalRest(cancelSignal, this.#mayInsist ? "SIGTERM" : undefined, () => this.#isOver());
    await this.#announced;
    if (asked.length + deaf.length > 0) emit({ kind: "askedAgain", signal: cancelSignal, asked, deaf, leftMs: this.#options.delay().leftMs });
  }

  #schedulePromptLooks(): void {
    const { command, timers } = this.#options;
    if (command.pty === undefined) return;
    const half = (this.#options.delay().leftMs ?? 0) / 2;
    for (const ms of PROMPT_LOOKS_MS) if (half === 0 || ms < half) timers.after(ms, () => void this.#hangUpOnPrompt("soon"));
    // A question on the terminal, which nobody is there to answer, is no reason for a kill.
    if (half > 0) timers.after(2 * half - Math.min(LAST_CALL_MS, half / 5), () => void this.#hangUpOnPrompt("at last"));
  }

  /**
   * A shell, a debugger or a pager takes SIGINT for "next line". It ends, as gently as it can, when its terminal is closed.
   * @param when says how sure it must be that nothing is being cleaned up
   */
  async #hangUpOnPrompt(when: HangUp): Promise<void> {
    const { command, processes, emit } = this.#options;
    if (command.pty === undefined || !this.#mayHangUp()) return;
    const programs = await processes.foregroundPrograms();
    // The question costs a process: with many runs that are being stopped, it is asked where there is anything to know.
    if (programs.length === 0 || !this.#mayHangUp()) return;
    const isCanonical = await command.pty.isCanonical();
    const program = promptAmong(programs, isCanonical, when);
    if (program === undefined || !this.#mayHangUp()) return;
    this.#isHungUp = true;
    const sending = processes.hangUp(programs);
    await this.#announce(sending, "SIGHUP", ({ group, others, refused }) => emit({ kind: "hungUp", pid: this.#pid, program, group, others, refused, leftMs: this.#options.delay().leftMs }));
  }

  #mayHangUp(): boolean {
    return !this.#isHungUp && !this.#isOver();
  }

  /** Whether it is too late for asking. */
  #isOver(): boolean {
    return this.#killing !== undefined || this.#options.delay().hasExpired;
  }

  async #kill(isDue: boolean): Promise<void> {
    const { emit, timers, processes } = this.#options;
    timers.after(KILL_GRACE_MS, () => {
      if (!this.#leaderGone()) this.#unkillable.resolve("unkillable");
    });
    if (!isDue) processes.rememberNow();
    const sending = processes.signal("SIGKILL");
    this.#cancelCommand?.kill();
    this.#insisted.resolve(undefined);
    const askedAt = this.#askedAt;
    const afterMs = askedAt === undefined ? undefined : this.#now() - askedAt;
    const result = await this.#announce(sending, "SIGKILL", ({ group, others, refused }) => emit({ kind: "killed", pid: this.#pid, group, others, refused, afterMs }));
    const [failure] = result.failures ?? [];
    if (failure !== undefined && !isReached(result)) throw failure;
  }

  /** Says what a signal has reached when that is known, after everything that was done before. */
  async #announce(sending: Promise<SignalResult>, signal: NodeJS.Signals, emit: (result: SignalResult) => void): Promise<SignalResult> {
    const before = this.#announced;
    const announcing = (async () => {
      const result = await sending;
      await before;
      if (isReached(result)) emit(result);
      else if (result.refused.length > 0) this.#options.emit({ kind: "signalRefused", signal, refused: result.refused });
      const messages = new Set(result.failures?.map((failure) => toError(failure).message));
      for (const message of [...messages].slice(0, FAILURES_SHOWN)) this.#options.emit({ kind: "signalFailed", signal, pid: this.#pid, message });
      void result.late?.then((others) => {
        if (others.length > 0) emit({ group: undefined, others, refused: [] });
      });
      return result;
    })();
    this.#announced = announcing;
    return await announcing;
  }

  /**
   * Resolves when nothing of the run lives any more, or when `enough` has resolved. Does something to it at every look.
   * @returns whether nothing lives any more
   */
  async #gone(enough: Promise<void>, act: () => Promise<unknown> = () => Promise.resolve()): Promise<boolean> {
    const { processes } = this.#options;
    let over = false;
    const isOver = (): boolean => over;
    const ended = enough.then(() => !(over = true));
    const watch = async (): Promise<boolean> => {
      for (let start = this.#now(); await processes.isAlive(); start = this.#now()) {
        // A look can outlast what it was for, and the run.
        if (!isOver()) await act();
        if (isOver()) return false;
        // Thousands of processes take a while to be looked at: most of the time is for others.
        await this.#pause(Math.max(POLL_MS, 3 * (this.#now() - start)), ended);
      }
      return true;
    };
    return await Promise.race([watch(), ended]);
  }

  /** Until the next look: so long, or, where that is told, until the last process has ended; or until `over` has resolved. */
  async #pause(ms: number, over: Promise<unknown>): Promise<void> {
    const { processes, timers } = this.#options;
    let empty = (): void => undefined;
    const emptied = new Promise<void>((resolve) => (empty = resolve));
    const listening = processes.onEmpty(empty);
    await (listening === undefined ? timers.sleep(ms) : Promise.race([emptied, over]));
    listening?.dispose();
  }

  #now(): number {
    return this.#options.delay().clock.now();
  }

  get #pid(): number {
    return this.#options.command.process?.pid ?? 0;
  }

  #leaderGone(): boolean {
    return this.#options.command.process?.state !== undefined;
  }
}

function isReached({ group, others }: SignalResult): boolean {
  return group !== undefined || others.length > 0;
}

/**
 * The program that waits at its prompt, among those of the foreground. One that has the terminal's keys (not canonical) and sits in a
 * read of its own waits for nothing else: a program that cleans up is busy elsewhere. One that waits for all its events in one
 * place (epoll: Node, asyncio) cannot be told from one that cleans up; so it gets more time. A shell without line editing leaves
 * the keys to the terminal, and is known by what it ignores. What asks a question and does nothing else meanwhile has until half of
 * the delay, and what may do something else until shortly before the kill.
 */
export function promptAmong(programs: readonly ForegroundProgram[], isCanonical: boolean | undefined, when: HangUp): ProcessInfo | undefined {
  const hasKeys = isCanonical === false;
  const prompt = programs.find(({ reader, isShell }) => reader === "only" && (hasKeys || isShell || when !== "soon"));
  const asking = when === "at last" ? programs.find(({ reader }) => reader !== undefined) : undefined;
  return (prompt ?? asking ?? (hasKeys && when !== "soon" ? programs[0] : undefined))?.info;
}

/** Soon after SIGINT, at half of the delay, or shortly before the kill. */
type HangUp = "soon" | "late" | "at last";
