// What of Windows can be tried anywhere.
import assert from "node:assert/strict";
import childProcess from "node:child_process";
import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import type * as nodePty from "node-pty";
import { windowsError } from "../../../src/taskRunner/base/windowsErrors";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import { Cmd } from "../../../src/taskRunner/exec/cmd";
import { ConPty } from "../../../src/taskRunner/exec/conpty";
import { ExitError, PathError } from "../../../src/taskRunner/exec/errors";
import { outcomeOf } from "../../../src/taskRunner/run/outcome";
import { outcomeText } from "../../../src/taskRunner/run/words";
import { checkDefinition } from "../../../src/taskRunner/task/definition";
import { invocation } from "../../../src/taskRunner/task/shell";
import { shortOutcome } from "../../../src/views/runsTreeModel";
import { DEFAULTS } from "../run/startedRun";
import { collected, rejection } from "./started";

const SIZE = { columns: 80, rows: 24 };

/** node-pty on Windows, as far as it is used here: it knows the pid only when its worker is connected. */
class LateConsole {
  pid = 0;
  args: readonly string[] | string = [];
  killed = 0;
  isPaused = false;
  resumed = (): void => undefined;
  readonly #data: ((text: string) => void)[] = [];
  readonly #exit: ((event: { exitCode: number | undefined }) => void)[] = [];
  #listened = (): void => undefined;
  /** Resolves when its end is waited for. */
  readonly opened = new Promise<void>((resolve) => (this.#listened = resolve));

  readonly spawn = ((_file: string, args: readonly string[] | string) => {
    this.args = args;
    return this as unknown as nodePty.IPty;
  }) as unknown as typeof nodePty.spawn;

  onData(listener: (text: string) => void): void {
    this.#data.push(listener);
  }

  onExit(listener: (event: { exitCode: number | undefined }) => void): void {
    this.#exit.push(listener);
    this.#listened();
  }

  write(): void {
    // Nobody listens.
  }

  resume(): void {
    this.isPaused = false;
    this.resumed();
  }

  pause(): void {
    this.isPaused = true;
  }

  show(text: string): void {
    for (const listener of this.#data) listener(text);
  }

  released: string[] = [];
  readonly _agent = { _conoutSocketWorker: { dispose: () => this.released.push("thread") }, _inSocket: { destroy: () => this.released.push("keyboard") } };

  kill(): void {
    this.killed++;
  }

  end(text: string, exitCode: number | undefined): void {
    this.show(text);
    for (const listener of this.#exit) listener({ exitCode });
  }
}

function onConsole(console: LateConsole, signal?: AbortSignal): Cmd {
  const cmd = new Cmd(process.execPath, ["a b", 'say "hi"'], signal === undefined ? {} : { signal });
  cmd.pty = new ConPty(SIZE, console);
  cmd.stdout = new ByteBuffer();
  return cmd;
}

describe("A console of Windows", () => {
  it("has started its command when node-pty knows the pid, and not before: 0 would be our own group", async () => {
    const console = new LateConsole();
    const cmd = onConsole(console);
    const starting = cmd.start();
    setTimeout(() => (console.pid = 4711), 30);
    await starting;
    assert.equal(cmd.process?.pid, 4711);
    console.end("out\r\n", 3);
    assert.equal((await rejection(cmd.wait())).message, "exit status 3");
    assert.equal(collected(cmd.stdout), "out\r\n");
  });

  const codes = [
    [-1073741510, 0xc000013a, "exit status 0xc000013a", "stopped by Ctrl+C", "stopped"],
    [-1073741819, 0xc0000005, "exit status 0xc0000005", "stopped: exited with code 0xc0000005", "exit code 0xc0000005"],
    [-1, 0xffffffff, "exit status 0xffffffff", "stopped: exited with code 0xffffffff", "exit code 0xffffffff"],
    [137, 137, "exit status 137", "stopped by SIGKILL", "killed"],
  ] as const;
  for (const [told, code, text, words, row] of codes) {
    it(`has the exit code that pipes have, where node-pty tells ${told}`, async () => {
      const console = new LateConsole();
      console.pid = 4711;
      const cmd = onConsole(console);
      await cmd.start();
      console.end("", told);
      const error = await rejection(cmd.wait());
      assert.ok(error instanceof ExitError);
      assert.deepEqual([error.processState.code, error.message], [code, text]);
      const outcome = outcomeOf(error, { kind: "user" }, { isError: false, holders: [] }, "win32");
      assert.deepEqual([outcomeText(outcome), shortOutcome(outcome)], [words, row]);
    });
  }

  it("whose connection is lost is closed, and its command has ended when it is gone and not before", async () => {
    const console = new LateConsole();
    const cmd = onConsole(console);
    const child = childProcess.spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "ignore", env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" } });
    console.pid = child.pid ?? 0;
    await cmd.start();
    const gone = new Promise((resolve) => child.once("exit", () => resolve("gone")));
    const waited = rejection(cmd.wait());
    console.end("out\r\n", undefined);
    assert.equal(console.killed, 1);
    assert.equal(await Promise.race([waited, nextTurn("open")]), "open");
    child.kill();
    assert.equal(await Promise.race([waited, gone]), "gone");
    const error = await waited;
    assert.ok(error instanceof ExitError && error.processState.code === null);
    assert.match(collected(cmd.stdout), /^out\r\n\r\nThe connection to the console was lost/);
  });

  for (const code of [3, undefined]) {
    it(`that is closed before node-pty knows the exit code has ${code === undefined ? "none, where the helper does not know it either" : "the one that the helper tells"}, and was not lost`, async () => {
      const console = new LateConsole();
      const cmd = onConsole(console);
      const told = new Promise<number | undefined>((resolve) => setTimeout(resolve, 30, code));
      cmd.sysProcAttr = { launcher: { adopt: () => Promise.resolve({ ended: told, isGone: () => true }), launch: () => assert.fail("node-pty starts it") } };
      const child = childProcess.spawn(process.execPath, ["-e", "0"], { stdio: "ignore", env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" } });
      await once(child, "exit");
      console.pid = child.pid ?? 0;
      await cmd.start();
      console.end("out\r\n", undefined);
      const error = await rejection(cmd.wait());
      assert.ok(error instanceof ExitError);
      assert.equal(error.processState.code, code ?? null);
      assert.equal(collected(cmd.stdout), "out\r\n");
    });
  }

  it("has ended when the helper tells the exit code, though another process has its pid by then", async () => {
    const console = new LateConsole();
    const cmd = onConsole(console);
    let tell = (): void => undefined;
    const told = new Promise<number>((resolve) => (tell = () => resolve(3)));
    cmd.sysProcAttr = { launcher: { adopt: () => Promise.resolve({ ended: told, isGone: () => true }), launch: () => assert.fail("node-pty starts it") } };
    console.pid = process.pid;
    await cmd.start();
    const waited = rejection(cmd.wait());
    console.end("", undefined);
    assert.equal(await Promise.race([waited, nextTurn("open")]), "open");
    tell();
    assert.equal((await waited).message, "exit status 3");
  });

  const refusals = [
    [193, "ENOEXEC", "exec format error"],
    [5, "EACCES", "permission denied"],
    [206, "E2BIG", "argument list too long"],
    [-1, "EINVAL", "the console could not be opened"],
    [740, "EUNKNOWN", "the requested operation requires elevation"],
    [225, "EUNKNOWN", "CreateProcess: error 225"],
    [14001, "EUNKNOWN", "CreateProcess: error 14001"],
    [undefined, "EINVAL", "the console could not be opened"],
  ] as const;
  for (const [told, code, words] of refusals) {
    it(`has not started a command where node-pty has no pid and tells ${told}, and says why as on pipes`, async () => {
      const console = new LateConsole();
      const cmd = onConsole(console);
      const starting = rejection(cmd.start());
      await console.opened;
      console.end("", told);
      const error = await starting;
      assert.ok(error instanceof PathError);
      assert.deepEqual([error.code, error.message], [code, `fork/exec ${process.execPath}: ${words}`]);
      if (told !== undefined && told > 0) assert.equal(error.message, new PathError("fork/exec", process.execPath, windowsError("CreateProcess", told)).message);
    });
  }

  it("is not paused any more when its command has ended, with or without the helper, however slowly the output is taken: node-pty would throw the rest away", async () => {
    const console = new LateConsole();
    const cmd = onConsole(console);
    let take = (): void => undefined;
    const taken = new Promise<void>((resolve) => (take = resolve));
    let got = 0;
    cmd.stdout = {
      write: async (chunk: Uint8Array) => {
        await taken;
        got += chunk.length;
      },
    };
    const child = childProcess.spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "ignore", env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" } });
    console.pid = child.pid ?? 0;
    await cmd.start();
    const text = "x".repeat(1 << 16);
    let shown = 0;
    for (; !console.isPaused; shown++) {
      assert.ok(shown < 1000);
      console.show(text);
      await nextTurn();
    }
    const resumed = new Promise<void>((resolve) => (console.resumed = resolve));
    child.kill();
    await resumed;
    console.show(text);
    assert.equal(console.isPaused, false);
    console.end("LAST", 0);
    take();
    await cmd.wait();
    assert.equal(got, (shown + 1) * text.length + 4);
  });

  for (const isGone of [true, false]) {
    it(`releases what node-pty has kept for it when its command has ended${isGone ? "" : ", but for the keyboard where something is left on it, which would end of that"}`, async () => {
      const console = new LateConsole();
      const cmd = onConsole(console);
      cmd.sysProcAttr = { launcher: { adopt: () => Promise.resolve({ ended: Promise.resolve(0), isGone: () => isGone }), launch: () => assert.fail("node-pty starts it") } };
      console.pid = 4711;
      await cmd.start();
      assert.deepEqual(console.released, []);
      console.end("out", 0);
      assert.deepEqual(console.released, isGone ? ["thread", "keyboard"] : ["thread"]);
      await cmd.wait();
      assert.deepEqual([collected(cmd.stdout), console.killed], ["out", 0]);
    });
  }

  it("gives up a start that is stopped while the pid is not known", async () => {
    const console = new LateConsole();
    const controller = new AbortController();
    const starting = rejection(onConsole(console, controller.signal).start());
    await console.opened;
    controller.abort();
    assert.equal((await starting).message, "context canceled");
    assert.equal(console.killed, 1);
    console.end("", 0);
  });

  it("gives up a start that is stopped while the helper takes the command over, and ends the command", async () => {
    const console = new LateConsole();
    const controller = new AbortController();
    const cmd = onConsole(console, controller.signal);
    const child = childProcess.spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "ignore", env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" } });
    const gone = once(child, "exit");
    console.pid = child.pid ?? 0;
    const adopting = new Promise<number>((resolve) => {
      cmd.sysProcAttr = { launcher: { adopt: (pid) => (resolve(pid), new Promise(() => undefined)), launch: () => assert.fail("node-pty starts it") } };
    });
    const starting = rejection(cmd.start());
    assert.equal(await adopting, child.pid);
    controller.abort();
    assert.equal((await starting).message, "context canceled");
    await gone;
    assert.equal(console.killed, 1);
    console.end("", 0);
  });

  it("gets the line of cmd.exe as it is, and other programs each argument as it is", async () => {
    const line = 'echo "a b" & "C:\\Program Files\\x.exe" %1';
    const checked = checkDefinition({ command: line, shell: "C:\\Windows\\System32\\cmd.exe" }, DEFAULTS);
    assert.ok(checked.ok);
    const call = invocation(checked.definition, "");
    assert.deepEqual([call.args, call.isVerbatim], [["/d", "/s", "/c", `"${line}"`], true]);
    for (const isVerbatim of [true, false]) {
      const console = new LateConsole();
      const cmd = onConsole(console);
      cmd.sysProcAttr = { verbatimArguments: isVerbatim };
      console.pid = 4711;
      await cmd.start();
      assert.deepEqual(console.args, isVerbatim ? 'a b say "hi"' : '"a b" "say \\"hi\\""');
      console.end("", 0);
      await cmd.wait();
    }
  });

  it("on pipes gets the line of cmd.exe as it is, too", async () => {
    const given: unknown[] = [];
    const { spawn } = childProcess;
    childProcess.spawn = ((file: string, args: string[], options: childProcess.SpawnOptions) => {
      given.push(options.windowsVerbatimArguments);
      return spawn(file, args, options);
    }) as typeof spawn;
    try {
      for (const verbatimArguments of [true, false]) {
        const cmd = new Cmd(process.execPath, ["-e", "0"]);
        cmd.env = [...cmd.environ(), "ELECTRON_RUN_AS_NODE=1"];
        cmd.sysProcAttr = { verbatimArguments };
        await cmd.run();
      }
    } finally {
      childProcess.spawn = spawn;
    }
    assert.deepEqual(given, [true, false]);
  });
});
