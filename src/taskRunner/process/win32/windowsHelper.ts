import { fork, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { Emitter, type Disposable } from "../../base/emitter";
import { settledWithin, type Settled } from "../../base/deadline";
import { toError } from "../../base/errors";
import { isAnswer, isHelperEvent, isPid, type HelperEvent, type Request, type Row } from "./protocol";

/** A start takes a third of a second, and longer while a virus scanner looks at it, in milliseconds. */
const START_MS = 10_000;
/**
 * What has not answered for so long never will; nor a start, in which a virus scanner may hold the program for a minute, and the helper with it.
 * After that it gets a moment more: where our own event loop has stood still the answer may be there. In milliseconds.
 */
const LIMITS = { answer: 5000, launch: 120_000, more: 100 };

interface Pending {
  readonly answer: (value: unknown) => void;
  readonly fail: (error: Error) => void;
}

/**
 * The helper of this window on Windows (helper.ts): started with the first task, and once only. When it has died, whatever was asked fails,
 * and everything is done without it.
 */
export class WindowsHelper {
  readonly #script: string;
  readonly #limits: typeof LIMITS;
  readonly #events = new Emitter<HelperEvent>();
  readonly #ended = new Emitter<undefined>();
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | undefined;
  #starting: Promise<string | undefined> | undefined;
  #isReady = false;
  #problem: string | undefined;
  #ids = 0;
  #launches = 0;
  /** How many messages have come. */
  #received = 0;
  /** Who is in the jobs of the runs, as it was told last. */
  readonly #inJobs = new Map<string, ReadonlyMap<number, Row>>();

  /**
   * @param script the helper's program
   * @param limits told only in tests
   */
  constructor(script: string, limits = LIMITS) {
    this.#script = script;
    this.#limits = limits;
  }

  /** Whether it has been started, and lives. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether it starts a program: until that is done it does nothing else. */
  get isLaunching(): boolean {
    return this.#launches > 0;
  }

  /** Its own process, while it lives. */
  get pid(): number | undefined {
    return this.#isReady ? this.#child?.pid : undefined;
  }

  /** Starts it; once. Never rejects. @returns why there is none; undefined when it runs */
  start(): Promise<string | undefined> {
    return (this.#starting ??= this.#start()).then((problem) => problem ?? this.#problem);
  }

  /**
   * @param is whether the answer makes sense
   * @throws Error when it has none, with a code where it may have been done nevertheless; or the system's error with its code
   */
  async ask<T>(request: Request, is: (value: unknown) => value is T): Promise<T> {
    const asked = await this.#asked(this.#ask(request), request.op === "launch");
    if (asked.kind === "failed") throw asked.error;
    if (asked.kind === "late") {
      this.#end("it does not answer");
      throw unknownOutcome("it does not answer");
    }
    if (is(asked.value)) return asked.value;
    throw new Error("the helper's answer makes no sense");
  }

  /** While it starts a program it answers nothing else; and where anything has come of it, it had that to do before. */
  async #asked(answer: Promise<unknown>, isLaunch: boolean): Promise<Settled<unknown>> {
    this.#launches += Number(isLaunch);
    for (;;) {
      const received = this.#received;
      const asked = await this.#within(isLaunch ? this.#limits.launch : this.#limits.answer, answer);
      if (asked.kind === "late" && (this.#received !== received || (!isLaunch && this.#launches > 0))) continue;
      this.#launches -= Number(isLaunch);
      return asked;
    }
  }

  async #within(ms: number, answer: Promise<unknown>): Promise<Settled<unknown>> {
    const asked = await settledWithin(ms, () => answer);
    return asked.kind === "late" ? await settledWithin(this.#limits.more, () => answer) : asked;
  }

  /** Hands it over before this returns; what comes of it is not waited for. @returns whether it could be */
  post(request: Request): boolean {
    if (!this.#isReady) return false;
    void this.#ask(request).catch(() => undefined);
    return true;
  }

  /** Who is in the job of a run, by what has been told of it. */
  membersOf(run: string): ReadonlyMap<number, Row> {
    return this.#inJobs.get(run) ?? new Map<number, Row>();
  }

  /** @param rows none: the job is closed, or empty */
  setMembers(run: string, rows: Iterable<Row>): void {
    const members = new Map([...rows].map((row) => [row[0], row]));
    if (members.size === 0) this.#inJobs.delete(run);
    else this.#inJobs.set(run, members);
  }

  /** What is known at once of a process that is in a job. */
  inJob(pid: number): Row | undefined {
    for (const members of this.#inJobs.values()) if (members.has(pid)) return members.get(pid);
    return undefined;
  }

  onEvent(listener: (event: HelperEvent) => void): Disposable {
    return this.#events.event(listener);
  }

  /** Told when it has died. */
  onEnd(listener: () => void): Disposable {
    return this.#ended.event(listener);
  }

  /** Ends it, and leaves the jobs alone; for tests. */
  kill(): void {
    this.#end("it was ended");
  }

  async #start(): Promise<string | undefined> {
    try {
      if (!existsSync(this.#script)) throw new Error("this package has none");
      // Detached: else it would be in a job of Node's, which ends with this process.
      const child = fork(this.#script, [], { detached: true, execArgv: [], stdio: "ignore", windowsHide: true } as Parameters<typeof fork>[2]);
      this.#child = child;
      child.on("message", (message) => this.#receive(message));
      child.once("error", (error) => this.#end(error.message));
      child.once("exit", (code) => this.#end(`it has ended with ${code ?? "a signal"}`));
      child.once("disconnect", () => this.#end("it has closed its channel"));
      child.unref();
      child.channel?.unref();
      const hello = await settledWithin(START_MS, () => this.#ask({ op: "hello" }));
      if (hello.kind === "done" && isPid(hello.value)) this.#isReady = this.#problem === undefined;
      else this.#end(hello.kind === "failed" ? hello.error.message : "it does not answer");
    } catch (error) {
      this.#end(toError(error).message);
    }
    return this.#problem;
  }

  #ask(request: Request): Promise<unknown> {
    const child = this.#child;
    if (child?.connected !== true || this.#problem !== undefined) return Promise.reject(new Error(this.#problem ?? "it does not run"));
    const id = ++this.#ids;
    return new Promise((answer, fail) => {
      this.#pending.set(id, { answer, fail });
      child.send({ id, request }, undefined, undefined, (error) => {
        // It has not got it: so without the code.
        if (error !== null) this.#settle(id, (one) => one.fail(new Error(error.message)));
      });
    });
  }

  #receive(message: unknown): void {
    this.#received++;
    if (isHelperEvent(message)) {
      if (message.event === "members") this.setMembers(message.run, message.rows);
      this.#events.fire(message);
    } else if (isAnswer(message)) {
      this.#settle(message.id, ({ answer, fail }) => {
        if ("error" in message) fail(Object.assign(new Error(message.error), message.code === undefined ? {} : { code: message.code }));
        else answer(message.value);
      });
    }
  }

  #settle(id: number, how: (pending: Pending) => void): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (pending !== undefined) how(pending);
  }

  #end(problem: string): void {
    if (this.#problem !== undefined) return;
    this.#problem = problem;
    this.#isReady = false;
    this.#child?.kill();
    for (const id of [...this.#pending.keys()]) this.#settle(id, ({ fail }) => fail(unknownOutcome(problem)));
    this.#ended.fire(undefined);
  }
}

/** What it was asked for, it may have done. */
function unknownOutcome(problem: string): Error {
  return Object.assign(new Error(`the helper for Windows has been lost meanwhile (${problem})`), { code: "EHELPER" });
}
