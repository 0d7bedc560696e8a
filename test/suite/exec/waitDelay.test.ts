// What happens when the delay expires, and what must not.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import type { Cmd } from "../../../src/taskRunner/exec/cmd";
import { deferred } from "../../../src/taskRunner/base/deferred";
import { Delay } from "../../../src/taskRunner/exec/delay";
import { ProcessDoneError } from "../../../src/taskRunner/exec/errors";
import { FakeClock } from "../fakeClock";
import { delayedBy, whenDelayRuns } from "./delayed";
import { cleanUp, closeSpares, collected, rejection, shell, temporaryFolder, TOO_LONG_S, until } from "./started";

const DELAY_MS = 1000;
const HOLD = `sleep ${TOO_LONG_S} &`;
const IGNORE = `trap '' TERM INT; while :; do sleep ${TOO_LONG_S}; done`;

let clock: FakeClock;
let controller: AbortController;
beforeEach(() => {
  clock = new FakeClock();
  controller = new AbortController();
});
afterEach(cleanUp);
after(closeSpares);

/** A command whose delay passes only when the test says so. */
function delayed(script: string, ms = DELAY_MS): Cmd {
  return delayedBy(new Delay(ms, clock), script, controller.signal);
}

function killGroup(cmd: Cmd): void {
  if (cmd.process !== undefined) process.kill(-cmd.process.pid, "SIGKILL");
}

describe("When the delay expires while the process runs", () => {
  it("the process is killed", async () => {
    const cmd = delayed(IGNORE);
    await cmd.start();
    controller.abort();
    const { error } = await whenDelayRuns(cmd);
    clock.advance(DELAY_MS);
    assert.equal((await error).message, "signal: killed");
  });

  it("terminate is called once, in place of the kill", async () => {
    const cmd = delayed(`${HOLD} ${IGNORE}`);
    let calls = 0;
    cmd.terminate = () => {
      calls++;
      killGroup(cmd);
    };
    await cmd.start();
    controller.abort();
    const { error } = await whenDelayRuns(cmd);
    clock.advance(DELAY_MS);
    assert.equal((await error).message, "signal: killed");
    assert.equal(calls, 1);
  });

  it("the pipes are closed only after terminate has finished", async () => {
    const cmd = delayed(IGNORE);
    const terminated = deferred<undefined>();
    let inode: number | undefined;
    cmd.terminate = async () => {
      await terminated.promise;
      inode = cmd.pipeFile(1)?.ino;
      cmd.process?.kill();
    };
    await cmd.start();
    controller.abort();
    const { error } = await whenDelayRuns(cmd);
    clock.advance(DELAY_MS);
    terminated.resolve(undefined);
    await error;
    if (process.platform !== "win32") assert.notEqual(inode, undefined);
  });

  it("a terminate that throws is told, wrapped, when the process then exits with 0", async () => {
    const cmd = delayed("read go; exit 0");
    const stdin = await cmd.stdinPipe();
    cmd.cancel = null;
    cmd.terminate = () => {
      stdin.end();
      throw new Error("boom");
    };
    cmd.stdout = null;
    await cmd.start();
    controller.abort();
    const { error } = await whenDelayRuns(cmd);
    clock.advance(DELAY_MS);
    // sh: read gives 1 at the end of file, and then exit 0 follows.
    assert.equal((await error).message, "exec: killing Cmd: boom");
  });
});

