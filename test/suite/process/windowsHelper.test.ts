// What is said to the helper for Windows, with a stand-in for it that runs anywhere.
import assert from "node:assert/strict";
import { systemCode } from "../../../src/taskRunner/base/errors";
import type { Launch } from "../../../src/taskRunner/process/win32/protocol";
import { helperTable } from "../../../src/taskRunner/process/win32/helperTable";
import type { WindowsHelper } from "../../../src/taskRunner/process/win32/windowsHelper";
import type { ProcessInfo } from "../../../src/taskRunner/process/table";
import { windowsTable } from "../../../src/taskRunner/process/windows";
import { rejection } from "../exec/started";
import { useScriptedHelper } from "./scriptedHelper";

const LAUNCH: Launch = { op: "launch", run: "a", file: "x", line: "x", dir: "", env: [], streams: [null, null, null] };
const isAny = (value: unknown): value is unknown => value !== undefined;

describe("The helper for Windows", () => {
  const startHelper = useScriptedHelper();
  let helper: WindowsHelper;

  async function start(...how: Parameters<typeof startHelper>): Promise<void> {
    helper = await startHelper(...how);
  }

  const hold = (ms: number): string => `const end = Date.now() + ${ms}; while (Date.now() < end);`;

  it("is waited for longer while it starts a program, in which a virus scanner may hold it, and so is what else it is asked then", async () => {
    await start(`if (request.op === "launch") { ${hold(1500)} } tell([1, 2, 3, "x"])`, { answer: 300, launch: 60_000, more: 10 });
    const launched = helper.ask(LAUNCH, isAny);
    await Promise.all([launched, helper.ask({ op: "list" }, isAny)]);
    assert.equal(helper.isReady, true);
  });

  it("has not gone silent when what it was asked before has taken most of the time that a question has", async () => {
    await start(`if (request.op === "launch") { ${hold(290)} } else { ${hold(200)} } tell([])`, { answer: 300, launch: 60_000, more: 10 });
    await Promise.all([helper.ask(LAUNCH, isAny), helper.ask({ op: "list" }, isAny), helper.ask({ op: "list" }, isAny)]);
    assert.equal(helper.isReady, true);
  });

  it("has answered in time when its answer is there after our own event loop has stood still", async () => {
    await start("tell([])", { answer: 300, launch: 300, more: 1000 });
    const [listed, launched] = [helper.ask({ op: "list" }, isAny), helper.ask(LAUNCH, isAny)];
    await new Promise(setImmediate);
    for (const end = Date.now() + 1000; Date.now() < end; );
    await Promise.all([listed, launched]);
    assert.equal(helper.isReady, true);
  });

  it("is asked for the Ctrl+Cs of one moment at once, and which of them has reached its process is told of each", async () => {
    await start("tell(request.processes.length === 3 ? [[11, true], [12, false]] : [])", { answer: 60_000, launch: 60_000, more: 10 });
    const table = helperTable(helper, windowsTable);
    const sent = [11, 12, 13].map((pid) => table.signal({ pid, start: 1 } as ProcessInfo, "SIGINT"));
    assert.deepEqual([await sent[0], await sent[2]], [true, false]);
    await assert.rejects(sent[1] ?? assert.fail(), /^Error: it has no console that a Ctrl\+C could be sent to$/);
  });

  it("may have started what it was asked to when it is lost meanwhile, and has not when it was lost before", async () => {
    await start('if (request.op === "launch") process.exit(1)', { answer: 60_000, launch: 60_000, more: 10 });
    assert.equal(systemCode(await rejection(helper.ask(LAUNCH, isAny))), "EHELPER");
    assert.equal(systemCode(await rejection(helper.ask(LAUNCH, isAny))), undefined);
    await start("", { answer: 60_000, launch: 100, more: 10 });
    assert.equal(systemCode(await rejection(helper.ask(LAUNCH, isAny))), "EHELPER");
    assert.equal(helper.isReady, false);
  });
});
