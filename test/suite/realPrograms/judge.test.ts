// What counts as a failure when a real program is compared with a bash prompt (npm run test:programs).
import assert from "node:assert/strict";
import { judge } from "../../realPrograms/cell";
import { failed, type Observation } from "../../realPrograms/observation";
import type { Variant } from "../../realPrograms/ours";
import type { Program } from "../../realPrograms/program";

const program: Program = {
  name: "program",
  command: "program",
  ready: { port: true },
  cleansUp: [
    { name: "cleans up", ran: () => true },
    { name: "is asked only once", notTwice: true, ran: () => true },
  ],
};

function seen(ran: string[], more: Partial<Observation> = {}): Observation {
  return { ran: new Set(ran), ms: 300, left: [], ports: [], ...more };
}

const GOOD = seen(["cleans up", "is asked only once"]);

function failures(prompt: Observation[], ours: Observation[], variant: Variant = "stop"): readonly string[] {
  return judge({ program, variant, stdio: "pty", prompt: prompt.map((one) => [one]), ours }).failures;
}

describe("A real program, compared with a bash prompt", () => {
  it("passes when it does as a task what it does at the prompt", () => {
    assert.deepEqual(failures([GOOD], [GOOD]), []);
    assert.deepEqual(failures([seen([])], [seen([])]), []);
    assert.deepEqual(failures([seen([])], [GOOD]), []);
  });

  it("fails when a clean-up is lost that the prompt keeps, once of several times", () => {
    const [why = "", ...rest] = judge({ program, variant: "stop", stdio: "pty", prompt: [[GOOD, GOOD]], ours: [GOOD, seen(["is asked only once"])] }).failures;
    assert.deepEqual([why, rest], ["lost: cleans up (1 of 2, at the prompt 2 of 2)", []]);
  });

  it("is compared with the gentler one of Ctrl+C and a closed terminal when its terminal is closed", () => {
    assert.equal(failures([seen([]), GOOD], [seen([])], "trash").length, 2);
    assert.equal(failures([GOOD, seen([])], [seen([])], "hostKilled").length, 2);
  });

  it("may be asked twice when Ctrl+C was pressed twice", () => {
    assert.deepEqual(failures([GOOD], [seen(["cleans up"])], "twice"), []);
  });

  it("fails when it was killed, and ends at the prompt without that", () => {
    assert.equal(failures([GOOD], [{ ...GOOD, isKilled: true }]).length, 1);
    assert.deepEqual(failures([{ ...GOOD, left: ["7 program"] }], [{ ...GOOD, isKilled: true }]), []);
  });

  it("fails when anything of it is left, but for what the prompt leaves, too, and the user is told of", () => {
    const left: Observation = { ...GOOD, left: ["7 program"], ports: [8080] };
    assert.deepEqual(failures([left], [left]), ["left: 7 program", "left: port 8080 is taken"]);
    assert.deepEqual(failures([GOOD], [{ ...left, isListed: true }]), ["left: 7 program", "left: port 8080 is taken"]);
    assert.deepEqual(failures([left], [{ ...left, isListed: true }]), []);
  });

  it("fails for what is a matter of luck at the prompt only when it is lost more often than kept", () => {
    const judged = (ours: Observation[]): number => judge({ program, variant: "stop", stdio: "pty", prompt: [[GOOD, GOOD, seen(["cleans up"])]], ours }).lost.length;
    assert.equal(judged([seen(["cleans up"])]), 1);
    assert.equal(judged([GOOD, GOOD, seen(["cleans up"]), seen(["cleans up"])]), 0);
  });

  it("fails when it could not be run on either side", () => {
    assert.deepEqual(failures([failed("not ready at the prompt")], [failed("not ready as a task")]), ["not ready at the prompt", "not ready as a task"]);
  });

  it("must be ended by Ctrl+C if the prompt's ends it", () => {
    assert.equal(failures([GOOD], [{ ...GOOD, isClosed: true }], "ctrlC").length, 1);
    assert.deepEqual(failures([{ ...GOOD, isClosed: true }], [{ ...GOOD, isClosed: true }], "ctrlC"), []);
  });
});
