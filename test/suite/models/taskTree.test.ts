import assert from "node:assert/strict";
import manifest from "../../../package.json";
import { COMMANDS } from "../../../src/contributions";
import type { RunProcess } from "../../../src/taskRunner/process/runProcess";
import type { RunSnapshot, RunState } from "../../../src/taskRunner/run/state";
import type { RunUsage } from "../../../src/taskRunner/run/usageSampler";
import { readTasks, type ListedTask } from "../../../src/taskRunner/task/configuredTask";
import type { TreeNode } from "../../../src/views/runsTreeModel";
import { isRunByEnter } from "../../../src/taskTarget";
import { treeNodes } from "../../../src/views/taskTreeModel";

const NOW = 1_700_000_100_000;
const user = { kind: "user" } as const;
const running: RunState = { kind: "running" };
const stopping: RunState = { kind: "stopping", reason: user, since: NOW, killAt: NOW + 5000, killed: false };

function listed(tasks: readonly unknown[], scope = "s", folder?: string): ListedTask[] {
  return readTasks(tasks, "cancellable").map((task) => ({ ...task, key: `${scope}#${task.label}`, scope, ...(folder === undefined ? {} : { folder }) }));
}

const cancellable = (label: string, more: object = {}): object => ({ label, type: "cancellable", command: "x", ...more });

function run(id: string, label: string, state: RunState, more: Partial<RunSnapshot> = {}): { snapshot: RunSnapshot; taskKey: string } {
  return { snapshot: { id, label, commandLine: "x", pid: 42, startedAt: NOW - 72_400, state, waitDelay: 5000, survivors: [], ...more }, taskKey: `s#${label}` };
}

const ended = (at: number, stopMs?: number): RunState => ({ kind: "ended", at, outcome: stopMs === undefined ? { kind: "succeeded" } : { kind: "canceled", stop: user }, ...(stopMs === undefined ? {} : { stopMs }) });

function tree(tasks: readonly ListedTask[], runs: readonly { snapshot: RunSnapshot; taskKey: string | undefined }[] = [], more: { usage?: ReadonlyMap<string, RunUsage>; byFolder?: boolean } = {}): TreeNode[] {
  return treeNodes({ tasks, runs, usage: new Map(), byFolder: true, now: NOW, since: () => NOW, dateOf: (time) => time, ...more });
}

/** The labels, indented by their depth. */
function outline(nodes: readonly TreeNode[], depth = ""): string[] {
  return nodes.flatMap((node) => [`${depth}${node.label}`, ...outline(node.children, `${depth}  `)]);
}

