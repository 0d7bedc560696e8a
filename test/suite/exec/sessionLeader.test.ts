import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemCode, toError } from "../../../src/taskRunner/base/errors";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import type { Cmd } from "../../../src/taskRunner/exec/cmd";
import { ExitError, WaitDelayError } from "../../../src/taskRunner/exec/errors";
import { PosixPty } from "../../../src/taskRunner/exec/posixPty";
import type { Keeper } from "../../../src/taskRunner/exec/process";
import { findPerl, perlFinder } from "../../../src/taskRunner/exec/perl";
import { cleanUp, closeSpares, collected, command, rejection, shell, temporaryFolder, TOO_LONG_S, until } from "./started";

const SIZE = { columns: 80, rows: 24 };

function onTerminal(cmd: Cmd, perl?: () => Promise<string | undefined>): Cmd {
  cmd.pty = new PosixPty(SIZE, perl);
  cmd.stdout = new ByteBuffer();
  return cmd;
}

function screen(cmd: Cmd): string {
  return collected(cmd.stdout).replaceAll("\r\n", "\n");
}

function exists(target: number): boolean {
  try {
    return process.kill(target, 0);
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error;
    return false;
  }
}

function keeperOf(cmd: Cmd): Keeper {
  if (cmd.process?.keeper === undefined) throw new Error("nothing leads its session");
  return cmd.process.keeper;
}

