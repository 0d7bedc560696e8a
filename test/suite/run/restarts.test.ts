import assert from "node:assert/strict";
import { Restarts, type Restart } from "../../../src/taskRunner/run/restarts";
import { enoughRestartsLine } from "../../../src/taskRunner/run/restartWords";
import type { Outcome, StopReason } from "../../../src/taskRunner/run/state";
import { eventLines } from "../../../src/taskRunner/run/words";
import type { RestartPolicy } from "../../../src/taskRunner/task/restart";
import { RunUnderTest } from "./startedRun";

const POLICY: RestartPolicy = { on: "failure", max: 3, within: 60_000 };
const user: StopReason = { kind: "user" };
const failed: Outcome = { kind: "exited", code: 1, stop: undefined };

function pauseBefore(restarts: Restarts, outcome: Outcome = failed): number | "enough" | undefined {
  const next = restarts.after(outcome);
  return next?.kind === "restart" ? next.restart.pauseMs : next?.kind;
}

describe("the restarts of a task", () => {
  let now = 0;

  it("come after pauses that grow, until there were enough", () => {
    const restarts = new Restarts(POLICY, () => now);
    assert.deepEqual([1, 2, 3, 4].map(() => pauseBefore(restarts)), [1000, 2000, 4000, "enough"]);
  });

  it("never come after a longer pause than 30 s", () => {
    const restarts = new Restarts({ ...POLICY, max: 100, within: 1e9 }, () => now);
    const pauses = Array.from({ length: 50 }, () => Number(pauseBefore(restarts)));
    assert.equal(Math.max(...pauses), 30_000);
  });

  it("are counted from the beginning again when the earlier ones are long ago", () => {
    const restarts = new Restarts(POLICY, () => now);
    assert.deepEqual([1, 2, 3].map(() => pauseBefore(restarts)), [1000, 2000, 4000]);
    now += 70_000;
    assert.equal(pauseBefore(restarts), 1000);
  });

  const crashing: readonly [max: number, within: number, afterMs: number][] = [[5, 60_000, 9000], [10, 60_000, 50], [5, 10_000, 1000]];
  for (const [max, within, afterMs] of crashing) {
    it(`come to their end although the pauses take long: at most ${max} within ${within / 1000} s, of a command that fails after ${afterMs} ms`, () => {
      let time = 0;
      const restarts = new Restarts({ on: "failure", max, within }, () => time);
      let count = 0;
      for (; count <= max; count++) {
        time += afterMs;
        const next = restarts.after(failed);
        if (next?.kind !== "restart") break;
        time += next.restart.pauseMs;
      }
      assert.equal(count, max);
    });
  }

  const ends: readonly [string, Outcome, onFailure: boolean, always: boolean][] = [
    ["a failure", failed, true, true],
    ["an end by a signal that we have not sent", { kind: "signaled", signal: "SIGSEGV", signalNumber: 11, stop: undefined }, true, true],
    ["a hung pipe that counts as an error", { kind: "hungPipe", isError: true, holders: [] }, true, true],
    ["a hung pipe that counts as a success", { kind: "hungPipe", isError: false, holders: [] }, false, true],
    ["a success", { kind: "succeeded" }, false, true],
    ["a Stop that is obeyed", { kind: "canceled", stop: user }, false, false],
    ["a Stop that ends in a failure", { kind: "exited", code: 1, stop: user }, false, false],
    ["a Stop that ends in a kill", { kind: "signaled", signal: "SIGKILL", signalNumber: 9, stop: user }, false, false],
    ["the timeout", { kind: "canceled", stop: { kind: "timeout", ms: 1 } }, false, false],
    ["the close of the window", { kind: "exited", code: 1, stop: { kind: "windowClosing" } }, false, false],
    ["a start that was not possible", { kind: "couldNotStart", problems: [], exitCode: 127 }, false, false],
  ];
  for (const [name, outcome, onFailure, always] of ends) {
    it(`${onFailure ? "follow" : always ? "follow only with \"always\"" : "do not follow"} ${name}`, () => {
      const follow = (on: RestartPolicy["on"]): boolean => new Restarts({ ...POLICY, on }, () => 0).after(outcome) !== undefined;
      assert.deepEqual([follow("failure"), follow("always")], [onFailure, always]);
    });
  }

  it("say how many there may be, and that there were enough", () => {
    const restart: Restart = { ...POLICY, nth: 2, pauseMs: 2000 };
    assert.deepEqual(eventLines({ kind: "restarting", restart }), ["restarting in 2 s (restart 2 of at most 3 within 1 min), stop to prevent it"]);
    assert.equal(enoughRestartsLine({ ...POLICY, max: 1 }), "not restarted again: 1 restart within 1 min did not help (docs: restart)");
  });
});

describe("a run that takes the place of one that has failed", () => {
  afterEach(() => RunUnderTest.cleanUp());

  it("starts its command when the pause is over, and not before", async () => {
    const test = new RunUnderTest({ command: "echo ready" }, { restart: { ...POLICY, nth: 1, pauseMs: 300 } }).start();
    const { state } = test.run;
    assert.ok(state.kind === "waiting" && state.restartAt !== undefined);
    assert.deepEqual([test.events.map(({ kind }) => kind), test.run.snapshot().pid], [["restarting"], undefined]);
    const asked = performance.now();
    assert.equal((await test.run.ended).kind, "succeeded");
    assert.ok(performance.now() - asked >= 295);
    assert.deepEqual(test.events.map(({ kind }) => kind).slice(0, 2), ["restarting", "beginning"]);
    const ended = test.events.find((event) => event.kind === "ended");
    const took = performance.now() - asked;
    assert.ok(ended !== undefined && ended.afterMs <= took - 295, `the pause is a part of ${ended?.afterMs} ms of ${took} ms`);
  });

  it("tells why nothing follows, after its end", async () => {
    const test = new RunUnderTest({ command: "exit 3" }).start();
    const cause = { kind: "enoughRestarts", ...POLICY } as const;
    await test.run.ended;
    let changes = 0;
    test.run.onDidChange(() => changes++);
    test.run.explain(cause);
    assert.deepEqual([test.causes, changes], [[cause], 1]);
  });

  it("starts nothing when it is stopped in the pause, and leaves no timer", async () => {
    const test = new RunUnderTest({ command: "echo ready" }, { restart: { ...POLICY, nth: 1, pauseMs: 60_000 } }).start();
    assert.deepEqual(await test.run.stop(), { kind: "canceled", stop: user });
    assert.deepEqual([test.run.snapshot().pid, test.clock.waiting, test.output], [undefined, 0, ""]);
  });
});
