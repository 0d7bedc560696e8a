import assert from "node:assert/strict";
import { nothingFound } from "../../../src/tasksJson/nothingFound";

const nothing = { broken: [], kept: [], canHold: true };

describe("where there is no task to convert", () => {
  it("offers to make a new one, also where there are some that cannot be converted", () => {
    const { text, buttons } = nothingFound("cancellable", { ...nothing, kept: ['"all" stays as it is: it has no command.'] });
    assert.equal(text, 'There is no task that could be made cancellable. "all" stays as it is: it has no command.');
    assert.deepEqual(buttons, [{ title: "New Cancellable Task...", step: "newTask" }]);
  });

  it("offers to open a folder where there is none", () => {
    assert.deepEqual(nothingFound("cancellable", { ...nothing, canHold: false }), { text: "Open a folder first: a task belongs to one.", buttons: [{ title: "Open Folder...", step: "openFolder" }] });
  });

  it("offers to show what cannot be read, and no new task, which could not be written there", () => {
    const { text, buttons } = nothingFound("cancellable", { ...nothing, broken: [".vscode/tasks.json has a syntax error in line 3: mend it first."] });
    assert.match(text, /syntax error in line 3/);
    assert.deepEqual(buttons.map(({ step }) => step), ["openBroken"]);
  });

  it("offers the way there to who looks for the way back", () => {
    assert.deepEqual(nothingFound("builtIn", nothing), { text: "There is no cancellable task.", buttons: [{ title: "Make Tasks Cancellable...", step: "makeCancellable" }] });
  });
});
