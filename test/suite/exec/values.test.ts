// The parts of exec/ that only compute: buffers, environments, errors and names of programs.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import promises from "node:fs/promises";
import { delimiter, join, relative } from "node:path";
import fc from "fast-check";
import { ByteBuffer, PrefixSuffixSaver } from "../../../src/taskRunner/exec/buffer";
import { commandEnviron, environRecord } from "../../../src/taskRunner/exec/environ";
import { systemText } from "../../../src/taskRunner/base/errors";
import { CanceledError, contextError, DeadlineExceededError, isProcessDone, LookPathError, ProcessDoneError } from "../../../src/taskRunner/exec/errors";
import { lookPath, type LookPathOptions } from "../../../src/taskRunner/exec/lookPath";
import { cleanUp, rejection, temporaryFolder } from "./started";

afterEach(cleanUp);

describe("A saver of both ends", () => {
  it("keeps what one would cut out of the whole, however it comes in pieces", () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), pieces, (limit, chunks) => {
        const saver = new PrefixSuffixSaver(limit);
        for (const chunk of chunks) saver.write(chunk);
        const whole = Buffer.concat(chunks);
        const omitted = whole.length - 2 * limit;
        const want =
          omitted <= 0
            ? whole
            : Buffer.concat([whole.subarray(0, limit), Buffer.from(`\n... omitting ${omitted} bytes ...\n`), whole.subarray(-limit)]);
        assert.deepEqual(saver.bytes(), want);
      }),
    );
  });

  it("does not change with a chunk that changes later", () => {
    const saver = new PrefixSuffixSaver(2);
    const chunk = Buffer.from("abcd");
    saver.write(chunk);
    chunk.fill("x");
    assert.equal(saver.bytes().toString(), "abcd");
  });
});

describe("A buffer", () => {
  it("puts characters together that came in pieces", () => {
    const buffer = new ByteBuffer();
    for (const byte of Buffer.from("äöü€")) buffer.write(Uint8Array.of(byte));
    assert.equal(buffer.toString(), "äöü€");
  });
});

describe("The environment", () => {
  before(function () {
    if (process.platform === "win32") this.skip();
  });

  const entry = fc
    .tuple(fc.constantFrom("A", "B", "C", "a", "=C:", "PATH"), fc.constantFrom("=", "=1", "=2", "=a=b", ""))
    .map(([name, value]) => name + value);

  it("has of each variable the last entry, in the order of these", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 15 }), (env) => {
        const want = env.filter((one, i) => !env.slice(i + 1).some((later) => identity(later) === identity(one)));
        assert.deepEqual(commandEnviron(env, ""), want);
      }),
    );
  });

  it("becomes a record that says the same, but for entries without a value", () => {
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: identity }), (env) => {
        const back = Object.entries(environRecord(env)).map(([name, value]) => `${name}=${value}`);
        assert.deepEqual(back.sort(), env.filter((one) => one.includes("=", 1)).sort());
      }),
    );
  });

  it("may not contain a NUL", () => {
    assert.throws(() => commandEnviron(["A=1", "B=\0"], ""), { message: "exec: environment variable contains NUL" });
  });

  it("is not given a PWD when there is no working directory", () => {
    assert.deepEqual(commandEnviron(["PWD=/x"], ""), ["PWD=/x"]);
    assert.ok(commandEnviron(undefined, "/tmp").includes("PWD=/tmp"));
    assert.deepEqual(commandEnviron([], "/tmp"), []);
  });

  /** The name, where there is one; an entry without a value stands for itself. */
  function identity(one: string): string {
    const end = one.indexOf("=", 1);
    return end < 0 ? `whole ${one}` : `name ${one.slice(0, end)}`;
  }
});

describe("The error of an aborted signal", () => {
  it("is a cancellation", () => {
    assert.ok(contextError(AbortSignal.abort()) instanceof CanceledError);
    assert.ok(contextError(AbortSignal.abort("a reason")) instanceof CanceledError);
  });

  it("is a deadline when the reason is a TimeoutError", () => {
    assert.ok(contextError(AbortSignal.abort(new DOMException("", "TimeoutError"))) instanceof DeadlineExceededError);
    const error = new Error("mine");
    error.name = "TimeoutError";
    assert.equal(contextError(AbortSignal.abort(error)).cause, error);
  });

  it("is a deadline after AbortSignal.timeout", async () => {
    const signal = AbortSignal.timeout(1);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    assert.ok(contextError(signal) instanceof DeadlineExceededError);
  });
});