describe("The leader of a terminal's session", () => {
  before(async function () {
    if (process.platform === "win32" || (await findPerl()) === undefined) this.skip();
  });
  afterEach(cleanUp);
  after(closeSpares);

  it("is looked for again by the next start when perl was not found in time, and not when there is none", async () => {
    let looks = 0;
    const slow = perlFinder((name) => (++looks <= 2 ? new Promise(() => undefined) : Promise.resolve(name)));
    assert.deepEqual([await slow(), await slow(), await slow(), looks], [undefined, "/usr/bin/perl", "/usr/bin/perl", 3]);
    looks = 0;
    const none = perlFinder(() => (looks++, Promise.reject(new Error("not there"))));
    assert.deepEqual([await none(), await none(), looks], [undefined, undefined, 2]);
  });

  it("outlives the command, whose exit hangs up on nobody who is cleaning up", async () => {
    const cmd = onTerminal(shell("(trap 'sleep 0.3; echo clean; exit' TERM; echo ready; while :; do sleep 0.02; done) & wait"));
    cmd.waitDelay = TOO_LONG_S * 1000;
    await cmd.start();
    await until(() => screen(cmd).includes("ready"));
    process.kill(-(cmd.process?.pid ?? NaN), "SIGTERM");
    assert.equal((await rejection(cmd.wait())).message, "signal: terminated");
    assert.match(screen(cmd), /^ready\n[^]*clean\n$/);
  });

  it("keeps the number of the command's group until the command has been waited for, and then goes", async () => {
    const cmd = onTerminal(shell(`trap '' HUP; sleep ${TOO_LONG_S} & echo $!; exit 0`));
    cmd.waitDelay = 300;
    await cmd.start();
    const keeper = keeperOf(cmd);
    const group = -(cmd.process?.pid ?? 0);
    await cmd.process?.wait();
    await until(() => /^\d+\n/.test(screen(cmd)));
    process.kill(parseInt(screen(cmd)), "SIGKILL");
    cmd.terminate = () => assert.ok(exists(group) && !keeper.hasEnded);
    await cmd.wait();
    await keeper.ended;
  });

  it("goes also when the command's output is still held", async () => {
    const cmd = onTerminal(shell(`trap '' HUP; sleep ${TOO_LONG_S} & exit 0`));
    cmd.waitDelay = 50;
    assert.ok((await rejection(cmd.run())) instanceof WaitDelayError);
    await keeperOf(cmd).ended;
  });

  it("goes when the command cannot be started", async () => {
    const file = join(temporaryFolder(), "data");
    writeFileSync(file, "\x7fELF, but not really");
    chmodSync(file, 0o755);
    const before = leaders();
    const error = await rejection(onTerminal(command(file)).run());
    assert.match(error.message, /^(fork\/exec .*: exec format error|exit status \d+)$/);
    await until(() => leaders().every((pid) => before.includes(pid)));
  });

  it("hands over every variable as it is, and none of its own", async () => {
    const cmd = onTerminal(command("/usr/bin/env", ["-0"]));
    const env = ["PATH=/usr/bin:/bin", "my.setting=1", "npm_config_//host/:_authToken=a=b", "BASH_FUNC_x%%=() {  :;\n}", "EMPTY=", "PERL5OPT=-Mno::such::module", "ÄÖ=ü€\n"];
    cmd.env = env;
    await cmd.run();
    assert.deepEqual(screen(cmd).split("\0").slice(0, -1).sort(), env.sort());
  });

  it("calls the program as it was called, and finds an interpreter from the working directory", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "bin"));
    symlinkSync("/bin/sh", join(folder, "bin", "interpreter"));
    writeFileSync(join(folder, "script"), "#!bin/interpreter\necho \"<$1>\"\n");
    chmodSync(join(folder, "script"), 0o755);
    const script = onTerminal(command("./script", ["an argument"]));
    script.dir = folder;
    await script.run();
    assert.equal(screen(script), "<an argument>\n");
    const named = onTerminal(shell("echo \"$0\""));
    named.args = ["another name", "-c", "echo \"$0\""];
    await named.run();
    assert.equal(screen(named), "another name\n");
  });

  it("tells an exit code from a signal, also from one that has no name", async () => {
    const exit = await rejection(onTerminal(shell("exit 130")).run());
    assert.ok(exit instanceof ExitError && exit.exitCode() === 130);
    assert.equal((await rejection(onTerminal(shell("kill -INT $$")).run())).message, "signal: interrupt");
    if (process.platform === "linux") assert.equal((await rejection(onTerminal(shell("kill -36 $$")).run())).message, "signal: signal 36");
  });

  it("keeps the terminal for a command that has redirected everything, whom Ctrl+C reaches as ever", async () => {
    const cmd = onTerminal(shell("trap 'exit 5' INT; echo ready; exec </dev/null >/dev/null 2>&1; while :; do sleep 0.02; done"));
    await cmd.start();
    await until(() => screen(cmd).includes("ready"));
    await sleep(50); // The end of the output would have come by now.
    cmd.pty?.keys.write("\x03");
    assert.equal((await rejection(cmd.wait())).message, "exit status 5");
  });

  it("goes on with what Ctrl+Z has stopped, as nobody is there to continue it", async () => {
    const cmd = onTerminal(shell("echo ready; read -r line; echo \"<$line>\""));
    await cmd.start();
    await until(() => screen(cmd).includes("ready"));
    cmd.pty?.keys.write("\x1a");
    await until(() => screen(cmd).includes("^Z"));
    cmd.pty?.keys.write("on\n");
    await cmd.wait();
    assert.match(screen(cmd), /<on>\n$/);
  });

  it("leaves a command that was stopped by SIGSTOP as it is", async function () {
    if (process.platform !== "linux") this.skip();
    const cmd = onTerminal(shell("kill -STOP $$; echo continued"));
    await cmd.start();
    const { pid } = cmd.process ?? { pid: 0 };
    await until(() => readFileSync(`/proc/${pid}/stat`, "latin1").includes(") T "));
    process.kill(pid, "SIGCONT");
    await cmd.wait();
    assert.equal(screen(cmd), "continued\n");
  });

  it("takes its own violent end for that of the command, and the terminal is hung up", async () => {
    const cmd = onTerminal(shell("trap 'exit 0' HUP; echo ready; while :; do sleep 0.02; done"));
    cmd.waitDelay = TOO_LONG_S * 1000;
    await cmd.start();
    await until(() => screen(cmd).includes("ready"));
    process.kill(keeperOf(cmd).pid, "SIGKILL");
    assert.equal((await rejection(cmd.wait())).message, "signal: killed");
  });

  it("is abandoned with the start", async () => {
    const before = leaders();
    const controller = new AbortController();
    const cmd = onTerminal(shell(`sleep ${TOO_LONG_S}`, { signal: controller.signal }));
    cmd.waitDelay = 50;
    const started = cmd.start().then(() => cmd.wait());
    setImmediate(() => controller.abort());
    assert.match(toError(await rejection(started)).message, /^(context canceled|signal: killed)$/);
    await until(() => leaders().every((pid) => before.includes(pid)));
  });

  for (const [name, perl] of [["without a perl", undefined], ["with a perl that does not work", "/bin/false"]] as const) {
    it(`is the command itself ${name}`, async () => {
      const cmd = onTerminal(shell("tty; echo $0"), () => Promise.resolve(perl));
      await cmd.run();
      assert.match(screen(cmd), /^\/dev\/\S+\n/);
      assert.equal(cmd.process?.keeper, undefined);
    });
  }
});

/** The leaders of sessions that are children of ours. */
function leaders(): number[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      const isOurs = /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "latin1").startsWith("cancellable-tasks: terminal of ");
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      return isOurs && stat.slice(stat.lastIndexOf(")")).split(" ")[2] === String(process.pid) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
