import assert from "node:assert/strict";
import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import { openPty } from "../../../src/taskRunner/exec/openPty";
import { terminalMode } from "../../../src/taskRunner/exec/terminalMode";
import { cleanUp, closeSpares, collected, shell, temporaryFolder, until } from "./started";

/** What a program that says these words, each after this stty, makes of its terminal; it goes on when something is typed. */
const MODES = [
  ["sane", "cooked", { isCanonical: true, makesSignals: true, echoes: true }],
  ["-icanon -echo", "edits", { isCanonical: false, makesSignals: true, echoes: false }],
  ["icanon -isig echo", "types", { isCanonical: false, makesSignals: false, echoes: true }],
] as const;

/** Where the system's own program is, or undefined. */
function find(tool: string): string | undefined {
  return ["/usr/bin", "/bin"].map((folder) => join(folder, tool)).find((path) => existsSync(path));
}

describe("The mode of a terminal", () => {
  before(function () {
    if (process.platform === "win32") this.skip();
  });
  afterEach(cleanUp);
  after(closeSpares);

  for (const tool of ["stty", "busybox", "perl", "python3"]) {
    it(`is known from ${tool} alone`, async function () {
      const found = find(tool);
      if (found === undefined) this.skip();
      const path = temporaryFolder();
      symlinkSync(found, join(path, tool));
      const cmd = shell(MODES.map(([mode, word]) => `stty ${mode}; echo ${word}; read -r x`).join("; "));
      const pty = openPty({ columns: 80, rows: 24 });
      [cmd.pty, cmd.stdout] = [pty, new ByteBuffer()];
      await cmd.start();
      for (const [, word, expected] of MODES) {
        await until(() => collected(cmd.stdout).includes(`${word}\r\n`));
        assert.deepEqual(await terminalMode(pty.file?.name ?? "", path), expected, word);
        pty.keys.write("\n");
      }
      await cmd.wait();
    });
  }

  it("is known where PATH names no folder of the system", async () => {
    const [cmd, path] = [shell("read -r x"), process.env["PATH"]];
    const pty = openPty({ columns: 80, rows: 24 });
    [cmd.pty, cmd.stdout] = [pty, new ByteBuffer()];
    await cmd.start();
    // It is read before the call returns: nothing else is to miss it.
    process.env["PATH"] = "/nowhere";
    const answer = pty.isCanonical();
    process.env["PATH"] = path;
    assert.equal(await answer, true);
    pty.keys.write("\n");
    await cmd.wait();
  });

  it("is unknown where no program tells it, or there is no terminal", async () => {
    assert.equal(await terminalMode("/dev/tty", "/nowhere"), undefined);
    assert.equal(await terminalMode("/dev/null"), undefined);
  });
});
