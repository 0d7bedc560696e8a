import assert from "node:assert/strict";
import { deferred } from "../../../src/taskRunner/base/deferred";
import type { Run } from "../../../src/taskRunner/run/run";
import type { Outcome, RunState } from "../../../src/taskRunner/run/state";
import { stopInOrder } from "../../../src/taskRunner/run/stopInOrder";

const succeeded: Outcome = { kind: "succeeded" };

class FakeRun {
  state: RunState = { kind: "running" };
  readonly #end = deferred<Outcome>();
  readonly ended = this.#end.promise;

  constructor(readonly label: string) {}

  end(): void {
    this.state = { kind: "ended", at: 0, outcome: succeeded };
    this.#end.resolve(succeeded);
  }
}

/** A turn of the event loop: what follows from what has ended has been done then. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Stopping in order", () => {
  const stopped: string[] = [];
  const stop = (run: Run): void => void stopped.push(run.label);
  beforeEach(() => void stopped.splice(0));

  function start(labels: string, needs: readonly string[]): { runs: FakeRun[]; done: Promise<void> } {
    const runs = Array.from(labels).map((label) => new FakeRun(label));
    return { runs, done: stopInOrder(runs as unknown as Run[], (a, b) => needs.includes(a.label + b.label), stop) };
  }

  it("stops a dependency when all that depends on it has ended, and the others together", async () => {
    const { runs, done } = start("dwxa", ["wd", "xd", "wa"]);
    await turn();
    assert.deepEqual(stopped, ["w", "x"]);
    runs[1]?.end();
    await turn();
    assert.deepEqual(stopped, ["w", "x", "a"]);
    runs[2]?.end();
    await turn();
    assert.deepEqual(stopped, ["w", "x", "a", "d"]);
    for (const run of runs) run.end();
    await done;
  });

  it("does not wait for each other's end where two need each other, nor asks what is being stopped or has ended", async () => {
    const { runs, done } = start("ab", ["ab", "ba"]);
    await turn();
    assert.deepEqual(stopped.splice(0), ["a", "b"]);
    for (const run of runs) run.end();
    await done;
    const asked = new FakeRun("c");
    asked.state = { kind: "stopping", reason: { kind: "user" }, since: 0, killAt: 1, killed: false };
    const second = stopInOrder([asked as unknown as Run], () => false, stop);
    await turn();
    asked.end();
    await second;
    assert.deepEqual(stopped, []);
  });
});
