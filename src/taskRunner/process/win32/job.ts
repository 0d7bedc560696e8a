import { setTimeout as sleep } from "node:timers/promises";
import { KILLED_EXIT } from "../../base/exitStatus";
import { Emitter, type Disposable } from "../../base/emitter";
import { markerOf } from "../../base/marker";
import { processExists } from "../../base/processExists";
import type { LaunchCommand, Launcher } from "../../base/entry";
import { commandLineOf } from "../../base/commandLine";
import type { Container, Containment, GuardPlan, NoContainment } from "../container";
import { isRow, isRows, type HelperEvent, type Row } from "./protocol";
import type { WindowsHelper } from "./windowsHelper";

/** How often it is looked whether a command still runs whose end nobody tells any more, in milliseconds. */
const POLL_MS = 250;

/** A start that takes longer is held, by a virus scanner for example, and the helper with it: a kill does not wait for that. In milliseconds. */
const HELD_MS = 500;

/** Each run in a job of its own, which the helper makes and keeps. */
export class JobContainment implements Containment {
  readonly #helper: WindowsHelper;

  constructor(helper: WindowsHelper) {
    this.#helper = helper;
  }

  async available(): Promise<NoContainment | undefined> {
    const problem = await this.#helper.start();
    return problem === undefined ? undefined : { kind: "noHelper", problem };
  }

  open(runId: string): Promise<Container | NoContainment> {
    return Promise.resolve(this.#helper.isReady ? new Job(this.#helper, runId) : { kind: "noHelper", problem: "it has ended" });
  }
}

/**
 * The Job Object of a run: whatever a process in it starts is in it too, and none gets out. The helper tells who is in it whenever that
 * changes; so what is said of it here can be some milliseconds old.
 */
export class Job implements Container, Launcher {
  readonly #helper: WindowsHelper;
  readonly #run: string;
  readonly #emptied = new Emitter<undefined>();
  readonly #exits = new Map<number, number>();
  readonly #exited = new Emitter<undefined>();
  /** Commands whose end has not been told: the helper has them open till then, so that nothing else gets their pids. */
  readonly #commands = new Set<number>();
  readonly #listening: readonly Disposable[];
  #wasEntered = false;
  #isClosed = false;

  constructor(helper: WindowsHelper, run: string) {
    this.#helper = helper;
    this.#run = run;
    this.#listening = [helper.onEvent((event) => this.#told(event)), helper.onEnd(() => this.#exited.fire(undefined))];
    helper.post({ op: "open", run });
  }

  /** How a command gets into it. */
  get entry(): { readonly launcher: Launcher } {
    return { launcher: this };
  }

