// The extension host's event loop is often busy: what a timer may not overtake then.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/taskRunner/exec/clock";
import { Delay } from "../../../src/taskRunner/exec/delay";
import { FakeClock } from "../fakeClock";
import { delayedBy, whenDelayRuns } from "./delayed";
import { blockUntil, cleanUp, closeSpares, collected, temporaryFolder, TOO_LONG_S, until } from "./started";

const DELAY_MS = 1000;

let clock: FakeClock;
let controller: AbortController;
beforeEach(() => {
  clock = new FakeClock();
  controller = new AbortController();
});
afterEach(cleanUp);
after(closeSpares);

describe("When our own event loop was blocked past the delay", () => {
  it("nothing is lost that was written before", async () => {
    const folder = temporaryFolder();
    const cmd = delayedBy(new Delay(DELAY_MS, clock), `{ until [ -e ${folder}/go ]; do sleep 0.01; done; head -c 50000 /dev/zero; echo late; touch ${folder}/written; exec sleep ${TOO_LONG_S}; } & exit 0`, controller.signal);
    await cmd.start();
    const { error } = await whenDelayRuns(cmd);
    writeFileSync(join(folder, "go"), "");
    blockUntil(() => existsSync(join(folder, "written")));
    clock.advance(DELAY_MS);
    assert.equal((await error).name, "ErrWaitDelay");
    assert.equal(collected(cmd.stdout), `${"\0".repeat(50_000)}late\n`);
  });

  it("nothing is lost that was written before the process had to be killed", async () => {
    const folder = temporaryFolder();
    const cmd = delayedBy(new Delay(DELAY_MS, clock), `trap '' TERM; until [ -e ${folder}/go ]; do sleep 0.01; done; echo late; touch ${folder}/written; exec sleep ${TOO_LONG_S}`, controller.signal);
    await cmd.start();
    controller.abort();
    const { error } = await whenDelayRuns(cmd);
    writeFileSync(join(folder, "go"), "");
    blockUntil(() => existsSync(join(folder, "written")));
    clock.advance(DELAY_MS);
    assert.equal((await error).message, "signal: killed");
    assert.equal(collected(cmd.stdout), "late\n");
  });

  it("nobody is blamed who had closed the output before", async () => {
    const folder = temporaryFolder();
    const cmd = delayedBy(new Delay(DELAY_MS, clock), `{ until [ -e ${folder}/go ]; do sleep 0.01; done; exec >/dev/null 2>&1; touch ${folder}/closed; } & exit 0`, controller.signal);
    // On the real clock: that a late timer does not overtake earlier events is its promise.
    cmd.delay = new Delay(200, systemClock);
    await cmd.start();
    const waiting = cmd.wait();
    await until(() => cmd.delay?.expiresAt !== undefined);
    const expiresAt = cmd.delay.expiresAt ?? 0;
    writeFileSync(join(folder, "go"), "");
    blockUntil(() => existsSync(join(folder, "closed")) && systemClock.now() > expiresAt + 50);
    await waiting;
  });

  it("a process is not killed that had ended before", async () => {
    const folder = temporaryFolder();
    const cmd = delayedBy(new Delay(DELAY_MS, clock), `until [ -e ${folder}/go ]; do sleep 0.01; done; exec 9>${folder}/ending; exit 0`, controller.signal);
    cmd.delay = new Delay(200, systemClock);
    let calls = 0;
    cmd.terminate = () => {
      calls++;
    };
    await cmd.start();
    controller.abort();
    const { error } = await whenDelayRuns(cmd);
    const expiresAt = cmd.delay.expiresAt ?? 0;
    const { pid } = cmd.process ?? {};
    writeFileSync(join(folder, "go"), "");
    blockUntil(() => existsSync(join(folder, "ending")) && systemClock.now() > expiresAt + 50 && hasEnded(pid));
    assert.equal((await error).message, "context canceled");
    assert.equal(calls, 0);
  });
});

/** Whether it is a zombie (where /proc tells). */
function hasEnded(pid: number | undefined): boolean {
  if (process.platform !== "linux") return true;
  return / Z /.test(readFileSync(`/proc/${pid ?? 0}/stat`, "latin1"));
}
