// The tests that came with Cmd.Cancel and WaitDelay in Go's os/exec, and the one for a cancel before Wait.
import assert from "node:assert/strict";
import { closeSync, writeSync } from "node:fs";
import { text } from "node:stream/consumers";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import type { Cmd } from "../../../src/taskRunner/exec/cmd";
import { deferred } from "../../../src/taskRunner/base/deferred";
import { systemCode } from "../../../src/taskRunner/base/errors";
import { CanceledError, ExitError, ProcessDoneError, WaitDelayError } from "../../../src/taskRunner/exec/errors";
import { fifoStock } from "../../../src/taskRunner/exec/fifo";
import { cleanUp, closeSpares, collected, command, program, rejection, shell, TOO_LONG_MS } from "./started";

interface Hang {
  /** How long the program runs, in milliseconds. */
  ms: number;
  signal: AbortSignal;
  /** What the cancel sends; null: no cancel. */
  cancel: NodeJS.Signals | null;
  waitDelay: number;
  flags?: string[];
}

/** An input without an end. */
async function* ticks(): AsyncGenerator<string> {
  for (;;) {
    await sleep(1);
    yield `${Date.now()}\n`;
  }
}

/** Starts hang.mjs and returns when its signal handlers are set. */
async function startHang(hang: Hang): Promise<Cmd> {
  const cmd = program("hang.mjs", [String(hang.ms), ...(hang.flags ?? [])], { signal: hang.signal, waitDelay: hang.waitDelay });
  const { cancel } = hang;
  cmd.stdin = ticks();
  cmd.stderr = new ByteBuffer();
  cmd.cancel = cancel === null ? null : () => cmd.process?.signal(cancel);
  const stdout = await cmd.stdoutPipe();
  await cmd.start();
  assert.equal(await text(stdout), "");
  return cmd;
}

afterEach(cleanUp);
after(closeSpares);

describe("An abort before wait", () => {
  it("kills the process, so that writing to its input fails", async function () {
    const ends = await fifoStock.take("input");
    if (ends === undefined) return this.skip();
    const controller = new AbortController();
    const cmd = command("cat", [], { signal: controller.signal });
    cmd.stdin = ends.child;
    const output = text(await cmd.stdoutPipe());
    await cmd.start();
    closeSync(ends.child);
    writeSync(ends.parent, "echo");

    controller.abort();
    await brokenPipe(ends.parent);

    closeSync(ends.parent);
    await output;
    assert.equal((await rejection(cmd.wait())).message, "signal: killed");
  });

  async function brokenPipe(fd: number): Promise<void> {
    for (;;) {
      try {
        writeSync(fd, "echo");
      } catch (error) {
        if (systemCode(error) === "EPIPE") return;
        if (systemCode(error) !== "EAGAIN") throw error;
      }
      await nextTurn();
    }
  }
});

