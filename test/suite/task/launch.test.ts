import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunUnderTest } from "../run/startedRun";

describe("a task that cannot be started", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "launch-"));
    await writeFile(join(folder, "plain.txt"), "no program\n");
    await writeFile(join(folder, "script"), "#!/no/such/interpreter\n");
    await writeFile(join(folder, "tool"), "#!/bin/sh\necho tool of the folder\n");
    await chmod(join(folder, "script"), 0o755);
    await chmod(join(folder, "tool"), 0o755);
    await mkdir(join(folder, "dir"));
  });

  after(() => rm(folder, { recursive: true }));
  afterEach(() => RunUnderTest.cleanUp());

  const big = "x".repeat(2 << 20);
  const cases: [name: string, definition: Record<string, unknown>, exitCode: number, sentence: string, brief?: string][] = [
    ["a missing command", {}, 2, '"command" is missing: say which command to run.'],
    ["a command that is not found", { command: "no-such-command", args: [] }, 127, '"command" is "no-such-command", but no executable of that name was found in $PATH.', "no such command: no-such-command"],
    ["a file that is not there", { command: "./nothing", args: [] }, 127, '"command" is "./nothing", but there is no such file.', "no such file: ./nothing"],
    ["a file that is not executable", { command: "./plain.txt", args: [] }, 126, '"command" is "./plain.txt", but it is not executable (permission denied).', "not executable: ./plain.txt"],
    ["a directory", { command: "./dir", args: [] }, 126, '"command" is "./dir", but that is a directory.', "a directory: ./dir"],
    ["a missing interpreter", { command: "./script", args: [] }, 126, '"command" is "./script", but the interpreter that its first line names was not found (no such file or directory).'],
    ["a missing working directory", { command: "true", cwd: "nowhere" }, 126, '"cwd" is "nowhere", but there is no such directory.', "no such directory: nowhere"],
    ["a working directory that is a file", { command: "true", cwd: "plain.txt" }, 126, '"cwd" is "plain.txt", but that is not a directory.', "not a directory: plain.txt"],
    ["a missing shell", { command: "true", shell: "/no/shell" }, 127, '"shell" is "/no/shell", but there is no such file.', "no such file: /no/shell"],
    ["2 MB of arguments", { command: "echo", args: [big] }, 126, '"args" has 2097152 bytes, but together with "env" that is more than this system can hand to a program (argument list too long).'],
    ["a command line of 2 MB", { command: `: ${big}` }, 126, '"command" has 2097154 bytes, but together with "env" that is more than this system can hand to a program (argument list too long).'],
  ];

  for (const [name, definition, exitCode, sentence, brief] of cases) {
    it(`is told of in one sentence, and in a few words where there are any: ${name}`, async () => {
      const test = new RunUnderTest(definition, { folder }).start();
      assert.deepEqual(await test.run.ended, { kind: "couldNotStart", problems: [sentence], ...(brief === undefined ? {} : { brief }), exitCode });
      assert.equal(test.pid, 0);
      assert.deepEqual(test.kinds, ["ended"]);
    });
  }

  it("finds a relative command from the working directory, not from the editor's", async () => {
    const test = new RunUnderTest({ command: "./tool", args: [] }, { folder }).start();
    await test.run.ended;
    assert.equal(test.output, "tool of the folder\n");
  });

  it("looks in the PATH of the task", async () => {
    const test = new RunUnderTest({ command: "tool", args: [], env: { PATH: `${folder}:/usr/bin:/bin` } }, { folder }).start();
    await test.run.ended;
    assert.equal(test.output, "tool of the folder\n");
  });

  it("gives the children the marker, the colours and PWD, and nothing that is the editor's own", async () => {
    const environment = { PATH: process.env["PATH"], VSCODE_IPC_HOOK: "x", ELECTRON_RUN_AS_NODE: "1", KEPT: "yes" };
    const test = new RunUnderTest({ command: "env", args: [], cwd: "dir", env: { OWN: "1" } }, { folder, environment }).start();
    await test.run.ended;
    const env = Object.fromEntries(test.output.trim().split("\n").map((line) => line.split("=") as [string, string]));
    delete env["PATH"];
    assert.deepEqual(env, { CANCELLABLE_TASKS_RUN: test.run.id, FORCE_COLOR: "1", CLICOLOR_FORCE: "1", KEPT: "yes", OWN: "1", PWD: join(folder, "dir") });
  });

  for (const [wish, name] of [[{ NO_COLOR: "1" }, "NO_COLOR"], [{ FORCE_COLOR: "0" }, "FORCE_COLOR=0"]] as const) {
    it(`does not force colours on a user who has ${name}`, async () => {
      const test = new RunUnderTest({ command: 'echo "$FORCE_COLOR,$CLICOLOR_FORCE"', env: wish }).start();
      await test.run.ended;
      assert.equal(test.output, `${"FORCE_COLOR" in wish ? "0" : ""},\n`);
    });
  }
});
