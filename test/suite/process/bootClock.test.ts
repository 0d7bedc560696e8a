import assert from "node:assert/strict";
import { BootClock } from "../../../src/taskRunner/process/bootClock";
import { thisTable } from "../../../src/taskRunner/process/system";

describe("The clock of start times", () => {
  it("is the uptime where that is the host's", () => {
    let uptime = 100.02;
    const clock = new BootClock(() => uptime, () => uptime);
    clock.sawStart(9000);
    clock.sawStart(10_002);
    uptime = 101;
    assert.equal(clock.now(), 10_100);
  });

  /** Shows each of these starts (ticks) at the uptime (s) before it; a clock that goes on with the uptime. */
  function shown(...seen: (readonly [uptime: number, start: number])[]): { readonly clock: BootClock; at: (uptime: number, elapsed?: number) => number } {
    let [uptime, elapsed] = [0, 0];
    const clock = new BootClock(() => uptime, () => elapsed);
    for (const [at, start] of seen) {
      uptime = elapsed = at;
      clock.sawStart(start);
    }
    return { clock, at: (time, since = time) => (([uptime, elapsed] = [time, since]), clock.now()) };
  }

  it("is ahead of an uptime that is the container's, as the youngest process shows, but for a tick", () => {
    const { clock, at } = shown([7.01, 500_001], [7.01, 400_000]);
    assert.equal(at(7.01), 500_000);
    assert.equal(at(9), 500_199);
    clock.sawStart(500_203);
    assert.equal(at(9), 500_202);
    assert.equal(at(10), 500_302);
  });

  it("is not ahead of a start that follows, where the container's age is rounded up", () => {
    // It is 7.006 s, and 7.009 s when the next one starts.
    assert.ok(shown([7.001, 500_700]).at(7.01) <= 500_700);
  });

  it("is not ahead of a start that follows, where the container's age is told in whole seconds", () => {
    const { at } = shown([7, 500_795], [8, 500_801]);
    assert.ok(at(8) <= 500_801 && at(8) >= 500_701);
  });

  it("is the host's again when the container's age is not told any more", () => {
    const { clock, at } = shown([7.01, 500_701]);
    assert.equal(at(5007, 7.02), 500_700);
    clock.sawStart(500_760);
    assert.ok(at(5007, 7.6) <= 500_760);
  });

  it("has no process start in the future", async function () {
    if (process.platform !== "linux") this.skip();
    const self = await thisTable.read(process.pid);
    assert.ok(self !== undefined && self.start <= thisTable.now());
  });
});
