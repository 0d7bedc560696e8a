// What the rows' menus of package.json offer.
import assert from "node:assert/strict";
import manifest from "../../../package.json";
import { COMMANDS } from "../../../src/contributions";
import type { RunProcess } from "../../../src/taskRunner/process/runProcess";
import type { RunSnapshot, RunState } from "../../../src/taskRunner/run/state";
import { readTasks } from "../../../src/taskRunner/task/configuredTask";
import { menuContext, type TreeNode } from "../../../src/views/runsTreeModel";
import { treeNodes } from "../../../src/views/taskTreeModel";

const user = { kind: "user" } as const;
const left: RunProcess = {
  ...{ pid: 43, ppid: 1, pgid: 42, sid: 42, zombie: false, stopped: false, start: 5, name: "sleep", command: "sleep 600" },
  ...{ evidence: ["group"], holds: [], ports: [], owned: true },
};
const STATES: readonly RunState[] = [
  { kind: "waiting", previousPid: undefined },
  { kind: "running" },
  { kind: "stopping", reason: user, since: 0, killAt: 1, killed: false },
  { kind: "draining", since: 0, until: 1, exit: "exit status 0", asked: false },
  { kind: "ended", at: 1, outcome: { kind: "succeeded" } },
];

function snapshot(id: string, state: RunState, more: Partial<RunSnapshot> = {}): RunSnapshot {
  return { id, label: "web", commandLine: "x", pid: 42, startedAt: 0, state, waitDelay: 5000, survivors: [], ...more };
}

function tree(runs: readonly { snapshot: RunSnapshot; taskKey: string | undefined }[]): TreeNode[] {
  const tasks = readTasks([{ label: "web", type: "cancellable", command: "x" }, { label: "all", dependsOn: "api" }, { label: "api", type: "cancellable", command: "x" }], "cancellable").map((task) => ({ ...task, key: `s#${task.label}`, scope: "s" }));
  return treeNodes({ tasks, runs, usage: new Map(), byFolder: true, now: 0, since: () => 0, dateOf: (time) => time });
}

/** The row of a task whose run is so. */
function ofTask(state: RunState, more: Partial<RunSnapshot> = {}): TreeNode {
  return tree([{ snapshot: snapshot("1", state, more), taskKey: "s#web" }]).find(({ label }) => label === "web") ?? assert.fail();
}

/** The row of a run whose task is not configured. */
function loose(state: RunState, more: Partial<RunSnapshot> = {}): TreeNode {
  return tree([{ snapshot: { ...snapshot("1", state, more), label: "gone" }, taskKey: "s#gone" }])[0] ?? assert.fail();
}

/** The commands of a row's buttons and of its menu. */
function offered(node: TreeNode): string[] {
  const value = menuContext(node);
  return manifest.contributes.menus["view/item/context"]
    .filter(({ when }) => {
      const [, pattern, text] = /^view == cancellableTasks\.runs && viewItem (?:=~ \/(.*)\/|== (\S*))$/.exec(when) ?? assert.fail(when);
      return pattern === undefined ? text === value : new RegExp(pattern).test(value);
    })
    .map(({ command, group }) => `${group.split("@")[0]} ${command}`);
}

function offers(node: TreeNode, command: string): boolean {
  return offered(node).some((one) => one.endsWith(` ${command}`));
}

describe("the menu of a row", () => {
  it("shows in tasks.json what is configured: tasks, compound tasks, and their runs, earlier ones too", () => {
    const two = (second: RunState): TreeNode | undefined => tree([{ snapshot: snapshot("1", { kind: "running" }), taskKey: "s#web" }, { snapshot: snapshot("2", second), taskKey: "s#web" }])[0]?.children.at(-1);
    const idle = tree([]);
    for (const node of [...STATES.map((state) => ofTask(state)), ofTask({ kind: "ended", at: 1, outcome: { kind: "succeeded" } }, { survivors: [left] }), two({ kind: "running" }), two({ kind: "ended", at: 1, outcome: { kind: "succeeded" } }), ...idle, ...idle.flatMap(({ children }) => children)]) {
      assert.ok(node !== undefined && offers(node, COMMANDS.showInTasksJson), node?.contextValue);
    }
  });

  it("does not show in tasks.json what is not configured, nor a process or a port", () => {
    for (const node of [...STATES.map((state) => loose(state)), loose({ kind: "running" }, { window: "" }), ...ofTask({ kind: "ended", at: 1, outcome: { kind: "succeeded" } }, { survivors: [left], ports: [{ port: 1, process: left }] }).children]) {
      assert.ok(!offers(node, COMMANDS.showInTasksJson), node.contextValue);
    }
  });

  it("copies the pid of what lives: a command that runs or is being stopped, and a process that is left; of no run that has ended, or has not begun", () => {
    const over: RunState = { kind: "ended", at: 1, outcome: { kind: "lost" } };
    for (const rowOf of [ofTask, loose]) {
      const copied = STATES.filter((state) => offers(rowOf(state), COMMANDS.copyPid));
      assert.deepEqual(copied.map(({ kind }) => kind), ["running", "stopping"]);
      const rows: TreeNode[] = [rowOf({ kind: "ended", at: 1, outcome: { kind: "succeeded" } }, { survivors: [left] }), loose(over, { survivors: [left] })];
      assert.deepEqual(rows.map((row) => [offers(row, COMMANDS.copyPid), row.children.map((child) => offers(child, COMMANDS.copyPid))]), [[false, [true]], [false, [true]]]);
    }
  });

  it("is otherwise the same for a run of a configured task and for another one", () => {
    for (const survivors of [[], [left]]) {
      for (const state of STATES) {
        const rest = offered(ofTask(state, { survivors })).filter((one) => !one.endsWith(COMMANDS.showInTasksJson));
        assert.ok(rest.length > 0);
        assert.deepEqual(rest, offered(loose(state, { survivors })));
      }
    }
  });
});
