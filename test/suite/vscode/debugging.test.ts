import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { CancellableTasksApi, Run } from "../../../api";
import { activated, endAll } from "./extensionApi";

describe("a debug session in VS Code", function () {
  this.timeout(60_000);
  let api: CancellableTasksApi;
  let folder: vscode.WorkspaceFolder;
  let sessions: vscode.DebugSession[] = [];
  let changed: () => void = () => undefined;
  const listeners: { dispose(): unknown }[] = [];

  before(async () => {
    api = await activated();
    folder = vscode.workspace.workspaceFolders?.[0] ?? assert.fail("no folder");
    listeners.push(
      vscode.debug.onDidStartDebugSession((session) => {
        sessions = [...sessions, session];
        changed();
      }),
      vscode.debug.onDidTerminateDebugSession((session) => {
        sessions = sessions.filter(({ id }) => id !== session.id);
        changed();
      }),
      api.onDidChangeRuns(() => changed()),
    );
  });

  after(() => {
    for (const listener of listeners) listener.dispose();
  });

  afterEach(async () => {
    await vscode.debug.stopDebugging();
    await endAll(api);
  });

  /** Looked at whenever a run changes or a session comes or goes. */
  async function until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const value = look();
      if (value !== undefined) return value;
      await new Promise<void>((resolve) => (changed = resolve));
    }
  }

  /** The sessions without their children. */
  function roots(): vscode.DebugSession[] {
    return sessions.filter(({ parentSession }) => parentSession === undefined);
  }

  function runOf(label: string, kind: Run["state"]["kind"]): Run | undefined {
    return api.runs().find((run) => run.label === label && run.state.kind === kind);
  }

  async function started(name: string, count: number): Promise<void> {
    assert.ok(await vscode.debug.startDebugging(folder, name));
    await until(() => roots().length === count || undefined);
  }

  it("begins when its preLaunchTask is ready, and takes that with it when it ends", async () => {
    await started("app", 1);
    const run = await until(() => runOf("serves", "running"));
    assert.equal(run.ready?.kind, "ready");
    await vscode.debug.stopDebugging(roots()[0]);
    const { state } = await until(() => runOf("serves", "ended"));
    assert.ok(state.kind === "ended" && state.outcome.text.startsWith("stopped"), JSON.stringify(state));
  });

  it("keeps its preLaunchTask when it is restarted", async () => {
    await started("app", 1);
    const { id } = await until(() => runOf("serves", "running"));
    // A child, where the debugger restarts only that.
    await until(() => sessions.length === 2 || undefined);
    const before = new Set(sessions.map((session) => session.id));
    await vscode.commands.executeCommand("workbench.action.debug.restart");
    await until(() => sessions.some((session) => !before.has(session.id)) || undefined);
    await new Promise((resolve) => setTimeout(resolve, 1500)); // That nothing is stopped has no event.
    assert.deepEqual(api.runs().filter(({ label }) => label === "serves").map((run) => [run.id, run.state.kind]), [[id, "running"]]);
    await vscode.debug.stopDebugging(roots()[0]);
    await until(() => runOf("serves", "ended"));
  });

  it("of a compound keeps the compound's task until the last one has ended; what does not want to be stopped goes on", async () => {
    await started("both", 2);
    await until(() => runOf("serves", "running"));
    await vscode.debug.stopDebugging(roots().find(({ name }) => name === "first"));
    await until(() => roots().length === 1 || undefined);
    await new Promise((resolve) => setTimeout(resolve, 1500)); // That nothing is stopped has no event.
    assert.ok(runOf("serves", "running"));
    await vscode.debug.stopDebugging(roots()[0]);
    await until(() => runOf("serves", "ended"));
    assert.ok(runOf("goes on", "running"));
    // Its postDebugTask stops by label, and is told what has happened.
    const { state } = await until(() => runOf("stops what serves", "ended"));
    assert.ok(state.kind === "ended" && state.exitCode === 0, JSON.stringify(state));
  });
});

describe("Stop with a label", () => {
  it("stops every run of that task, as a key binding passes it, and says what has happened", async () => {
    const api = await vscode.extensions.getExtension<CancellableTasksApi>("waitdelay.cancellable-tasks")?.activate();
    assert.ok(api);
    for (const args of ["obeys", { label: "obeys" }]) {
      await vscode.commands.executeCommand("workbench.action.tasks.runTask", "obeys");
      await new Promise<void>((resolve) => {
        const look = (): void => {
          if (!api.runs().some(({ state }) => state.kind === "running")) return;
          listener.dispose();
          resolve();
        };
        const listener = api.onDidChangeRuns(look);
        look();
      });
      assert.equal(await vscode.commands.executeCommand("cancellableTasks.stop", args), '"obeys" has been stopped');
      assert.ok(api.runs().every(({ state }) => state.kind === "ended"));
    }
    assert.equal(await vscode.commands.executeCommand("cancellableTasks.stop", "obeys"), '"obeys" is not running');
    await vscode.commands.executeCommand("cancellableTasks.clearEnded");
    for (const terminal of vscode.window.terminals) terminal.dispose();
  });
});
