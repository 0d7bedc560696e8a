import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { systemClock, type Clock } from "../../../src/taskRunner/base/clock";
import { Delay } from "../../../src/taskRunner/exec/delay";
import { FakeClock } from "../fakeClock";
import { blockUntil } from "./started";

/** What every clock promises. @param pass lets at least `ms` milliseconds go by */
function describeClock(make: () => { clock: Clock; pass: (ms: number) => Promise<void> }): void {
  it("calls back once, not before the time has passed", async () => {
    const { clock, pass } = make();
    const start = clock.now();
    const calls: number[] = [];
    clock.after(20, () => calls.push(clock.now() - start));
    assert.deepEqual(calls, []);
    await pass(40);
    await pass(40);
    assert.deepEqual(calls.map((ms) => ms >= 20), [true], `called back after ${calls.join()} ms`);
  });

  it("calls back in the order of the times", async () => {
    const { clock, pass } = make();
    const order: number[] = [];
    for (const ms of [60, 1, 30]) clock.after(ms, () => order.push(ms));
    await pass(120);
    assert.deepEqual(order, [1, 30, 60]);
  });

  it("does not call back when cancelled, before or in the same moment", async () => {
    const { clock, pass } = make();
    let calls = 0;
    const [first, second] = [1, 2].map((ms) => clock.after(ms, () => calls++));
    first?.cancel();
    clock.after(0, () => second?.cancel());
    await pass(30);
    assert.equal(calls, 0);
    first?.cancel();
  });

  it("counts longer than setTimeout can", async () => {
    const { clock, pass } = make();
    let calls = 0;
    const timers = [2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53].map((ms) => clock.after(ms, () => calls++));
    await pass(30);
    assert.equal(calls, 0);
    timers.forEach((timer) => timer.cancel());
  });

  it("moves on with the time", async () => {
    const { clock, pass } = make();
    const start = clock.now();
    await pass(20);
    assert.ok(clock.now() - start >= 20);
  });
}

describe("The system's clock", () => {
  describeClock(() => ({
    clock: systemClock,
    // By a timer of its own, that comes after those which are due before it.
    pass: (ms) => new Promise((resolve) => systemClock.after(ms, resolve)),
  }));

  it("does not call back when cancelled by another one that is late together with it", async () => {
    let calls = 0;
    const end = performance.now() + 10;
    systemClock.after(1, () => second.cancel());
    const second = systemClock.after(2, () => calls++);
    blockUntil(() => performance.now() > end);
    await new Promise<void>((resolve) => systemClock.after(20, resolve));
    assert.equal(calls, 0);
  });

  it("never gives setTimeout more than it can count", async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning.name);
    process.on("warning", onWarning);
    const timer = systemClock.after(2 ** 40, () => undefined);
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
    timer.cancel();
    process.off("warning", onWarning);
    assert.ok(!warnings.includes("TimeoutOverflowWarning"));
  });

  it("counts from the epoch", () => {
    assert.ok(Math.abs(systemClock.now() - Date.now()) < 60_000);
  });
});

describe("The fake clock", () => {
  describeClock(() => {
    const clock = new FakeClock();
    return {
      clock,
      pass: async (ms) => {
        clock.advance(ms);
        await nextTurn();
      },
    };
  });

  it("calls back at the very time, also what was asked for meanwhile", () => {
    const clock = new FakeClock(0);
    const times: number[] = [];
    const again = (): void => {
      times.push(clock.now());
      clock.after(10, again);
    };
    clock.after(10, again);
    clock.advance(35);
    assert.deepEqual(times, [10, 20, 30]);
    assert.equal(clock.now(), 35);
    assert.equal(clock.timers, 1);
  });
});

