import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { CancellableTasksApi, Run } from "../../../api";
import { activated, endAll, until } from "./extensionApi";

describe("a task that says when it is ready, in VS Code", () => {
  let api: CancellableTasksApi;

  before(async () => {
    api = await activated();
  });

  afterEach(async () => {
    await endAll(api);
  });

  function runOf(label: string, kind?: Run["state"]["kind"]): Run | undefined {
    return api.runs().find((run) => run.label === label && (kind === undefined || run.state.kind === kind));
  }

  it("lets those that depend on it go on when it is, with neither isBackground nor problemMatcher in tasks.json", async () => {
    await vscode.commands.executeCommand("workbench.action.tasks.runTask", "needs what serves");
    const { state } = await until(api, () => runOf("needs what serves", "ended"));
    assert.ok(state.kind === "ended" && state.outcome.kind === "succeeded", JSON.stringify(state));
    const server = await until(api, () => runOf("serves", "running"));
    assert.equal(server.ready?.kind, "ready");
    assert.deepEqual([server.ports, server.url], [[43117], "http://localhost:43117"]);
    assert.deepEqual(JSON.parse(JSON.stringify(server)), server);
  });

  it("lets them go on also where only a platform's block says when it is", async () => {
    await vscode.commands.executeCommand("workbench.action.tasks.runTask", "needs what its platform has");
    const { state } = await until(api, () => runOf("needs what its platform has", "ended"));
    assert.ok(state.kind === "ended" && state.outcome.kind === "succeeded", JSON.stringify(state));
    assert.equal(runOf("is ready as its platform has it", "running")?.ready?.kind, "ready");
  });

  it("keeps those that depend on it from starting when it has failed before", async () => {
    await vscode.commands.executeCommand("workbench.action.tasks.runTask", "needs what dies");
    const { ready } = await until(api, () => runOf("dies before it serves", "ended"));
    assert.equal(ready?.kind, "missed");
    await new Promise((resolve) => setTimeout(resolve, 1000)); // What is not started has no event.
    // VS Code starts it all the same; it is refused.
    const dependent = runOf("needs what dies");
    assert.ok(dependent === undefined || (dependent.pid === undefined && dependent.state.kind === "ended" && dependent.state.exitCode === 130), JSON.stringify(dependent));
  });
});
