// Which commands reach the runs of other windows.
import assert from "node:assert/strict";
import { chooseAny, chooseLive, runsOfLabel } from "../../../src/commandChoice";
import type { RemoteRunInfo } from "../../../src/taskRunner/remote/protocol";
import { RemoteRun } from "../../../src/taskRunner/remote/remoteRun";
import type { RunClient } from "../../../src/taskRunner/remote/runClient";
import type { Run } from "../../../src/taskRunner/run/run";
import { TaskRuns } from "../../../src/taskRunner/run/taskRuns";
import { FakeClock } from "../fakeClock";
import { RunUnderTest } from "../run/startedRun";

type Client = Pick<RunClient, "request">;

/** Takes what it is asked, until it hangs. */
class FakeClient {
  hangs = false;
  readonly asked: string[] = [];

  request({ type }: { readonly type: string }): Promise<object> {
    this.asked.push(type);
    return this.hangs ? Promise.reject(new Error("The other window has not answered within 5000 ms.")) : Promise.resolve({});
  }
}

const info: RemoteRunInfo = { id: "0e", label: "dev", commandLine: "npm run dev", startedAt: 0, state: { kind: "running" }, waitDelay: 0 };

describe("A run of another window", () => {
  const none = { kind: "none" } as const;
  const inactive = { kind: "missing", why: "No terminal is active." } as const;
  let clock: FakeClock;
  let client: FakeClient;
  let runs: TaskRuns;
  let remote: RemoteRun;

  beforeEach(() => {
    [clock, client, runs] = [new FakeClock(), new FakeClient(), new TaskRuns()];
    remote = new RemoteRun(info, "/srv/other", { path: "/nowhere", token: "" }, client as unknown as Client, clock);
    runs.add(remote);
  });

  function addOwn(): Run {
    const { run } = new RunUnderTest({ command: "true" });
    runs.add(run);
    return run;
  }

  it("is not stopped by the label that it shares with a task of this window", () => {
    assert.deepEqual(runsOfLabel("dev", runs), []);
    const own = addOwn();
    assert.deepEqual(runsOfLabel(own.label, runs), [own]);
  });

  it("is not what a Stop without a target means, also where nothing else runs", () => {
    assert.deepEqual(chooseLive(none, inactive, runs), { kind: "pick", among: [] });
    const own = addOwn();
    assert.deepEqual(chooseLive(none, inactive, runs), { kind: "pick", among: [own] });
    assert.deepEqual(chooseAny(none, inactive, runs), { kind: "pick", among: [remote, own] });
  });

  it("is reached by a click on it, and by its id", () => {
    addOwn();
    for (const byId of [false, true]) assert.deepEqual(chooseLive({ kind: "run", run: remote, pid: undefined, byId }, inactive, runs), { kind: "run", run: remote });
    remote.gone();
    assert.deepEqual(chooseLive({ kind: "run", run: remote, pid: undefined, byId: false }, inactive, runs), { kind: "say", what: '"dev" has already ended.' });
  });

  it("is not waited for when its window hangs while it stops, and is as long as that answers", async () => {
    for (const act of ["stop", "kill"] as const) {
      client.hangs = false;
      const done = remote[act]();
      for (let i = 0; i < 3; i++) {
        await new Promise(setImmediate);
        clock.advance(10_000);
      }
      await new Promise(setImmediate);
      assert.deepEqual(client.asked.splice(0), [act, "list", "list", "list"]);
      client.hangs = true;
      clock.advance(10_000);
      await assert.rejects(done, /has not answered/);
      client.asked.splice(0);
    }
    client.hangs = false;
    const done = remote.stop();
    await new Promise(setImmediate);
    remote.gone();
    assert.deepEqual(await done, { kind: "lost" });
    assert.equal(clock.timers, 0);
  });
});
