import assert from "node:assert/strict";
import fc from "fast-check";
import { layered, saysReady, taskPlatform } from "../../../src/taskRunner/task/layers";

describe("a task and what stands over it in tasks.json", () => {
  it("has the properties of the platform's block over its own, and of no other block", () => {
    const task = { command: "a", args: ["x"], waitDelay: "1s", linux: { command: "b", waitDelay: "2s" }, windows: { command: "c" }, osx: { args: [] } };
    assert.deepEqual(layered(task, {}, "linux").task, { command: "b", args: ["x"], waitDelay: "2s" });
    assert.deepEqual(layered(task, {}, "osx").task, { command: "a", args: [], waitDelay: "1s" });
  });

  it("merges env and shell with those of the platform's block", () => {
    const task = { env: { A: "1", B: "1" }, options: { cwd: "x", env: { C: "1", D: "1" }, shell: { executable: "a", args: ["-c"] } }, linux: { env: { B: "2" }, options: { env: { D: "2" }, shell: { executable: "b" } } } };
    assert.deepEqual(layered(task, {}, "linux").task, { env: { A: "1", B: "2" }, options: { cwd: "x", env: { C: "1", D: "2" }, shell: { executable: "b", args: ["-c"] } } });
  });

  it("has each variable once on Windows, whatever the case of its name: that of the block", () => {
    const block = { env: { PATH: "2" }, options: { env: { PATH: "4", x: null } } };
    const task = { env: { Path: "1", A: "1" }, options: { env: { Path: "3", X: "1" } }, windows: block, linux: block };
    assert.deepEqual(layered(task, {}, "windows").task, { env: { PATH: "2", A: "1" }, options: { env: { PATH: "4", x: null } } });
    assert.deepEqual(layered(task, {}, "linux").task["env"], { Path: "1", PATH: "2", A: "1" });
  });

  it("has the file's options where it has none of its own, and env as a whole", () => {
    const file = { options: { cwd: "top", env: { A: "1" }, shell: { executable: "sh" } }, linux: { command: "never", options: { env: { B: "2" } } } };
    const env = { A: "1", B: "2" };
    assert.deepEqual(layered({ command: "x" }, file, "linux"), { task: { command: "x", options: { cwd: "top", env } }, shell: { executable: "sh" } });
    assert.deepEqual(layered({ command: "x", env: { C: "3" } }, file, "linux").task["options"], { cwd: "top" });
    assert.deepEqual(layered({ command: "x", options: { env: { C: "3" } } }, file, "linux").task["options"], { cwd: "top", env: { C: "3" } });
    assert.deepEqual(layered({ command: "x", cwd: "own" }, file, "linux").task["options"], { env });
    assert.deepEqual(layered({ command: "x", options: { cwd: "own" } }, file, "linux").task["options"], { cwd: "own", env });
  });

  it("says when it is ready where a platform's block does", () => {
    assert.ok(saysReady({ command: "a", linux: { ready: "quiet" } }, "linux"));
    assert.ok(!saysReady({ command: "a", linux: { ready: "quiet" } }, "osx"));
    assert.ok(!saysReady({ command: "a", ready: "quiet", osx: { ready: null } }, "osx"));
  });

  it("keeps what is no object, so that it is told of", () => {
    assert.deepEqual(layered({ command: "x", linux: 3 }, {}, "linux").task, { command: "x", linux: 3 });
    assert.deepEqual(layered({ command: "x", options: 3 }, {}, "linux").task, { command: "x", options: 3 });
    assert.deepEqual(layered({ command: "x" }, { options: "y" }, "linux").task, { command: "x", options: "y" });
  });

  it("is never a reason to throw", () => {
    const task = fc.dictionary(fc.constantFrom("command", "env", "options", "linux", "cwd"), fc.jsonValue());
    fc.assert(fc.property(task, task, (own, file) => void layered(own, file, "linux")));
  });

  it("is for the platform on which it runs", () => {
    assert.deepEqual((["win32", "darwin", "linux", "freebsd"] as const).map(taskPlatform), ["windows", "osx", "linux", "linux"]);
  });
});
