import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { CancellableTasksApi, Run } from "../../../api";
import { activated, until } from "./extensionApi";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(...pids: number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("tasks of type cancellable in VS Code", () => {
  let api: CancellableTasksApi;
  let tasks: vscode.Task[];

  before(async () => {
    api = await activated();
    tasks = await vscode.tasks.fetchTasks({ type: "cancellable" });
  });

  afterEach(async () => {
    const known = api.runs();
    await Promise.all(known.map(({ id }) => api.kill(id)));
    await vscode.commands.executeCommand("cancellableTasks.killAllSurvivors");
    await gone(...known.flatMap(({ survivors }) => survivors.map(({ pid }) => pid)));
    await vscode.commands.executeCommand("cancellableTasks.clearEnded");
    for (const terminal of vscode.window.terminals) terminal.dispose();
  });

  function task(name: string): vscode.Task {
    const found = tasks.find((candidate) => candidate.name === name);
    assert.ok(found, `tasks.json has no task ${name}`);
    return found;
  }

  /** Runs a task to its end, and gives the exit code that VS Code was told. */
  async function exitCode(name: string): Promise<number | undefined> {
    const ended = new Promise<number | undefined>((resolve) => {
      const listener = vscode.tasks.onDidEndTaskProcess((event) => {
        if (event.execution.task.name !== name) return;
        listener.dispose();
        resolve(event.exitCode);
      });
    });
    await vscode.tasks.executeTask(task(name));
    return ended;
  }

  function running(name: string): Promise<Run> {
    return until(api, () => api.runs().find((run) => run.label === name && run.state.kind === "running"));
  }

  function endOf(id: string): Promise<Run> {
    return until(api, () => api.runs().find((run) => run.id === id && run.state.kind === "ended"));
  }

  const codes: [string, number][] = [
    ["succeeds", 0],
    ["exits with 3", 3],
    ["is ended by SIGTERM", 143],
    ["times out", 124],
    ["is not found", 127],
    ["is not executable", 126],
    ["is not valid", 2],
    ["hangs", 0],
    ["hangs, an error", 1],
    ["hangs on a terminal, an error", 1],
    ["uses variables", 0],
  ];
  for (const [name, code] of codes) {
    it(`gives VS Code the exit code ${code} of one that ${name}`, async () => {
      assert.equal(await exitCode(name), code);
    });
  }

  it("gives the exit code 130 of one that was stopped and obeyed", async () => {
    const code = exitCode("obeys");
    await api.stop((await running("obeys")).id);
    assert.equal(await code, 130);
  });

  it("gives the exit code 137 of one that had to be killed", async () => {
    const code = exitCode("ignores");
    await api.stop((await running("ignores")).id);
    assert.equal(await code, 137);
  });

  it("restarts one that fails, in the same terminal, as often as it may, and then gives its exit code", async () => {
    assert.equal(await exitCode("fails and is restarted"), 4);
    const runs = api.runs().filter(({ label }) => label === "fails and is restarted");
    assert.deepEqual(runs.map(({ state }) => state.kind === "ended" && state.outcome.kind), ["exited", "exited"]);
    assert.equal(vscode.window.terminals.filter(({ name }) => name.includes("fails and is restarted")).length, 1);
  });

  it("does not restart one that is stopped in the pause before", async () => {
    const code = exitCode("fails and is restarted");
    const waiting = await until(api, () => api.runs().find(({ label, state }) => label === "fails and is restarted" && state.kind === "waiting" && state.restartAt !== undefined));
    await api.stop(waiting.id);
    assert.equal(await code, 130);
    assert.equal(api.runs().filter(({ label }) => label === "fails and is restarted").length, 2);
  });

  it("finds what is to be restarted as soon as a run has ended, also while the terminal is behind", async () => {
    const label = "fails with much output and is restarted";
    const code = exitCode(label);
    const ended = await until(api, () => api.runs().find((run) => run.label === label && run.state.kind === "ended"));
    await new Promise((resolve) => setImmediate(resolve));
    const next = api.runs().find((run) => run.label === label && run.id !== ended.id);
    assert.equal(next?.state.kind, "waiting");
    await api.stop(next.id);
    assert.equal(await code, 130);
  });

  it("tells of a run as plain data, from its start to its end", async () => {
    const code = exitCode("obeys");
    const run = await running("obeys");
    assert.deepEqual(JSON.parse(JSON.stringify(run)), run);
    assert.equal(run.commandLine, "trap 'exit 0' INT; while :; do sleep 0.02; done");
    assert.ok(isAlive(run.pid ?? NaN));
    await api.kill(run.id);
    assert.equal(await code, 137);
    const { state } = await endOf(run.id);
    assert.ok(state.kind === "ended" && state.outcome.kind === "signaled");
  });

  it("leave no process behind when VS Code terminates them", async () => {
    const execution = await vscode.tasks.executeTask(task("ignores"));
    const run = await running("ignores");
    execution.terminate();
    const { state } = await endOf(run.id);
    assert.ok(state.kind === "ended" && state.outcome.kind === "signaled");
    await gone(run.pid ?? NaN);
  });

  it("are all stopped by one command, twenty of them", async () => {
    for (let i = 0; i < 20; i++) await vscode.tasks.executeTask(task("many"));
    const twenty = await until(api, () => {
      const live = api.runs().filter((run) => run.state.kind === "running");
      return live.length === 20 ? live : undefined;
    });
    await vscode.commands.executeCommand("cancellableTasks.stopAll");
    await Promise.all(twenty.map(({ id }) => endOf(id)));
    await gone(...twenty.map(({ pid }) => pid ?? NaN));
  });

  it("ignore an id that is none", async () => {
    await api.stop("nobody");
    await api.kill("nobody");
  });

  it("take what they do not say from the settings", async () => {
    const settings = vscode.workspace.getConfiguration("cancellableTasks");
    await settings.update("waitDelay", "1m", vscode.ConfigurationTarget.Workspace);
    try {
      void exitCode("obeys");
      const run = await running("obeys");
      assert.equal(run.waitDelay, 60_000);
      await api.stop(run.id);
    } finally {
      await settings.update("waitDelay", undefined, vscode.ConfigurationTarget.Workspace);
    }
  });
});

describe("the extension's commands", () => {
  it("are all registered", async () => {
    const manifest = vscode.extensions.getExtension("waitdelay.cancellable-tasks")?.packageJSON as { contributes: { commands: { command: string }[] } };
    const registered = await vscode.commands.getCommands(true);
    for (const { command } of manifest.contributes.commands) assert.ok(registered.includes(command), command);
  });
});
