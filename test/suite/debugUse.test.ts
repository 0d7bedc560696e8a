import assert from "node:assert/strict";
import { DebugUse, tasksOf, type DebuggedTask } from "../../src/debugUse";
import { allOfBut } from "../../src/taskRunner/task/compounds";
import { FakeClock } from "./fakeClock";

const web: DebuggedTask = { task: "web", folder: "file:///app" };
const other: DebuggedTask = { task: "web", folder: "file:///other" };

describe("The task of a debug session", () => {
  let clock: FakeClock;
  let unused: DebuggedTask[];
  let use: DebugUse;

  beforeEach(() => {
    clock = new FakeClock();
    unused = [];
    use = new DebugUse(clock, (task) => unused.push(task));
  });

  it("is unused when its only session has ended", () => {
    use.started("a", [web], undefined);
    use.ended("a");
    clock.advance(5000);
    assert.deepEqual(unused, [web]);
    use.ended("a");
    clock.advance(5000);
    assert.deepEqual([unused.length, clock.timers], [1, 0]);
  });

  it("is unused when the last of its sessions has ended", () => {
    use.started("a", [web], undefined);
    use.started("b", [web], undefined);
    use.ended("a");
    clock.advance(5000);
    assert.deepEqual(unused, []);
    use.ended("b");
    clock.advance(5000);
    assert.deepEqual(unused, [web]);
  });

  it("is used on by a session that is restarted", () => {
    use.started("a", [web], undefined);
    use.ended("a");
    clock.advance(900);
    use.started("a2", [web], undefined);
    clock.advance(5000);
    assert.deepEqual(unused, []);
    use.ended("a2");
    clock.advance(5000);
    assert.deepEqual(unused, [web]);
  });

  it("is used by a child session that is told again when its parent has ended", () => {
    use.started("parent", [web], undefined);
    use.started("child", [], "parent");
    use.ended("parent");
    use.started("child", [], "parent");
    use.ended("child");
    clock.advance(5000);
    assert.deepEqual(unused, [web]);
  });

  it("is used by child sessions, also when their parent has ended first", () => {
    use.started("parent", [web], undefined);
    use.started("child", [], "parent");
    use.started("grandchild", [], "child");
    use.ended("parent");
    use.ended("child");
    clock.advance(5000);
    assert.deepEqual(unused, []);
    use.ended("grandchild");
    clock.advance(5000);
    assert.deepEqual(unused, [web]);
  });

  it("is another one in another folder", () => {
    use.started("a", [web], undefined);
    use.started("b", [other], undefined);
    use.ended("a");
    clock.advance(5000);
    assert.deepEqual(unused, [web]);
  });

  it("is told of twice without harm: by the adapter's start and the session's, by its exit and the session's end", () => {
    use.started("a", [web], undefined);
    use.started("a", [web], undefined);
    use.ended("a");
    use.ended("a");
    clock.advance(5000);
    assert.deepEqual(unused, [web]);
  });

  it("lets no timer wait when the window closes", () => {
    use.started("a", [web], undefined);
    use.ended("a");
    use.dispose();
    assert.equal(clock.timers, 0);
  });

  it("is told of with what other sessions still use: a dependency that these need is not stopped", () => {
    const page: DebuggedTask = { task: "page", folder: "file:///app" };
    const told: unknown[] = [];
    const both = new DebugUse(clock, (task, used) => told.push([task, used]));
    both.started("a", [web], undefined);
    both.started("b", [page], undefined);
    both.ended("a");
    clock.advance(5000);
    both.ended("b");
    clock.advance(5000);
    assert.deepEqual(told, [[web, [page]], [page, []]]);
    const tasks = [{ label: "web", dependsOn: ["own", "api"] }, { label: "page", dependsOn: "api" }, { label: "api" }, { label: "own" }];
    assert.deepEqual([[...allOfBut(tasks, "web", ["page"])], [...allOfBut(tasks, "page", [])]], [["web", "own"], ["page", "api"]]);
  });

  it("is its configuration's, and that of the compounds that it is in", () => {
    const compounds = [{ configurations: ["app", { name: "page", folder: "x" }], preLaunchTask: "all" }, { configurations: ["app"] }, { configurations: ["third"], preLaunchTask: "no" }];
    assert.deepEqual(tasksOf({ name: "app", preLaunchTask: "web" }, compounds), ["web", "all"]);
    assert.deepEqual(tasksOf({ name: "page" }, compounds), ["all"]);
    assert.deepEqual(tasksOf({ name: "app", preLaunchTask: { type: "npm", script: "x" } }, undefined), [{ type: "npm", script: "x" }]);
    for (const odd of [undefined, 3, [null, 1, {}, { configurations: 3, preLaunchTask: "x" }]]) assert.deepEqual(tasksOf({ name: "app", preLaunchTask: "" }, odd), []);
  });
});
