// What happens to tasks when the process that runs them gets no chance to stop them.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/taskRunner/base/clock";
import { send } from "../../../src/taskRunner/process/send";
import { thisTable } from "../../../src/taskRunner/process/system";
import { findOrphanedRuns } from "../../../src/taskRunner/run/orphanedRuns";
import { Journal, parseEntry } from "../../../src/taskRunner/recovery/journal";
import { projectRoot } from "../../vscode/projectRoot";
import { markedWith } from "../process/marked";

/** Looks through all processes by a shell take their time on a busy machine, in milliseconds. */
const GONE_MS = 20_000;
const LOOP = "while :; do sleep 0.02; done";
/** A shell starts a program in two steps: for a moment its child is still called as itself. */
const UNTIL_IT_SLEEPS = "until ps -o comm= -p $! | grep -q sleep; do :; done";

/** Resolves when nothing is listed any more; throws with what is listed after this time. */
async function emptied(list: () => Promise<readonly unknown[]>, withinMs: number): Promise<void> {
  const end = Date.now() + withinMs;
  while ((await list()).length > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(await list(), []);
}

describe("When the editor dies", function () {
  this.timeout(60_000);

  let folder: string;
  let journalFolder: string;
  const hosts: ChildProcess[] = [];
  const hosted: string[] = [];

  before(function () {
    if (process.platform === "win32") this.skip();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    journalFolder = join(folder, "runs");
  });
  afterEach(async () => {
    for (const host of hosts.splice(0)) {
      if (host.exitCode === null && host.signalCode === null) host.kill("SIGKILL");
    }
    for (const name of existsSync(journalFolder) ? readdirSync(journalFolder) : []) utimesSync(join(journalFolder, name), 0, 0);
    for (const run of await findOrphanedRuns(new Journal(journalFolder, thisTable), thisTable, systemClock)) {
      await run.killAllSurvivors();
      run.dispose();
    }
    // A test that has failed may have taken the runs over, and not ended them.
    for (const pid of await marked(hosted.splice(0))) send(pid, "SIGKILL");
    assert.deepEqual(existsSync(journalFolder) ? readdirSync(journalFolder).filter((name) => name.endsWith(".new")) : [], []);
    rmSync(folder, { recursive: true });
  });

  /** Runs these in another process. @returns that process, and the ids of the runs */
  async function host(watchdog: "on" | "off", ...definitions: Record<string, unknown>[]): Promise<[ChildProcess, string[]]> {
    const program = join(projectRoot, "out/test/programs/dyingHost.js");
    const child = spawn(process.execPath, [program, journalFolder, watchdog, JSON.stringify(definitions)], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
    });
    hosts.push(child);
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const ids = JSON.parse(line.toString()) as string[];
    hosted.push(...ids);
    return [child, ids];
  }

  /** The journal's finished files. */
  function entries(): string[] {
    return readdirSync(journalFolder).filter((name) => name.endsWith(".json"));
  }

  async function kill(child: ChildProcess): Promise<void> {
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** The live processes of these runs. */
  async function marked(ids: readonly string[]): Promise<number[]> {
    const pids = (await thisTable.list()).filter(({ zombie }) => !zombie).map(({ pid }) => pid);
    const found = await Promise.all(ids.map((id) => markedWith(pids, `CANCELLABLE_TASKS_RUN=${id}`)));
    return found.flatMap((set) => [...set]);
  }

  /** Their command lines. */
  async function left(ids: readonly string[]): Promise<string[]> {
    const infos = await Promise.all((await marked(ids)).map((pid) => thisTable.read(pid)));
    return infos.flatMap((info) => (info === undefined || info.zombie ? [] : [info.command]));
  }

  /** Resolves when no process with this command line is left, also one without the marker, which a watchdog has to look for longer; throws when one is after that time. */
  async function endOf(commandLine: string): Promise<void> {
    const living = async (): Promise<unknown[]> => (await thisTable.describe(await thisTable.list())).filter((info) => info.command === commandLine && !info.zombie);
    await emptied(living, GONE_MS);
  }

  /** The watchdogs that a host has started. Each leads a group, and its helpers are in it. */
  async function watchdogsOf(host: ChildProcess): Promise<Set<number>> {
    const all = await thisTable.describe(await thisTable.list());
    const found = all.filter(({ ppid, command }) => ppid === host.pid && command.includes("stops a task when its editor dies"));
    return new Set(found.map(({ pid }) => pid));
  }

  /** Resolves when nothing of these watchdogs is left. */
  async function goneWatchdogs(watchdogs: ReadonlySet<number>, withinMs = GONE_MS): Promise<void> {
    await emptied(async () => (await thisTable.list()).filter(({ pgid, zombie }) => watchdogs.has(pgid) && !zombie), withinMs);
  }

  async function gone(ids: readonly string[], withinMs: number): Promise<void> {
    await emptied(() => left(ids), withinMs);
  }

  it("each of its tasks is stopped by its watchdog: the obedient ones clean up, the others are killed", async () => {
    const [child, ids] = await host(
      "on",
      { command: `trap 'touch ${folder}/cleaned; exit 0' INT; echo ready; ${LOOP}` },
      { command: `trap 'touch ${folder}/cleaned2; exit 0' TERM; echo ready; ${LOOP}`, cancelSignal: "SIGTERM" },
      { command: `trap '' INT TERM HUP; echo ready; ${LOOP}`, waitDelay: 400 },
      { command: `setsid sleep 61 >/dev/null 2>&1 & env -i setsid sleep 62 & echo ready; ${LOOP}`, waitDelay: 400 },
      { command: `sleep 63 & echo ready; exit 0`, waitDelay: "1h", cancelSignal: "SIGTERM" },
      { command: `trap '' INT; echo ready; kill -STOP $$; ${LOOP}`, waitDelay: 400, cancelSignal: "SIGTERM" },
    );
    await kill(child);
    await gone(ids, GONE_MS);
    assert.ok(existsSync(join(folder, "cleaned")) && existsSync(join(folder, "cleaned2")));
    await endOf("sleep 62");
  });

  it("its tasks on terminals are asked by their watchdogs before anything hangs up on them", async () => {
    const [child, ids] = await host(
      "on",
      { stdio: "pty", command: `trap 'touch ${folder}/hung' HUP; trap 'echo bye; touch ${folder}/cleaned; exit 0' INT; echo ready; ${LOOP}` },
      { stdio: "pty", command: `trap '' INT TERM HUP; echo ready; yes`, waitDelay: 400 },
      { stdio: "pty", command: `trap '' HUP; env -i setsid sleep 66 & echo ready; ${LOOP}`, waitDelay: 400 },
    );
    const watchdogs = await watchdogsOf(child);
    assert.equal(watchdogs.size, 3);
    await kill(child);
    await gone(ids, GONE_MS);
    assert.deepEqual([existsSync(join(folder, "cleaned")), existsSync(join(folder, "hung"))], [true, false]);
    await endOf("sleep 66");
    await goneWatchdogs(watchdogs);
  });

  it("the end of a command on a terminal hangs up on nobody who is still cleaning up", async () => {
    const slow = `trap 'touch ${folder}/hung' HUP; trap 'sleep 0.5; touch ${folder}/cleaned; exit 0' TERM; echo ready; ${LOOP}`;
    const [child, ids] = await host("on", { stdio: "pty", shell: "/bin/sh", command: `(${slow}) & trap 'exit 0' TERM; wait`, cancelSignal: "SIGTERM" });
    const watchdogs = await watchdogsOf(child);
    const [leader] = (await thisTable.describe(await thisTable.list())).filter(({ ppid, command }) => ppid === child.pid && command.startsWith("cancellable-tasks: terminal of"));
    assert.ok(leader !== undefined);
    await kill(child);
    await gone(ids, GONE_MS);
    assert.deepEqual([existsSync(join(folder, "cleaned")), existsSync(join(folder, "hung"))], [true, false]);
    await goneWatchdogs(watchdogs);
    // It is kept by the watchdog, and by nobody else.
    await emptied(() => thisTable.alive([leader]), GONE_MS);
  });

  it("who takes SIGINT for a key is hung up on, and who ignores it gets SIGTERM, before anything is killed", async () => {
    const deaf = (name: string): string => `trap '' INT; trap 'touch ${folder}/${name}; exit 0' TERM; echo ready; ${LOOP}`;
    writeFileSync(join(folder, "rc"), `trap 'touch ${folder}/saved' EXIT; echo ready`);
    const [child, ids] = await host(
      "on",
      { command: `exec bash --rcfile ${folder}/rc -i`, stdio: "pty", waitDelay: 5000 },
      { command: deaf("job"), waitDelay: 2000 },
      { command: deaf("named"), waitDelay: 1000, cancelSignal: "SIGINT" },
    );
    await kill(child);
    await gone(ids, GONE_MS);
    assert.deepEqual(["saved", "job", "named"].map((name) => existsSync(join(folder, name))), [true, true, false]);
  });

  it("what a task types instead of a signal is typed on its terminal, and no process is signalled before half the delay", async () => {
    const app = `trap 'touch ${folder}/asked' INT; echo ready; read -r line; echo "$line" >${folder}/typed`;
    const [child, ids] = await host("on", { stdio: "pty", command: app, cancelInput: "quit\\n ü\n", waitDelay: 8000 });
    await kill(child);
    await gone(ids, GONE_MS);
    assert.deepEqual([readFileSync(join(folder, "typed"), "utf8"), existsSync(join(folder, "asked"))], ["quit\\n ü\n", false]);
  });

  it("who has left the group is asked once, by the parent that passes the signal on", async () => {
    const app = `setsid bash -c "trap 'echo asked >>${folder}/asked; sleep 0.3; touch ${folder}/cleaned; exit 0' TERM; touch ${folder}/up; ${LOOP}"`;
    const wrapper = `${app} & until [ -e ${folder}/up ]; do sleep 0.01; done; trap 'kill -TERM $!; exit 0' TERM; echo ready; ${LOOP}`;
    const [child, ids] = await host("on", { command: wrapper, cancelSignal: "SIGTERM", waitDelay: 8000 }, { command: wrapper.replaceAll(`${folder}/`, `${folder}/2`), stdio: "pty", cancelSignal: "SIGTERM", waitDelay: 8000 });
    await kill(child);
    await gone(ids, GONE_MS);
    for (const name of ["", "2"]) {
      assert.ok(existsSync(join(folder, `${name}cleaned`)));
      assert.equal(readFileSync(join(folder, `${name}asked`), "utf8"), "asked\n");
    }
  });

  it("who has left the group and is not asked by its parent is asked at half the delay", async () => {
    const app = `setsid bash -c "trap 'touch ${folder}/cleaned; exit 0' TERM; touch ${folder}/up; ${LOOP}"`;
    const [child, ids] = await host("on", { command: `${app} & until [ -e ${folder}/up ]; do sleep 0.01; done; trap '' TERM; echo ready; ${LOOP}`, cancelSignal: "SIGTERM", waitDelay: 2000 });
    await kill(child);
    await gone(ids, GONE_MS);
    assert.ok(existsSync(join(folder, "cleaned")));
  });

  it("who was born in the group after it was asked is asked at half the delay, and no other one again", async () => {
    const born = `bash -c "trap 'echo born >>${folder}/asked; exit 0' TERM; touch ${folder}/up; ${LOOP}"`;
    const old = `bash -c "trap 'echo old >>${folder}/asked' TERM; touch ${folder}/old; ${LOOP}"`;
    const command = `${old} & until [ -e ${folder}/old ]; do sleep 0.01; done; trap 'trap : TERM; ${born.replaceAll("'", `'\\''`)} & wait; exit 0' TERM; echo ready; ${LOOP}`;
    const [child, ids] = await host("on", { command, cancelSignal: "SIGTERM", waitDelay: 8000 });
    await kill(child);
    await gone(ids, GONE_MS);
    assert.deepEqual(readFileSync(join(folder, "asked"), "utf8"), "old\nborn\n");
  });

  it("a clean-up that was begun on the first signal, or on what was typed instead, is asked once", async () => {
    writeFileSync(join(folder, "cleanUp"), `trap 'echo asked >>${folder}/$1' TERM; ${LOOP}`);
    const cleanUp = (name: string): string => `bash ${folder}/cleanUp ${name}`;
    const [child, ids] = await host(
      "on",
      { command: `trap 'setsid ${cleanUp("apart")} & wait' TERM; echo ready; ${LOOP}`, cancelSignal: "SIGTERM", waitDelay: 4000 },
      { stdio: "pty", command: `echo ready; read -r line; setsid ${cleanUp("apart2")} & ${cleanUp("group2")} & wait`, cancelInput: "quit\n", cancelSignal: "SIGTERM", waitDelay: 4000 },
    );
    await kill(child);
    await gone(ids, GONE_MS);
    for (const name of ["apart", "apart2", "group2"]) assert.deepEqual([name, readFileSync(join(folder, name), "utf8")], [name, "asked\n"]);
  });

  it("nothing of a watchdog lives on whose task has died with the editor", async () => {
    const [child, ids] = await host("on", { command: `echo ready; exec sleep 67` });
    const watchdogs = await watchdogsOf(child);
    assert.equal(watchdogs.size, 1);
    child.kill("SIGSTOP"); // So that it does not see its task die, and tells the watchdog nothing.
    const [leader] = await marked(ids);
    assert.ok(leader !== undefined);
    process.kill(leader, "SIGKILL");
    await gone(ids, GONE_MS);
    await kill(child);
    await goneWatchdogs(watchdogs);
  });

  it("who only holds the output of a task is stopped by the watchdog, too", async () => {
    const [child] = await host("on", { command: "env -i setsid sleep 64 & sleep 0.1; echo ready; exit 0", waitDelay: 2000, cancelSignal: "SIGTERM" });
    await kill(child);
    await endOf("sleep 64");
  });

  it("a task that kills its whole group does not kill its watchdog", async () => {
    const [child, ids] = await host("on", { command: `setsid sleep 61 >/dev/null 2>&1 & trap '' INT; kill -INT 0; pkill -HUP -x -P $PPID sh; echo ready; ${LOOP}`, waitDelay: 300 });
    await kill(child);
    await gone(ids, GONE_MS);
  });

  it("its tasks are only asked where they are to be waited for for ever", async () => {
    const [child, ids] = await host("on", { command: `trap 'touch ${folder}/asked' INT; echo ready; ${LOOP}`, waitDelay: 0 });
    await kill(child);
    while (!existsSync(join(folder, "asked"))) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.notDeepEqual(await left(ids), []);
  });

  it("and there is no watchdog, the next window finds everything, can kill it, and then forgets it", async () => {
    const [child, ids] = await host("off", { command: `setsid sleep 61 >/dev/null 2>&1 & ${UNTIL_IT_SLEEPS}; echo ready; ${LOOP}`, env: { A: "1" } }, { command: `echo ready; ${LOOP}` });
    await kill(child);
    const journal = new Journal(journalFolder, thisTable);
    const lost = await findOrphanedRuns(journal, thisTable, systemClock);
    assert.deepEqual(lost.map(({ id }) => id).sort(), [...ids].sort());
    const [first] = lost.filter(({ label }) => label === "task 0");
    assert.ok(first !== undefined);
    assert.ok(first.snapshot().survivors.some(({ command, evidence }) => command === "sleep 61" && evidence.includes("marker")));
    assert.deepEqual(first.snapshot().state.kind === "ended" && first.state.kind === "ended" && first.state.outcome, { kind: "lost" });
    for (const run of lost) await run.killAllSurvivors();
    await Promise.all(lost.map(({ gone: end }) => end));
    await gone(ids, 1000);
    await journal.settled();
    // It may have died while it wrote: what it has not finished is swept away later.
    assert.deepEqual(entries(), []);
    lost.forEach((run) => run.dispose());
  });

  it("the next window claims nothing while a watchdog still grants the delay, and has nothing to show when that has done its work", async () => {
    const [child, ids] = await host("on", { command: `trap '' INT; echo ready; ${LOOP}`, waitDelay: 700 });
    const watchdogs = await watchdogsOf(child);
    await kill(child);
    assert.notDeepEqual(await left(ids), []);
    const journal = new Journal(journalFolder, thisTable);
    assert.deepEqual([await findOrphanedRuns(journal, thisTable, systemClock), entries().length], [[], 1]);
    await goneWatchdogs(watchdogs);
    assert.deepEqual(await left(ids), []);
    assert.deepEqual([await findOrphanedRuns(journal, thisTable, systemClock), entries()], [[], []]);
  });

  it("only one of several windows that come up takes over what it has left", async () => {
    const [child, ids] = await host("off", ...Array.from({ length: 4 }, () => ({ command: `echo ready; ${LOOP}` })));
    await kill(child);
    const windows = await Promise.all([1, 2, 3].map(() => new Journal(journalFolder, thisTable).takeOver()));
    assert.deepEqual(windows.flat().map(({ id }) => id).sort(), [...ids].sort());
    // They are this process's now: put back under the dead one's name for the clean-up.
    for (const name of entries()) writeFileSync(join(journalFolder, name.replace(/\.\d+-\d+\./, `.${child.pid ?? 0}-1.`)), readFileSync(join(journalFolder, name)));
  });

  it("a window leaves the runs of another one that lives alone", async () => {
    const [child] = await host("on", { command: `echo ready; ${LOOP}`, waitDelay: 100 });
    assert.deepEqual(await new Journal(journalFolder, thisTable).takeOver(), []);
    assert.equal(entries().length, 1);
    await kill(child);
  });

  it("nothing is taken over from a machine or a container that is another one, and nothing of an earlier boot", async () => {
    const [child] = await host("on", { command: `echo ready; ${LOOP}`, waitDelay: 100 });
    const [name = ""] = entries();
    const entry = parseEntry(readFileSync(join(journalFolder, name), "utf8"));
    assert.ok(entry !== undefined);
    const write = (id: string, host: object): void => writeFileSync(join(journalFolder, `${id}.99999-1.json`), JSON.stringify({ ...entry, id, host: { ...entry.host, ...host } }));
    write("aa", { boot: "another", machine: "elsewhere" });
    write("bb", { namespace: "pid:[1]" });
    write("cc", { boot: "another" });
    writeFileSync(join(journalFolder, "dd.99999-1.json"), "{ half of an ent");
    assert.deepEqual(await new Journal(journalFolder, thisTable).takeOver(), []);
    assert.deepEqual(entries().sort(), [name, "aa.99999-1.json", "bb.99999-1.json", "dd.99999-1.json"].sort());
    await kill(child);
    ["aa", "bb", "dd"].forEach((id) => rmSync(join(journalFolder, `${id}.99999-1.json`)));
  });
});
