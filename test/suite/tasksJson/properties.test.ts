import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "jsonc-parser";
import { removeProperty } from "../../../src/tasksJson/properties";
import { parseTasks } from "../../../src/tasksJson/tasksDocument";
import { applyEdits } from "../../../src/tasksJson/textEdits";

/** The text of an entry without one of its properties. */
function without(entry: string, index: number): string {
  const before = parseTasks(`{"tasks":[${entry}]}`, false);
  assert.deepEqual(before.syntaxErrors, []);
  const [object] = before.entries;
  const property = object?.properties[index];
  assert.ok(object && property);
  const text = applyEdits(before.text, removeProperty(before.text, object, property));
  assert.deepEqual(parseTasks(text, false).syntaxErrors, [], text);
  return text.slice('{"tasks":['.length, -"]}".length);
}

describe("a property that is taken away", () => {
  it("does not pull what follows it into a comment before it", () => {
    assert.equal(without('{ "command": "x", // the server\n "waitDelay": "5s" }', 1), '{ "command": "x" // the server\n  }');
    assert.equal(without('{ "a": 1, // one\n "b": 2, /* two */ "c": 3 }', 1), '{ "a": 1, // one\n  /* two */ "c": 3 }');
    assert.equal(without('{\n  "a": 1, // one\n  "b": 2\n}', 1), '{\n  "a": 1 // one\n}');
  });

  it("goes with its comma, and not with one in a comment", () => {
    assert.equal(without('{ "a": 1 /* x, y */ , "b": 2 }', 0), '{ /* x, y */  "b": 2 }');
    assert.equal(without('{ "a": 1 /* x, y */ , "b": 2 }', 1), '{ "a": 1 /* x, y */  }');
  });

  it("leaves valid text, all others and every comment, however it is written", () => {
    const space = fc.array(fc.constantFrom(" ", "\n", "\r\n\t", "/* a, b */", "// c, d\n", "// e }\r\n"), { maxLength: 3 }).map((parts) => parts.join(""));
    const property = fc.record({ before: space, colon: space, after: space, value: fc.constantFrom("1", '"// x, y"', "[1, 2]", '{ "a": 1 // z\n }') });
    fc.assert(
      fc.property(fc.array(property, { minLength: 1, maxLength: 4 }), fc.boolean(), space, fc.nat(), (properties, isTrailing, end, seed) => {
        const index = seed % properties.length;
        const spelt = properties.map(({ before, colon, after, value }, i) => ({ outside: [before, after], text: `${before}"p${i}"${colon}:${value}${after}` }));
        const entry = `{${spelt.map(({ text }) => text).join(",")}${isTrailing ? "," : ""}${end}}`;
        const after = without(entry, index);
        const expected = Object.entries(parse(entry) as Record<string, unknown>).filter(([name]) => name !== `p${index}`);
        assert.deepEqual(parse(after), Object.fromEntries(expected));
        const comments = (text: string): number => text.match(/\/\* a|\/\/ [ce]/g)?.length ?? 0;
        const own = comments(properties[index]?.colon ?? "");
        assert.equal(comments(after), comments(entry) - own, after);
      }),
      { numRuns: 3000 },
    );
  });
});
