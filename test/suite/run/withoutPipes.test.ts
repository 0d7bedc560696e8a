// Runs where no FIFO can be made: TMPDIR is full or read-only, or there is no mkfifo.
import assert from "node:assert/strict";
import { fifoStock } from "../../../src/taskRunner/exec/fifo";
import { eventLines } from "../../../src/taskRunner/run/words";
import { RunUnderTest } from "./startedRun";

describe("A run whose output is held", () => {
  const { make, makeOther } = fifoStock;
  const fail = (): Promise<never> => Promise.reject(Object.assign(new Error("no space left on device"), { code: "ENOSPC" }));

  before(async function () {
    if (process.platform !== "linux") this.skip();
    await fifoStock.close();
  });
  beforeEach(() => Object.assign(fifoStock, { make: fail }));
  afterEach(async () => {
    Object.assign(fifoStock, { make, makeOther });
    await RunUnderTest.cleanUp();
  });

  const holder = { command: "sleep 60 & exit 0", waitDelay: 150 };

  it("names the process that holds it where no FIFO can be made", async () => {
    const test = new RunUnderTest(holder).start();
    const outcome = await test.run.ended;
    assert.deepEqual(outcome.kind === "hungPipe" && outcome.holders.map(({ command, owned, holds }) => [command, owned, holds]), [["sleep 60", true, ["stdout", "stderr"]]]);
    assert.equal(test.kinds.includes("noPipes"), false);
  });

  it("says in one line that it has socket pairs where no pipe can be made at all, and that they do not show who holds them", async () => {
    Object.assign(fifoStock, { makeOther: fail });
    const test = new RunUnderTest(holder).start();
    assert.equal((await test.run.ended).kind, "hungPipe");
    const lines = test.events.flatMap(eventLines);
    assert.equal(lines.filter((line) => line.includes("no pipe could be made; using socket pairs instead")).length, 1);
    assert.match(lines.join("\n"), /output was still held by an unknown process \(the output is a socket pair/);
    assert.doesNotMatch(lines.join("\n"), /another user/);
    // It can be killed all the same.
    assert.deepEqual(test.run.snapshot().survivors.map(({ command }) => command), ["sleep 60"]);
  });
});
