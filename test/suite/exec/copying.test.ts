import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import { deferred } from "../../../src/taskRunner/base/deferred";
import type { Source, Writer } from "../../../src/taskRunner/exec/copiers";
import { ExecError, ExitError } from "../../../src/taskRunner/exec/errors";
import { cleanUp, closeSpares, command, rejection, shell, temporaryFolder, TOO_LONG_S } from "./started";

const KIB = 1024;
const MIB = 1024 * KIB;

afterEach(cleanUp);
after(closeSpares);

describe("The standard input", () => {
  const sources: [string, () => Source, string][] = [
    ["text", () => "a text with ünïcödé", "a text with ünïcödé"],
    ["bytes", () => Buffer.from("bytes"), "bytes"],
    ["nothing", () => "", ""],
    ["a Readable", () => Readable.from(["one ", "two"]), "one two"],
    ["an async iterable", () => numbers(3), "0 1 2 "],
  ];

  async function* numbers(count: number): AsyncGenerator<string> {
    for (let i = 0; i < count; i++) {
      await nextTurn();
      yield `${i} `;
    }
  }

  for (const [name, make, want] of sources) {
    it(`from ${name} arrives, and then its end`, async () => {
      const cmd = command("cat");
      cmd.stdin = make();
      assert.equal((await cmd.output()).toString(), want);
    });
  }

  it("of 10 MB arrives whole", async () => {
    const cmd = command("wc", ["-c"]);
    cmd.stdin = Buffer.alloc(10 * MIB, "x");
    assert.equal((await cmd.output()).toString().trim(), String(10 * MIB));
  });

  it("of 10 MB that nobody reads is no error", async () => {
    const cmd = shell("exit 0");
    cmd.stdin = Buffer.alloc(10 * MIB, "x");
    await cmd.run();
  });

  it("of which only the beginning is read is no error", async () => {
    const cmd = command("head", ["-c", "1"]);
    cmd.stdin = Buffer.alloc(10 * MIB, "x");
    assert.equal((await cmd.output()).toString(), "x");
  });

  it("lets the source know when the program stops reading", async () => {
    const returned = deferred<undefined>();
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (;;) {
          await nextTurn();
          yield Buffer.alloc(KIB);
        }
      } finally {
        returned.resolve(undefined);
      }
    }
    const cmd = command("head", ["-c", "1"]);
    cmd.stdin = endless();
    await cmd.output();
    await returned.promise;
  });

  it("gives the error of a source that fails", async () => {
    const failed = new Error("the source failed");
    const cmd = command("cat");
    cmd.stdin = failing(failed);
    assert.equal(await rejection(cmd.run()), failed);
  });

  it("gives the source's error also when it is a broken pipe of the source's own", async () => {
    const failed = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    const cmd = command("cat");
    cmd.stdin = failing(failed);
    assert.equal(await rejection(cmd.run()), failed);
  });

  it("does not take a stream that was cut off for one that has ended", async () => {
    const source = new Readable({ read: () => undefined });
    source.push("the beginning");
    const cmd = command("cat");
    cmd.stdin = source;
    cmd.stdout = { write: () => void source.destroy() };
    assert.match((await rejection(cmd.run())).message, /premature close/i);
  });

  it("counts for less than the process's own failure", async () => {
    const cmd = shell("cat; exit 3");
    cmd.stdin = failing(new Error("the source failed"));
    assert.equal((await rejection(cmd.run())).message, "exit status 3");
  });

  async function* failing(error: Error): AsyncGenerator<string> {
    yield await Promise.resolve("the beginning");
    throw error;
  }
});

describe("A writer that fails", () => {
  const broken = new Error("the disk is full");
  const writers: [string, () => Writer][] = [
    ["by throwing", () => ({ write: () => { throw broken; } })],
    ["by rejecting", () => ({ write: () => Promise.reject(broken) })],
  ];

  for (const [how, make] of writers) {
    it(`${how} gives its error, and the child does not hang on the pipe`, async () => {
      const cmd = shell("yes; exit 0");
      cmd.stdout = make();
      assert.equal(await rejection(cmd.run()), broken);
    });

    it(`${how} counts for less than the process's own failure`, async () => {
      const cmd = shell("yes; exit 3");
      cmd.stdout = make();
      assert.equal((await rejection(cmd.run())).message, "exit status 3");
    });
  }

  it("is not called again, although more is waiting", async () => {
    let calls = 0;
    const cmd = shell("for i in 1 2 3 4 5; do echo $i; sleep 0.01; done");
    cmd.stdout = {
      // Held back first, until all has been written in pieces.
      write: () => {
        if (calls++ > 0) throw broken;
        return cmd.process?.wait().then(() => undefined);
      },
    };
    assert.equal(await rejection(cmd.run()), broken);
    assert.equal(calls, 2);
  });

  it("does not end the copying of the other output", async () => {
    const stderr = new ByteBuffer();
    const cmd = shell("yes; head -c 300000 /dev/zero >&2; exit 0");
    cmd.stdout = { write: () => { throw broken; } };
    cmd.stderr = stderr;
    assert.equal(await rejection(cmd.run()), broken);
    assert.match(stderr.toString(), /\0{300000}/);
  });
});