  /**
   * Starts a command that is in the job before it executes anything.
   * @returns `ended` resolves with its exit code, or with undefined where the helper has died before
   * @throws the system's error with its code, or an Error without one where the helper cannot do it
   */
  async launch({ path, args, isVerbatim, dir, env, streams }: LaunchCommand): Promise<{ readonly pid: number; readonly ended: Promise<number | undefined> }> {
    const line = commandLineOf(args, isVerbatim);
    const row = await this.#helper.ask({ op: "launch", run: this.#run, file: path, line, dir, env, streams }, isRow);
    const [pid] = row;
    this.#set([...this.#members.values(), row]);
    return { pid, ended: this.#end(pid) };
  }

  /** Puts a command into it that was started elsewhere, with all that it has started meanwhile. */
  async adopt(pid: number): ReturnType<Launcher["adopt"]> {
    const rows = await this.#helper.ask({ op: "adopt", run: this.#run, pid, known: Date.now(), marker: markerOf(this.#run) }, isRows).catch(() => []);
    this.#set([...this.#members.values(), ...rows]);
    const isInside = rows.some(([one]) => one === pid);
    return { ended: isInside ? this.#end(pid) : Promise.resolve(undefined), isGone: () => isInside && this.isPopulated() === false };
  }

  members(): readonly number[] | undefined {
    return this.#isTold ? [...this.#members.keys()] : undefined;
  }

  isPopulated(): boolean | undefined {
    return this.#isTold ? this.#members.size > 0 : undefined;
  }

  wasEntered(): boolean {
    return this.#wasEntered && this.#isTold;
  }

  async refresh(): Promise<void> {
    if (!this.#isTold) return;
    const rows = await this.#helper.ask({ op: "members", run: this.#run }, isRows).catch(() => undefined);
    if (rows !== undefined) this.#set(rows);
  }

  kill(): boolean {
    if (!this.#isTold || !this.#helper.post({ op: "kill", run: this.#run })) return false;
    const commands = [...this.#commands];
    // In a later turn: what the helper has told while our event loop stood still is read first.
    const act = (): void => {
      // What they have started has to wait for the helper.
      if (this.#helper.isLaunching) for (const pid of commands) if (this.#commands.has(pid)) this.#endNow(pid);
    };
    setTimeout(() => setImmediate(act), HELD_MS).unref();
    return true;
  }

  /** Each can be ended by itself, as far as that is allowed at all. */
  killOne(): boolean {
    return false;
  }

  /** Nothing can be brought to a halt. */
  whileFrozen<T>(act: () => T): T {
    return act();
  }

  thaw(): void {
    // See whileFrozen.
  }

  onEmpty(listener: () => void): Disposable | undefined {
    return this.#isTold ? this.#emptied.event(listener) : undefined;
  }

  usage(): undefined {
    return undefined;
  }

  ensure(): string | undefined {
    return this.#isTold ? undefined : "ENOENT";
  }

  guard(plan: GuardPlan | undefined): number | undefined {
    this.#helper.post({ op: "guard", run: this.#run, plan: plan ?? null });
    return this.#helper.pid;
  }

  remove(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#helper.post({ op: "close", run: this.#run });
    this.#helper.setMembers(this.#run, []);
    this.#unlisten();
  }

  /** The end of a command is awaited beyond that of the job. */
  #unlisten(): void {
    if (this.#isClosed && this.#commands.size === 0) for (const one of this.#listening) one.dispose();
  }

  get #isTold(): boolean {
    return this.#helper.isReady && !this.#isClosed;
  }

  #told(event: HelperEvent): void {
    if (event.run !== this.#run) return;
    if (event.event === "exited") {
      // Its start may not have been answered yet.
      this.#exits.set(event.pid, event.code);
      this.#exited.fire(undefined);
    } else if (event.rows.length > 0) this.#wasEntered = true;
    else if (this.#wasEntered) this.#emptied.fire(undefined);
  }

  get #members(): ReadonlyMap<number, Row> {
    return this.#helper.membersOf(this.#run);
  }

  #set(rows: readonly Row[]): void {
    if (rows.length > 0) this.#wasEntered = true;
    if (!this.#isClosed) this.#helper.setMembers(this.#run, rows);
  }

  async #end(pid: number): Promise<number | undefined> {
    this.#commands.add(pid);
    while (!this.#exits.has(pid) && this.#helper.isReady) {
      await new Promise<void>((resolve) => {
        const listening = this.#exited.event(() => {
          listening.dispose();
          resolve();
        });
      });
    }
    while (!this.#exits.has(pid) && processExists(pid)) await sleep(POLL_MS);
    this.#commands.delete(pid);
    this.#unlisten();
    const code = this.#exits.get(pid);
    // Another command may get its number.
    this.#exits.delete(pid);
    return code;
  }

  #endNow(pid: number): void {
    try {
      process.kill(pid);
    } catch {
      // It has ended, or may not be ended so: the helper ends it with the job.
      return;
    }
    // The helper tells it later.
    this.#exits.set(pid, KILLED_EXIT);
    this.#exited.fire(undefined);
  }
}
