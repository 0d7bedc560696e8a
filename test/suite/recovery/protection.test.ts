// What the protection of a run must never do to the run itself.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessInfo } from "../../../src/taskRunner/process/table";
import { WatchdogAndJournal, type CrashProtection } from "../../../src/taskRunner/recovery/crashProtection";
import { Journal, parseEntry } from "../../../src/taskRunner/recovery/journal";
import { RunUnderTest } from "../run/startedRun";

const LOOP = "while :; do sleep 0.02; done";

describe("A run that is watched", () => {
  let folder: string;
  let protection: CrashProtection;

  before(function () {
    if (process.platform === "win32") this.skip();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    protection = new WatchdogAndJournal(thisTable, new Journal(folder, thisTable, "/home/me/own"), true);
  });
  afterEach(async () => {
    await RunUnderTest.cleanUp();
    rmSync(folder, { recursive: true });
  });

  for (const stdio of ["pipe", "pty"]) {
    it(`does not block on an output that nothing reads any more because its writer has failed, on a ${stdio}`, async () => {
      const write = (): never => {
        throw new Error("the terminal is gone");
      };
      const test = new RunUnderTest({ stdio, command: "yes", args: [], waitDelay: "1h" }, { protection, output: { write } }).start();
      const outcome = await test.run.ended;
      assert.equal(outcome.kind === "signaled" ? outcome.signal : outcome.kind, stdio === "pipe" ? "SIGPIPE" : "exited"); // On a closed terminal a write fails (EIO).
    });
  }

  it("runs although its watchdog cannot be started", async () => {
    const broken: CrashProtection = {
      arm: (run) => {
        const armed = protection.arm(run);
        // Node throws.
        const wrong = { kind: "output", file: { dev: 0, ino: 0, fd: "nothing" as unknown as number } } as const;
        return { ...armed, started: (pid, _pipes, reaped) => armed.started(pid, [wrong], reaped) };
      },
    };
    const test = new RunUnderTest({ command: "echo ready; exit 3" }, { protection: broken }).start();
    assert.deepEqual(await test.run.ended, { kind: "exited", code: 3, stop: undefined });
  });

  it("has the watchdog, its command and the folder in the journal by the time that its command has been started", async () => {
    const journal = new Journal(folder, thisTable, "/home/me/own");
    const armed = new WatchdogAndJournal(thisTable, journal, true);
    const test = await new RunUnderTest({ command: "echo ready; exec sleep 60" }, { protection: armed }).ready();
    await journal.settled();
    const entry = parseEntry(readFileSync(join(folder, readdirSync(folder).find((name) => name.endsWith(".json")) ?? ""), "utf8"));
    assert.deepEqual([entry?.leader?.pid, entry?.folder], [test.pid, "/home/me/own"]);
    const watchdog = await thisTable.read(entry?.watchdog?.pid ?? 0);
    assert.deepEqual([watchdog?.start, watchdog?.ppid], [entry?.watchdog?.start, process.pid]);
    await test.run.kill();
  });

  it("has nothing in the journal when it has ended, but for one with survivors until they are gone", async () => {
    const journal = new Journal(folder, thisTable);
    const armed = new WatchdogAndJournal(thisTable, journal, true);
    const one = new RunUnderTest({ command: "true" }, { protection: armed }).start();
    const two = new RunUnderTest({ command: "setsid sleep 61 >/dev/null 2>&1 & exit 0" }, { protection: armed }).start();
    await Promise.all([one.run.ended, two.run.ended]);
    await journal.settled();
    assert.deepEqual(readdirSync(folder).map((name) => name.split(".")[0]), [two.run.id]);
    await two.run.killAllSurvivors();
    await journal.settled();
    assert.deepEqual(readdirSync(folder), []);
  });

  it("ends on a terminal as it does without a watchdog, and so does what leads its session", async () => {
    const test = await new RunUnderTest({ stdio: "pty", command: "echo ready; read -r line; exit 3" }, { protection }).ready();
    const leaders = async (): Promise<ProcessInfo[]> =>
      (await thisTable.describe(await thisTable.list())).filter(({ ppid, command }) => ppid === process.pid && command.startsWith("cancellable-tasks: terminal of"));
    assert.equal((await leaders()).length, 1);
    test.run.console.write("\r");
    const outcome = await test.run.ended;
    assert.ok(outcome.kind === "exited" && outcome.code === 3);
    while ((await leaders()).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it("has a watchdog that costs less than 2 MB and no processor time while it waits, and goes when the run has ended", async function () {
    if (process.platform !== "linux") this.skip();
    const test = await new RunUnderTest({ command: `echo ready; ${LOOP}` }, { protection }).ready();
    const watchdogs = async (): Promise<number[]> => {
      const ours = (await thisTable.list()).filter((info) => info.ppid === process.pid && !info.zombie);
      return (await thisTable.describe(ours)).filter(({ command }) => command.includes("Cancellable Tasks: stops a task")).map(({ pid }) => pid);
    };
    const [watchdog] = await watchdogs();
    assert.ok(watchdog !== undefined);
    const kB = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${watchdog}/smaps_rollup`, "utf8"))?.[1]);
    assert.ok(kB("Rss") < 2048, `${kB("Rss")} kB`);
    const ticks = (): string => readFileSync(`/proc/${watchdog}/stat`, "utf8").split(" ").slice(13, 15).join(" ");
    const before = ticks();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(ticks(), before);
    await test.run.stop();
    while ((await watchdogs()).includes(watchdog)) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});