describe("A delay", () => {
  let clock: FakeClock;
  beforeEach(() => (clock = new FakeClock(0)));

  /** Whether `expired` has resolved; what resolves later does not change the answer. */
  async function resolved(delay: Delay): Promise<boolean> {
    return await Promise.race([delay.expired.then(() => true), nextTurn(false)]);
  }

  it("expires after its time, and not before", async () => {
    const delay = new Delay(1000, clock);
    delay.start();
    assert.equal(delay.expiresAt, 1000);
    clock.advance(999);
    assert.equal(delay.hasExpired, false);
    assert.equal(await resolved(delay), false);
    clock.advance(1);
    assert.equal(delay.hasExpired, true);
    assert.equal(await resolved(delay), true);
  });

  it("is never started again", () => {
    const delay = new Delay(1000, clock);
    delay.start();
    clock.advance(600);
    delay.start();
    assert.equal(delay.expiresAt, 1000);
    assert.equal(clock.timers, 1);
    clock.advance(400);
    assert.equal(delay.hasExpired, true);
    delay.start();
    assert.equal(clock.timers, 0);
    assert.equal(delay.expiresAt, 1000);
  });

  it("does not count before it is started", () => {
    const delay = new Delay(1000, clock);
    clock.advance(5000);
    assert.equal(delay.hasExpired, false);
    assert.equal(delay.expiresAt, undefined);
    assert.equal(clock.timers, 0);
  });

  it("of 0 never expires by itself", async () => {
    const delay = new Delay(0, clock);
    delay.start();
    clock.advance(2 ** 40);
    assert.equal(delay.hasExpired, false);
    assert.equal(delay.expiresAt, undefined);
    delay.expireNow();
    assert.equal(await resolved(delay), true);
  });

  it("says how much of it is left: all before it is started, nothing known where it is never over", () => {
    const [delay, endless] = [new Delay(1000, clock), new Delay(0, clock)];
    clock.advance(5000);
    assert.equal(delay.leftMs, 1000);
    for (const one of [delay, endless]) one.start();
    clock.advance(600);
    assert.deepEqual([delay.leftMs, endless.leftMs], [400, undefined]);
    clock.advance(600);
    assert.equal(delay.leftMs, 0);
    const stopped = new Delay(1000, clock);
    stopped.stop();
    assert.equal(stopped.leftMs, undefined);
  });

  it("can be expired at once, started or not", async () => {
    for (const start of [true, false]) {
      const delay = new Delay(1000, clock);
      if (start) delay.start();
      clock.advance(10);
      delay.expireNow();
      assert.equal(await resolved(delay), true);
      assert.equal(delay.expiresAt, clock.now());
      assert.equal(clock.timers, 0);
    }
  });

  it("that is stopped never expires, and leaves no timer", async () => {
    const delay = new Delay(1000, clock);
    delay.start();
    delay.stop();
    assert.equal(clock.timers, 0);
    assert.equal(delay.expiresAt, undefined);
    delay.start();
    delay.expireNow();
    clock.advance(5000);
    assert.equal(delay.hasExpired, false);
    assert.equal(await resolved(delay), false);
  });

  it("stays expired when it is stopped", () => {
    const delay = new Delay(1, clock);
    delay.start();
    clock.advance(1);
    delay.stop();
    assert.equal(delay.hasExpired, true);
  });

  it("expires at most once, at the first start plus its time, whatever is called when", async () => {
    const step = fc.oneof(fc.constantFrom("start" as const, "stop" as const, "expireNow" as const), fc.nat(50));
    await fc.assert(
      fc.asyncProperty(fc.nat(40), fc.array(step, { maxLength: 12 }), async (ms, steps) => {
        const time = new FakeClock(0);
        const delay = new Delay(ms, time);
        let due: number | undefined;
        let state: "open" | "stopped" | number = "open";
        for (const action of steps) {
          if (typeof action === "number") time.advance(action);
          else delay[action]();
          if (state === "open" && due !== undefined && due <= time.now()) state = due;
          if (action === "start" && ms > 0 && state === "open") due ??= time.now() + ms;
          if (action === "stop" && state === "open") state = "stopped";
          if (action === "expireNow" && state === "open") state = time.now();
        }
        assert.equal(delay.hasExpired, typeof state === "number");
        assert.equal(delay.expiresAt, typeof state === "number" ? state : state === "open" ? due : undefined);
        assert.equal(await Promise.race([delay.expired.then(() => true), nextTurn(false)]), typeof state === "number");
      }),
    );
  });
});
