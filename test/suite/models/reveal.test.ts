import assert from "node:assert/strict";
import { PATIENCE_MS, Reveal, type RevealOptions } from "../../../src/reveal";
import type { Run } from "../../../src/taskRunner/run/run";
import type { Whereabouts } from "../../../src/taskRunner/terminal/terminalMap";
import { FakeClock } from "../fakeClock";

const LOUD: RevealOptions = { isQuiet: false, preserveFocus: false };
const QUIET: RevealOptions = { isQuiet: true, preserveFocus: true };

function setUp(): { known: Map<string, Whereabouts<string>>; said: string[]; waiting: Set<string>; clock: FakeClock; reveal: Reveal<string> } {
  const known = new Map<string, Whereabouts<string>>();
  const said: string[] = [];
  const waiting = new Set<string>();
  const clock = new FakeClock();
  const reveal = new Reveal<string>(
    {
      whereIs: (runId) => known.get(runId) ?? { kind: "unknown" },
      show: (terminal, preserveFocus) => void said.push(`shows ${terminal}${preserveFocus ? ", the focus stays" : ""}`),
      inform: (text) => void said.push(text),
      waiting: (text) => {
        waiting.add(text);
        return { dispose: () => void waiting.delete(text) };
      },
    },
    clock,
  );
  return { known, said, waiting, clock, reveal };
}

function aRun(label: string, kind: "running" | "ended" = "running"): Run {
  return { id: label, label, state: { kind } } as unknown as Run;
}

describe("The terminal of a run that is to be revealed", () => {
  it("is shown at once when it is known, and its absence is explained, but not to a mere click on a row", () => {
    const { known, said, reveal, clock } = setUp();
    known.set("web", { kind: "shown", terminal: "one" });
    known.set("old", { kind: "replaced" });
    known.set("shut", { kind: "closed" });
    reveal.reveal(aRun("web"), LOUD);
    reveal.reveal(aRun("web"), QUIET);
    for (const how of [LOUD, QUIET]) for (const label of ["old", "shut", "lost"]) reveal.reveal(aRun(label, "ended"), how);
    assert.deepEqual(said, ["shows one", "shows one, the focus stays", 'The terminal of this run of "old" shows a later run now.', 'The terminal of "shut" has been closed.', 'It is not known which terminal "lost" had.']);
    assert.equal(clock.timers, 0);
  });

  it("is waited for while it is not known, and shown when it is", () => {
    const { known, said, waiting, clock, reveal } = setUp();
    reveal.reveal(aRun("web"), LOUD);
    assert.deepEqual([...waiting], ['Looking for the terminal of "web"']);
    reveal.look();
    assert.deepEqual(said, []);
    known.set("web", { kind: "shown", terminal: "one" });
    reveal.look();
    reveal.look();
    assert.deepEqual([said, waiting.size, clock.timers], [["shows one"], 0, 0]);
  });

  it("is shown for the run alone that was asked for last", () => {
    const { known, said, waiting, clock, reveal } = setUp();
    reveal.reveal(aRun("web"), LOUD);
    reveal.reveal(aRun("api"), QUIET);
    assert.deepEqual([...waiting], ['Looking for the terminal of "api"']);
    known.set("web", { kind: "shown", terminal: "one" });
    reveal.look();
    assert.deepEqual(said, []);
    known.set("api", { kind: "shown", terminal: "two" });
    reveal.look();
    assert.deepEqual([said, waiting.size, clock.timers], [["shows two, the focus stays"], 0, 0]);
  });

  it("is not shown to a user who has long been somewhere else, which is said", () => {
    const { known, said, waiting, clock, reveal } = setUp();
    reveal.reveal(aRun("web"), LOUD);
    clock.advance(PATIENCE_MS);
    known.set("web", { kind: "shown", terminal: "one" });
    reveal.look();
    assert.deepEqual([said, waiting.size, clock.timers], [['It is not known yet which terminal "web" has; try again in a moment.'], 0, 0]);
  });

  it("is not waited for when the run has ended without it, nor after the window's end", () => {
    const { known, said, waiting, clock, reveal } = setUp();
    const run = aRun("web");
    reveal.reveal(run, LOUD);
    (run as { state: unknown }).state = { kind: "ended" };
    reveal.look();
    assert.deepEqual([said, waiting.size, clock.timers], [['It is not known which terminal "web" had.'], 0, 0]);
    reveal.reveal(aRun("api"), LOUD);
    reveal.dispose();
    known.set("api", { kind: "shown", terminal: "two" });
    reveal.look();
    assert.deepEqual([said.length, waiting.size, clock.timers], [1, 0, 0]);
  });
});
