// What a child finds on its standard streams: a real pipe where the system has one, else Node's pair of sockets.
import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import { makeAnonymousPipes } from "../../../src/taskRunner/exec/anonymousPipes";
import { Delay } from "../../../src/taskRunner/exec/delay";
import { FifoStock, fifoStock } from "../../../src/taskRunner/exec/fifo";
import { closeEnds, makeFifos } from "../../../src/taskRunner/exec/makeFifos";
import { OutputPipe } from "../../../src/taskRunner/exec/pipe";
import { FakeClock } from "../fakeClock";
import { cleanUp, closeSpares, command, openPipes, rejection, shell, temporaryFolder, TOO_LONG_S, until, withEnvironment } from "./started";

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

describe("A stock of FIFOs", () => {
  let folder: string;
  let stock: FifoStock;
  const none = (): Promise<never> => Promise.reject(new Error("nor any other"));
  beforeEach(function () {
    if (!linux) this.skip();
    folder = temporaryFolder();
    stock = new FifoStock();
  });

  it("keeps one spare of each kind, and closes them", async () => {
    stock = new FifoStock(undefined, undefined, { highWatermark: 1, lowWatermark: 1 });
    await withEnvironment("TMPDIR", folder, async () => {
      const ends = await stock.take("output");
      assert.ok(ends);
      closeEnds(ends);
      await until(() => openPipes(folder) === 4);
      await stock.close();
    });
    await until(() => openPipes(folder) === 0);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("hands out each pipe once", async () => {
    const taken = await Promise.all(Array.from({ length: 6 }, async () => await stock.take("output")));
    const ends = taken.filter((pair) => pair !== undefined);
    const all = ends.flatMap((pair) => [pair.child, pair.parent]);
    assert.equal(new Set(all).size, 12);
    ends.forEach(closeEnds);
    await stock.close();
  });

  it("is refilled in batches", async () => {
    const batches: number[] = [];
    const counting = new FifoStock((kinds) => (batches.push(kinds.length), makeFifos(kinds)), undefined, { highWatermark: 10, lowWatermark: 3 });
    for (let i = 0; i < 30; i++) {
      const ends = await counting.take("output");
      assert.ok(ends);
      closeEnds(ends);
    }
    await counting.close();
    assert.ok(batches.length >= 3 && batches.every((count) => count >= 8), String(batches));
  });

  it("uses another folder when that for temporary files takes nothing", async () => {
    await withEnvironment("TMPDIR", join(folder, "missing"), async () => {
      const ends = await stock.take("output");
      assert.ok(ends);
      closeEnds(ends);
      await stock.close();
    });
  });

  it("makes FIFOs again some time after a failure that looked lasting", async () => {
    const now = performance.now.bind(performance);
    let later = 0;
    performance.now = () => now() + later;
    try {
      let fail = true;
      const failing = new FifoStock((kinds) => (fail ? Promise.reject(Object.assign(new Error("by the test"), { code: "ENOENT" })) : makeFifos(kinds)), none);
      assert.equal(await failing.take("output"), undefined);
      fail = false;
      assert.equal(await failing.take("output"), undefined);
      later = 61_000;
      const ends = await failing.take("output");
      assert.ok(ends);
      closeEnds(ends);
      await failing.close();
    } finally {
      performance.now = now;
    }
  });

  it("is not waited for when mkfifo hangs", async () => {
    stock = new FifoStock(undefined, none);
    writeFileSync(join(folder, "mkfifo"), `#!/bin/sh\nexec /bin/sleep ${TOO_LONG_S}\n`, { mode: 0o755 });
    await withEnvironment("PATH", folder, async () => {
      assert.equal(await stock.take("output"), undefined);
      await stock.close();
    });
  });

  for (const [code, tries] of [["EMFILE", 2], ["ENOSPC", 2], ["ENOENT", 1], ["EROFS", 1]] as const) {
    it(`${tries === 2 ? "tries again" : "gives up"} after ${code}`, async () => {
      let calls = 0;
      const failing = new FifoStock(() => {
        calls++;
        return Promise.reject(Object.assign(new Error("by the test"), { code }));
      }, none);
      await failing.close();
      assert.equal(await failing.take("input"), undefined);
      assert.equal(await failing.take("input"), undefined);
      assert.equal(calls, tries);
    });
  }
});

describe("A file descriptor instead of a pipe", () => {
  it("is written to by the program itself", async () => {
    const file = join(temporaryFolder(), "stdout");
    const fd = openSync(file, "w");
    const cmd = shell("echo out; echo err >&2");
    cmd.stdout = fd;
    cmd.stderr = fd;
    await cmd.run();
    closeSync(fd);
    assert.equal(readFileSync(file, "utf8"), "out\nerr\n");
  });

  it("is read by the program itself", async () => {
    const file = join(temporaryFolder(), "stdin");
    writeFileSync(file, "from a file");
    const fd = openSync(file, "r");
    const cmd = command("cat");
    cmd.stdin = fd;
    assert.equal((await cmd.output()).toString(), "from a file");
    closeSync(fd);
  });

  it("is handed on as 3, 4, ...", async () => {
    const folder = temporaryFolder();
    const fds = ["three", "four"].map((name) => {
      writeFileSync(join(folder, name), name);
      return openSync(join(folder, name), "r");
    });
    const cmd = shell("cat <&4; cat <&3");
    cmd.extraFiles = fds;
    assert.equal((await cmd.output()).toString(), "fourthree");
    fds.forEach((fd) => closeSync(fd));
  });

  it("is /dev/null when nothing is set", async () => {
    const cmd = shell("cat; echo lost; echo lost >&2");
    await cmd.run();
    assert.equal(cmd.processState?.exitCode(), 0);
  });
});
