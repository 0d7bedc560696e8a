// A start that hangs, because a file that it needs is on a mount that does not answer, and the Stop that comes meanwhile.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import fsPromises, { stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import type { Cmd, CmdOptions } from "../../../src/taskRunner/exec/cmd";
import { CanceledError, DeadlineExceededError, PathError } from "../../../src/taskRunner/exec/errors";
import { fifoStock } from "../../../src/taskRunner/exec/fifo";
import { openPty } from "../../../src/taskRunner/exec/openPty";
import { cleanUp, closeSpares, command, openPipes, openTerminals, rejection, temporaryFolder, until, withEnvironment } from "./started";

let folder: string;
let controller: AbortController;

before(function () {
  if (process.platform === "win32") this.skip();
});
beforeEach(() => {
  folder = temporaryFolder();
  controller = new AbortController();
});
afterEach(cleanUp);
after(closeSpares);

const terminals: Record<string, (cmd: Cmd) => void> = {
  "on pipes": () => undefined,
  "on a terminal": (cmd) => (cmd.pty = openPty({ columns: 80, rows: 24 })),
};

/** Makes every stat of paths below the folder hang until the returned function is called. */
function hangStat(below: string): () => void {
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  const original = fsPromises.stat;
  const hanging = async (path: string): Promise<unknown> => {
    if (path.startsWith(below)) await released;
    return await original(path);
  };
  Object.assign(fsPromises, { stat: hanging });
  return () => {
    Object.assign(fsPromises, { stat: original });
    release();
  };
}

/** A program that leaves evidence of having run. */
function program(dead: string): string {
  const file = join(dead, "program");
  writeFileSync(file, `#!/bin/sh\ntouch '${folder}/evidence'\n`);
  chmodSync(file, 0o755);
  return file;
}

const hangs: Record<string, (dead: string, options: CmdOptions) => Cmd> = {
  "the program": (dead, options) => command(program(dead), [], options),
  "the working directory": (dead, options) => {
    const cmd = command("/bin/sh", ["-c", `touch '${folder}/evidence'`], options);
    cmd.dir = dead;
    return cmd;
  },
  "an entry of PATH": (dead, options) => {
    program(dead);
    return command("program", [], options);
  },
};

describe("A start that hangs", () => {
  for (const [where, prepare] of Object.entries(terminals)) {
    for (const [what, make] of Object.entries(hangs)) {
      it(`at ${what} ${where} is abandoned by an abort, and starts nothing later`, async function () {
        if (process.platform !== "linux") return this.skip();
        const dead = temporaryFolder();
        const release = hangStat(dead);
        try {
          const cmd = make(dead, { signal: controller.signal });
          cmd.stdin = "input";
          cmd.stdout = new ByteBuffer();
          prepare(cmd);
          await withEnvironment("TMPDIR", folder, () => withEnvironment("PATH", [dead, process.env["PATH"]].join(delimiter), async () => {
            const starting = rejection(cmd.start());
            await sleep(100);
            controller.abort();
            assert.ok((await starting) instanceof CanceledError);
            await fifoStock.close();
          }));
          release();
          await sleep(100);
          assert.equal(cmd.process, undefined);
          assert.equal(existsSync(join(folder, "evidence")), false);
          assert.deepEqual([openPipes(folder), openTerminals()], [0, []]);
        } finally {
          release();
        }
      });
    }
  }

  it("ends with its deadline too", async () => {
    const release = hangStat(folder);
    try {
      const cmd = command(program(folder), [], { signal: AbortSignal.timeout(50) });
      assert.ok((await rejection(cmd.start())) instanceof DeadlineExceededError);
    } finally {
      release();
    }
  });

  it("goes on when the mount answers after all", async () => {
    const release = hangStat(folder);
    const starting = command(program(folder), [], { signal: controller.signal }).run();
    await sleep(50);
    assert.equal(existsSync(join(folder, "evidence")), false);
    release();
    await starting;
    assert.ok(existsSync(join(folder, "evidence")));
  });

  it("because its pipes take long is abandoned by an abort, and the late pipes are closed", async function () {
    if (process.platform !== "linux") return this.skip();
    await fifoStock.close();
    const mkfifo = execFileSync("/bin/sh", ["-c", "command -v mkfifo"], { encoding: "utf8" }).trim();
    const slow = join(folder, "mkfifo");
    writeFileSync(slow, `#!/bin/sh\nsleep 0.3\n${mkfifo} "$@"\ntouch '${folder}/made'\n`, { mode: 0o755 });
    const cmd = command("/bin/sh", ["-c", `touch '${folder}/evidence'`], { signal: controller.signal });
    cmd.stdout = new ByteBuffer();
    await withEnvironment("TMPDIR", folder, () => withEnvironment("PATH", [folder, process.env["PATH"]].join(delimiter), async () => {
      const starting = rejection(cmd.start());
      await sleep(100);
      controller.abort();
      assert.ok((await starting) instanceof CanceledError);
      await until(() => existsSync(join(folder, "made")));
    }));
    await until(() => openPipes(folder) === 0);
    assert.equal(existsSync(join(folder, "evidence")), false);
  });
});

describe("A FIFO in the place of a program", () => {
  for (const [where, prepare] of Object.entries(terminals)) {
    it(`cannot be run ${where}, and is not opened`, async () => {
      const fifo = join(folder, "fifo");
      execFileSync("mkfifo", ["-m", "755", fifo]);
      for (let i = 0; i < 8; i++) {
        const cmd = command(fifo);
        prepare(cmd);
        const error = await rejection(cmd.start());
        assert.ok(error instanceof PathError && error.message === `fork/exec ${fifo}: permission denied`, String(error));
      }
      // With every thread of the pool in an open, this would never return.
      await stat(fifo);
    });
  }
});
