import assert from "node:assert/strict";
import { offers, remembered } from "../../../src/commandHistory";

describe("the history of Run Command", () => {
  it("has each line once, the newest first, and fifty at most", () => {
    let history: readonly string[] = [];
    for (let i = 0; i < 60; i++) history = remembered(history, `line ${i}`);
    history = remembered(history, "line 30");
    assert.deepEqual([history.length, history[0], history[1], history.filter((line) => line === "line 30").length], [50, "line 30", "line 59", 1]);
  });

  it("keeps no line that begins with a blank, as shells do, and none of more than 10,000 characters", () => {
    assert.deepEqual(remembered(["a"], " curl -H secret"), ["a"]);
    assert.deepEqual(remembered(["a"], "x".repeat(10_001)), ["a"]);
    assert.deepEqual(remembered(["a"], "npm test "), ["npm test", "a"]);
  });

  it("is offered below what has been typed, unless that is remembered", () => {
    const both = [{ line: "a", isRemembered: true }, { line: "b", isRemembered: true }];
    assert.deepEqual(offers(["a", "b"], ""), both);
    assert.deepEqual(offers(["a", "b"], " npm test "), [{ line: " npm test ", isRemembered: false }, ...both]);
    assert.deepEqual(offers(["a", "b"], "b"), both);
  });
});
