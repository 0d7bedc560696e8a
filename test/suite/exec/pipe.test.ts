// What a child finds on its standard streams: a real pipe where the system has one, else Node's pair of sockets.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import { makeAnonymousPipes } from "../../../src/taskRunner/exec/anonymousPipes";
import { Delay } from "../../../src/taskRunner/exec/delay";
import { fifoStock } from "../../../src/taskRunner/exec/fifo";
import { closeEnds } from "../../../src/taskRunner/exec/makeFifos";
import { OutputPipe } from "../../../src/taskRunner/exec/pipe";
import { FakeClock } from "../fakeClock";
import { cleanUp, closeSpares, command, rejection, shell, temporaryFolder, TOO_LONG_S, until, withEnvironment } from "./started";

const linux = process.platform === "linux";

afterEach(cleanUp);
after(closeSpares);

/** What holds of either kind of pipe. */
function describePipes(): void {
  it("carries both outputs, each to its writer", async () => {
    const [stdout, stderr] = [new ByteBuffer(), new ByteBuffer()];
    const cmd = shell("head -c 300000 /dev/zero; echo err >&2");
    cmd.stdout = stdout;
    cmd.stderr = stderr;
    await cmd.run();
    assert.equal(stdout.bytes().length, 300_000);
    assert.equal(stderr.toString(), "err\n");
  });

  it("carries the input and its end", async () => {
    const cmd = command("cat");
    cmd.stdin = Buffer.alloc(1_000_000, "x");
    assert.equal((await cmd.output()).length, 1_000_000);
  });

  it("takes an input that nobody reads", async () => {
    const cmd = shell("exit 0");
    cmd.stdin = Buffer.alloc(10_000_000, "x");
    await cmd.run();
  });

  it("takes an endless input that the program stops reading", async () => {
    const cmd = command("head", ["-c", "100000"]);
    cmd.stdin = Readable.from(zeros());
    assert.equal((await cmd.output()).length, 100_000);
  });

  it("lets one talk to the program", async () => {
    const cmd = command("cat");
    const stdin = await cmd.stdinPipe();
    const stdout = await cmd.stdoutPipe();
    await cmd.start();
    const answer = new Promise((resolve) => stdout.once("data", (chunk: Buffer) => resolve(chunk.toString())));
    stdin.write("question");
    assert.equal(await answer, "question");
    stdin.end();
    assert.equal(await text(stdout), "");
    await cmd.wait();
  });

  it("gives the program the end of its input when wait gives up", async () => {
    const folder = temporaryFolder();
    const cmd = shell(`{ cat >/dev/null; touch ${folder}/ended; } <&0 >/dev/null 2>&1 & exit 0`, { waitDelay: 1 });
    cmd.stdin = stalled();
    // With a pair of sockets Node itself ends the input, as soon as the process has exited.
    await cmd.run().catch(() => undefined);
    await until(() => existsSync(join(folder, "ended")));
  });

  it("is closed for a survivor when wait gives up", async () => {
    const folder = temporaryFolder();
    const cmd = shell(`{ trap '' PIPE; while echo x; do sleep 0.01; done 2>/dev/null; touch ${folder}/ended; } & exit 0`, { waitDelay: 1 });
    cmd.stdout = new ByteBuffer();
    assert.equal((await rejection(cmd.run())).name, "ErrWaitDelay");
    await until(() => existsSync(join(folder, "ended")));
  });

  it("is closed for a program whose writer has failed", async () => {
    const cmd = shell("yes; exit 0");
    cmd.stdout = { write: () => { throw new Error("full"); } };
    await assert.rejects(cmd.run(), { message: "full" });
  });

  it("leaves no descriptor open after wait", async function () {
    if (!linux) return this.skip();
    const descriptors = (): number => readdirSync("/proc/self/fd").length;
    const run = async (): Promise<void> => {
      const cmd = shell(`sleep ${TOO_LONG_S} & exit 0`, { waitDelay: 1 });
      cmd.stdin = "input";
      cmd.stdout = new ByteBuffer();
      cmd.stderr = new ByteBuffer();
      assert.equal((await rejection(cmd.run())).name, "ErrWaitDelay");
    };
    // The stock of spare pipes comes and goes.
    await closeSpares();
    await run();
    const before = descriptors();
    const count = 20;
    for (let i = 0; i < count; i++) await run();
    await until(() => descriptors() < before + count / 2);
  });
}

async function* zeros(): AsyncGenerator<Buffer> {
  for (;;) yield await Promise.resolve(Buffer.alloc(1024));
}

async function* stalled(): AsyncGenerator<string> {
  yield "beginning";
  await new Promise(() => undefined);
}

