// Runs in a cgroup of their own: who gets away from everything else does not get away from that. As whoever runs the tests and, where that is
// root, once more as an ordinary user to whom a cgroup is delegated, as on a desktop.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createApi } from "../../../src/api";
import { deferred } from "../../../src/taskRunner/base/deferred";
import { CgroupContainment } from "../../../src/taskRunner/process/cgroupContainment";
import { IS_DELEGATED, passesDelegated } from "../testDelegated";
import { passesUnderSystemd } from "../testSystemd";
import { Cgroup } from "../../../src/taskRunner/process/cgroup";
import type { Containment } from "../../../src/taskRunner/process/container";
import { findOrphans } from "../../../src/taskRunner/process/orphans";
import { isKillable } from "../../../src/taskRunner/process/runProcess";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessInfo, ProcessTable } from "../../../src/taskRunner/process/table";
import { TaskRuns } from "../../../src/taskRunner/run/taskRuns";
import { cgroupOf, IS_SCOPE, TestCgroup } from "../testCgroup";
import { isAlive, RunUnderTest, type RunUnderTestOptions } from "./startedRun";

const TOO_LONG_S = 61;
const QUIET = "</dev/null >/dev/null 2>&1";
/** setpriv(1) with root's rights, as sudo without its questions. */
const SUDO = process.env["CANCELLABLE_TASKS_TEST_SUDO"];

/** Each writes a pid to the file FILE. What it starts ignores SIGINT, or is not reached by it. */
const ESCAPES: Readonly<Record<string, string>> = {
  "a daemon: two forks, a session of its own, no environment, no descriptor": `(setsid env -i /bin/bash -c 'exec 97>&-; trap "" INT; (trap "" INT; echo $$ >FILE.new; mv FILE.new FILE; exec sleep ${TOO_LONG_S}) &' ${QUIET} &)`,
  "a server like redis: all of that, and a title written over its environment": `perl -MPOSIX -e 'exit if fork; setsid; exit if fork; POSIX::close($_) for 0 .. 255; $SIG{INT} = "IGNORE"; %ENV = (); $0 = "server *:0" . " " x 4000; chdir "/"; open F, ">FILE.new"; print F $$; close F; rename "FILE.new", "FILE"; sleep ${TOO_LONG_S}'`,
  "a server like nginx: a master without a terminal, and workers": `perl -MPOSIX -e 'exit if fork; setsid; POSIX::close($_) for 0 .. 255; %ENV = (); $SIG{INT} = "IGNORE"; for (1 .. 3) { unless (fork) { $0 = "worker"; sleep ${TOO_LONG_S}; exit } } open F, ">FILE.new"; print F $$; close F; rename "FILE.new", "FILE"; sleep ${TOO_LONG_S}'`,
  "a key agent, which lets nobody read its environment": `perl -MPOSIX -e 'exit if fork; setsid; POSIX::close($_) for 0 .. 255; syscall(157, 4, 0, 0, 0, 0) if -e "/lib64/ld-linux-x86-64.so.2"; $SIG{INT} = "IGNORE"; open F, ">FILE.new"; print F $$; close F; rename "FILE.new", "FILE"; sleep ${TOO_LONG_S}'`,
  // Each generation ends by itself when there is the next one; a hundred of them, within 10 s.
  "a hopper from session to session": `perl -MPOSIX -e 'POSIX::close($_) for 3 .. 255; %ENV = (); $SIG{INT} = "IGNORE"; for my $i (1 .. 100) { exit if fork; setsid; if ($i == 3) { open F, ">FILE.new"; print F $$; close F; rename "FILE.new", "FILE" } select undef, undef, undef, 0.08 }' ${QUIET}`,
  // 64 processes and no more, each in a session of its own; all end by themselves within 15 s.
  "a bounded bomb of forks, each in a session of its own": `perl -MPOSIX -e '%ENV = (); POSIX::close($_) for 3 .. 255; $SIG{INT} = "IGNORE"; my $end = time + 14; exit if fork; for my $depth (1 .. 6) { fork; setsid; select undef, undef, undef, 0.03; if ($depth == 2) { open F, ">FILE.$$"; print F $$; close F; rename "FILE.$$", "FILE" } } select undef, undef, undef, 0.05 while time < $end' ${QUIET}`,
};

