// Where pipes come from, and what a child gets instead of one.
import assert from "node:assert/strict";
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FifoStock } from "../../../src/taskRunner/exec/fifo";
import { closeEnds, makeFifos } from "../../../src/taskRunner/exec/makeFifos";
import { cleanUp, closeSpares, command, openPipes, shell, temporaryFolder, TOO_LONG_S, until, withEnvironment } from "./started";

const linux = process.platform === "linux";

afterEach(cleanUp);
after(closeSpares);

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
