import assert from "node:assert/strict";
import { StopAllGate, type TaskKey } from "../../../src/taskRunner/run/stopAllGate";
import { dependenciesOf, isAwaitedInVain, shareCompound } from "../../../src/taskRunner/task/compounds";

const TASKS = [
  { label: "all", dependsOn: ["web", "api", "worker"] },
  { label: "web", dependsOn: "build" },
  { label: "build" },
  { label: "api" },
  { label: "worker", dependsOn: { type: "npm", script: "migrate" } },
  { label: "migrate", type: "npm", script: "migrate" },
  { label: "other", dependsOn: "lint" },
  { label: "lint" },
  { label: "loop", dependsOn: "loop" },
];

const key = (label: string): TaskKey => ({ label, scope: "folder" });

describe("compound tasks", () => {
  it("are shared by those that one task depends on, directly or not", () => {
    const pairs: [string, string, boolean][] = [
      ["web", "api", true],
      ["build", "worker", true],
      ["build", "migrate", true],
      ["web", "build", true],
      ["all", "migrate", true],
      ["web", "lint", false],
      ["lint", "other", true],
      ["loop", "web", false],
      ["unheard of", "web", false],
    ];
    for (const [a, b, share] of pairs) assert.equal(shareCompound(TASKS, a, b), share, `${a}, ${b}`);
  });

  it("depend on tasks that are named by label or by properties", () => {
    assert.deepEqual([...dependenciesOf(TASKS, "all")], ["web", "api", "worker"]);
    assert.deepEqual([...dependenciesOf(TASKS, "worker")], ["migrate"]);
    assert.deepEqual([...dependenciesOf(TASKS, "build")], []);
  });

  it("wait in vain for a task that is ready where its problem matchers do not see that", () => {
    const vain = (db: object, launches?: unknown, dependsOn = "db"): boolean => isAwaitedInVain([{ label: "db", ...db }, { label: "web", dependsOn }], launches, "db", "$ours");
    const ready = { port: 1 };
    assert.deepEqual([vain({ ready, problemMatcher: [] }), vain({ ready, problemMatcher: "$tsc" }), vain({ ready, problemMatcher: ["$tsc"] })], [true, true, true]);
    assert.deepEqual([vain({ ready }), vain({ problemMatcher: [] }), vain({ ready, problemMatcher: "$ours" }), vain({ ready, problemMatcher: ["$tsc", "$ours"] })], [false, false, false, false]);
    assert.deepEqual([vain({ linux: { ready }, osx: { ready }, windows: { ready }, problemMatcher: [] }), vain({ ready, linux: { ready: null }, osx: { ready: null }, windows: { ready: null }, problemMatcher: [] })], [true, false]);
    const nobody = (launches: unknown): boolean => vain({ ready, problemMatcher: [] }, launches, "other");
    assert.deepEqual([nobody(undefined), nobody([null, {}]), nobody([{ preLaunchTask: "db" }])], [false, false, true]);
  });

  it("are read from whatever is written in tasks.json", () => {
    for (const tasks of [undefined, {}, "tasks", [null, 1, { label: 3 }, { label: "web", dependsOn: [null, 7, {}] }]]) assert.equal(shareCompound(tasks, "web", "api"), false);
  });
});

describe("Stop All", () => {
  let gate: StopAllGate;
  beforeEach(() => void (gate = new StopAllGate((a, b) => shareCompound(TASKS, a.label, b.label))));
  const refuses = (label: string, now: number, isExplicit = false): string | undefined => gate.refuses(key(label), isExplicit, now)?.label;

  it("refuses what a compound starts after it", () => {
    gate.stopAll([key("web"), key("api")], 0);
    assert.equal(refuses("worker", 100), "web");
  });

  it("refuses nothing else", () => {
    assert.equal(refuses("worker", 0), undefined);
    gate.stopAll([key("web")], 0);
    assert.equal(refuses("lint", 100), undefined);
  });

  it("refuses as long as such tasks keep coming, and no longer", () => {
    gate.stopAll([key("build")], 0);
    assert.equal(refuses("web", 4900), "build");
    assert.equal(refuses("api", 9800), "build");
    assert.equal(refuses("worker", 14_900), undefined);
  });

  it("does not refuse a task that is asked for by its name", () => {
    gate.stopAll([key("web")], 0);
    assert.equal(refuses("api", 100, true), undefined);
  });

  it("lets the compound start when one of its stopped tasks is started again", () => {
    gate.stopAll([key("web"), key("lint")], 0);
    assert.equal(refuses("web", 100), undefined);
    assert.equal(refuses("api", 200), undefined);
    assert.equal(refuses("other", 300), "lint");
  });

  it("lets a refused task start when it is started again", () => {
    gate.stopAll([key("web")], 0);
    assert.equal(refuses("api", 100), "web");
    assert.equal(refuses("api", 200), undefined);
    assert.equal(refuses("worker", 300), undefined);
  });

  it("lets everything start that goes with a compound task which the user starts again by its name", () => {
    gate.stopAll([key("web"), key("lint")], 0);
    gate.reopen(key("all"));
    assert.deepEqual([refuses("worker", 100), refuses("api", 200), refuses("other", 300)], [undefined, undefined, "lint"]);
  });

  it("used twice is about the same compound", () => {
    gate.stopAll([key("web")], 0);
    gate.stopAll([], 100);
    assert.equal(refuses("api", 200), "web");
  });
});
