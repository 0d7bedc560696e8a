import assert from "node:assert/strict";
import fc from "fast-check";
import { makeBuiltIn } from "../../../src/tasksJson/makeBuiltIn";
import type { ProjectFacts } from "../../../src/tasksJson/conversion";
import { makeCancellable } from "../../../src/tasksJson/makeCancellable";
import { parseTasks } from "../../../src/tasksJson/tasksDocument";
import { applyEdits } from "../../../src/tasksJson/textEdits";

const facts: ProjectFacts = { scriptCommand: ["pnpm", "run"], installCommand: ["pnpm", "install"], hasLocalProgram: () => false, hasReferences: () => false };

const text = fc.oneof(fc.string(), fc.constantFrom("npm", "build", "dev", "test", "watch", "run", "install", "tsc", "-p", "gulp", "\u2028\r\n\t\"\\"));
const args = fc.oneof(fc.array(text), fc.constant(["run", "build"]), fc.constant(["-p", "tsconfig.json"]), fc.constant(["--project", "t", "--watch"]));
const rest: Record<string, fc.Arbitrary<unknown>> = {
  label: fc.oneof(text, fc.constantFrom("npm: build", "npm: dev", "tsc: build - t", "gulp: build", "build", "test")),
  group: fc.constantFrom("build", "test", { kind: "build", isDefault: true }),
  problemMatcher: fc.constantFrom([], ["$tsc"], "$tsc", ["$tsc-watch"]),
  isBackground: fc.boolean(),
  options: fc.constantFrom({ cwd: "x" }, { env: { A: "b" } }),
  dependsOn: fc.constantFrom("a", ["a", "b"]),
  windows: fc.constantFrom({ command: "w" }, { args: ["w"] }, {}),
  detail: text,
  presentation: fc.constantFrom({ reveal: "never" }, { panel: "new" }),
  promptOnClose: fc.boolean(),
};

/** What tasks had before version 2.0.0. */
const old: Record<string, fc.Arbitrary<unknown>> = { isShellCommand: fc.boolean(), isBuildCommand: fc.boolean(), isWatching: fc.boolean(), showOutput: fc.constantFrom("never", "always") };

/** What stands beside "tasks". */
const tops = fc.record({ type: fc.constantFrom("shell", "process"), problemMatcher: fc.constantFrom("$tsc", ["$tsc"], []), presentation: fc.constantFrom({ reveal: "never" }, { echo: true }), promptOnClose: fc.boolean(), options: fc.constant({ cwd: "x" }) }, { requiredKeys: [] });

/** An entry as pairs, in any order. */
function entry(own: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<[string, unknown][]> {
  return fc.oneof({ weight: 4, arbitrary: entryWith(own, rest) }, { weight: 1, arbitrary: entryWith(own, { ...rest, ...old }) });
}

function entryWith(own: Record<string, fc.Arbitrary<unknown>>, more: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<[string, unknown][]> {
  const all = { ...own, ...more };
  return fc
    .record(all, { requiredKeys: Object.keys(own) })
    .chain((record) => fc.shuffledSubarray<[string, unknown]>(Object.entries(record), { minLength: Object.keys(record).length }));
}

const entries = fc.oneof(
  entry({ type: fc.constantFrom("shell", "process"), command: text, args }),
  entry({ type: fc.constantFrom("shell", "process"), command: text }),
  entry({ command: text, args }),
  entry({ command: text }),
  entry({ type: fc.constant("npm"), script: text }),
  entry({ type: fc.constant("npm"), script: text, path: text }),
  entry({ type: fc.constantFrom("gulp", "grunt", "jake"), task: text }),
  entry({ type: fc.constant("typescript"), tsconfig: text }),
  entry({ type: fc.constant("typescript"), tsconfig: text, option: fc.constant("watch") }),
);

/** How a person, or a formatter, writes it. */
const style = fc.record({
  colon: fc.constantFrom(":", ": ", " : "),
  comma: fc.constantFrom(",", ", ", ",\n      ", ",\r\n\t\t", ", // note\n      ", " /* c */,\n\n      ", "\n      , "),
  open: fc.constantFrom("{", "{ ", "{\n      ", "{ // open\r\n\t\t"),
  close: fc.constantFrom("}", " }", ",\n    }", " // end\n    }"),
});

describe("any built-in task, however it is written", () => {
  it("is the same text when it was made cancellable and built-in again, or its conversion has said so", () => {
    let conversions = 0;
    let different = 0;
    fc.assert(
      fc.property(fc.array(entries, { minLength: 1, maxLength: 3 }), tops, style, (tasks, top, { colon, comma, open, close }) => {
        const written = tasks.map((task) => `${open}${task.map(([name, value]) => `${JSON.stringify(name)}${colon}${JSON.stringify(value)}`).join(comma)}${close}`);
        const before = parseTasks(`{ "version": "2.0.0", ${JSON.stringify(top).slice(1, -1)}${Object.keys(top).length === 0 ? "" : ", "}"tasks": [${written.join(", ")}] }`, false);
        assert.deepEqual(before.syntaxErrors, []);
        for (const one of before.entries) {
          const conversion = makeCancellable(before, one, facts);
          if (conversion.kind === "refused") continue;
          conversions++;
          const after = parseTasks(applyEdits(before.text, conversion.edits), false);
          assert.deepEqual(after.syntaxErrors, []);
          const again = after.entries[one.index];
          assert.equal(again?.type, "cancellable");
          const back = makeBuiltIn(after, again, facts);
          assert.equal(back.kind, "converted");
          if (applyEdits(after.text, back.edits) === before.text) continue;
          different++;
          assert.ok(conversion.notes.some((note) => note.includes("will differ")), "it differs, and that was not said");
        }
      }),
      { numRuns: 1500 },
    );
    assert.ok(different <= conversions / 200, `${different} of ${conversions} differ`);
  });
});
