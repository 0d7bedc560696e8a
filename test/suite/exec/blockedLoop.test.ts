// The extension host's event loop is often busy: what a timer may not overtake then.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { systemClock } from "../../../src/taskRunner/base/clock";
import type { Cmd } from "../../../src/taskRunner/exec/cmd";
import { Delay } from "../../../src/taskRunner/exec/delay";
import { FakeClock } from "../fakeClock";
import { delayedBy, whenDelayRuns } from "./delayed";
import { blockUntil, cleanUp, closeSpares, collected, temporaryFolder, TOO_LONG_S, until } from "./started";

const DELAY_MS = 200;
/** What the processes and the test tell each other by: files, because our event loop does not run. */
let folder: string;
let controller: AbortController;
beforeEach(() => {
  folder = temporaryFolder();
  controller = new AbortController();
});
afterEach(cleanUp);
after(closeSpares);

/** Starts a script in which `${go}` waits until the test says so. */
async function startDelayed(delay: Delay, script: (go: string) => string): Promise<Cmd> {
  const cmd = delayedBy(delay, script(`until [ -e ${folder}/go ]; do sleep 0.01; done`), controller.signal);
  await cmd.start();
  return cmd;
}

/** Says so, and keeps our event loop from running until the script has made the file and the condition holds. */
async function goAndBlockUntil(file: string, condition = () => true): Promise<void> {
  // In this phase of the loop timers come next, and only then what has happened outside.
  await nextTurn();
  writeFileSync(join(folder, "go"), "");
  blockUntil(() => existsSync(join(folder, file)) && condition());
}

describe("When our own event loop was blocked past the delay", () => {
  it("nothing is lost that was written before", async () => {
    const clock = new FakeClock();
    const writeAndHold = `head -c 50000 /dev/zero; echo late; touch ${folder}/written; exec sleep ${TOO_LONG_S}`;
    const cmd = await startDelayed(new Delay(DELAY_MS, clock), (go) => `{ ${go}; ${writeAndHold}; } & exit 0`);
    const { error } = await whenDelayRuns(cmd);
    await goAndBlockUntil("written");
    clock.advance(DELAY_MS);
    assert.equal((await error).name, "ErrWaitDelay");
    assert.equal(collected(cmd.stdout), `${"\0".repeat(50_000)}late\n`);
  });

  it("nothing is lost that was written before the process had to be killed", async () => {
    const clock = new FakeClock();
    const writeAndHang = `echo late; touch ${folder}/written; exec sleep ${TOO_LONG_S}`;
    const cmd = await startDelayed(new Delay(DELAY_MS, clock), (go) => `${go}; ${writeAndHang}`);
    controller.abort();
    const { error } = await whenDelayRuns(cmd);
    await goAndBlockUntil("written");
    clock.advance(DELAY_MS);
    assert.equal((await error).message, "signal: killed");
    assert.equal(collected(cmd.stdout), "late\n");
  });

  // The following on the real clock: that a late timer does not overtake what came earlier is its promise.

  it("nobody is blamed who had closed the output before", async () => {
    const delay = new Delay(DELAY_MS, systemClock);
    const cmd = await startDelayed(delay, (go) => `{ ${go}; exec >/dev/null 2>&1; touch ${folder}/closed; } & exit 0`);
    const waiting = cmd.wait();
    await until(() => delay.expiresAt !== undefined);
    const over = (delay.expiresAt ?? 0) + 50;
    await goAndBlockUntil("closed", () => systemClock.now() > over);
    await waiting;
  });

  it("a process is not killed that had ended before", async function () {
    if (process.platform !== "linux") return this.skip();
    const delay = new Delay(DELAY_MS, systemClock);
    const cmd = await startDelayed(delay, (go) => `${go}; touch ${folder}/ending; exit 0`);
    let calls = 0;
    cmd.terminate = () => {
      calls++;
    };
    controller.abort();
    const { error } = await whenDelayRuns(cmd);
    const over = (delay.expiresAt ?? 0) + 50;
    await goAndBlockUntil("ending", () => systemClock.now() > over && isZombie(cmd.process?.pid));
    assert.equal((await error).message, "context canceled");
    assert.equal(calls, 0);
  });
});

/** Linux: whether it has ended, and nobody has taken notice yet. */
function isZombie(pid = 0): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
}
