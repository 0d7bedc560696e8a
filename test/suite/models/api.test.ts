// What other extensions get.
import assert from "node:assert/strict";
import { createApi } from "../../../src/api";
import { plainRun } from "../../../src/plainRun";
import { TaskRuns } from "../../../src/taskRunner/run/taskRuns";
import { RunUnderTest } from "../run/startedRun";

describe("The API", () => {
  afterEach(() => RunUnderTest.cleanUp());

  it("returns plain data that survives JSON, and that later changes leave alone", async () => {
    const runs = new TaskRuns();
    const api = createApi(runs, () => plainRun);
    const test = await new RunUnderTest({ command: "trap 'exit 3' INT; setsid sleep 60 >/dev/null 2>&1 & echo ready; while :; do sleep 0.02; done", cancelSignal: "SIGINT", waitDelay: 300 }).ready();
    runs.add(test.run);
    const [running] = api.runs();
    assert.deepEqual(running, { id: test.run.id, label: "test", commandLine: running?.commandLine, pid: test.pid, startedAt: running?.startedAt, state: { kind: "running" }, waitDelay: 300, survivors: [], ports: [] });
    await api.stop(test.run.id);
    const [ended] = api.runs();
    assert.deepEqual(running.state, { kind: "running" });
    assert.ok(ended?.state.kind === "ended");
    assert.deepEqual([ended.state.outcome, ended.state.exitCode], [{ kind: "exited", text: "stopped: exited with code 3" }, 3]);
    assert.deepEqual(JSON.parse(JSON.stringify(ended)), ended);
  });

  it("names the survivors, with the evidence", async () => {
    const runs = new TaskRuns();
    const test = new RunUnderTest({ command: "setsid sleep 60 >/dev/null 2>&1 & exit 0" });
    runs.add(test.run);
    await test.start().run.ended;
    const [run] = createApi(runs, () => plainRun).runs();
    assert.deepEqual(run?.survivors.map(({ pid, ...rest }) => [pid > 1, rest]), [[true, { command: "sleep 60", evidence: ["marker"], holds: [], ports: [], owned: true }]]);
    assert.deepEqual(JSON.parse(JSON.stringify(run)), run);
  });

  it("ignores an id that it does not know", async () => {
    const api = createApi(new TaskRuns(), () => plainRun);
    await Promise.all([api.stop("none"), api.kill("none")]);
  });
});
