import assert from "node:assert/strict";
import { parseTasks } from "../../../src/tasksJson/tasksDocument";
import { placeOf } from "../../../src/tasksJson/taskPlace";

/** The text from where the cursor goes. */
function from(text: string, label: string, isWorkspaceFile = false): string | undefined {
  const place = placeOf(parseTasks(text, isWorkspaceFile), label, "cancellable");
  return place === undefined ? undefined : text.slice(place).split("\n")[0];
}

describe("the place of a task in its file", () => {
  const tasks = `"tasks": [
    { "type": "cancellable", "command": "make", // all
      "label": "build" },
    { "type": "cancellable", "command": "npm", "args": ["test"] },
    { "taskName": "old", "type": "cancellable" },
    { "label": "build", "type": "shell" }
  ]`;

  it("is the label, of the first of two", () => assert.equal(from(`{ ${tasks} }`, "build"), 'build" },'));

  it("is the name that a task had before version 2.0.0", () => assert.equal(from(`{ ${tasks} }`, "old"), 'old", "type": "cancellable" },'));

  it("is the whole entry of a task that VS Code names by its command", () => assert.equal(from(`{ ${tasks} }`, "npm test"), '{ "type": "cancellable", "command": "npm", "args": ["test"] },'));

  it("is found in a workspace file too, and in a half-typed one", () => {
    assert.equal(from(`{ "folders": [], "tasks": { ${tasks} } }`, "build", true), 'build" },');
    assert.equal(from(`{ ${tasks}, "inputs": [`, "build"), 'build" },');
  });

  it("is none where no task has that label", () => assert.equal(from(`{ ${tasks} }`, "other"), undefined));
});
