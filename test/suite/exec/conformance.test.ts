import assert from "node:assert/strict";
import { closeSync, openSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import recorded from "../../conformance/osexec.json";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import { Cmd } from "../../../src/taskRunner/exec/cmd";
import { openPty } from "../../../src/taskRunner/exec/openPty";
import { toError } from "../../../src/taskRunner/base/errors";
import { ProcessDoneError } from "../../../src/taskRunner/exec/errors";

interface Case {
  name: string;
  script: string;
  stdin?: string;
  stdout?: string;
  stderr?: string;
  context?: boolean;
  cancelAtMs?: number;
  deadlineMs?: number;
  cancel?: string;
  waitDelayMs?: number;
  maxMs?: number;
  want: {
    error: string | null;
    is?: string[];
    exitCode?: number;
    state?: string;
    atMs: number;
    cancelCalls: number;
    stdout?: string;
    stderr?: string;
    hangs?: boolean;
  };
}

const EARLY_MS = 40;
const LATE_MS = 250;
const KIND = { ExitError: "ExitError", ErrWaitDelay: "ErrWaitDelay", Canceled: "Canceled", DeadlineExceeded: "DeadlineExceeded" } as const;

describe("Cmd does what os/exec did", () => {
  // The first start of all makes the stock of pipes, which is not what is timed here.
  before(() => new Cmd("bash", ["-c", ":"]).combinedOutput());
  for (const c of recorded.cases as Case[]) it(c.name, () => new Replay(c).run());
});

describe("Cmd does on a terminal what os/exec did", () => {
  before(function () {
    if (process.platform === "win32") this.skip();
  });
  for (const c of (recorded.cases as Case[]).filter(makesSenseOnTerminal)) it(c.name, () => new Replay(forTerminal(c), true).run());
});

/** One in which nothing is said of a particular stream. */
function makesSenseOnTerminal(c: Case): boolean {
  return c.stdin === undefined && c.stdout === undefined && c.want.stderr === undefined && !c.name.includes("only stderr");
}

/** The end of its leader hangs up on the terminal's foreground; a forgotten child that does not mind is what stays. */
function forTerminal(c: Case): Case {
  return c.script.includes(" & ") ? { ...c, script: `trap '' HUP; ${c.script}` } : c;
}

/** Runs one recorded case and compares everything that was recorded. */
class Replay {
  readonly #controller = new AbortController();
  readonly #stdout = new ByteBuffer();
  readonly #stderr = new ByteBuffer();
  readonly #cmd: Cmd;
  #closeStdin: (() => void) | undefined;
  #cancelCalls = 0;

  constructor(
    readonly recorded: Case,
    readonly onTerminal = false,
  ) {
    this.#cmd = new Cmd("bash", ["-c", recorded.script], {
      waitDelay: recorded.waitDelayMs ?? 0,
      ...(recorded.context === true ? { signal: this.#controller.signal } : {}),
    });
    // What is left behind on purpose is in the leader's group, so that the test can clean it up.
    this.#cmd.sysProcAttr = { setsid: true };
  }

  async run(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "conformance-"));
    const file = this.recorded.stdout === "file" ? openSync(join(folder, "stdout"), "w") : undefined;
    const lag = monitorEventLoopDelay({ resolution: 5 });
    try {
      await this.#prepare(file);
      lag.enable();
      // Its start may take its time on a busy machine: what is recorded counts from there.
      await this.#cmd.start();
      const start = performance.now();
      const result = await this.#waitAtMost(start);
      const atMs = performance.now() - start;
      this.#check(result, atMs, lag.max / 1e6);
    } finally {
      lag.disable();
      if (file !== undefined) closeSync(file);
      rmSync(folder, { recursive: true });
      this.#killGroup();
    }
  }

  async #prepare(file: number | undefined): Promise<void> {
    const cmd = this.#cmd;
    const c = this.recorded;
    if (this.onTerminal) {
      cmd.pty = openPty({ columns: 80, rows: 24 });
      cmd.stdout = this.#stdout;
      this.#setCancel(cmd.cancel);
      return;
    }
    if (c.stdout === "pipe") await cmd.stdoutPipe();
    else cmd.stdout = c.stdout === "null" ? null : (file ?? this.#stdout);
    if (c.stderr === "same") cmd.stderr = cmd.stdout;
    if (c.stderr === "collect") cmd.stderr = this.#stderr;
    if (c.stdin === "pipe") {
      const stdin = await cmd.stdinPipe();
      this.#closeStdin = () => void stdin.end();
    } else if (c.stdin !== undefined) cmd.stdin = Buffer.alloc(Number(c.stdin.split(":")[1]), "x");
    this.#setCancel(cmd.cancel);
  }

  #setCancel(byDefault: Cmd["cancel"]): void {
    const action = this.#cancelAction(byDefault);
    this.#cmd.cancel =
      action === null
        ? null
        : () => {
            this.#cancelCalls++;
            return action();
          };
  }

  #cancelAction(byDefault: Cmd["cancel"]): Cmd["cancel"] {
    const how = this.recorded.cancel;
    const fail = (): never => {
      throw new Error("boom");
    };
    if (how === undefined) return byDefault;
    if (how === "nil") return null;
    if (how === "error") return fail;
    if (how === "done") return () => { throw new ProcessDoneError(); };
    if (how === "closeStdin") return () => this.#closeStdin?.();
    if (how.startsWith("block:")) return () => new Promise((resolve) => setTimeout(resolve, Number(how.slice(6))));
    if (how.startsWith("error+")) {
      return () => {
        this.#cmd.process?.signal(how.slice(6) as NodeJS.Signals);
        fail();
      };
    }
    return () => this.#cmd.process?.signal(how as NodeJS.Signals);
  }

  async #waitAtMost(start: number): Promise<Error | "hangs" | undefined> {
    const timers = [this.#abortAt(this.recorded.cancelAtMs, start), this.#abortAt(this.recorded.deadlineMs, start, "TimeoutError")];
    const max = this.recorded.maxMs;
    const hangs = max === undefined ? undefined : new Promise<"hangs">((resolve) => timers.push(setTimeout(() => resolve("hangs"), max)));
    const waited = this.#cmd.wait().then(() => undefined, toError);
    const result = await Promise.race(hangs === undefined ? [waited] : [waited, hangs]);
    timers.forEach(clearTimeout);
    if (result === "hangs") void waited;
    return result;
  }

  #abortAt(ms: number | undefined, start: number, name = "AbortError"): NodeJS.Timeout | undefined {
    if (ms === undefined) return undefined;
    return setTimeout(() => this.#controller.abort(new DOMException("by the test", name)), ms - (performance.now() - start));
  }

  /** @param lagMs the longest time for which this machine kept our own event loop from running meanwhile */
  #check(result: Error | "hangs" | undefined, atMs: number, lagMs: number): void {
    const { want } = this.recorded;
    const got = {
      error: result === undefined || result === "hangs" ? null : result.message,
      hangs: result === "hangs",
      exitCode: this.#cmd.processState?.exitCode(),
      state: this.#cmd.processState?.toString(),
      cancelCalls: this.#cancelCalls,
      ...(want.stdout === undefined ? {} : { stdout: this.#stdout.toString().replaceAll("\r\n", "\n") }),
      ...(want.stderr === undefined ? {} : { stderr: this.#stderr.toString() }),
    };
    const { is, atMs: wantMs, ...rest } = want;
    assert.deepEqual(got, { hangs: false, exitCode: undefined, state: undefined, ...rest });
    const kinds = (is ?? []).map((name) => KIND[name as keyof typeof KIND]);
    if (result instanceof Error && kinds.length > 0) assert.deepEqual([result.name], kinds);
    assert.ok(
      atMs >= wantMs - EARLY_MS && atMs <= wantMs + LATE_MS + lagMs,
      `ended after ${atMs.toFixed(0)} ms, os/exec after ${wantMs} ms (our event loop was held up for ${lagMs.toFixed(0)} ms)`,
    );
  }

  #killGroup(): void {
    const pid = this.#cmd.process?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}
