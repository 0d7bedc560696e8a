import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import type { Cmd } from "../../../src/taskRunner/exec/cmd";
import { ExitError, PathError, WaitDelayError } from "../../../src/taskRunner/exec/errors";
import { openPty } from "../../../src/taskRunner/exec/openPty";
import type { Pty } from "../../../src/taskRunner/exec/pty";
import { cleanUp, closeSpares, collected, command, openTerminals, rejection, shell, temporaryFolder, until } from "./started";

const SIZE = { columns: 100, rows: 40 };

/** The command with a terminal of its own; what comes out of it is collected. */
function onTerminal(cmd: Cmd): { cmd: Cmd; pty: Pty } {
  const pty = openPty(SIZE);
  cmd.pty = pty;
  cmd.stdout = new ByteBuffer();
  return { cmd, pty };
}

function screen(cmd: Cmd): string {
  return collected(cmd.stdout).replaceAll("\r\n", "\n");
}

describe("A terminal of a command's own", () => {
  before(function () {
    if (process.platform === "win32") this.skip();
  });
  afterEach(cleanUp);
  after(closeSpares);

  it("is the command's standard input, output and error, and its controlling terminal", async () => {
    const { cmd } = onTerminal(shell("[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && [ \"$(tty </dev/tty)\" = /dev/tty ] && tty && ps -o tpgid= -p $$ | grep -qw $$ && echo in the foreground"));
    await cmd.run();
    assert.match(screen(cmd), /^\/dev\/\S+\nin the foreground\n$/);
  });

  it("has the size that it was given, and tells its programs of another one", async () => {
    const { cmd, pty } = onTerminal(shell("trap 'stty size; exit' WINCH; stty size; while :; do sleep 0.02; done"));
    await cmd.start();
    await until(() => screen(cmd).includes("40 100\n"));
    pty.resize({ columns: 33, rows: 11 });
    await cmd.wait();
    assert.equal(screen(cmd), "40 100\n11 33\n");
  });

  it("hands over what is typed, line by line, and echoes it", async () => {
    const { cmd, pty } = onTerminal(shell("read -r line; echo \"<$line>\""));
    await cmd.start();
    pty.keys.write("hellp\x7fo\r");
    await cmd.wait();
    assert.equal(screen(cmd), "hellp\b \bo\n<hello>\n");
  });

  it("erases a whole character of several bytes at Backspace", async () => {
    const { cmd, pty } = onTerminal(shell("echo ready; read -r line; printf %s \"$line\" | od -An -tx1"));
    await cmd.start();
    await until(() => screen(cmd).includes("ready"));
    pty.keys.write("ä€\x7f\x7fx\r");
    await cmd.wait();
    assert.match(screen(cmd), /\n 78\n$/);
  });

  it("makes a SIGINT of Ctrl+C, and an end of file of Ctrl+D", async () => {
    const { cmd, pty } = onTerminal(shell("trap 'echo interrupted; exit 0' INT; echo ready; while :; do sleep 0.02; done"));
    await cmd.start();
    await until(() => screen(cmd).includes("ready"));
    pty.keys.write("\x03");
    await until(() => screen(cmd).includes("interrupted"));
    await cmd.wait();
    const other = onTerminal(shell("echo ready; cat; echo end"));
    await other.cmd.start();
    await until(() => screen(other.cmd).includes("ready"));
    other.pty.keys.write("\x04");
    await other.cmd.wait();
    assert.match(screen(other.cmd), /end\n$/);
  });

  it("knows whether a program reads the keys itself, and whether a SIGINT of Ctrl+C is not shown", async () => {
    const { cmd, pty } = onTerminal(shell("echo cooked; read -r x; stty -icanon -isig; echo raw; read -r x; stty sane -echo; echo silent; read -r x"));
    await cmd.start();
    for (const [word, ...expected] of [["cooked", true, undefined], ["raw", false, false], ["silent", true, true]] as const) {
      await until(() => screen(cmd).includes(`${word}\n`));
      assert.deepEqual([await pty.isCanonical(), await pty.interruptsUnseen()], expected, word);
      pty.keys.write("\n");
    }
    await cmd.wait();
  });

  it("loses no byte of a command that writes and exits at once", async () => {
    const expected = createHash("md5").update(Array.from({ length: 200_000 }, (_, i) => `${i + 1}\r\n`).join("")).digest("hex");
    for (let i = 0; i < 10; i++) {
      const { cmd } = onTerminal(command("seq", ["200000"]));
      await cmd.run();
      assert.equal(createHash("md5").update(collected(cmd.stdout)).digest("hex"), expected);
    }
  });

  it("loses no byte of many commands that end at the same time", async () => {
    const commands = Array.from({ length: 30 }, () => onTerminal(shell("seq 1 2000; seq 1 2000 >&2")).cmd);
    await Promise.all(commands.map((cmd) => cmd.run()));
    const [first] = commands;
    for (const cmd of commands) assert.equal(screen(cmd), screen(first ?? cmd));
    assert.equal(first === undefined ? 0 : screen(first).length, 17_786);
  });

  it("ends with ErrWaitDelay when somebody still has it after the waitDelay, and not before", async () => {
    const { cmd } = onTerminal(shell("trap '' HUP; sleep 600 & echo bye; exit 0"));
    cmd.waitDelay = 300;
    const start = performance.now();
    assert.ok((await rejection(cmd.run())) instanceof WaitDelayError);
    assert.ok(performance.now() - start >= 300);
    assert.equal(screen(cmd), "bye\n");
  });

  it("waits for what is written late, and inside the waitDelay", async () => {
    const { cmd } = onTerminal(shell("trap '' HUP; (sleep 0.2; echo late) & exit 0"));
    cmd.waitDelay = 20_000;
    await cmd.run();
    assert.equal(screen(cmd), "late\n");
  });

  it("tells how the command ended, as with pipes", async () => {
    const failure = await rejection(onTerminal(shell("exit 3")).cmd.run());
    assert.ok(failure instanceof ExitError && failure.exitCode() === 3);
    const killed = await rejection(onTerminal(shell("kill -TERM $$")).cmd.run());
    assert.equal(killed.message, "signal: terminated");
  });

  it("says when the interpreter that a script names is missing", async () => {
    const script = join(temporaryFolder(), "script");
    writeFileSync(script, "#!/no/such/interpreter\n");
    chmodSync(script, 0o755);
    const error = await rejection(onTerminal(command(script)).cmd.run());
    assert.ok(error instanceof PathError && error.code === "ENOENT", String(error));
  });

  it("says when the directory is missing", async () => {
    const { cmd } = onTerminal(shell("true"));
    cmd.dir = "/no/such/directory";
    assert.match((await rejection(cmd.run())).message, /^chdir \/no\/such\/directory: no such file or directory$/);
    assert.deepEqual(openTerminals(), []);
  });

  describe("on Linux", () => {
    before(function () {
      if (process.platform !== "linux") this.skip();
    });

    it("is closed on our side when the command has been waited for", async () => {
      await onTerminal(shell("true")).cmd.run();
      await rejection(onTerminal(shell("exit 1")).cmd.run());
      assert.deepEqual(openTerminals(), []);
    });

    it("is inherited by no other command, and its screen's side not even by its own", async () => {
      const list = "ls -l /proc/self/fd | sed -n 's/.*-> //p' | grep -E 'ptmx|pts' | sort | uniq -c";
      const { cmd: holding, pty } = onTerminal(shell("echo ready; cat"));
      await holding.start();
      const other = shell(list);
      assert.equal((await other.combinedOutput()).toString(), "");
      // Up to this number everything is said to be left alone.
      const marked = shell(list);
      const file = openSync("/dev/null", "r");
      marked.sysProcAttr = { inherited: { fd: file, as: 97 } };
      const inherited = await marked.combinedOutput();
      closeSync(file);
      assert.equal(inherited.toString(), "");
      const { cmd: own } = onTerminal(shell(list.replace("ls -l", "exec 2>/dev/null; ls -l")));
      await own.run();
      assert.doesNotMatch(screen(own), /ptmx/);
      pty.keys.write("\x04");
      await holding.wait();
    });

    it("fails those who still write to it when it is closed", async () => {
      const left = join(temporaryFolder(), "left");
      const { cmd } = onTerminal(shell(`trap '' HUP; (while echo x; do sleep 0.02; done; touch ${left}) & exit 0`));
      cmd.waitDelay = 100;
      assert.ok((await rejection(cmd.run())) instanceof WaitDelayError);
      await until(() => existsSync(left));
    });
  });
});
