import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import type { Cmd } from "../../../src/taskRunner/exec/cmd";
import { CanceledError, DeadlineExceededError, ExecError, LookPathError, PathError } from "../../../src/taskRunner/exec/errors";
import { fifoStock } from "../../../src/taskRunner/exec/fifo";
import { projectRoot } from "../../vscode/projectRoot";
import { cleanUp, closeSpares, command, openPipes, rejection, shell, temporaryFolder, until, withEnvironment } from "./started";

interface Failure {
  name: string;
  make: () => Cmd;
  /** What start throws, given the command that failed. */
  want: (cmd: Cmd) => { type: new (...args: never[]) => ExecError; message: string };
}

function program(folder: string, mode: number): string {
  const file = join(folder, "program");
  writeFileSync(file, "#!/bin/sh\nexit 0\n");
  chmodSync(file, mode);
  return file;
}

function prepared(prepare: (cmd: Cmd) => void, signal?: AbortSignal): Cmd {
  const cmd = shell("exit 0", signal === undefined ? {} : { signal });
  prepare(cmd);
  return cmd;
}

const failures: Failure[] = [
  {
    name: "a name that PATH does not have",
    make: () => command("no-such-program"),
    want: () => ({ type: LookPathError, message: 'exec: "no-such-program": executable file not found in $PATH' }),
  },
  {
    name: "a path where nothing is",
    make: () => command("/no/such/program"),
    want: () => ({ type: PathError, message: "fork/exec /no/such/program: no such file or directory" }),
  },
  {
    name: "a file that is not executable",
    make: () => command(program(temporaryFolder(), 0o644)),
    want: (cmd) => ({ type: PathError, message: `fork/exec ${cmd.path}: permission denied` }),
  },
  {
    name: "a folder as the program",
    make: () => command(temporaryFolder()),
    want: (cmd) => ({ type: PathError, message: `fork/exec ${cmd.path}: permission denied` }),
  },
  {
    name: "a working directory that does not exist",
    make: () => prepared((cmd) => (cmd.dir = "/no/such/dir")),
    want: () => ({ type: PathError, message: "chdir /no/such/dir: no such file or directory" }),
  },
  {
    name: "a working directory that is a file",
    make: () => prepared((cmd) => (cmd.dir = "/bin/sh")),
    want: () => ({ type: PathError, message: "chdir /bin/sh: not a directory" }),
  },
  {
    name: "a NUL in the environment",
    make: () => prepared((cmd) => (cmd.env = ["A=a\0b"])),
    want: () => ({ type: ExecError, message: "exec: environment variable contains NUL" }),
  },
  {
    name: "a NUL in an argument",
    make: () => command("/bin/sh", ["-c", "exit 0", "a\0b"]),
    want: () => ({ type: PathError, message: "fork/exec /bin/sh: invalid argument" }),
  },
  {
    name: "2 MB of arguments",
    make: () => command("/bin/sh", ["-c", "exit 0", ...Array<string>(32).fill("x".repeat(65_536))]),
    want: () => ({ type: PathError, message: "fork/exec /bin/sh: argument list too long" }),
  },
  {
    name: "an aborted signal",
    make: () => command("/bin/sh", ["-c", "exit 0"], { signal: AbortSignal.abort() }),
    want: () => ({ type: CanceledError, message: "context canceled" }),
  },
  {
    name: "a deadline that is over",
    make: () => command("/bin/sh", ["-c", "exit 0"], { signal: AbortSignal.abort(new DOMException("", "TimeoutError")) }),
    want: () => ({ type: DeadlineExceededError, message: "context deadline exceeded" }),
  },
];

/** Starts with all three pipes. */
async function start(cmd: Cmd): Promise<void> {
  cmd.stdin = "input";
  cmd.stdout = new ByteBuffer();
  cmd.stderr = new ByteBuffer();
  await cmd.start();
}

afterEach(cleanUp);
after(closeSpares);

