import assert from "node:assert/strict";
import { BootClock } from "../../../src/taskRunner/process/bootClock";
import { thisTable } from "../../../src/taskRunner/process/system";

describe("The clock of start times", () => {
  it("is the uptime where that is the host's", () => {
    let uptime = 100.02;
    const clock = new BootClock(() => uptime);
    clock.sawStart(9000);
    clock.sawStart(10_002);
    uptime = 101;
    assert.equal(clock.now(), 10_100);
  });

  it("is ahead of an uptime that is the container's, as the youngest process shows", () => {
    let uptime = 7;
    const clock = new BootClock(() => uptime);
    clock.sawStart(500_000);
    clock.sawStart(400_000);
    assert.equal(clock.now(), 500_000);
    uptime = 9;
    assert.equal(clock.now(), 500_200);
    clock.sawStart(500_203);
    assert.equal(clock.now(), 500_203);
    uptime = 10;
    assert.equal(clock.now(), 500_303);
  });

  it("has no process start in the future", async function () {
    if (process.platform !== "linux") this.skip();
    const self = await thisTable.read(process.pid);
    assert.ok(self !== undefined && self.start <= thisTable.now());
  });
});