describe("Waiting for an interrupted command", () => {
  const live = new AbortController().signal;
  let controller: AbortController;
  beforeEach(() => (controller = new AbortController()));

  it("without an abort and a delay lasts until the process exits", async () => {
    const cmd = await startHang({ ms: 1, signal: live, cancel: "SIGKILL", waitDelay: 0 });
    await cmd.wait();
    assert.equal(cmd.processState?.exitCode(), 0);
  });

  it("without a cancel lasts until the process exits, which is then a success", async () => {
    const { signal } = controller;
    const cmd = await startHang({ ms: TOO_LONG_MS, signal, cancel: null, waitDelay: TOO_LONG_MS, flags: ["--interrupt"] });
    controller.abort();
    await nextTurn();
    cmd.process?.signal("SIGINT");
    await cmd.wait();
    assert.equal(cmd.processState?.exitCode(), 0);
  });

  it("ends after a kill although a grandchild still writes to its output", async () => {
    const flags = [`--subsleep=${TOO_LONG_MS}`, "--probe=1"];
    const cmd = await startHang({ ms: TOO_LONG_MS, signal: controller.signal, cancel: "SIGKILL", waitDelay: 10, flags });
    controller.abort();
    const error = await rejection(cmd.wait());
    assert.ok(error instanceof ExitError);
    assert.equal(error.message, "signal: killed");
  });

  it("ends with ErrWaitDelay when the process exits with 0 and a grandchild still writes to its output", async () => {
    const flags = [`--subsleep=${TOO_LONG_MS}`, "--probe=1"];
    const cmd = await startHang({ ms: 1, signal: live, cancel: null, waitDelay: 10, flags });
    const error = await rejection(cmd.wait());
    assert.ok(error instanceof WaitDelayError);
    assert.match(collected(cmd.stderr), /left \d+ behind/);
    assert.equal(cmd.processState?.exitCode(), 0);
  });

  it("kills a process that handles the signal without exiting", async () => {
    const cmd = await startHang({ ms: TOO_LONG_MS, signal: controller.signal, cancel: "SIGINT", waitDelay: 10 });
    controller.abort();
    const error = await rejection(cmd.wait());
    assert.ok(error instanceof ExitError);
    assert.equal(error.message, "signal: killed");
  });

  it("tells of the abort when the process handles the signal and exits with 0", async () => {
    const { signal } = controller;
    const cmd = await startHang({ ms: TOO_LONG_MS, signal, cancel: "SIGINT", waitDelay: 0, flags: ["--interrupt"] });
    controller.abort();
    assert.ok((await rejection(cmd.wait())) instanceof CanceledError);
    assert.equal(cmd.processState?.exitCode(), 0);
    assert.match(collected(cmd.stderr), /received SIGINT/);
  });

  it("lets a process end by SIGQUIT in its usual way, with its last words", async () => {
    const cmd = await startHang({ ms: TOO_LONG_MS, signal: controller.signal, cancel: "SIGQUIT", waitDelay: 0 });
    controller.abort();
    const error = await rejection(cmd.wait());
    assert.ok(error instanceof ExitError);
    assert.equal(error.message, "signal: quit");
    assert.equal(error.exitCode(), -1);
    assert.match(collected(cmd.stderr), /SIGQUIT\n\nactive: /);
  });
});

describe("A cancel that throws", () => {
  const arbitrary = new Error("arbitrary error");
  const done = (): Error => new Error("stdout closed", { cause: new ProcessDoneError() });
  let controller: AbortController;
  beforeEach(() => (controller = new AbortController()));

  it("is what wait throws, wrapped, when the process then succeeds", async () => {
    const cmd = command("cat", [], { signal: controller.signal });
    const stdin = await cmd.stdinPipe();
    cmd.cancel = () => {
      stdin.end();
      throw arbitrary;
    };
    await cmd.start();
    controller.abort();
    const error = await rejection(cmd.wait());
    assert.equal(error.cause, arbitrary);
    assert.equal(error.message, "exec: canceling Cmd: arbitrary error");
  });

  it("is nothing when it says that the process was done, and the process succeeds", async () => {
    const cmd = command("cat", [], { signal: controller.signal });
    const stdin = await cmd.stdinPipe();
    const stdout = await cmd.stdoutPipe();
    const called = deferred<undefined>();
    const closed = deferred<undefined>();
    cmd.cancel = async () => {
      called.resolve(undefined);
      await closed.promise;
      throw done();
    };
    await cmd.start();
    controller.abort();
    await called.promise;
    stdin.end();
    await text(stdout);
    closed.resolve(undefined);
    await cmd.wait();
  });

  for (const [what, thrown] of [["an error", arbitrary], ["falsely that the process was done", done()]] as const) {
    it(`is not what wait throws when it throws ${what} and the process has to be killed`, async () => {
      const cmd = command("cat", [], { signal: controller.signal, waitDelay: 1 });
      await cmd.stdinPipe();
      let calls = 0;
      cmd.cancel = () => {
        calls++;
        throw thrown;
      };
      await cmd.start();
      controller.abort();
      const error = await rejection(cmd.wait());
      assert.equal(calls, 1);
      assert.ok(error instanceof ExitError);
      assert.equal(error.message, "signal: killed");
    });
  }

  it("counts for less than the process's own failure", async () => {
    const cmd = shell("echo some error text >&2; exit 1", { signal: controller.signal });
    const stderr = text(await cmd.stderrPipe());
    const called = deferred<undefined>();
    cmd.cancel = () => {
      called.resolve(undefined);
      throw arbitrary;
    };
    await cmd.start();
    controller.abort();
    await called.promise;
    assert.equal(await stderr, "some error text\n");
    const error = await rejection(cmd.wait());
    assert.ok(error instanceof ExitError);
    assert.equal(error.exitCode(), 1);
  });
});
