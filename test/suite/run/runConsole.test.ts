import assert from "node:assert/strict";
import { deferred, type Deferred } from "../../../src/taskRunner/base/deferred";
import { RunConsole } from "../../../src/taskRunner/run/runConsole";
import type { RunningCommand } from "../../../src/taskRunner/run/runningCommand";
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

describe("Ctrl+C where the command is on a terminal", () => {
  let state: RunState["kind"];
  let questions: Deferred<boolean | undefined>[];
  let told: boolean[];
  let console: RunConsole;

  beforeEach(() => {
    [state, questions, told] = ["running", [], []];
    const clock = new FakeClock();
    const command = {
      pty: {},
      process: { state: undefined },
      processes: { interrupted: () => (is: boolean) => void told.push(is) },
      write: () => true,
      interruptsUnseen: () => {
        const question = deferred<boolean | undefined>();
        questions.push(question);
        return question.promise;
      },
    } as unknown as RunningCommand;
    console = new RunConsole({ command: () => command, state: () => state, ctrlCStops: true, stop: () => undefined, after: (ms, callback) => clock.after(ms, callback) });
  });

  function press(times: number): void {
    for (let i = 0; i < times; i++) console.write("\x03");
  }

  async function answer(isUnseen: boolean | undefined): Promise<void> {
    questions.at(-1)?.resolve(isUnseen);
    await new Promise(setImmediate);
  }

  it("has the terminal asked once at a time, however long the key is held down", async () => {
    press(20);
    assert.equal(questions.length, 1);
    await answer(true);
    assert.deepEqual(told, [true]);
    press(20);
    assert.equal(questions.length, 2);
  });

  it("was no SIGINT where the terminal makes none, however early or late the program shows it", async () => {
    press(1);
    console.wrote(Buffer.from("^C"));
    await answer(false);
    assert.deepEqual(told, [true, false]);
    press(1);
    await answer(false);
    console.wrote(Buffer.from("^C"));
    assert.deepEqual(told, [true, false, false]);
  });

  it("is not asked about while the run is being stopped", () => {
    state = "stopping";
    press(1);
    assert.equal(questions.length, 0);
  });
});
