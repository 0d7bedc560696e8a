import assert from "node:assert/strict";
import { labelsElsewhere, type ConfiguredTasks } from "../../../src/tasksJson/labelsElsewhere";

const saved = (label: string): unknown => [{ label }, null, { label: 3 }, "x"];
const own: ConfiguredTasks = { isOwnFolder: true, globalValue: saved("user"), workspaceValue: saved("workspace"), workspaceFolderValue: saved("own") };
const other: ConfiguredTasks = { ...own, isOwnFolder: false, workspaceFolderValue: saved("other") };

describe("the labels that other files have", () => {
  it("leave out what the file itself had when it was saved, such as a label that has been changed since", () => {
    assert.deepEqual([...labelsElsewhere("folder", [own, other], true)].sort(), ["other", "user", "workspace"]);
    assert.deepEqual([...labelsElsewhere("workspace", [own, other], true)].sort(), ["other", "own", "user"]);
    assert.deepEqual([...labelsElsewhere("user", [own, other], true)].sort(), ["other", "own", "workspace"]);
  });

  it("leave out the workspace's of a window without a workspace file, which are the folder's own", () => {
    assert.deepEqual([...labelsElsewhere("folder", [{ ...own, workspaceValue: saved("own") }], false)], ["user"]);
  });
});
