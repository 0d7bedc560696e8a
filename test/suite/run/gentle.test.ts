// Who is asked to stop, and how: as gently as at a shell prompt.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { RunEvent } from "../../../src/taskRunner/run/state";
import { isAlive, RunUnderTest } from "./startedRun";

const LOOP = "while :; do sleep 0.02; done";
/** Not dash, which loses a SIGINT that comes while it is starting a program (by vfork), as the loop does all the time. */
const shell = "/bin/bash";
/** An interactive program that is at its prompt ends so soon after a Stop; half a second on a machine that has nothing else to do. */
const PROMPT_END_MS = 2500;
const NODE = { NODE: process.execPath, ELECTRON_RUN_AS_NODE: "1" };

function event<K extends RunEvent["kind"]>(test: RunUnderTest, kind: K): RunEvent & { kind: K } {
  const found = test.events.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no event "${kind}": ${test.kinds.join(", ")}`);
  return found as RunEvent & { kind: K };
}

describe("A Stop", () => {
  if (process.platform === "win32") return;
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"))));
  afterEach(async () => {
    await RunUnderTest.cleanUp();
    rmSync(folder, { recursive: true });
  });

  function asked(): string {
    return existsSync(join(folder, "asked")) ? readFileSync(join(folder, "asked"), "utf8") : "";
  }

  describe("asks each process once:", () => {
    /** In a session of its own; notes each SIGTERM, and then does this. */
    function escaped(then = ":"): string {
      return `setsid bash -c "trap 'echo asked >> ${folder}/asked; ${then}' TERM; touch ${folder}/up; ${LOOP}" >/dev/null 2>&1`;
    }

    function untilUp(): string {
      return `until [ -e ${folder}/up ]; do sleep 0.01; done; echo ready`;
    }

    it("one outside of the group is left to its parent, and asked when half of the delay is over", async () => {
      const test = await new RunUnderTest({ command: `trap : TERM; ${escaped()} & ${untilUp()}; ${LOOP}`, cancelSignal: "SIGTERM", waitDelay: 3000 }).ready();
      const ended = test.run.stop();
      await test.untilEvent("signaled");
      assert.deepEqual(event(test, "signaled").others, []);
      assert.equal(asked(), "");
      await test.untilEvent("askedAgain");
      const again = event(test, "askedAgain");
      assert.ok(again.asked.some(({ command }) => command.startsWith("bash -c trap 'echo asked")), JSON.stringify(again.asked));
      assert.ok((again.leftMs ?? 0) <= 1500, `${again.leftMs ?? "?"} ms are left`);
      await ended;
      assert.equal(asked(), "asked\n");
    });

    it("one that its parent has asked is not asked again while it cleans up", async () => {
      const test = await new RunUnderTest({ command: `${escaped("sleep 0.4; exit")} & trap "kill $!; wait $!; exit 0" TERM; ${untilUp()}; ${LOOP}`, cancelSignal: "SIGTERM", waitDelay: "1h" }).ready();
      assert.deepEqual(await test.run.stop(), { kind: "canceled", stop: { kind: "user" } });
      assert.equal(asked(), "asked\n");
      assert.deepEqual(test.kinds, ["signaled", "ended"]);
    });

    it("an orphan is asked at once", async () => {
      const test = await new RunUnderTest({ command: `trap 'exit 0' TERM; (${escaped("exit")} &); ${untilUp()}; ${LOOP}`, cancelSignal: "SIGTERM", waitDelay: "1h" }).ready();
      await test.run.stop();
      assert.deepEqual(event(test, "signaled").others.map(({ name }) => name), ["bash"]);
      assert.equal(asked(), "asked\n");
    });

    it("nothing is asked a second time where there is no delay", async () => {
      const test = await new RunUnderTest({ command: `trap : TERM; ${escaped()} & ${untilUp()}; ${LOOP}`, cancelSignal: "SIGTERM", waitDelay: 0 }).ready();
      void test.run.stop();
      await test.untilEvent("signaled");
      // What waits are the timers of this run: nothing is due any more.
      assert.equal(test.clock.waiting, 0);
      await test.run.kill();
    });

    it("one that was born after the Stop is asked when half of the delay is over", async () => {
      const command = `trap 'trap "" TERM; bash -c "trap \\"echo asked >> ${folder}/asked; exit\\" USR1 TERM; echo born; ${LOOP}" & wait; exit 0' USR1; echo ready; ${LOOP}`;
      const test = await new RunUnderTest({ command, cancelSignal: "SIGUSR1", waitDelay: 8000 }).ready();
      void test.run.stop();
      await test.until(() => test.output.includes("born"));
      await test.untilEvent("askedAgain");
      await test.run.ended;
      assert.equal(asked(), "asked\n");
    });

    it("the foreground job of an interactive shell is asked at once, although the shell is its parent", async () => {
      const test = await new RunUnderTest({ command: "bash", args: ["--norc", "--noediting", "-i"], stdio: "pty", env: { PS1: "$ " }, cancelSignal: "SIGTERM", waitDelay: "1h" }).ready("$ ");
      test.press(`bash -c "trap 'echo asked; exit' TERM; echo job up; ${LOOP}"\r`);
      await test.until(() => /\njob up/.test(test.output));
      void test.run.stop();
      await test.until(() => /\nasked/.test(test.output));
      assert.ok(!test.kinds.includes("askedAgain"));
    });

    it("a program that has the terminal's foreground to itself is asked, and not its parent, which passes on what it gets", async () => {
      // As tini does.
      const wrapper = `import os, signal, subprocess, sys, time
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
child = subprocess.Popen(["bash", "-c", "trap 'echo asked >> ${folder}/asked; sleep 0.2; exit' TERM; echo ready; ${LOOP}"], preexec_fn=lambda: (os.setpgid(0, 0), os.tcsetpgrp(0, os.getpid()), signal.signal(signal.SIGTTOU, signal.SIG_DFL)))
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
sys.exit(child.wait())`;
      const test = await new RunUnderTest({ command: "python3", args: ["-c", wrapper], stdio: "pty", cancelSignal: "SIGTERM", waitDelay: "1h" }).ready();
      await test.run.stop();
      assert.equal(asked(), "asked\n");
    });
  });

  describe("of a program that takes SIGINT for a key", () => {
    const env = { PS1: "$ ", ENV: "/dev/null", HOME: tmpdir(), PYTHONSTARTUP: "" };
    const programs: readonly (readonly [command: string, args: readonly string[], prompt: string])[] = [
      ["bash", ["--norc"], "$ "],
      ["bash", ["--norc", "--noediting", "-i"], "$ "],
      ["dash", ["-i"], "$ "],
      ["python3", ["-q"], ">>> "],
      ["gdb", ["-q", "-nx"], "(gdb)"],
      ["less", ["/etc/passwd"], "root:"],
      ["node", ["-i"], "> "],
    ];
    it("hangs up at half of the delay on one that answers with a question", async function () {
      if (process.platform !== "linux") this.skip();
      const command = `trap 'read -r -p "Really? " answer; exit 3' INT; trap 'echo hung up; exit 4' HUP; echo ready; ${LOOP}`;
      const test = await new RunUnderTest({ command, shell: "/bin/bash", stdio: "pty", waitDelay: 3000 }).ready();
      const outcome = await test.run.stop();
      assert.ok(!test.kinds.includes("killed"), test.output);
      assert.ok(test.kinds.includes("hungUp") && outcome.kind === "exited", test.output);
    });

    for (const [command, args, prompt] of programs) {
      it(`hangs up on ${[command, ...args].join(" ")}, which ends soon`, async function () {
        if (process.platform !== "linux" || spawnSync(command, ["--version"]).error !== undefined) this.skip();
        this.timeout(30_000);
        const test = await new RunUnderTest({ command, args, stdio: "pty", env, waitDelay: "1h" }).ready(prompt);
        const at = performance.now();
        await test.run.stop();
        const ms = performance.now() - at;
        assert.ok(ms < PROMPT_END_MS, `it took ${ms.toFixed()} ms`);
        if (command !== "node") assert.equal(event(test, "hungUp").program.pid, test.pid);
      });
    }

    it("hangs up on a program that was busy, when it is back at its prompt", async function () {
      if (process.platform !== "linux") this.skip();
      this.timeout(30_000);
      const test = await new RunUnderTest({ command: "bash", args: ["--norc"], stdio: "pty", env, waitDelay: "1h" }).ready("$ ");
      test.press(`bash -c "trap 'sleep 0.4; exit' INT; echo job up; ${LOOP}"\r`);
      await test.until(() => /[\r\n]job up/.test(test.output));
      await test.run.stop();
      assert.equal(event(test, "hungUp").program.pid, test.pid);
    });

    it("sends nothing but what the task names", async () => {
      const test = await new RunUnderTest({ command: "bash", args: ["--norc"], stdio: "pty", env, cancelSignal: "SIGINT", waitDelay: 1000 }).ready("$ ");
      assert.equal((await test.run.stop()).kind, "signaled");
      assert.deepEqual(test.kinds, ["signaled", "killed", "ended"]);
    });

    const raw = "process.stdin.setRawMode(true).resume();";

    it("leaves one that has the keys and cleans up its time", async () => {
      const server = `${raw} process.on('SIGINT', () => setTimeout(() => { console.log('cleaned'); process.exit(0) }, 1000)); console.log('ready')`;
      const test = await new RunUnderTest({ command: '$NODE -e "$SERVER"', env: { ...NODE, SERVER: server }, stdio: "pty", waitDelay: 8000 }).ready();
      await test.run.stop();
      assert.match(test.output, /cleaned/);
      assert.deepEqual(test.kinds, ["signaled", "ended"]);
    });

    it("hangs up on one that may clean up when half of the delay is over", async () => {
      const server = `${raw} process.on('SIGINT', () => 0).on('SIGHUP', () => { console.log('hung up'); process.exit(0) }); console.log('ready')`;
      const test = await new RunUnderTest({ command: '$NODE -e "$SERVER"', env: { ...NODE, SERVER: server }, stdio: "pty", waitDelay: 3000 }).ready();
      await test.run.stop();
      assert.match(test.output, /hung up/);
      assert.deepEqual(test.kinds, ["signaled", "hungUp", "ended"]);
    });

    it("leaves one alone that asks a question before it ends", async () => {
      const test = await new RunUnderTest({ command: `trap 'echo really?; read -r answer; echo "cleaned: $answer"; exit 0' INT; echo ready; ${LOOP}`, shell, stdio: "pty", waitDelay: "1h" }).ready();
      const ended = test.run.stop();
      await test.until(() => test.output.includes("really?"));
      await sleep(700); // Two looks at what has the keys.
      test.press("yes\r");
      await ended;
      assert.match(test.output, /cleaned: yes/);
      assert.deepEqual(test.kinds, ["signaled", "ended"]);
    });
  });

  describe("of a background job, which ignores SIGINT by the shell's rule,", () => {
    const command = "sleep 60 >/dev/null 2>&1 & until grep -q sleep /proc/$!/comm; do sleep 0.01; done; echo ready $!; wait";
    before(function () {
      if (process.platform !== "linux") this.skip();
    });
    for (const stdio of ["pipe", "pty"]) {
      it(`sends SIGTERM when half of the delay is over, with "stdio": "${stdio}"`, async () => {
        const test = await new RunUnderTest({ command: `trap '' HUP; ${command}`, stdio, waitDelay: 2000 }).ready();
        await test.run.stop();
        assert.deepEqual(event(test, "askedAgain").deaf.map((info) => info.command), ["sleep 60"]);
        assert.ok(!test.kinds.includes("killed"), test.kinds.join());
        assert.equal(await isAlive(Number(/ready (\d+)/.exec(test.output)?.[1])), false);
      });
    }

    it("sends nothing but what the task names", async () => {
      const test = await new RunUnderTest({ command, cancelSignal: "SIGINT", waitDelay: 2000 }).ready();
      await test.run.stop();
      assert.deepEqual(test.kinds, ["signaled", "leaderGone", "killed", "ended"]);
      assert.deepEqual(event(test, "killed").group?.map((info) => info.command), ["sleep 60"]);
    });

    it("spares one that ignores SIGINT only while it cleans up", async () => {
      const job = `bash -c "trap 'trap \\"\\" INT; sleep 2.3; echo cleaned; exit' INT; echo ready; ${LOOP}"`;
      const test = await new RunUnderTest({ command: `trap : INT; ${job}; exit 0`, waitDelay: 4000 }).ready();
      await test.run.stop();
      assert.match(test.output, /cleaned/);
    });
  });
});

describe("A command that ends by itself", () => {
  before(function () {
    if (process.platform !== "linux") this.skip();
  });
  afterEach(() => RunUnderTest.cleanUp());

  it("leaves no survivor in what is about to end", async () => {
    let seen = 0;
    const describe: typeof thisTable.describe = async (processes) => {
      const described = await thisTable.describe(processes);
      for (const { pid, command } of described) if (command === "sleep 60" && seen++ === 0) process.kill(pid, "SIGKILL");
      return described;
    };
    const test = new RunUnderTest({ command: "sleep 60 >/dev/null 2>&1 & until grep -q sleep /proc/$!/comm; do :; done; exit 0" }, { table: { ...thisTable, describe } }).start();
    await test.run.ended;
    assert.ok(seen > 0);
    assert.deepEqual(event(test, "ended").survivors, []);
  });
});
