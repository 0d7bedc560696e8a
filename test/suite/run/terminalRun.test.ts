// Runs whose command has a terminal of its own.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { PosixPty } from "../../../src/taskRunner/exec/posixPty";
import { projectRoot } from "../../vscode/projectRoot";
import { isAlive, RunUnderTest, type RunUnderTestOptions } from "./startedRun";

const LOOP = "while :; do sleep 0.02; done";

function onTerminal(definition: Record<string, unknown>, options: RunUnderTestOptions = {}): RunUnderTest {
  return new RunUnderTest({ stdio: "pty", ...definition }, options);
}

describe("A run on a terminal", () => {
  before(function () {
    if (process.platform === "win32") this.skip();
  });
  afterEach(() => RunUnderTest.cleanUp());

  it("ends as one on pipes does", async () => {
    assert.deepEqual(await onTerminal({ command: "echo hello" }).start().run.ended, { kind: "succeeded" });
    assert.deepEqual(await onTerminal({ command: "exit 3" }).start().run.ended, { kind: "exited", code: 3, stop: undefined });
    assert.deepEqual(await onTerminal({ command: "kill -9 $$" }).start().run.ended, { kind: "signaled", signal: "SIGKILL", signalNumber: 9, stop: undefined });
  });

  it("names who still holds the terminal when the waitDelay is over", async () => {
    const test = onTerminal({ command: "trap '' HUP; sleep 60 & exit 0", waitDelay: 1500 }).start();
    const outcome = await test.run.ended;
    assert.deepEqual(outcome.kind === "hungPipe" && outcome.holders.map(({ command, holds, owned }) => ({ command, holds, owned })), [{ command: "sleep 60", holds: ["terminal"], owned: true }]);
    assert.deepEqual(test.kinds, ["draining", "ended"]);
    assert.deepEqual(test.run.snapshot().survivors.map(({ command }) => command), ["sleep 60"]);
  });

  it("names a holder that has the terminal only as /dev/tty", async function () {
    if (process.platform !== "linux") this.skip();
    const test = onTerminal({ command: "trap '' HUP; exec 3</dev/tty; sleep 60 </dev/null >/dev/null 2>&1 & exit 0", waitDelay: 300 }).start();
    const outcome = await test.run.ended;
    assert.deepEqual(outcome.kind === "hungPipe" && outcome.holders.map(({ command, holds }) => ({ command, holds })), [{ command: "sleep 60", holds: ["terminal"] }]);
  });

  it("is stopped by the signal, and killed after the waitDelay", async () => {
    const obedient = await onTerminal({ command: `trap 'echo bye; exit 0' INT; echo ready; ${LOOP}` }).ready();
    assert.deepEqual(await obedient.run.stop(), { kind: "canceled", stop: { kind: "user" } });
    assert.match(obedient.output, /bye/);
    const stubborn = await onTerminal({ command: `trap '' INT; echo ready; ${LOOP}`, waitDelay: 100 }).ready();
    assert.deepEqual(await stubborn.run.stop(), { kind: "signaled", signal: "SIGKILL", signalNumber: 9, stop: { kind: "user" } });
  });

  it("finds what has left the session", async () => {
    const test = onTerminal({ command: "setsid sleep 60 >/dev/null 2>&1 & sleep 0.1; echo ready; exit 0" }).start();
    await test.run.ended;
    assert.deepEqual(test.run.snapshot().survivors.map(({ command }) => command), ["sleep 60"]);
  });

  it("gets the size of the screen, from the start on and whenever it changes", async () => {
    const test = onTerminal({ command: `trap 'stty size' WINCH; stty size; echo ready; ${LOOP}` });
    test.run.console.resize({ columns: 99, rows: 9 });
    await test.ready();
    assert.match(test.output, /^9 99\r\n/);
    test.run.console.resize({ columns: 55, rows: 5 });
    await test.until(() => test.output.includes("5 55\r\n"));
  });

  it("tells its programs what VS Code's own terminals tell them, and what the task says instead", async () => {
    const environment = { PATH: process.env["PATH"], LANG: "C", TERM: "dumb", COLUMNS: "7", TMUX: "/tmp/x" };
    const show = `for name in TERM COLORTERM TERM_PROGRAM TERM_PROGRAM_VERSION LANG COLUMNS TMUX FORCE_COLOR; do eval echo "$name=\\\${$name-none}"; done`;
    const test = onTerminal({ command: show, shell: "/bin/sh" }, { environment }).start();
    await test.run.ended;
    const lines = ["TERM=xterm-256color", "COLORTERM=truecolor", "TERM_PROGRAM=vscode", "TERM_PROGRAM_VERSION=1.139.1", "LANG=en_US.UTF-8", "COLUMNS=none", "TMUX=none", "FORCE_COLOR=none"];
    assert.deepEqual(test.output.trim().split("\r\n"), lines);
    const own = onTerminal({ command: "echo $TERM $LANG", env: { TERM: "xterm", LANG: "C" } }, { environment }).start();
    await own.run.ended;
    assert.equal(own.output, "xterm C\r\n");
    const utf8 = onTerminal({ command: "echo $LANG" }, { environment: { ...environment, LANG: "de_AT.UTF-8" } }).start();
    await utf8.run.ended;
    assert.equal(utf8.output, "de_AT.UTF-8\r\n");
  });

  it("says why it has pipes where no terminal can be made, and runs all the same", async () => {
    // Elsewhere there is no node-pty.
    const elsewhere = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    try {
      copyFileSync(join(projectRoot, "out/test/programs/terminalTask.js"), join(elsewhere, "terminalTask.js"));
      const env = { PATH: process.env["PATH"], ELECTRON_RUN_AS_NODE: "1" };
      const { stdout } = await promisify(execFile)(process.execPath, [join(elsewhere, "terminalTask.js"), "test -t 1 || echo no terminal"], { env });
      const { output, events, outcome } = JSON.parse(stdout) as { output: string; events: { kind: string; problem?: string }[]; outcome: unknown };
      assert.equal(output, "no terminal\n");
      assert.deepEqual(events.map(({ kind }) => kind), ["beginning", "noTerminal", "ended"]);
      assert.match(events[1]?.problem ?? "", /^Cannot find module 'node-pty/);
      assert.deepEqual(outcome, { kind: "succeeded" });
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  describe("takes a Ctrl+C", () => {
    it("for a stop when the command ends of it", async () => {
      const test = await onTerminal({ command: "echo ready; exec sleep 60" }).ready();
      test.press("\x03");
      assert.deepEqual(await test.run.ended, { kind: "signaled", signal: "SIGINT", signalNumber: 2, stop: { kind: "interrupted" } });
      const polite = await onTerminal({ command: `trap 'exit 0' INT; echo ready; ${LOOP}` }).ready();
      polite.press("\x03");
      assert.deepEqual(await polite.run.ended, { kind: "canceled", stop: { kind: "interrupted" } });
    });

    it("for a stop when the command ignores it, without a second SIGINT, and kills after the waitDelay", async () => {
      const test = await onTerminal({ command: `trap 'echo interrupted' INT; echo ready; ${LOOP}`, waitDelay: 300 }).ready();
      test.press("\x03");
      await test.untilState("stopping");
      assert.deepEqual(await test.run.ended, { kind: "signaled", signal: "SIGKILL", signalNumber: 9, stop: { kind: "interrupted" } });
      assert.equal(test.output.split("interrupted").length - 1, 1);
      assert.deepEqual(test.steps, ["signaled", "killed", "ended"]);
    });

    it("for a kill when it is already being stopped", async () => {
      const test = await onTerminal({ command: `trap '' INT; echo ready; ${LOOP}`, waitDelay: "1h" }).ready();
      test.press("\x03");
      await test.untilState("stopping");
      test.press("\x03");
      assert.equal((await test.run.ended).kind, "signaled");
    });

    it("for a Stop of those who still have the terminal when the command has ended", async () => {
      // A shell's background process ignores SIGINT, unless it is a program that sets its own handler.
      const child = "process.on('SIGHUP', () => 0).on('SIGINT', () => process.exit()); console.log('ready'); setInterval(() => 0, 1000)";
      const fifo = join(mkdtempSync(join(tmpdir(), "cancellable-tasks-test-")), "go");
      const env = { NODE: process.execPath, CHILD: child, GO: fifo, ELECTRON_RUN_AS_NODE: "1" };
      const test = await onTerminal({ command: 'mkfifo $GO; $NODE -e "$CHILD" & read -r go <$GO; exit 0', waitDelay: "1h", env }).ready();
      writeFileSync(fifo, "go\n");
      rmSync(dirname(fifo), { recursive: true });
      await test.untilState("draining");
      test.press("\x03");
      await test.run.ended;
      assert.ok(test.kinds.includes("signaled"), test.kinds.join(", "));
    });

    it("for a kill when it is typed twice, however fast", async () => {
      const test = await onTerminal({ command: `trap '' INT; echo ready; ${LOOP}`, waitDelay: "1h" }).ready();
      test.press("\x03");
      test.press("\x03");
      assert.deepEqual(await test.run.ended, { kind: "signaled", signal: "SIGKILL", signalNumber: 9, stop: { kind: "interrupted" } });
    });

    it("for the program's own when it reads the keys itself", async () => {
      const test = await onTerminal({ command: "stty -icanon -isig -echo; echo ready; dd bs=1 count=1 2>/dev/null | od -An -tx1; exec sleep 60" }).ready();
      test.press("\x03");
      await test.until(() => test.output.includes("03"));
      await test.interruptSettled();
      assert.equal(test.run.state.kind, "running");
    });

    it("for the program's own when that edits its lines, as prompts do", async () => {
      const test = await onTerminal({ command: `trap 'echo interrupted' INT; stty -icanon; echo ready; ${LOOP}` }).ready();
      test.press("\x03");
      await test.until(() => test.output.includes("interrupted"));
      await test.interruptSettled();
      assert.equal(test.run.state.kind, "running");
    });

    it("for the program's own where nothing tells what it is", async () => {
      const method = Object.getOwnPropertyDescriptor(PosixPty.prototype, "isCanonical") ?? assert.fail();
      Object.defineProperty(PosixPty.prototype, "isCanonical", { ...method, value: () => Promise.resolve(undefined) });
      try {
        const test = await onTerminal({ command: `trap 'echo interrupted' INT; echo ready; ${LOOP}` }).ready();
        test.press("\x03");
        await test.until(() => test.output.includes("interrupted"));
        await test.interruptSettled();
        assert.deepEqual([test.run.state.kind, test.kinds], ["running", []]);
      } finally {
        Object.defineProperty(PosixPty.prototype, "isCanonical", method);
      }
    });

    it("for the job's own in an interactive shell", async () => {
      const test = await onTerminal({ command: "bash", args: ["--norc", "--noediting", "-i"], env: { PS1: "$ " } }).ready("$ ");
      test.press("(trap '' INT; echo job ready; exec sleep 60)\r");
      await test.until(() => test.output.includes("\r\njob ready"));
      test.press("\x03");
      await test.interruptSettled();
      assert.equal(test.run.state.kind, "running");
    });

    it("for nothing but a key when the task says so", async () => {
      const test = await onTerminal({ command: `trap 'echo interrupted' INT; echo ready; ${LOOP}`, ctrlC: "type" }).ready();
      test.press("\x03");
      await test.until(() => test.output.includes("interrupted"));
      assert.equal(test.run.console.isInterrupting, false);
      assert.equal(test.run.state.kind, "running");
    });
  });

  it("leaves no timer, no process and no terminal when it has ended", async () => {
    const test = await onTerminal({ command: `trap 'exit 0' INT; echo ready; ${LOOP}`, timeout: "1h", waitDelay: "1h" }).ready();
    test.press("\x03");
    await test.run.ended;
    assert.equal(test.clock.waiting, 0);
    assert.equal(await isAlive(test.pid), false);
  });
});
