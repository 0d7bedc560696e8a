import assert from "node:assert/strict";
import type { RunSnapshot, RunState } from "../../../src/taskRunner/run/state";
import { Countdown } from "../../../src/views/countdown";
import { FakeClock } from "../fakeClock";

const HOUR = 3_600_000;

function run(state: RunState, timeoutAt?: number): RunSnapshot {
  return { id: "r", label: "dev", commandLine: "dev", pid: 42, startedAt: 0, state, waitDelay: 5000, survivors: [], ...(timeoutAt === undefined ? {} : { timeoutAt }) };
}

describe("the clock of the count-downs", () => {
  let clock: FakeClock;
  let countdown: Countdown;
  let runs: readonly RunSnapshot[];
  let ticks: number[];

  beforeEach(() => {
    clock = new FakeClock(0);
    ticks = [];
    countdown = new Countdown(clock, () => {
      ticks.push(clock.now());
      countdown.update(runs);
    });
  });

  function show(...shown: RunSnapshot[]): void {
    runs = shown;
    countdown.update(runs);
  }

  it("stands still until the last minute of a timeout, and ticks each second then", () => {
    show(run({ kind: "running" }, HOUR));
    clock.advance(HOUR - 60_001);
    assert.deepEqual(ticks, []);
    clock.advance(2001);
    assert.deepEqual(ticks, [HOUR - 60_000, HOUR - 59_000, HOUR - 58_000]);
  });

  it("ticks at once for what begins meanwhile, and is not put off by what changes between two ticks", () => {
    show(run({ kind: "running" }, HOUR));
    show(run({ kind: "stopping", reason: { kind: "user" }, since: 0, killAt: 5000, killed: false }));
    clock.advance(700);
    countdown.update(runs);
    clock.advance(1300);
    assert.deepEqual(ticks, [1000, 2000]);
  });

  it("wakes nobody where nothing is counted", () => {
    show(run({ kind: "running" }, HOUR));
    show(run({ kind: "running" }), run({ kind: "stopping", reason: { kind: "user" }, since: 0, killAt: undefined, killed: false }));
    assert.equal(clock.timers, 0);
  });
});
