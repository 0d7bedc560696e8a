import assert from "node:assert/strict";
import { closureOf, dependsOn, readTasks } from "../../../src/taskRunner/task/configuredTask";

const tasks = readTasks(
  [
    { label: "all", dependsOn: ["web", "docs"] },
    { label: "web", type: "cancellable", command: "x", dependsOn: { type: "cancellable", command: "api" } },
    { label: "api", type: "cancellable", command: "api", dependsOn: "db" },
    { label: "db", type: "cancellable", command: "db" },
    { label: "docs", type: "cancellable", command: "docs" },
    { label: "one after the other", dependsOn: ["first", "second"], dependsOrder: "sequence" },
    { label: "first", type: "cancellable", command: "1" },
    { label: "second", type: "cancellable", command: "2" },
  ],
  "cancellable",
);

describe("What depends on what", () => {
  it("is followed to its end, by label or by properties", () => {
    assert.deepEqual([...closureOf(tasks, "all")].sort(), ["api", "db", "docs", "web"]);
    assert.deepEqual([["web", "db"], ["all", "db"], ["db", "web"], ["docs", "web"], ["web", "web"]].map(([a = "", b = ""]) => dependsOn(tasks, a, b)), [true, true, false, false, false]);
  });

  it("is in a sequence the later one on the earlier one", () => {
    assert.deepEqual([dependsOn(tasks, "second", "first"), dependsOn(tasks, "first", "second")], [true, false]);
  });

  it("goes through hidden tasks, so that a Stop reaches what they start", () => {
    const hidden = readTasks(
      [
        { label: "all", dependsOn: "servers" },
        { label: "servers", dependsOn: "web", hide: true },
        { label: "web", type: "cancellable", command: "x", hide: true },
      ],
      "cancellable",
    );
    assert.deepEqual([...closureOf(hidden, "all")].sort(), ["servers", "web"]);
    assert.equal(dependsOn(hidden, "all", "web"), true);
    assert.deepEqual(hidden.map(({ isHidden }) => isHidden), [false, true, true]);
  });

  it("ends where tasks depend on each other", () => {
    const circle = readTasks([{ label: "a", dependsOn: "b" }, { label: "b", dependsOn: "a" }], "cancellable");
    assert.deepEqual([dependsOn(circle, "a", "b"), dependsOn(circle, "b", "a"), [...closureOf(circle, "a")]], [true, true, ["b"]]);
  });
});