describe("A failed start", () => {
  for (const { name, make, want } of failures) {
    it(`because of ${name} says so in Go's words and starts nothing`, async () => {
      const cmd = make();
      const error = await rejection(start(cmd));
      const { type, message } = want(cmd);
      assert.equal(error.message, message);
      assert.equal(error.constructor, type);
      assert.equal(cmd.process, undefined);
    });
  }

  it("because of a program that only the current directory has is ErrDot", async () => {
    const folder = temporaryFolder();
    program(folder, 0o755);
    await withEnvironment("PATH", relative(process.cwd(), folder), async () => {
      const error = await rejection(command("program").start());
      assert.ok(error instanceof LookPathError);
      assert.equal(error.reason, "ErrDot");
      assert.equal(error.message, 'exec: "program": cannot run executable found relative to current directory');
    });
  });

  it("closes the pipes that were asked for before", async () => {
    const cmd = command("/no/such/program");
    const streams = [await cmd.stdinPipe(), await cmd.stdoutPipe(), await cmd.stderrPipe()];
    await assert.rejects(cmd.start());
    assert.deepEqual(streams.map((stream) => stream.destroyed), [true, true, true]);
  });

  it("runs nothing when the signal was aborted before", async () => {
    const evidence = join(temporaryFolder(), "evidence");
    const cmd = command("touch", [evidence], { signal: AbortSignal.abort() });
    await assert.rejects(cmd.run(), { message: "context canceled" });
    assert.equal(existsSync(evidence), false);
  });

  it("because of an aborted signal comes before anything else is looked at", async () => {
    const cmd = prepared((prepare) => (prepare.env = ["A=a\0b"]), AbortSignal.abort());
    await assert.rejects(start(cmd), { message: "context canceled" });
  });

  it("has the reason of the abort as its cause", async () => {
    const reason = new Error("the window was closed");
    const error = await rejection(command("true", [], { signal: AbortSignal.abort(reason) }).start());
    assert.equal(error.cause, reason);
  });
});

describe("An abort while start is under way", () => {
  it("starts nothing when it comes before the spawn", async () => {
    const controller = new AbortController();
    const evidence = join(temporaryFolder(), "evidence");
    const cmd = command("touch", [evidence], { signal: controller.signal });
    const starting = start(cmd);
    controller.abort();
    await assert.rejects(starting, { message: "context canceled" });
    assert.equal(cmd.process, undefined);
    assert.equal(existsSync(evidence), false);
  });

  it("starts nothing when it comes while the pipes are made", async () => {
    const controller = new AbortController();
    const cmd = shell("exit 0", { signal: controller.signal });
    const environ = cmd.environ.bind(cmd);
    cmd.environ = () => {
      controller.abort();
      return environ();
    };
    await assert.rejects(start(cmd), { message: "context canceled" });
    assert.equal(cmd.process, undefined);
  });

  it("is a cancel like any other when it comes with the spawn", async () => {
    const controller = new AbortController();
    const cmd = shell("exec sleep 600", { signal: controller.signal });
    cmd.sysProcAttr = {
      get setsid() {
        controller.abort();
        return true;
      },
    };
    await cmd.start();
    await assert.rejects(cmd.wait(), { message: "signal: killed" });
  });
});

describe("After many failed starts", () => {
  const children = (): number => process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap").length;

  for (const { name, make } of failures) {
    it(`because of ${name}, no descriptor, no process and no file is left`, async function () {
      if (process.platform !== "linux") return this.skip();
      const folder = temporaryFolder();
      const before = children();
      await withEnvironment("TMPDIR", folder, async () => {
        for (let i = 0; i < 20; i++) await assert.rejects(start(make()));
        await fifoStock.close();
      });
      assert.deepEqual(readdirSync(folder).filter((file) => file.startsWith("cancellable-tasks-")), []);
      await until(() => openPipes(folder) === 0);
      await until(() => children() <= before);
    });
  }

  it("because of an abort while the pipes are made, no descriptor is left", async function () {
    if (process.platform !== "linux") return this.skip();
    const folder = temporaryFolder();
    await withEnvironment("TMPDIR", folder, async () => {
      for (let i = 0; i < 20; i++) {
        const controller = new AbortController();
        const starting = start(shell("exit 0", { signal: controller.signal }));
        controller.abort();
        await assert.rejects(starting, { message: "context canceled" });
      }
      await fifoStock.close();
    });
    await until(() => openPipes(folder) === 0);
  });
});

describe("A start with few free descriptors", function () {
  this.timeout(60_000);

  for (const kind of ["pipes", "sockets"]) {
    it(`leaves none open when it fails, with ${kind}, nor does its watchdog`, async function () {
      if (process.platform !== "linux") return this.skip();
      const program = join(projectRoot, "out/test/programs/fewDescriptors.js");
      const env = { ...process.env, ELECTRON_RUN_AS_NODE: "1" };
      const { stdout } = await promisify(execFile)("/bin/sh", ["-c", 'ulimit -n 64; exec "$0" "$@"', process.execPath, program, kind], { env });
      const told = JSON.parse(stdout) as { free: number; how: string; leaked: number }[];
      assert.deepEqual(told.filter(({ leaked }) => leaked > 0), []);
      assert.deepEqual([...new Set(told.map(({ how }) => how))], ["PathError: fork/exec /bin/true: too many open files", "started"]);
    });
  }
});
