import assert from "node:assert/strict";
import { Calendar } from "../../../src/taskRunner/base/clock";

const HOUR = 3_600_000;

describe("The time of the day that is shown", () => {
  let wall: number;
  let monotonic: number;
  let boot: number;
  let calendar: Calendar;
  beforeEach(() => {
    [wall, monotonic, boot] = [1_700_000_000_000, 1_700_000_000_000, 5000];
    calendar = new Calendar({ wall: () => wall, monotonic: () => monotonic, boot: () => boot });
  });

  function pass(ms: number): void {
    wall += ms;
    monotonic += ms;
    boot += ms;
  }

  function sleep(ms: number): void {
    wall += ms;
    boot += ms;
  }

  it("is that of the wall clock", () => {
    const at = calendar.now();
    pass(5000);
    assert.equal(calendar.dateOf(at), 1_700_000_000_000);
    assert.equal(calendar.dateOf(calendar.now()), wall);
  });

  it("is right for what was before and after the clock has been set", () => {
    const before = calendar.now();
    pass(5000);
    wall -= HOUR;
    assert.equal(calendar.dateOf(before), wall - 5000);
    pass(1000);
    assert.equal(calendar.dateOf(calendar.now()), wall);
    assert.equal(calendar.now() - before, 6000);
  });

  it("is right for what was before and after the machine has slept", () => {
    const before = calendar.now();
    pass(5000);
    sleep(8 * HOUR);
    assert.equal(calendar.dateOf(before), 1_700_000_000_000);
    const after = calendar.now();
    pass(1000);
    assert.equal(calendar.dateOf(after), wall - 1000);
    sleep(HOUR);
    assert.deepEqual([before, after].map((time) => calendar.dateOf(time)), [1_700_000_000_000, 1_700_000_005_000 + 8 * HOUR]);
  });

  it("does not flicker with what the clocks differ by", () => {
    const at = calendar.now();
    const shown = calendar.dateOf(at);
    pass(1000);
    wall += 3;
    boot -= 7;
    assert.equal(calendar.dateOf(at), shown);
  });
});
