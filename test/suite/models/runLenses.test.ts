import assert from "node:assert/strict";
import { COMMANDS } from "../../../src/contributions";
import type { Run } from "../../../src/taskRunner/run/run";
import type { RunState } from "../../../src/taskRunner/run/state";
import { TaskStates } from "../../../src/taskStates";
import { runLenses, type TaskState } from "../../../src/tasksJson/runLenses";
import { parseTasks } from "../../../src/tasksJson/tasksDocument";

const running: RunState = { kind: "running" };
const stopping: RunState = { kind: "stopping", reason: { kind: "user" }, since: 0, killAt: 1, killed: false };
const run = (id: string, state: RunState): Run => ({ id, state }) as Run;

describe("the line above a cancellable task", () => {
  const text = `{ "tasks": [
    { "type": "cancellable", "label": "web", "command": "x" },
    { "type": "shell", "label": "other", "command": "x" },
    { "type": "cancellable", "command": "npm", "args": ["test"] },
    { "type": "cancellable", "label": "web", "command": "y" },
    { "type": "cancellable", "label": "unsaved", "command": "x" }
  ] }`;
  const lenses = (state: (label: string) => TaskState | undefined): unknown[] => runLenses(parseTasks(text, false), "cancellable", state).map(({ entry, title, command, argument }) => [entry.index, title, command, argument]);

  it("runs one that does not run, with a label or without, and is not there for one that is not configured, or the second of that name", () => {
    assert.deepEqual(lenses((label) => (label === "unsaved" ? undefined : { kind: "idle", key: `s#${label}` })), [
      [0, "$(play) Run", COMMANDS.runTask, { taskKey: "s#web" }],
      [2, "$(play) Run", COMMANDS.runTask, { taskKey: "s#npm test" }],
    ]);
  });

  it("stops one that runs, and kills one that is being stopped", () => {
    assert.deepEqual(lenses((label) => (label === "web" ? { kind: "running", runId: "1" } : label === "npm test" ? { kind: "stopping", runId: "2" } : undefined)), [
      [0, "$(debug-stop) Stop", COMMANDS.stop, { runId: "1" }],
      [2, "$(stop-circle) Kill Now", COMMANDS.kill, { runId: "2" }],
    ]);
  });

  it("means the newest run of the task", () => {
    const states = new TaskStates(() => [run("1", running), run("2", stopping), run("3", running)], ({ id }) => (id === "3" ? "s#other" : "s#web"), (key) => key !== "s#gone");
    assert.deepEqual(["s#web", "s#other", "s#idle", "s#gone"].map((key) => states.of(key)), [{ kind: "stopping", runId: "2" }, { kind: "running", runId: "3" }, { kind: "idle", key: "s#idle" }, undefined]);
  });

  it("is drawn anew when a task starts, is stopped or ends, and not when a run changes otherwise", () => {
    let [own, changes]: [Run[], number] = [[], 0];
    const states = new TaskStates(() => own, () => "s#web", () => true);
    states.onDidChange(() => changes++);
    const counts = [[], [run("1", running)], [run("1", running)], [run("1", stopping)], [run("1", stopping)], []].map((runs) => {
      own = runs;
      states.runsChanged();
      return changes;
    });
    assert.deepEqual(counts, [0, 1, 1, 2, 2, 3]);
  });
});
