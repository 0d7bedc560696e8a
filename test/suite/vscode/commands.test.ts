import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { CancellableTasksApi, Run } from "../../../api";
import { activated, endAll, until } from "./extensionApi";

/** How many tasks the compound has. */
const MANY = 30;

describe("a command of the extension", () => {
  let api: CancellableTasksApi;

  before(async () => {
    api = await activated();
  });

  afterEach(async () => {
    await endAll(api);
  });

  function stateOf(id: string): Run["state"]["kind"] | undefined {
    return api.runs().find((run) => run.id === id)?.state.kind;
  }

  async function running(): Promise<Run> {
    await vscode.commands.executeCommand("workbench.action.tasks.runTask", "obeys");
    return until(api, () => api.runs().find(({ state }) => state.kind === "running"));
  }

  it("that was given a target which is no run does nothing, also where only one task runs", async () => {
    const { id } = await running();
    const foreign = vscode.window.createTerminal({ name: "foreign", pty: { onDidWrite: new vscode.EventEmitter<string>().event, open: () => undefined, close: () => undefined } });
    for (const command of ["stop", "kill", "restart", "releasePipe", "revealTerminal", "killAllSurvivors", "copyPid"]) {
      // What a row gives that was clicked while the tree was being made anew; another terminal; a run that has been forgotten; no run at all.
      for (const args of [[undefined, undefined], [undefined], [foreign, [foreign]], [{ runId: "forgotten" }], ["no such id"], [{}]]) {
        await vscode.commands.executeCommand(`cancellableTasks.${command}`, ...args);
      }
    }
    assert.equal(stateOf(id), "running");
  });

  it("that was given nothing means the only run that there is", async () => {
    const { id } = await running();
    await vscode.commands.executeCommand("cancellableTasks.stop");
    await until(api, () => (stateOf(id) === "ended" ? true : undefined));
  });

  it("that was given the id of a run acts at once, also a second time", async () => {
    await vscode.commands.executeCommand("workbench.action.tasks.runTask", "ignores long");
    const { id } = await until(api, () => api.runs().find(({ state }) => state.kind === "running"));
    await vscode.commands.executeCommand("cancellableTasks.stop", id);
    await vscode.commands.executeCommand("cancellableTasks.stop", id);
    await until(api, () => (stateOf(id) === "ended" ? true : undefined));
  });

  it("takes two hasty clicks for one, and a later one for a kill", async () => {
    await vscode.commands.executeCommand("workbench.action.tasks.runTask", "ignores long");
    const { id } = await until(api, () => api.runs().find(({ state }) => state.kind === "running"));
    for (const command of ["stop", "stop", "kill", "stopAll"]) await vscode.commands.executeCommand(`cancellableTasks.${command}`, ...(command === "stopAll" ? [] : [{ runId: id }]));
    const { state } = await until(api, () => api.runs().find((run) => run.id === id && run.state.kind !== "running"));
    assert.ok(state.kind === "stopping" && !state.killed);
    await new Promise((resolve) => setTimeout(resolve, 600)); // Long enough to have read what the first has led to.
    assert.equal(stateOf(id), "stopping");
    await vscode.commands.executeCommand("cancellableTasks.stop", { runId: id });
    await until(api, () => (stateOf(id) === "ended" ? true : undefined));
  });

  describe("after a Restart", () => {
    /** A run that ignores the signal, and that Restart has asked to stop; after the time of a double click. */
    async function restarting(): Promise<{ id: string; restarted: Thenable<unknown> }> {
      await vscode.commands.executeCommand("workbench.action.tasks.runTask", "ignores long");
      const { id } = await until(api, () => api.runs().find(({ state }) => state.kind === "running"));
      const restarted = vscode.commands.executeCommand("cancellableTasks.restart", { runId: id });
      await until(api, () => (stateOf(id) === "stopping" ? true : undefined));
      await new Promise((resolve) => setTimeout(resolve, 600));
      return { id, restarted };
    }

    it("calls that off by a Stop, which does not kill what is ending; a further one does", async () => {
      const { id, restarted } = await restarting();
      await vscode.commands.executeCommand("cancellableTasks.stop", { runId: id });
      const { state } = await until(api, () => api.runs().find((run) => run.id === id));
      assert.ok(state.kind === "stopping" && !state.killed);
      await vscode.commands.executeCommand("cancellableTasks.stop", { runId: id });
      await restarted;
      assert.deepEqual(api.runs().map((run) => [run.id, run.state.kind]), [[id, "ended"]]);
    });

    it("calls that off by a Stop of another extension, and by Stop All", async () => {
      for (const stop of [(id: string) => void api.stop(id), () => void vscode.commands.executeCommand("cancellableTasks.stopAll")]) {
        const { id, restarted } = await restarting();
        stop(id);
        await vscode.commands.executeCommand("cancellableTasks.kill", id);
        await restarted;
        assert.deepEqual(api.runs().map((run) => [run.id, run.state.kind]), [[id, "ended"]]);
        await vscode.commands.executeCommand("cancellableTasks.clearEnded");
      }
    });

    it("does not call that off by Kill Now, which only brings it nearer", async () => {
      const { id, restarted } = await restarting();
      await vscode.commands.executeCommand("cancellableTasks.kill", { runId: id });
      await restarted;
      await until(api, () => api.runs().find((run) => run.id !== id && run.state.kind === "running"));
    });

    it("restarts once when that was called off and then wanted again", async () => {
      const { id, restarted } = await restarting();
      await vscode.commands.executeCommand("cancellableTasks.stop", { runId: id });
      const again = vscode.commands.executeCommand("cancellableTasks.restart", { runId: id });
      await vscode.commands.executeCommand("cancellableTasks.kill", id);
      await Promise.all([restarted, again]);
      await until(api, () => api.runs().find((run) => run.id !== id && run.state.kind === "running"));
      assert.equal(api.runs().length, 2);
    });
  });

  describe("with a compound of thirty tasks", () => {
    const file = vscode.Uri.joinPath(vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file("/"), ".vscode", "tasks.json");
    let original: Uint8Array;

    async function write(content: Uint8Array, has: string): Promise<void> {
      await vscode.workspace.fs.writeFile(file, content);
      while (!(await vscode.tasks.fetchTasks({ type: "cancellable" })).some(({ name }) => name === has));
    }

    before(async () => {
      original = await vscode.workspace.fs.readFile(file);
      const labels = Array.from({ length: MANY }, (_, i) => `one of thirty, ${i}`);
      const tasks = labels.map((label, i) => ({ type: "cancellable", label, command: `exec sleep 60${i}`, isBackground: true, presentation: { reveal: "never" }, problemMatcher: [] }));
      await write(Buffer.from(JSON.stringify({ version: "2.0.0", tasks: [...tasks, { label: "all thirty", dependsOn: labels, problemMatcher: [] }] })), "one of thirty, 0");
    });

    after(() => write(original, "obeys"));

    it("stops all for good: what VS Code still starts of it is refused", async function () {
      this.timeout(60_000);
      const live = (): Run[] => api.runs().filter(({ state }) => state.kind === "running");
      // The extension forgets the oldest of many that have ended.
      const seen = new Map<string, Run>();
      const listener = api.onDidChangeRuns(() => api.runs().forEach((run) => seen.set(run.id, run)));
      const all = (): Run[] => [...seen.values()];
      void vscode.commands.executeCommand("workbench.action.tasks.runTask", "all thirty");
      await until(api, () => (live().length >= 5 ? true : undefined));
      const before = new Set(api.runs().map(({ id }) => id));
      await vscode.commands.executeCommand("cancellableTasks.stopAll");
      await until(api, () => (seen.size === MANY && all().every(({ state }) => state.kind === "ended") ? true : undefined)).finally(() => listener.dispose());
      const later = all().filter(({ id }) => !before.has(id));
      assert.ok(later.length > 0, "VS Code has started some after the Stop All");
      for (const { state, pid } of later) assert.ok(pid === undefined && state.kind === "ended" && state.outcome.kind === "canceled");
      // And the user can start it all again.
      await vscode.commands.executeCommand("cancellableTasks.clearEnded");
      void vscode.commands.executeCommand("workbench.action.tasks.runTask", "all thirty");
      await until(api, () => (live().length === MANY ? true : undefined));
      await vscode.commands.executeCommand("cancellableTasks.stopAll");
      await until(api, () => (live().length === 0 ? true : undefined));
    });
  });
});
