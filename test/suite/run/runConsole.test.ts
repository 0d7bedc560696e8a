import assert from "node:assert/strict";
import { RunConsole } from "../../../src/taskRunner/run/runConsole";
import type { RunState } from "../../../src/taskRunner/run/state";
import { FakeClock } from "../fakeClock";

describe("Ctrl+C where the command is not on a terminal", () => {
  let clock: FakeClock;
  let stops: number;
  let state: RunState["kind"];
  let console: RunConsole;

  beforeEach(() => {
    clock = new FakeClock();
    [stops, state] = [0, "running"];
    console = new RunConsole({
      command: () => undefined,
      state: () => state,
      ctrlCStops: true,
      stop: () => {
        stops++;
        state = "stopping";
      },
      after: (ms, callback) => clock.after(ms, callback),
    });
  });

  it("stops once when it was pressed twice before the first one's effect could be read", () => {
    console.interrupt();
    clock.advance(299);
    console.interrupt();
    assert.equal(stops, 1);
  });

  it("stops again, which kills, when it is pressed later", () => {
    console.interrupt();
    clock.advance(300);
    console.interrupt();
    assert.equal(stops, 2);
  });
});