describe("When the delay expires while the output is held", () => {
  it("wait throws ErrWaitDelay and has what was written", async () => {
    const cmd = delayed(`echo early; ${HOLD} exit 0`);
    await cmd.start();
    const { error } = await whenDelayRuns(cmd);
    clock.advance(DELAY_MS);
    assert.equal((await error).name, "ErrWaitDelay");
    assert.equal(collected(cmd.stdout), "early\n");
  });

  it("terminate is called once, before the pipes are closed", async () => {
    const cmd = delayed(`${HOLD} exit 0`);
    const inodes: unknown[] = [];
    cmd.terminate = () => void inodes.push(cmd.pipeFile(1)?.ino);
    await cmd.start();
    const { error } = await whenDelayRuns(cmd);
    const inode = cmd.pipeFile(1)?.ino;
    clock.advance(DELAY_MS);
    assert.equal((await error).name, "ErrWaitDelay");
    assert.deepEqual(inodes, [inode]);
  });

  it("terminate is not called when the output is closed in time", async () => {
    const cmd = delayed("exit 0");
    let calls = 0;
    cmd.terminate = () => {
      calls++;
    };
    await cmd.run();
    clock.advance(10 * DELAY_MS);
    assert.equal(calls, 0);
  });

  for (const [script, want] of [["exit 0", "exec: WaitDelay expired before I/O complete"], ["exit 3", "exit status 3"]] as const) {
    it(`a terminate that finds the process done is no error (${script})`, async () => {
      const cmd = delayed(`${HOLD} ${script}`);
      cmd.terminate = () => {
        throw new ProcessDoneError();
      };
      await cmd.start();
      const { error } = await whenDelayRuns(cmd);
      clock.advance(DELAY_MS);
      assert.equal((await error).message, want);
    });
  }

  it("a terminate that throws is told, wrapped, and the pipes are closed", async () => {
    const cmd = delayed(`${HOLD} exit 0`);
    cmd.terminate = () => {
      throw new Error("boom");
    };
    await cmd.start();
    const { error } = await whenDelayRuns(cmd);
    clock.advance(DELAY_MS);
    assert.equal((await error).message, "exec: killing Cmd: boom");
    assert.equal(cmd.pipeFile(1)?.ino, undefined);
  });

  it("wait does not hang on a writer that never returns", async () => {
    const cmd = delayed("echo x; exit 0");
    cmd.stdout = { write: () => new Promise(() => undefined) };
    await cmd.start();
    const { error } = await whenDelayRuns(cmd);
    clock.advance(DELAY_MS);
    assert.equal((await error).name, "ErrWaitDelay");
  });

  it("a writer that fails then is not called again", async () => {
    const folder = temporaryFolder();
    // More than the pipe's 65,536 bytes: when it is written, some of it is waiting on our side, where a stream takes at least 16,384.
    const rest = `until [ -e ${folder}/go ]; do sleep 0.01; done; head -c 70000 /dev/zero; touch ${folder}/written`;
    const cmd = delayed(`echo first; { ${rest}; ${HOLD} } & exit 0`);
    let calls = 0;
    cmd.stdout = {
      write: () => {
        if (++calls > 1) throw new Error("closed");
        return new Promise(() => undefined);
      },
    };
    await cmd.start();
    const { error } = await whenDelayRuns(cmd);
    await until(() => calls === 1);
    writeFileSync(`${folder}/go`, "");
    await until(() => existsSync(`${folder}/written`));
    clock.advance(DELAY_MS);
    assert.equal((await error).name, "ErrWaitDelay");
    assert.equal(calls, 2);
  });

  it("wait does not hang on a source that never returns", async () => {
    const cmd = delayed("exit 0");
    cmd.stdin = (async function* () {
      yield await new Promise<string>(() => undefined);
    })();
    await cmd.start();
    const { error } = await whenDelayRuns(cmd);
    clock.advance(DELAY_MS);
    assert.equal((await error).name, "ErrWaitDelay");
  });
});

describe("The one delay of a command", () => {
  it("counts from the return of the cancel, and not again from the exit", async () => {
    const cmd = delayed(`${HOLD} read go; exit 0`);
    const delay = new Delay(DELAY_MS, clock);
    cmd.delay = delay;
    const stdin = await cmd.stdinPipe();
    const cancel = deferred<undefined>();
    cmd.cancel = () => cancel.promise;
    await cmd.start();
    controller.abort();
    const waiting = rejection(cmd.wait());
    clock.advance(5 * DELAY_MS);
    assert.equal(delay.expiresAt, undefined);
    cancel.resolve(undefined);
    await until(() => delay.expiresAt !== undefined);
    const expiresAt = clock.now() + DELAY_MS;
    assert.equal(delay.expiresAt, expiresAt);
    clock.advance(DELAY_MS / 2);

    stdin.end();
    await until(() => cmd.processState !== undefined);
    assert.equal(delay.expiresAt, expiresAt);
    clock.advance(DELAY_MS / 2);
    assert.equal((await waiting).message, "context canceled");
  });

  it("counts from the exit, and not again from an abort that comes later", async () => {
    const cmd = delayed(`${HOLD} exit 0`);
    let cancels = 0;
    cmd.cancel = () => {
      cancels++;
    };
    await cmd.start();
    const { error } = await whenDelayRuns(cmd);
    const expiresAt = cmd.delay?.expiresAt;
    clock.advance(DELAY_MS / 2);
    controller.abort();
    assert.equal(cmd.delay?.expiresAt, expiresAt);
    clock.advance(DELAY_MS / 2);
    assert.equal((await error).name, "ErrWaitDelay");
    assert.equal(cancels, 0);
  });

  it("is left running by wait when it belongs to somebody else, and stopped when not", async () => {
    const shared = delayed("exit 0");
    shared.delay?.start();
    await shared.run();
    assert.equal(clock.timers, 1);
    shared.delay?.stop();

    const own = shell("exit 0", { signal: controller.signal, waitDelay: DELAY_MS, clock });
    own.cancel = () => own.process?.signal("SIGCONT");
    await own.start();
    controller.abort();
    await rejection(own.wait());
    assert.equal(clock.timers, 0);
  });

  for (const ms of [DELAY_MS, 0]) {
    it(`ends the waiting for the output at once by expireNow (waitDelay ${ms})`, async () => {
      const cmd = delayed(`${HOLD} exit 0`, ms);
      await cmd.start();
      const error = rejection(cmd.wait());
      await until(() => cmd.processState !== undefined);
      cmd.delay?.expireNow();
      assert.equal((await error).name, "ErrWaitDelay");
    });

    it(`kills a process that was asked to stop at once by expireNow (waitDelay ${ms})`, async () => {
      const cmd = delayed(IGNORE, ms);
      await cmd.start();
      controller.abort();
      cmd.delay?.expireNow();
      await assert.rejects(cmd.wait(), { message: "signal: killed" });
    });

    it(`kills also without a cancel by expireNow (waitDelay ${ms})`, async () => {
      const cmd = delayed(IGNORE, ms);
      cmd.cancel = null;
      await cmd.start();
      controller.abort();
      cmd.delay?.expireNow();
      await assert.rejects(cmd.wait(), { message: "signal: killed" });
    });
  }
});
