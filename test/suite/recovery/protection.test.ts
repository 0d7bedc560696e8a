// What the protection of a run must never do to the run itself.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { thisTable } from "../../../src/taskRunner/process/system";
import { WatchdogAndJournal, type CrashProtection } from "../../../src/taskRunner/recovery/crashProtection";
import { Journal, parseEntry } from "../../../src/taskRunner/recovery/journal";
import { RunUnderTest } from "../run/startedRun";

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
});
