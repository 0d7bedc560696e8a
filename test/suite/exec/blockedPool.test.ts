// Four calls on a mount that does not answer, by any extension, occupy every thread of the extension host's pool.
import assert from "node:assert/strict";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import { openPty } from "../../../src/taskRunner/exec/openPty";
import { blockPool, cleanUp, closeSpares, collected, command, rejection, shell, TOO_LONG_S, type BlockedPool } from "./started";

let pool: BlockedPool | undefined;

before(function () {
  if (process.platform === "win32") this.skip();
});
afterEach(async () => {
  await pool?.free();
  pool = undefined;
  await cleanUp();
});
after(closeSpares);

describe("While no thread of Node's pool is free", () => {
  it("a command that runs gets its input, and its output and its end arrive", async () => {
    const cmd = shell("read -r line; echo out $line; echo err >&2; cat; exit 3");
    cmd.stdout = new ByteBuffer();
    cmd.stderr = new ByteBuffer();
    const stdin = await cmd.stdinPipe();
    await cmd.start();
    pool = await blockPool();
    stdin.end("go\nrest\n");
    assert.equal((await rejection(cmd.wait())).message, "exit status 3");
    assert.deepEqual([collected(cmd.stdout), collected(cmd.stderr)], ["out go\nrest\n", "err\n"]);
    assert.ok(pool.isBlocked());
  });

  it("a command that has just been started ends with its output", async () => {
    const cmd = shell("echo out");
    cmd.stdout = new ByteBuffer();
    // Between the start and the end of all output lies only the closing of our own end of the pipe.
    const [blocked] = await Promise.all([blockPool(), cmd.start()]);
    pool = blocked;
    await cmd.wait();
    assert.equal(collected(cmd.stdout), "out\n");
    assert.ok(pool.isBlocked());
  });

  it("a command on a terminal gets what is typed, and its output and its end arrive", async () => {
    const cmd = shell("read -r line; echo \"<$line>\"; exit 3");
    const pty = openPty({ columns: 80, rows: 24 });
    cmd.pty = pty;
    cmd.stdout = new ByteBuffer();
    await cmd.start();
    pool = await blockPool();
    pty.keys.write("typed\r");
    assert.equal((await rejection(cmd.wait())).message, "exit status 3");
    assert.match(collected(cmd.stdout), /<typed>\r\n$/);
    assert.ok(pool.isBlocked());
  });

  it("an abort cancels, and the waitDelay ends the waiting for an output that is held", async () => {
    const controller = new AbortController();
    const cmd = shell(`trap 'echo bye; exit 0' TERM; sleep ${TOO_LONG_S} & echo ready; wait`, { signal: controller.signal, waitDelay: 100 });
    cmd.cancel = () => cmd.process?.signal("SIGTERM");
    const ready = new Promise<void>((resolve) => (cmd.stdout = { write: () => resolve() }));
    await cmd.start();
    pool = await blockPool();
    await ready;
    controller.abort();
    assert.equal((await rejection(cmd.wait())).message, "context canceled");
    assert.ok(pool.isBlocked());
  });

  it("a start that waits for a thread is abandoned by an abort, and starts nothing later", async () => {
    const controller = new AbortController();
    const cmd = command("touch", ["evidence"], { signal: controller.signal });
    cmd.stdout = new ByteBuffer();
    pool = await blockPool();
    const starting = rejection(cmd.start());
    controller.abort();
    assert.equal((await starting).message, "context canceled");
    assert.ok(pool.isBlocked());
    await pool.free();
    pool = undefined;
    assert.equal(cmd.process, undefined);
  });
});
