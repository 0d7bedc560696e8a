import assert from "node:assert/strict";
import { type ListedTask, readTasks } from "../../../src/taskRunner/task/configuredTask";
import { rowUnknownText, taskTarget } from "../../../src/taskTarget";

const [web] = readTasks([{ label: "web", type: "cancellable", command: "x" }], "cancellable").map((task): ListedTask => ({ ...task, key: "s#web", scope: "s" }));
const find = (key: string): ListedTask | undefined => (key === web?.key ? web : undefined);

describe("The task that a command means", () => {
  it("is that of the row, and is left to be picked only where nothing was passed", () => {
    assert.deepEqual(taskTarget([{ taskKey: "s#web" }, undefined], find), { kind: "task", task: web });
    assert.deepEqual(taskTarget([], find), { kind: "none" });
  });

  it("is none for a click that lost its row while the list was updated, which asks to click again", () => {
    for (const args of [[undefined], [undefined, undefined], [null], [{}]]) assert.deepEqual(taskTarget(args, find), { kind: "missing", why: rowUnknownText() });
    assert.match(rowUnknownText(), /click again/);
  });

  it("is none where it is not in tasks.json any more", () => {
    assert.deepEqual(taskTarget([{ taskKey: "s#gone" }], find), { kind: "missing", why: "Nothing was done, because that task is no longer configured." });
  });
});