describe("A real pipe", () => {
  before(function () {
    if (process.platform === "win32") this.skip();
  });

  describePipes();

  it("can be opened again by its name in /dev", async () => {
    const [stdout, stderr] = [new ByteBuffer(), new ByteBuffer()];
    const cmd = shell("echo to stderr > /dev/stderr; echo to stdout > /dev/stdout");
    cmd.stdout = stdout;
    cmd.stderr = stderr;
    await cmd.run();
    assert.equal(stderr.toString(), "to stderr\n");
    assert.equal(stdout.toString(), "to stdout\n");
  });

  it("is known by the same inode on both sides", async function () {
    if (!linux) return this.skip();
    const [stdout, stderr] = [new ByteBuffer(), new ByteBuffer()];
    const cmd = shell("read go; stat -L -c %i /proc/self/fd/1; stat -L -c %i /proc/self/fd/2 >&2");
    cmd.stdout = stdout;
    cmd.stderr = stderr;
    const stdin = await cmd.stdinPipe();
    await cmd.start();
    const inodes = [cmd.pipeFile(1)?.ino, cmd.pipeFile(2)?.ino];
    stdin.end("go\n");
    await cmd.wait();
    assert.deepEqual([stdout, stderr].map((collected) => Number(collected.toString())), inodes);
    assert.deepEqual([cmd.pipeFile(1)?.ino, cmd.pipeFile(2)?.ino], [undefined, undefined]);
  });

  it("has no inode where there is no pipe", async () => {
    const cmd = shell("exit 0");
    await cmd.start();
    assert.equal(cmd.pipeFile(1)?.ino, undefined);
    await cmd.wait();
  });

  it("belongs to its own command alone: no other child holds it", async function () {
    if (!linux) return this.skip();
    const first = command("cat");
    await first.stdinPipe();
    const stdout = text(await first.stdoutPipe());
    await first.start();
    const second = shell(`exec sleep ${TOO_LONG_S}`);
    await second.start();
    first.process?.kill();
    assert.equal(await stdout, "");
    await rejection(first.wait());
  });
});

/** Until the end of the block no FIFO can be made, and no other pipe either. */
function withoutPipes(...what: ("make" | "makeOther")[]): void {
  const { make, makeOther } = fifoStock;
  before(async () => {
    await fifoStock.close();
    const fail = (): Promise<never> => Promise.reject(Object.assign(new Error("none is made"), { code: "ENOSPC" }));
    Object.assign(fifoStock, Object.fromEntries(what.map((one) => [one, fail])));
  });
  after(() => Object.assign(fifoStock, { make, makeOther }));
}

describe("A pipe without a name, where no FIFO can be made", () => {
  before(function () {
    if (!linux) this.skip();
  });
  withoutPipes("make");
  describePipes();

  it("behaves as any other, and is known by the same inode on both sides", async () => {
    const [stdout, stderr] = [new ByteBuffer(), new ByteBuffer()];
    const cmd = shell("read go; stat -L -c %i /proc/self/fd/1 > /dev/stdout; stat -L -c %i /proc/self/fd/2 > /dev/stderr");
    cmd.stdout = stdout;
    cmd.stderr = stderr;
    const stdin = await cmd.stdinPipe();
    await cmd.start();
    const inodes = [cmd.pipeFile(1)?.ino, cmd.pipeFile(2)?.ino];
    stdin.end("go\n");
    await cmd.wait();
    assert.deepEqual([stdout, stderr].map((collected) => Number(collected.toString())), inodes);
    assert.equal(cmd.pipeProblem, undefined);
  });

  it("needs no program but a shell, of whatever kind", async () => {
    const shells = ["dash", "bash --posix", "busybox sh"].flatMap((shell) => {
      const [name = "", ...options] = shell.split(" ");
      return existsSync(`/bin/${name}`) ? [[`/bin/${name}`, ...options]] : [];
    });
    await withEnvironment("PATH", temporaryFolder(), async () => {
      for (const shell of shells) {
        const ends = await makeAnonymousPipes(["output", "input"], shell);
        const [output, input] = ends;
        assert.ok(output !== undefined && input !== undefined, shell.join(" "));
        writeSync(output.child, "out");
        assert.equal(readSync(output.parent, Buffer.alloc(9)), 3);
        writeSync(input.parent, "in");
        assert.equal(readSync(input.child, Buffer.alloc(9)), 2);
        ends.forEach(closeEnds);
      }
    });
  });
});

describe("Node's own pair of sockets, where no pipe can be made", () => {
  withoutPipes("make", "makeOther");

  it("is really what the following tests are about, and the command says so", async () => {
    const cmd = command("cat");
    await cmd.stdoutPipe();
    assert.equal(cmd.pipeFile(1)?.ino, undefined);
    await cmd.run();
    if (process.platform !== "win32") assert.match(cmd.pipeProblem ?? "", /none is made/);
  });

  describePipes();

  it("loses nothing that was written before the exit when the delay expires before a slow writer has taken it", async () => {
    const clock = new FakeClock();
    const cmd = shell(`head -c 300000 /dev/zero; sleep ${TOO_LONG_S} & exit 0`);
    cmd.delay = new Delay(1000, clock);
    let [written, slow] = [0, true];
    let proceed = (): void => undefined;
    cmd.stdout = {
      write: (chunk) => {
        written += chunk.length;
        return slow ? new Promise((resolve) => (proceed = resolve)) : undefined;
      },
    };
    await cmd.start();
    // What does not fit into the buffers on the way is taken, or the program would not get to its end.
    const exited = cmd.process?.wait().then(() => (slow = false));
    const taking = setInterval(() => slow && written < 100_000 && proceed(), 1);
    const error = rejection(cmd.wait());
    await exited;
    clearInterval(taking);
    await until(() => clock.timers > 0);
    clock.advance(1000);
    assert.equal((await error).name, "ErrWaitDelay");
    assert.equal(written, 300_000);
  });

  it("ends for us when Node's stream is destroyed", async () => {
    const pipe = await OutputPipe.create();
    const own = new PassThrough();
    pipe.connect(own);
    own.destroy();
    assert.equal(await text(pipe.stream), "");
  });

  it("carries both outputs to a writer that they share", async () => {
    const lines = (await shell("echo out; echo err >&2").combinedOutput()).toString().trim().split("\n");
    assert.deepEqual(lines.sort(), ["err", "out"]);
  });
});