describe("An error", () => {
  it("says that the process is done, however deeply wrapped", () => {
    const done = new ProcessDoneError();
    assert.ok(isProcessDone(done));
    assert.ok(isProcessDone(new Error("outer", { cause: new Error("inner", { cause: done }) })));
    assert.ok(!isProcessDone(new Error("os: process already finished")));
    assert.ok(!isProcessDone("thrown"));
  });

  it("has the system's own words", () => {
    const words = {
      ENOENT: "no such file or directory",
      EACCES: "permission denied",
      EPERM: "operation not permitted",
      ENOTDIR: "not a directory",
      EISDIR: "is a directory",
      E2BIG: "argument list too long",
      ENOEXEC: "exec format error",
      ENOMEM: "cannot allocate memory",
      ETXTBSY: "text file busy",
      ELOOP: "too many levels of symbolic links",
      ENAMETOOLONG: "file name too long",
      EMFILE: "too many open files",
    };
    for (const [code, text] of Object.entries(words)) assert.equal(systemText(Object.assign(new Error("x"), { code })), text);
    assert.equal(systemText(new Error("of our own")), "of our own");
  });
});

describe("Looking a program up", () => {
  let folder: string;
  beforeEach(function () {
    if (process.platform === "win32") this.skip();
    folder = temporaryFolder();
    for (const name of ["first", "second", "third"]) mkdirSync(join(folder, name));
    mkdirSync(join(folder, "first", "tool"));
    writeFileSync(join(folder, "second", "tool"), "");
    writeFileSync(join(folder, "third", "tool"), "");
    chmodSync(join(folder, "third", "tool"), 0o755);
  });

  const path = (...names: string[]): { path: string } => ({ path: names.map((name) => join(folder, name)).join(delimiter) });

  it("passes over folders and files that are not executable", async () => {
    assert.equal(await lookPath("tool", path("first", "second", "missing", "third")), join(folder, "third", "tool"));
  });

  it("fails when nothing fits", async () => {
    const error = await rejection(lookPath("tool", path("first", "second")));
    assert.ok(error instanceof LookPathError);
    assert.equal(error.reason, "ErrNotFound");
    assert.equal(error.message, 'exec: "tool": executable file not found in $PATH');
  });

  for (const name of ["", ".", ".."]) {
    it(`finds no program named "${name}"`, async () => {
      assert.equal((await rejection(lookPath(name))).message, `exec: "${name}": executable file not found in $PATH`);
    });
  }

  it("takes a name with a slash as it is", async () => {
    const tool = join(folder, "third", "tool");
    assert.equal(await lookPath(tool, { path: "" }), tool);
  });

  it("says what is wrong with a name with a slash", async () => {
    const reasons = { first: "is a directory", second: "permission denied", missing: "no such file or directory" };
    for (const [name, reason] of Object.entries(reasons)) {
      const tool = join(folder, name, "tool");
      assert.equal((await rejection(lookPath(tool))).message, `exec: ${JSON.stringify(tool)}: ${reason}`);
    }
  });

  it("refuses what only the current directory has, also when a later folder has it", async () => {
    const here = relative(process.cwd(), join(folder, "third"));
    const error = await rejection(lookPath("tool", { path: [here, join(folder, "third")].join(delimiter) }));
    assert.ok(error instanceof LookPathError);
    assert.equal(error.reason, "ErrDot");
  });
});

describe("Looking a program up on Windows", () => {
  const { stat } = promises;
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    writeFileSync(join(folder, "alias.EXE"), "", { mode: 0o755 });
    mkdirSync(join(folder, "folder.EXE"));
  });
  afterEach(() => {
    Object.assign(promises, { stat });
  });

  /** As of an alias: what it stands for cannot be opened. */
  function refuseStat(code: string): void {
    Object.assign(promises, { stat: () => Promise.reject(Object.assign(new Error(code), { code })) });
  }

  const onWindows = (): LookPathOptions => ({ path: folder, pathExt: ".COM;.EXE", platform: "win32" });

  for (const code of ["EACCES", "EPERM", "UNKNOWN"]) {
    it(`finds the alias of a program from the Microsoft Store, by name and by path, which the system refuses to open with ${code}`, async () => {
      refuseStat(code);
      const alias = join(folder, "alias.EXE");
      for (const name of ["alias", "alias.EXE", alias, join(folder, "alias")]) assert.equal(await lookPath(name, onWindows()), alias);
    });
  }

  it("takes no folder for an alias, nor what is not there, nor a file that is refused in another way", async () => {
    refuseStat("EACCES");
    const reasons = { "folder.EXE": "is a directory", "missing.EXE": "no such file or directory" };
    for (const [name, reason] of Object.entries(reasons)) {
      const path = join(folder, name);
      assert.equal((await rejection(lookPath(path, onWindows()))).message, `exec: ${JSON.stringify(path)}: ${reason}`);
    }
    refuseStat("ELOOP");
    assert.match((await rejection(lookPath(join(folder, "alias.EXE"), onWindows()))).message, /: too many levels of symbolic links$/);
  });

  it("knows aliases on Windows alone", async () => {
    refuseStat("EACCES");
    assert.match((await rejection(lookPath(join(folder, "alias.EXE"), { platform: "linux" }))).message, /: permission denied$/);
  });
});