describe("A writer that takes its time", () => {
  const total = 8 * MIB;

  it("holds the child back, is called once at a time, and misses nothing", async () => {
    const copy = join(temporaryFolder(), "copy");
    const collected = new ByteBuffer();
    let running = 0;
    let most = 0;
    let ahead = 0;
    const cmd = shell(`head -c ${total} /dev/urandom | tee ${copy}`);
    cmd.stdout = {
      async write(chunk) {
        most = Math.max(most, ++running);
        collected.write(chunk);
        for (let turn = 0; turn < 5; turn++) await nextTurn();
        ahead = Math.max(ahead, statSync(copy).size - collected.bytes().length);
        running--;
      },
    };
    await cmd.run();
    assert.equal(most, 1);
    assert.ok(ahead < MIB, `the child was ${ahead} bytes ahead`);
    assert.deepEqual(collected.bytes().length, statSync(copy).size);
  });

  it("is waited for", async () => {
    let finished = false;
    const cmd = shell("echo x");
    cmd.stdout = {
      async write() {
        for (let turn = 0; turn < 20; turn++) await nextTurn();
        finished = true;
      },
    };
    await cmd.run();
    assert.ok(finished);
  });
});

describe("output", () => {
  it("returns what was written to stdout, byte for byte", async () => {
    assert.deepEqual(await shell("printf '\\377\\000\\303'").output(), Buffer.from([255, 0, 195]));
  });

  it("keeps the first and the last 32 KiB of stderr in the error", async () => {
    const script = "head -c 40000 /dev/zero | tr '\\0' a >&2; head -c 60000 /dev/zero | tr '\\0' b >&2; echo end >&2; exit 3";
    const error = await rejection(shell(script).output());
    assert.ok(error instanceof ExitError);
    const omitted = 100_004 - 64 * KIB;
    const want = `${"a".repeat(32 * KIB)}\n... omitting ${omitted} bytes ...\n${"b".repeat(32 * KIB - 4)}end\n`;
    assert.equal(error.stderr.toString(), want);
  });

  it("leaves stderr alone when it goes elsewhere", async () => {
    const stderr = new ByteBuffer();
    const cmd = shell("echo x >&2; exit 3");
    cmd.stderr = stderr;
    const error = await rejection(cmd.output());
    assert.ok(error instanceof ExitError);
    assert.equal(error.stderr.length, 0);
    assert.equal(stderr.toString(), "x\n");
  });

  it("leaves stderr alone when there is a pipe on it", async () => {
    const cmd = shell("echo x >&2; exit 3");
    const chunks: unknown[] = [];
    (await cmd.stderrPipe()).on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
    const error = await rejection(cmd.output());
    assert.ok(error instanceof ExitError);
    assert.equal(error.stderr.length, 0);
    assert.deepEqual(chunks, ["x\n"]);
  });

  it("has what was collected before the failure in the error", async () => {
    const error = await rejection(shell("echo partial; exit 3").output());
    assert.ok(error instanceof ExecError);
    assert.equal(error.output?.toString(), "partial\n");
  });

  it("has what was collected before the delay expired in the error", async () => {
    const error = await rejection(shell(`echo partial; sleep ${TOO_LONG_S} & exit 0`, { waitDelay: 1 }).output());
    assert.ok(error instanceof ExecError);
    assert.equal(error.name, "ErrWaitDelay");
    assert.equal(error.output?.toString(), "partial\n");
  });
});

describe("combinedOutput", () => {
  it("keeps the order of stdout and stderr", async () => {
    const script = "i=0; while [ $i -lt 200 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done";
    const want = Array.from({ length: 200 }, (_, i) => `o${i}\ne${i}\n`).join("");
    assert.equal((await shell(script).combinedOutput()).toString(), want);
  });

  it("has what was collected in the error", async () => {
    const error = await rejection(shell("echo out; echo err >&2; exit 3").combinedOutput());
    assert.ok(error instanceof ExecError);
    assert.equal(error.output?.toString(), "out\nerr\n");
  });
});

describe("An output after the exit", () => {
  let released = deferred<undefined>();
  const release = (): void => released.resolve(undefined);
  /** It takes nothing until it is released, as a terminal at the end of a slow connection. */
  const slowWriter: Writer = { write: () => released.promise };

  async function manyTurns(): Promise<string> {
    for (let i = 0; i < 100; i++) await nextTurn();
    return "not certain";
  }

  beforeEach(() => void (released = deferred()));
  afterEach(release);

  it("is not held while it is only late", async () => {
    const cmd = command("head", ["-c", String(64 * KIB), "/dev/zero"]);
    cmd.stdout = slowWriter;
    await cmd.start();
    await cmd.process?.wait();
    const held = cmd.isOutputHeld();
    assert.equal(await Promise.race([held, manyTurns()]), "not certain");
    release();
    assert.equal(await held, false);
    await cmd.wait();
  });

  it("is held by a child that has it open, and that is told although what was written before was late", async () => {
    const cmd = shell(`head -c ${64 * KIB} /dev/zero; sleep ${TOO_LONG_S} &`);
    cmd.stdout = slowWriter;
    cmd.waitDelay = 60_000;
    await cmd.start();
    await cmd.process?.wait();
    release();
    assert.equal(await cmd.isOutputHeld(), true);
  });

  it("is held by a child that never stops writing", async () => {
    const cmd = shell("yes &");
    cmd.stdout = { write: () => nextTurn() };
    cmd.waitDelay = 60_000;
    await cmd.start();
    await cmd.process?.wait();
    assert.equal(await cmd.isOutputHeld(), true);
  });
});