/** The real ones, where they are installed. */
const DAEMONS: Readonly<Record<string, readonly [path: string, script: string]>> = {
  "redis-server --daemonize": ["/usr/bin/redis-server", `redis-server --daemonize yes --port 0 --unixsocket FILE.sock --pidfile FILE --logfile FILE.log --dir "$(dirname FILE)" --save "" ${QUIET}`],
  "nginx": [
    "/usr/sbin/nginx",
    `mkdir FILE.d; echo "pid FILE; worker_processes 3; events {} http { access_log off; $(for name in client_body proxy fastcgi uwsgi scgi; do echo "\${name}_temp_path FILE.d/$name;"; done) server { listen unix:FILE.sock; } }" >FILE.conf; /usr/sbin/nginx -p FILE.d -e FILE.log -c FILE.conf ${QUIET}`,
  ],
  "ssh-agent": ["/usr/bin/ssh-agent", `ssh-agent -a FILE.sock | sed -n 's/^SSH_AGENT_PID=\\([0-9]*\\);.*/\\1/p' >FILE`],
};
const DAEMON_SCRIPTS = Object.entries(DAEMONS).flatMap(([name, [path, script]]) => (existsSync(path) ? [[name, script] as const] : []));

describe(`A run in a cgroup${IS_SCOPE ? ", in a scope of systemd's" : IS_DELEGATED ? ", of an ordinary user" : ""}`, () => {
  let cgroup: TestCgroup;
  let folder: string;
  let bystander: ChildProcess;

  beforeEach(async function () {
    const made = await TestCgroup.open();
    if (made === undefined) return this.skip();
    cgroup = made;
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    bystander = await cgroup.start(`exec sleep ${TOO_LONG_S}`);
  });
  afterEach(async () => {
    if ((cgroup as TestCgroup | undefined) === undefined) return;
    await RunUnderTest.cleanUp();
    const isUntouched = bystander.exitCode === null && bystander.signalCode === null;
    const left = cgroup.children;
    await cgroup.remove();
    rmSync(folder, { recursive: true });
    assert.ok(isUntouched, "a process beside the run was killed");
    assert.deepEqual(left, []);
  });

  const run = (definition: Readonly<Record<string, unknown>>, options: RunUnderTestOptions = {}): RunUnderTest =>
    new RunUnderTest(definition, { containment: cgroup.containment(), ...options });

  const escaping = (script: string, then: string, more: Readonly<Record<string, unknown>> = {}): RunUnderTest =>
    run({ command: `${script.replaceAll("FILE", join(folder, "pid"))}\nuntil [ -s ${folder}/pid ]; do sleep 0.01; done; echo ready; ${then}`, waitDelay: 400, ...more });

  const folderOf = (test: RunUnderTest): string => join(cgroup.folder, `cancellable-tasks-${test.run.id}`);

  for (const [name, script] of [...Object.entries(ESCAPES), ...DAEMON_SCRIPTS]) {
    for (const stdio of ["pipe", "pty"]) {
      it(`leaves nothing of ${name} after a Stop, on a ${stdio}`, async () => {
        const test = await escaping(script, "while :; do sleep 0.05; done", { stdio }).ready();
        assert.notDeepEqual(cgroup.members, [bystander.pid]);
        await test.run.stop();
        assert.deepEqual(cgroup.members, [bystander.pid]);
        assert.deepEqual(test.run.snapshot().survivors, []);
        assert.deepEqual(cgroup.children, []);
      });
    }

    it(`lists what is left of ${name}, and kills it`, async () => {
      const test = escaping(script, "exit 0", { waitDelay: 2000 }).start();
      await test.run.ended;
      const { survivors } = test.run.snapshot();
      assert.ok(survivors.length > 0 && survivors.every(({ evidence, owned }) => owned && evidence.includes("contained")));
      await test.run.killAllSurvivors();
      assert.deepEqual(cgroup.members, [bystander.pid]);
    });
  }

  if (SUDO !== undefined) {
    it("kills another user's process, which cannot be asked", async () => {
      const test = await run({ command: `${SUDO} --reuid 0 --clear-groups sleep ${TOO_LONG_S} & until ps -o ruid= -p $! | grep -qx " *0"; do :; done; echo ready; wait`, cancelSignal: "SIGTERM", waitDelay: 400 }).ready();
      await test.run.stop();
      const refused = test.events.flatMap((event) => ("refused" in event ? [[event.kind, event.refused.map(({ user }) => user)]] : []));
      assert.deepEqual([refused[0], refused.at(-1)], [["signaled", ["root"]], ["killed", []]]);
      assert.deepEqual(cgroup.members, [bystander.pid]);
    });

    it("lets another user's process that was left be killed, alone or with the others", async () => {
      const test = run({ command: `for i in 1 2; do setsid ${SUDO} --reuid 0 --clear-groups sleep ${TOO_LONG_S} ${QUIET} & until ps -o ruid= -p $! | grep -qx " *0"; do :; done; done; exit 0`, waitDelay: 400 }).start();
      await test.run.ended;
      const { survivors } = test.run.snapshot();
      assert.deepEqual(survivors.map((info) => [info.user, isKillable(info)]), [["root", true], ["root", true]]);
      await test.run.killSurvivor(survivors[0]?.pid ?? 0);
      assert.equal(cgroup.members.length, 2);
      await test.run.killAllSurvivors();
      assert.deepEqual(cgroup.members, [bystander.pid]);
    });
  }

  it("asks first who has shed everything, once, and kills nobody who obeys", async () => {
    const daemon = `perl -MPOSIX -e 'exit if fork; setsid; %ENV = (); POSIX::close($_) for 0 .. 255; $SIG{INT} = sub { open F, ">>FILE.asked"; print F "asked\\n"; close F; select undef, undef, undef, 0.2; exit }; open F, ">FILE.new"; print F $$; close F; rename "FILE.new", "FILE"; sleep 1 while 1'`;
    const test = await escaping(daemon, "while :; do sleep 0.05; done", { waitDelay: 8000 }).ready();
    await test.run.stop();
    assert.equal(readFileSync(join(folder, "pid.asked"), "utf8"), "asked\n");
    assert.equal(test.kinds.includes("killed"), false);
  });

  it("asks who is born while the others are asked", async () => {
    // The parent, asked, starts one more, which would live on unasked.
    const test = await run({ command: `echo ready; trap 'setsid sh -c "exec sleep ${TOO_LONG_S}" & exit 0' INT; while :; do sleep 0.02; done`, waitDelay: 3000, survivors: "warn" }).ready();
    await test.run.stop();
    assert.deepEqual(cgroup.members, [bystander.pid]);
  });

  it("knows its processes when its tooltip is shown, and what they use, and tells other extensions of that", async () => {
    const test = await run({ command: `setsid sleep ${TOO_LONG_S} & echo ready; i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; wait`, waitDelay: 300 }).ready();
    const scope = { unit: cgroup.unit, because: { kind: "refused", code: "EACCES" } };
    assert.deepEqual(test.run.snapshot().containment, IS_SCOPE ? { kind: "contained", scope } : { kind: "contained" });
    // A look that takes too long on a busy machine is not waited for: the next one is asked.
    let inside = test.run.inside();
    while (inside === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside = test.run.inside();
    }
    assert.equal(inside.processes.length, 2);
    assert.ok(inside.usage.cpuMs > 0);
    const runs = new TaskRuns();
    runs.add(test.run);
    const api = createApi(runs, () => undefined);
    const used = api.usage(test.run.id);
    assert.ok(used !== undefined && used.cpuMs >= inside.usage.cpuMs);
    await test.run.kill();
    assert.deepEqual([api.usage(test.run.id), api.usage("none")], [undefined, undefined]);
  });

  it("has its cancelCommand in it", async () => {
    const test = await run({ command: "trap 'exit 0' TERM; echo ready; while :; do sleep 0.02; done", cancelCommand: "cat /proc/self/cgroup; kill $CANCELLABLE_TASKS_PID" }).ready();
    await test.run.stop();
    assert.match(test.output, new RegExp(`0::.*${basename(folderOf(test))}\n`));
  });

  it("kills what a container runtime in it has put into a cgroup of its own", async () => {
    const nested = `mkdir ${cgroup.folder}/cancellable-tasks-$CANCELLABLE_TASKS_RUN/nested; (echo 0 >${cgroup.folder}/cancellable-tasks-$CANCELLABLE_TASKS_RUN/nested/cgroup.procs; echo $$ >FILE; exec setsid sleep ${TOO_LONG_S}) &`;
    const test = await escaping(nested, "wait").ready();
    await test.run.kill();
    assert.deepEqual(cgroup.members, [bystander.pid]);
  });

  it("can be a run of an editor that itself runs in a task", async () => {
    const outer = await run({ command: `echo $$ >${folder}/outer; echo ready; exec sleep ${TOO_LONG_S}`, waitDelay: 300 }).ready();
    const inner = await run({ command: `setsid sleep ${TOO_LONG_S} & echo ready; wait`, waitDelay: 300 }, { containment: cgroup.containment(folderOf(outer)) }).ready();
    await inner.run.stop();
    assert.equal(outer.run.state.kind, "running");
    await outer.run.stop();
  });

  it("is stopped as ever when its command has moved elsewhere, as systemd-run has it", async () => {
    const test = await run({ command: `echo $$ >${cgroup.folder}/cgroup.procs; sleep ${TOO_LONG_S} & setsid sleep ${TOO_LONG_S} & echo ready; wait`, waitDelay: 300 }).ready();
    assert.equal(cgroup.members.length, 4);
    await test.run.stop();
    assert.deepEqual(cgroup.members, [bystander.pid]);
  });

  it("lets a daemon live on that is meant to, and goes with it", async () => {
    const test = escaping(ESCAPES["a server like redis: all of that, and a title written over its environment"] ?? "", "exit 0", { survivors: "ignore" }).start();
    await test.run.ended;
    test.run.dispose();
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    assert.equal(cgroupOf(pid)?.endsWith(basename(folderOf(test))), true);
    process.kill(pid, "SIGKILL");
    while (existsSync(folderOf(test))) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(await isAlive(pid), false);
  });

  it("is kept in mind while a process lives in it that is hidden, and a later window keeps it in mind, too", async () => {
    const gone = deferred<undefined>();
    const told: boolean[] = [];
    const ended = (_left: unknown, isAll: boolean): void => {
      told.push(isAll);
      if (isAll) gone.resolve(undefined);
    };
    const seen = (list: readonly ProcessInfo[]): ProcessInfo[] => list.filter(({ pid }) => !test.output.includes(`hidden ${pid}\n`));
    const table: ProcessTable = { ...thisTable, list: async () => seen(await thisTable.list()), newcomers: async (since) => seen(await thisTable.newcomers(since)), listNow: (budget, pids) => seen(thisTable.listNow(budget, pids) ?? []) };
    const test: RunUnderTest = run({ command: `sleep ${TOO_LONG_S} ${QUIET} & echo hidden $!` }, { table, protection: { arm: () => ({ started: () => undefined, ended }) } });
    await test.start().run.ended;
    assert.deepEqual(new Set(told), new Set([false]));
    const orphans = await findOrphans(table, { marker: "CANCELLABLE_TASKS_RUN=ab", since: 0, leader: undefined, survivors: [] }, new Cgroup(folderOf(test)));
    assert.deepEqual([orphans.found, orphans.problem === undefined], [[], false]);
    process.kill(Number(/hidden (\d+)/.exec(test.output)?.[1]), "SIGKILL");
    await gone.promise;
    assert.deepEqual(cgroup.children, []);
  });

  it("says that a survivor has ended when it has, without looking again and again", async () => {
    const test = escaping(ESCAPES["a server like redis: all of that, and a title written over its environment"] ?? "", "exit 0", { waitDelay: 2000 }).start();
    await test.run.ended;
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    const gone = new Promise<void>((resolve) => test.run.onDidChange(() => (test.run.snapshot().survivors.length === 0 ? resolve() : undefined)));
    const at = performance.now();
    process.kill(pid, "SIGKILL");
    await gone;
    assert.ok(performance.now() - at < 2000);
  });

  it("knows who holds its output by nothing else than that", async () => {
    const test = escaping(`(setsid env -i bash -c 'exec 97>&-; echo $$ >FILE; exec sleep ${TOO_LONG_S}' &)`, "exit 0", { waitDelay: 500 }).start();
    const outcome = await test.run.ended;
    assert.deepEqual(outcome.kind === "hungPipe" ? outcome.holders.map(({ pid, owned }) => [pid, owned]) : outcome, [[Number(readFileSync(join(folder, "pid"), "utf8")), true]]);
  });

  it("is known by the signs where there is no cgroup, and says why", async () => {
    const test = await run({ command: "echo ready; setsid sleep 61 & wait", waitDelay: 300 }, { containment: { kind: "off" } }).ready();
    assert.deepEqual(test.run.snapshot().containment, { kind: "off" });
    await test.run.stop();
    const refused = await run({ command: "echo ready; setsid sleep 61 & wait", waitDelay: 300 }, { containment: new CgroupContainment(() => join(cgroup.folder, "missing")) }).ready();
    assert.deepEqual(refused.run.snapshot().containment, { kind: "refused", code: "ENOENT" });
    await refused.run.stop();
    assert.deepEqual(test.run.snapshot().survivors, []);
  });

  /** Each run is moved by this, and not by what works here. */
  const movedBy = (mover: readonly string[]): Containment => ({
    available: () => Promise.resolve(undefined),
    open: (id) => {
      const container = new Cgroup(join(cgroup.folder, `cancellable-tasks-${id}`), { mover });
      container.ensure();
      return Promise.resolve(container);
    },
  });

  for (const stdio of ["pipe", "pty"]) {
    it(`is stopped while it is being moved, on a ${stdio}`, async () => {
      const test = run({ command: "echo ready; sleep 61", waitDelay: 10_000, stdio }, { containment: movedBy(["/bin/sh", "-c", `echo $$ >${folder}/new; mv ${folder}/new ${folder}/moving; exec sleep ${TOO_LONG_S}`]) }).start();
      while (!existsSync(join(folder, "moving"))) await new Promise((resolve) => setTimeout(resolve, 5));
      await test.run.stop();
      assert.equal(test.kinds.includes("killed"), false);
      assert.equal(test.output.includes("ready"), false);
      // A start on a terminal is given a second to answer before it is given up.
      while (await isAlive(Number(readFileSync(join(folder, "moving"), "utf8")))) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.deepEqual(cgroup.members, [bystander.pid]);
    });

    it(`runs where it is when it is not moved, and is known by the signs, on a ${stdio}`, async () => {
      const test = await run({ command: "setsid sleep 61 & echo ready; wait", waitDelay: 300, stdio }, { containment: movedBy(["/bin/false"]) }).ready();
      assert.deepEqual(cgroup.members, [bystander.pid]);
      await test.run.stop();
      assert.deepEqual(test.run.snapshot().survivors, []);
    });
  }

  it("that cannot be started leaves no cgroup", async () => {
    const test = run({ command: "/no/such/program", args: [] }).start();
    assert.equal((await test.run.ended).kind, "couldNotStart");
    const late = run({ command: "true", args: [], cwd: join(folder, "missing") }).start();
    assert.equal((await late.run.ended).kind, "couldNotStart");
    assert.deepEqual(cgroup.children, []);
  });

  it("fails as outside when its program cannot be executed", async () => {
    writeFileSync(join(folder, "script"), "#!/no/such/interpreter\n", { mode: 0o755 });
    const outcome = await run({ command: join(folder, "script"), args: [] }).start().run.ended;
    assert.deepEqual(outcome.kind === "couldNotStart" && [outcome.exitCode, /interpreter/.test(outcome.problems.join())], [126, true]);
  });
});

/** Runs the tests once more as another user, who has a setpriv(1) with root's rights where root can give him one. */
async function withSudo(again: (environment: Readonly<Record<string, string>>) => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) {
    await again({});
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
  const sudo = join(folder, "sudo");
  try {
    copyFileSync("/usr/bin/setpriv", sudo);
    chmodSync(folder, 0o755);
    chmodSync(sudo, 0o4755);
    await again({ CANCELLABLE_TASKS_TEST_SUDO: sudo });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("A run in a cgroup that is delegated to an ordinary user", () => {
  it("does all the same", async function () {
    await withSudo((environment) => passesDelegated(this, __filename, ", of an ordinary user", environment));
  });
});

describe("A run in an SSH session, where the editor's cgroup is root's", () => {
  it("does all the same in a scope of systemd's", async function () {
    await withSudo((environment) => passesUnderSystemd(this, __filename, ", in a scope of systemd's", environment));
  });
});
