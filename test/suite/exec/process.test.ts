import assert from "node:assert/strict";
import { readFileSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Cmd } from "../../../src/taskRunner/exec/cmd";
import { ExitError, ProcessDoneError } from "../../../src/taskRunner/exec/errors";
import { ProcessState } from "../../../src/taskRunner/exec/processState";
import { cleanUp, closeSpares, command, rejection, shell, temporaryFolder, TOO_LONG_S, withEnvironment } from "./started";

afterEach(cleanUp);
after(closeSpares);

describe("The process of a command", () => {
  it("throws ProcessDoneError for a signal after its end", async () => {
    const cmd = shell("exit 0");
    await cmd.run();
    assert.throws(() => cmd.process?.signal("SIGTERM"), ProcessDoneError);
    assert.throws(() => cmd.process?.kill(), { message: "os: process already finished" });
  });

  it("gives its end as often as it is asked", async () => {
    const cmd = shell("exit 7");
    await cmd.start();
    const states = await Promise.all([cmd.process?.wait(), cmd.process?.wait()]);
    assert.equal(states[0], states[1]);
    assert.equal(states[0]?.exitCode(), 7);
    await rejection(cmd.wait());
    assert.equal(cmd.processState, states[0]);
  });

  it("tells of the signal that ended it", async () => {
    const cmd = shell("kill -USR1 $$");
    const error = await rejection(cmd.run());
    assert.ok(error instanceof ExitError);
    assert.equal(error.message, "signal: user defined signal 1");
    assert.equal(error.exitCode(), -1);
    assert.equal(cmd.processState?.exited(), false);
  });

  it("is the leader of a session of its own with setsid", async function () {
    if (process.platform !== "linux") return this.skip();
    const cmd = shell(`exec sleep ${TOO_LONG_S}`);
    await cmd.start();
    const pid = cmd.process?.pid;
    assert.deepEqual(groupAndSession(pid), [pid, pid]);
  });

  it("stays in our session and group without setsid", async function () {
    if (process.platform !== "linux") return this.skip();
    const cmd = new Cmd("sleep", [String(TOO_LONG_S)]);
    await cmd.start();
    assert.deepEqual(groupAndSession(cmd.process?.pid), groupAndSession(process.pid));
    cmd.process?.kill();
    await rejection(cmd.wait());
  });

  it("sees itself called by the first of args", async () => {
    const cmd = command("/bin/sh");
    cmd.args = ["another-name", "-c", "echo $0"];
    assert.equal((await cmd.output()).toString(), "another-name\n");
  });

  it("gets its arguments as they are", async () => {
    const args = ["", " ", "a b", "'\"$HOME`", "*", "\n", "ü"];
    const { stdout } = { stdout: await command("/bin/sh", ["-c", 'printf "%s|" "$@"', "sh", ...args]).output() };
    assert.equal(stdout.toString(), args.map((arg) => `${arg}|`).join(""));
  });
});

describe("The environment of a command", () => {
  const environment = async (prepare: (cmd: Cmd) => void): Promise<string[]> => {
    const cmd = command("env");
    prepare(cmd);
    return (await cmd.output()).toString().trimEnd().split("\n");
  };

  it("is our own when none is given", async () => {
    await withEnvironment("EXEC_TEST", "ours", async () => {
      assert.ok((await environment(() => undefined)).includes("EXEC_TEST=ours"));
    });
  });

  it("is the given one alone, of duplicates the last", async () => {
    assert.deepEqual(await environment((cmd) => (cmd.env = ["A=1", "B=2", "A=3"])), ["B=2", "A=3"]);
  });

  it("keeps a variable although a bare name follows it", async () => {
    assert.deepEqual(await environment((cmd) => (cmd.env = ["A=1", "A"])), ["A=1"]);
  });

  it("can be empty", async () => {
    assert.equal((await environment((cmd) => (cmd.env = []))).join(), "");
  });

  it("may have names that mean something to JavaScript", async () => {
    const env = ["__proto__=x", "constructor=y"];
    assert.deepEqual((await environment((cmd) => (cmd.env = env))).sort(), env);
  });

  it("has the working directory as PWD, also through a link", async () => {
    const folder = temporaryFolder();
    const link = join(folder, "link");
    symlinkSync("/", link);
    assert.ok((await environment((cmd) => (cmd.dir = link))).includes(`PWD=${link}`));
  });

  it("has no PWD but its own when it is given", async () => {
    const prepare = (cmd: Cmd): void => {
      cmd.dir = temporaryFolder();
      cmd.env = ["A=1"];
    };
    assert.deepEqual(await environment(prepare), ["A=1"]);
  });

  it("goes with the working directory", async () => {
    const folder = realpathSync(temporaryFolder());
    const cmd = command("/bin/sh", ["-c", "pwd -P"]);
    cmd.dir = folder;
    assert.equal((await cmd.output()).toString(), `${folder}\n`);
  });
});

describe("A process state", () => {
  const texts: [number | null, NodeJS.Signals | null, string][] = [
    [0, null, "exit status 0"],
    [3, null, "exit status 3"],
    [null, "SIGKILL", "signal: killed"],
    [null, "SIGTERM", "signal: terminated"],
    [null, "SIGINT", "signal: interrupt"],
    [null, "SIGHUP", "signal: hangup"],
    [null, "SIGQUIT", "signal: quit"],
    [null, "SIGPIPE", "signal: broken pipe"],
    [null, "SIGSEGV", "signal: segmentation fault"],
  ];
  for (const [code, signal, text] of texts) {
    it(`is printed as "${text}"`, () => {
      const state = new ProcessState(1, code, signal);
      assert.equal(state.toString(), text);
      assert.equal(state.exitCode(), code ?? -1);
      assert.equal(state.success(), code === 0);
      assert.equal(state.exited(), signal === null);
    });
  }

  it("prints a signal without a word by its number", function () {
    if (process.platform !== "linux") return this.skip();
    assert.equal(new ProcessState(1, null, "SIGSYS").toString(), "signal: signal 31");
  });
});

/** Linux: the process group and the session of a process. */
function groupAndSession(pid = 0): number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name before may itself contain spaces and parentheses.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(2, 4).map(Number);
}