describe("the tree by task", () => {
  it("counts down the last minute of a timeout below the task, beside for how long it has run", () => {
    const label = (left: number): string | undefined => tree(listed([cancellable("web")]), [run("1", "web", running, { timeoutAt: NOW + left })])[0]?.children[0]?.label;
    assert.deepEqual([label(60_001), label(60_000), label(4001)], ["for 1 min 12 s", "for 1 min 12 s, timeout in 60 s", "for 1 min 12 s, timeout in 5 s"]);
  });

  it("has a row for each configured task, idle ones too, with its detail, icon and colour", () => {
    const tasks = listed([cancellable("web", { detail: "the server", icon: { id: "globe", color: "terminal.ansiBlue" } }), cancellable("api"), { label: "other", type: "shell", command: "x" }, cancellable("secret", { hide: true })]);
    const nodes = tree(tasks);
    assert.deepEqual(nodes.map(({ label, description, icon, contextValue, runId }) => [label, description, icon.id, icon.color, contextValue, runId]), [
      ["web", "the server", "globe", "terminal.ansiBlue", "task.idle", undefined],
      ["api", "", "circle-outline", undefined, "task.idle", undefined],
    ]);
  });

  it("names a task without a label as VS Code does", () => {
    assert.deepEqual(outline(tree(listed([{ type: "cancellable", command: "make" }]))), ["make"]);
  });

  it("shows the live run on the task's own row, which keeps its id, and its actions", () => {
    const tasks = listed([cancellable("web"), cancellable("api")]);
    const [before, after] = [tree(tasks)[0], tree(tasks, [run("1", "web", running)])[0]];
    assert.equal(after?.id, before?.id);
    assert.deepEqual([after?.runId, after?.description, after?.contextValue, after?.icon.id], ["1", "running, pid 42", "run.running", "loading~spin"]);
  });

  it("stays in the order of tasks.json, whatever runs", () => {
    const tasks = listed([cancellable("web"), cancellable("api"), cancellable("db")]);
    assert.deepEqual(tree(tasks, [run("1", "db", running), run("2", "api", running)]).map(({ label }) => label), ["web", "api", "db"]);
  });

  it("keeps the task's own icon while nothing is the matter, and shows what is", () => {
    const tasks = listed([cancellable("web", { icon: { id: "globe" } })]);
    const icon = (state: RunState): string | undefined => tree(tasks, [run("1", "web", state)])[0]?.icon.id;
    assert.deepEqual([icon(running), icon(ended(NOW)), icon(stopping)], ["globe", "globe", "debug-stop"]);
    assert.equal(icon({ kind: "ended", at: NOW, outcome: { kind: "exited", code: 1, stop: undefined } }), "error");
  });

  it("shows below a task its last five earlier runs, the newest first: how each ended, how long it and its stop took", () => {
    const runs = Array.from({ length: 7 }, (_, i) => run(String(i), "web", ended(NOW - 60_000 + i, i === 5 ? 1500 : undefined)));
    const [node] = tree(listed([cancellable("web")]), runs);
    assert.equal(node?.runId, "6");
    assert.deepEqual(node.children.map(({ runId }) => runId), ["5", "4", "3", "2", "1"]);
    const at = new Date(NOW - 60_000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    assert.deepEqual(node.children.slice(0, 2).map(({ label, description, contextValue }) => [label, description, contextValue]), [
      ["stopped", `12.4 s (stop took 1.5 s), ${at}`, "past"],
      ["succeeded", `12.4 s, ${at}`, "past"],
    ]);
  });

  it("keeps a live run, and one that has left processes, below a task, however many newer runs have ended", () => {
    const left: RunProcess = {
      ...{ pid: 43, ppid: 1, pgid: 42, sid: 42, zombie: false, stopped: false, start: 5, name: "sleep", command: "sleep 600" },
      ...{ evidence: ["group"], holds: [], ports: [], owned: true },
    };
    const ends = Array.from({ length: 7 }, (_, i) => run(`over ${i}`, "web", ended(NOW - 60_000 + i)));
    const [node] = tree(listed([cancellable("web")]), [run("left", "web", ended(NOW - 90_000), { survivors: [left] }), run("live", "web", running), ...ends, run("newest", "web", running)]);
    const others = node?.children.filter(({ kind }) => kind !== "usage").map(({ runId }) => runId);
    assert.deepEqual(others, ["over 6", "over 5", "over 4", "over 3", "over 2", "live", "left"]);
  });

  it("shows what a live run uses, and for how long it has run, in a row without buttons", () => {
    const usage = new Map([["1", { cpuPercent: 3.14, memoryBytes: 120_400_000, processes: 4 }]]);
    const [node] = tree(listed([cancellable("web")]), [run("1", "web", running)], { usage });
    const [row] = node?.children ?? [];
    assert.deepEqual([row?.label, row?.description, row?.contextValue], ["for 1 min 12 s", "3.1 % CPU, 120 MB", "usage"]);
    assert.match(row?.tooltip ?? "", /in 4 processes$/);
    assert.deepEqual(tree(listed([cancellable("web")]), [run("1", "web", ended(NOW))], { usage })[0]?.children, []);
  });

  it("shows runs of one task that run at the same time below the newest one", () => {
    const [node] = tree(listed([cancellable("web")]), [run("1", "web", running), run("2", "web", running)]);
    assert.deepEqual([node?.runId, node?.children.map(({ runId, label, contextValue }) => [runId, label, contextValue])], ["2", [["2", "for 1 min 12 s", "usage"], ["1", "another run", "run.running"]]]);
  });

  it("keeps runs whose task is not configured any more, and of other windows, above all tasks", () => {
    const lost: RunState = { kind: "ended", at: NOW, outcome: { kind: "lost" } };
    const nodes = tree(listed([cancellable("web")]), [run("1", "gone", running), { ...run("2", "web", lost, { folder: "/other" }), taskKey: undefined }]);
    assert.deepEqual(nodes.map(({ runId, label }) => [runId, label]), [["2", "web"], ["1", "gone"], [undefined, "web"]]);
  });

  it("puts what an earlier window of the same folder has left below its task", () => {
    const lost: RunState = { kind: "ended", at: NOW, outcome: { kind: "lost" } };
    const nodes = tree(listed([cancellable("web")]), [{ ...run("2", "web", lost), taskKey: undefined }]);
    assert.deepEqual(nodes.map(({ id, contextValue }) => [id, contextValue]), [["task/s#web", "task.lost"]]);
  });

  it("offers Run, from the row and with Enter, for a task of which an earlier window has left something, and still Kill", () => {
    const lost: RunState = { kind: "ended", at: NOW, outcome: { kind: "lost" } };
    const [row] = tree(listed([cancellable("web")]), [{ ...run("2", "web", lost), taskKey: undefined }]);
    const value = row?.contextValue ?? "";
    const offered = manifest.contributes.menus["view/item/context"].filter(({ when }) => {
      const [, regex, text] = /viewItem (?:=~ \/(.*)\/|== (.*))$/.exec(when) ?? [];
      return regex === undefined ? text === value : new RegExp(regex).test(value);
    });
    assert.deepEqual(offered.filter(({ group }) => group.startsWith("inline")).map(({ command }) => command).sort(), [COMMANDS.killAllSurvivors, COMMANDS.runTask]);
    assert.deepEqual([row?.taskKey, isRunByEnter(value)], ["s#web", true]);
    assert.equal(isRunByEnter(tree([], [{ ...run("2", "web", lost), taskKey: undefined }])[0]?.contextValue ?? ""), false);
  });

  it("puts what a compound task starts below it, each once, and says how many run", () => {
    const tasks = listed([{ label: "all", dependsOn: ["web", "api"] }, { label: "more", dependsOn: ["all", "web", "db"] }, cancellable("web"), cancellable("api"), cancellable("db"), cancellable("alone"), { label: "shells", dependsOn: "shell" }, { label: "shell", type: "shell" }]);
    assert.deepEqual(outline(tree(tasks)), ["more", "  all", "    web", "    api", "  db", "alone"]);
    const [more] = tree(tasks, [run("1", "web", running), run("2", "db", running)]);
    assert.deepEqual([more?.description, more?.contextValue, more?.children[0]?.description], ["2 of 3 running", "group.live", "1 of 2 running"]);
    const [half] = tree(tasks, [run("1", "web", stopping), run("2", "db", running)]);
    assert.deepEqual([half?.description, half?.contextValue], ["stopping 1 of 3", "group.stopping"]);
  });

  it("has one row, with an id of its own, for a task that a compound names twice, by label or by properties", () => {
    const tasks = listed([{ label: "all", dependsOn: ["web", "sub", "web", { type: "cancellable", command: "x" }, "sub"] }, { label: "sub", dependsOn: ["api", "api"] }, cancellable("web"), { label: "api", type: "cancellable", command: "y" }]);
    assert.deepEqual(outline(tree(tasks)), ["all", "  web", "  sub", "    api"]);
  });

  it("loses no task of compounds that need each other", () => {
    const tasks = listed([{ label: "a", dependsOn: ["b", "web"] }, { label: "b", dependsOn: ["a", "api"] }, cancellable("web"), cancellable("api")]);
    assert.deepEqual(outline(tree(tasks)).map((line) => line.trim()).sort(), ["a", "api", "b", "web"]);
  });

  it("has the hidden tasks that a compound task starts below it, and counts them", () => {
    const tasks = listed([{ label: "all", dependsOn: ["servers", "docs"] }, { label: "servers", dependsOn: ["web", "api"], hide: true }, cancellable("web", { hide: true }), cancellable("api", { hide: true }), cancellable("docs")]);
    assert.deepEqual(outline(tree(tasks)), ["all", "  servers", "    web", "    api", "  docs"]);
    const [all] = tree(tasks, [run("1", "web", running)]);
    assert.deepEqual([all?.description, all?.contextValue, all?.children[0]?.description], ["1 of 3 running", "group.live", "1 of 2 running"]);
  });

  it("has a row for a hidden task while it runs, and as long as something is to be seen of its runs", () => {
    const tasks = listed([cancellable("secret", { hide: true }), cancellable("web")]);
    assert.deepEqual(outline(tree(tasks)), ["web"]);
    for (const state of [running, ended(NOW)]) assert.deepEqual(tree(tasks, [run("1", "secret", state)]).map(({ label, taskKey }) => [label, taskKey]), [["secret", "s#secret"], ["web", "s#web"]]);
  });

  it("has a row for a hidden compound task while something of it runs, and moves no other row for it", () => {
    const tasks = listed([{ label: "debug", dependsOn: ["servers", "web"], hide: true }, { label: "servers", dependsOn: ["api"], hide: true }, cancellable("web"), cancellable("api", { hide: true })]);
    assert.deepEqual(outline(tree(tasks)), ["web"]);
    const nodes = tree(tasks, [run("1", "api", stopping), run("2", "web", running)]);
    assert.deepEqual(nodes.map(({ label, description }) => [label, description.split(",")[0]]), [["debug", "stopping 1 of 2"], ["servers", "stopping 1 of 1"], ["web", "running"], ["api", "stopping"]]);
  });

  it("loses no shown task that hidden compounds which need each other start", () => {
    const tasks = listed([{ label: "all", dependsOn: "a" }, { label: "a", dependsOn: ["b", "web"], hide: true }, { label: "b", dependsOn: ["a", "api"], hide: true }, cancellable("web"), cancellable("api")]);
    assert.deepEqual(outline(tree(tasks)).map((line) => line.trim()).sort(), ["a", "all", "api", "web"]);
  });

  it("puts the tasks of several folders below these, or names the folder in each row", () => {
    const tasks = [...listed([cancellable("web")], "s", "one"), ...listed([cancellable("web")], "t", "two"), ...listed([cancellable("mine")], "1")];
    assert.deepEqual(outline(tree(tasks)), ["one", "  web", "two", "  web", "mine"]);
    const flat = tree(tasks, [run("1", "web", running)], { byFolder: false });
    assert.deepEqual(flat.map(({ label, description }) => `${label}: ${description}`), ["web: running, pid 42 · one", "web: two", "mine: "]);
  });

  it("says of each row what it is", () => {
    const tasks = [...listed([{ label: "all", dependsOn: ["web"] }, cancellable("web")], "s", "one"), ...listed([cancellable("api")], "t", "two")];
    const [folder] = tree(tasks, [run("1", "web", ended(NOW)), run("2", "web", running)]);
    const [group] = folder?.children ?? [];
    const [task] = group?.children ?? [];
    assert.deepEqual([folder, group, task, task?.children.at(-1)].map((node) => node?.role), ["folder", "compound task", "task", "earlier run"]);
  });

  it("reads a half-typed tasks.json as far as it can", () => {
    for (const tasks of [undefined, null, "x", [undefined, 1, {}, { label: 1 }, { label: "a", dependsOn: [1, null] }, { type: "cancellable" }]]) assert.deepEqual(tree(listed(tasks as unknown[])), []);
    assert.deepEqual(tree(listed([cancellable("a", { icon: "x", detail: 1 }), cancellable("b", { icon: { id: "$(x)", color: 3 } })])).map(({ icon, description }) => [icon.id, description]), [["circle-outline", ""], ["circle-outline", ""]]);
  });
});
