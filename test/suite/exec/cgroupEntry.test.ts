// A command enters a cgroup before it runs, and is told nothing of it.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { CgroupPlace } from "../../../src/taskRunner/base/entry";
import { entryInto, interpreterIn } from "../../../src/taskRunner/exec/cgroupEntry";
import type { Cmd } from "../../../src/taskRunner/exec/cmd";
import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import { PosixPty } from "../../../src/taskRunner/exec/posixPty";
import { IS_SCOPE, TestCgroup } from "../testCgroup";
import { passesUnderSystemd } from "../testSystemd";
import { cleanUp, closeSpares, collected, command, rejection, temporaryFolder, TOO_LONG_S } from "./started";

const SHOWN = 'cat /proc/self/cgroup | grep ^0::; tr "\\0" "\\n" </proc/$$/environ | sort; tr "\\0" "\\n" </proc/$$/cmdline';

/** With systemd there is no other way. */
const WAYS = IS_SCOPE ? ["moved by systemd"] : ["by itself", "moved by another process"];

for (const way of WAYS) describe(`A command in a cgroup, ${way}`, () => {
  let cgroup: TestCgroup;

  beforeEach(async function () {
    const made = await TestCgroup.open();
    if (made === undefined) return this.skip();
    cgroup = made;
  });
  afterEach(async () => {
    await cleanUp();
    await (cgroup as TestCgroup | undefined)?.remove();
  });
  after(closeSpares);

  function inside(name: string, args: readonly string[] = []): Cmd {
    const cmd = command(name, args);
    cmd.sysProcAttr.cgroup = target();
    return cmd;
  }

  const target = (folder = cgroup.folder): CgroupPlace => ({ folder, mover: way === "by itself" ? undefined : cgroup.moverInto(folder) });

  it("is in it before it runs", async () => {
    const cmd = inside("/bin/cat", ["/proc/self/cgroup"]);
    assert.equal(/^0::.*\/(.*)$/m.exec((await cmd.output()).toString())?.[1], basename(cgroup.folder));
  });

  it("keeps its pid, its descriptors and its exit status", async () => {
    const cmd = inside("/bin/sh", ["-c", "echo $$; exit 3"]);
    const error = await rejection(cmd.output());
    assert.match(error.message, /exit status 3/);
    assert.equal((error as unknown as { output: Buffer }).output.toString().trim(), String(cmd.process?.pid));
  });

  for (const [what, env, args] of [
    ["plain", ["A=1", "PWD=/", "PATH=/usr/bin:/bin"], ["/bin/sh"]],
    ["with what shells count in its environment", ["_=/usr/bin/node", "SHLVL=3", "OLDPWD=/", "PWD=/", "ENV=/x", "POSIXLY_CORRECT=1", "SHELLOPTS=vi", "LINENO=7", "PS1=a"], ["/bin/sh"]],
    ["with another folder for its own in its environment", ["PWD=/elsewhere", "PATH=/usr/bin:/bin"], ["/bin/sh"]],
    ["and is called by another name", ["A=1", "PATH=/usr/bin:/bin"], ["another"]],
    ["with odd names in its environment", ["a.b=1", "npm_config_//x/:_authToken=secret", "IFS=q", "PPID=7", "OPTIND=9", "LANG=xx_XX.UTF-8", "BASH_FUNC_f%%=() { :; }"], ["/bin/sh"]],
    ["with nothing in its environment", [], ["/bin/sh"]],
    ["with what perl would heed in its environment", ["PERL5OPT=-MNoSuchModule", "PWD=/"], ["/bin/sh"]],
  ] as const) {
    it(`sees the same arguments and environment as outside, ${what}`, async () => {
      const seen = async (cmd: Cmd): Promise<[string | undefined, string]> => {
        cmd.dir = "/";
        cmd.env = env;
        cmd.args = [...args, "-c", SHOWN];
        const [own = "", ...rest] = (await cmd.combinedOutput()).toString().split("\n");
        return [own, rest.join("\n")];
      };
      const [[outsideGroup, outside], [insideGroup, insideSeen]] = [await seen(command("/bin/sh")), await seen(inside("/bin/sh"))];
      assert.equal(insideSeen, outside);
      assert.notEqual(insideGroup, outsideGroup);
    });
  }

  it("without a perl has its odd variables all the same", async () => {
    const program = { path: "/bin/sh", args: ["x", "-c", "true"], env: ["a.b=1", "C=2"], dir: "" };
    const entry = await entryInto(target(), program, undefined, () => Promise.resolve(undefined));
    assert.deepEqual(entry?.args.slice(-5), ["env", "a.b=1", "/bin/sh", "-c", "true"]);
  });

  it("that cannot be executed fails as outside", async () => {
    const folder = temporaryFolder();
    const paths = { missing: "missing", data: "data", folder: "sub", interpreter: "script", loader: "binary" };
    writeFileSync(join(folder, paths.data), "x");
    mkdirSync(join(folder, paths.folder));
    writeFileSync(join(folder, paths.interpreter), "#!/no/such/interpreter\n");
    // As a program that is linked for another C library.
    const truth = readFileSync("/bin/true");
    const loader = interpreterIn(truth);
    assert.match(loader ?? "", /^\/lib.*ld-/);
    truth.write("/no/such", truth.indexOf(loader ?? ""));
    writeFileSync(join(folder, paths.loader), truth);
    for (const name of [paths.interpreter, paths.loader]) chmodSync(join(folder, name), 0o755);
    for (const name of Object.values(paths)) {
      const outside = await rejection(command(join(folder, name)).run());
      const error = await rejection(inside(join(folder, name)).run());
      assert.match(outside.message, /^fork\/exec /);
      assert.equal(error.message, outside.message);
    }
  });

  it("that may be executed and not be read runs", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "program"), readFileSync("/bin/true"));
    chmodSync(join(folder, "program"), 0o111);
    await inside(join(folder, "program")).run();
  });

  it("without a first line is run by a shell, as outside", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "script"), "echo hello $1\n");
    chmodSync(join(folder, "script"), 0o755);
    assert.equal((await inside(join(folder, "script"), ["you"]).output()).toString(), "hello you\n");
  });

  it("runs outside where it cannot be entered", async () => {
    const cmd = inside("/bin/sh", ["-c", "echo runs"]);
    cmd.sysProcAttr.cgroup = target(`${cgroup.folder}/missing`);
    assert.equal((await cmd.combinedOutput()).toString(), "runs\n");
  });

  for (const [how, perl] of [["", undefined], [" that it leads itself", (): Promise<undefined> => Promise.resolve(undefined)]] as const) {
    it(`is in it on a terminal${how}, with everything that it starts`, async () => {
      // The terminal hangs up on what is not in a session of its own yet.
      const cmd = inside("/bin/sh", ["-c", `trap '' HUP; setsid sleep ${TOO_LONG_S} </dev/null >/dev/null 2>&1 & cat /proc/self/cgroup; exit 4`]);
      cmd.pty = new PosixPty({ columns: 200, rows: 24 }, perl);
      cmd.stdout = new ByteBuffer();
      const error = await rejection(cmd.run());
      assert.equal(error.message, "exit status 4");
      assert.match(collected(cmd.stdout), new RegExp(`0::.*${basename(cgroup.folder)}\r\n`));
      assert.equal(cgroup.members.length, 1);
    });
  }

  it("starts what it starts in it, in a session of its own too", async () => {
    const cmd = inside("/bin/sh", ["-c", `setsid sleep ${TOO_LONG_S} >/dev/null 2>&1 & echo $!`]);
    const pid = Number((await cmd.output()).toString());
    assert.deepEqual(cgroup.members, [pid]);
  });
});

describe("A command in an SSH session", () => {
  it("is told nothing of its cgroup either", async function () {
    await passesUnderSystemd(this, __filename, "in a cgroup, moved by systemd");
  });
});
