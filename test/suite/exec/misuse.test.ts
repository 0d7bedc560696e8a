import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import { Cmd } from "../../../src/taskRunner/exec/cmd";
import { cleanUp, closeSpares, command, shell } from "./started";

afterEach(cleanUp);
after(closeSpares);

describe("A misuse of Cmd is refused in Go's words", () => {
  it("wait before start", async () => {
    await assert.rejects(new Cmd("true").wait(), { message: "exec: not started" });
  });

  it("wait after a start that failed", async () => {
    const cmd = command("/no/such/program");
    await assert.rejects(cmd.start());
    await assert.rejects(cmd.wait(), { message: "exec: not started" });
  });

  it("start twice, which leaves the pipes of the first start open", async () => {
    const cmd = command("cat");
    const stdin = await cmd.stdinPipe();
    const stdout = await cmd.stdoutPipe();
    await cmd.start();
    await assert.rejects(cmd.start(), { message: "exec: already started" });
    stdin.end("still here");
    assert.equal(await text(stdout), "still here");
    await cmd.wait();
  });

  it("start after a start that failed", async () => {
    const cmd = command("/no/such/program");
    await assert.rejects(cmd.start());
    await assert.rejects(cmd.start(), { message: "exec: already started" });
  });

  it("wait twice", async () => {
    const cmd = shell("exit 0");
    await cmd.run();
    await assert.rejects(cmd.wait(), { message: "exec: Wait was already called" });
  });

  it("no program", async () => {
    await assert.rejects(new Cmd("").start(), { message: "exec: no command" });
  });

  it("a cancel without a signal", async () => {
    const cmd = command("true");
    cmd.cancel = () => undefined;
    await assert.rejects(cmd.start(), {
      message: "exec: command with a non-nil Cancel was not created with CommandContext",
    });
  });

  const pipes = [
    ["Stdin", (cmd: Cmd) => cmd.stdinPipe(), (cmd: Cmd) => (cmd.stdin = "text")],
    ["Stdout", (cmd: Cmd) => cmd.stdoutPipe(), (cmd: Cmd) => (cmd.stdout = new ByteBuffer())],
    ["Stderr", (cmd: Cmd) => cmd.stderrPipe(), (cmd: Cmd) => (cmd.stderr = new ByteBuffer())],
  ] as const;

  for (const [name, pipe, set] of pipes) {
    it(`a ${name} pipe where there is a ${name}`, async () => {
      const cmd = command("true");
      set(cmd);
      await assert.rejects(pipe(cmd), { message: `exec: ${name} already set` });
    });

    it(`a second ${name} pipe`, async () => {
      const cmd = command("true");
      await pipe(cmd);
      await assert.rejects(pipe(cmd), { message: `exec: ${name} already set` });
      await cmd.run();
    });

    it(`a ${name} pipe after the start`, async () => {
      const cmd = command("true");
      await cmd.start();
      await assert.rejects(pipe(cmd), { message: `exec: ${name}Pipe after process started` });
      await cmd.wait();
    });

    it(`a ${name} pipe after a start that failed: nobody would close it`, async () => {
      const cmd = command("/no/such/program");
      await assert.rejects(cmd.start());
      await assert.rejects(pipe(cmd), { message: `exec: ${name}Pipe after process started` });
    });
  }

  it("output where there is a Stdout", async () => {
    const cmd = command("true");
    cmd.stdout = new ByteBuffer();
    await assert.rejects(cmd.output(), { message: "exec: Stdout already set" });
  });

  it("combinedOutput where there is a Stderr", async () => {
    const cmd = command("true");
    cmd.stderr = new ByteBuffer();
    await assert.rejects(cmd.combinedOutput(), { message: "exec: Stderr already set" });
  });
});

describe("toString", () => {
  it("shows the program and its arguments", () => {
    assert.equal(new Cmd("echo", ["a", "b c"]).toString(), "echo a b c");
  });

  it("shows the path that start has found", async () => {
    const cmd = command("true", ["x"]);
    await cmd.run();
    assert.match(cmd.toString(), /^\/.*\/true x$/);
  });
});
