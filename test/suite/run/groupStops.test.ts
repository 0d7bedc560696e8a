import assert from "node:assert/strict";
import manifest from "../../../package.json";
import { COMMANDS } from "../../../src/contributions";
import { deferred } from "../../../src/taskRunner/base/deferred";
import { GroupStops } from "../../../src/taskRunner/run/groupStops";
import { isAskedToStop, type Run } from "../../../src/taskRunner/run/run";
import type { Outcome, RunState } from "../../../src/taskRunner/run/state";

/** Takes a Stop as a run does: the second one kills. */
class FakeRun {
  state: RunState = { kind: "running" };
  signals = "";
  readonly #end = deferred<Outcome>();
  readonly ended = this.#end.promise;

  constructor(readonly label: string) {}

  stop(): Promise<Outcome> {
    this.signals += isAskedToStop(this.state) ? " killed" : " asked";
    this.state = { kind: "stopping", reason: { kind: "user" }, since: 0, killAt: 1, killed: false };
    return this.ended;
  }

  end(): void {
    this.state = { kind: "ended", at: 0, outcome: { kind: "succeeded" } };
    this.#end.resolve({ kind: "succeeded" });
  }
}

/** A turn of the event loop: what follows from what has ended has been done then. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const needsDb = (a: Run, b: Run): boolean => a.label === "web" && b.label === "db";

describe("Stopping a compound task", () => {
  let [web, db, alone]: FakeRun[] = [];
  let runs: Run[] = [];
  let stops: GroupStops;
  beforeEach(() => {
    runs = ([web, db, alone] = ["web", "db", "alone"].map((label) => new FakeRun(label))) as unknown as Run[];
    stops = new GroupStops();
  });
  afterEach(() => [web, db, alone].forEach((run) => run?.end()));
  const signals = (): (string | undefined)[] => [web, db, alone].map((run) => run?.signals);

  it("a second time kills what has been asked, and asks what waited for its turn", () => {
    stops.stop("all", runs, needsDb);
    assert.deepEqual(signals(), [" asked", "", " asked"]);
    stops.stop("all", runs, needsDb);
    assert.deepEqual(signals(), [" asked killed", " asked", " asked killed"]);
  });

  it("kills what was asked one by one only where nothing is left to ask", () => {
    void web?.stop();
    stops.stop("all", runs, needsDb);
    assert.deepEqual(signals(), [" asked", "", " asked"]);
    const other = new GroupStops();
    void db?.stop();
    other.stop("all", runs, needsDb);
    assert.deepEqual(signals(), [" asked killed", " asked killed", " asked killed"]);
  });

  it("begins anew when all have ended", async () => {
    stops.stop("all", runs, needsDb);
    for (const run of [web, alone]) run?.end();
    await turn();
    assert.deepEqual(signals(), [" asked", " asked", " asked"]);
    db?.end();
    await turn();
    assert.equal(stops.isStopping("all", [new FakeRun("web") as unknown as Run]), false);
  });

  it("has a button in the row of one that is being stopped, which stops again and does not kill all", () => {
    const inline = manifest.contributes.menus["view/item/context"].filter(({ when, group }) => when.endsWith("viewItem == group.stopping") && group.startsWith("inline"));
    assert.deepEqual(inline.map(({ command }) => command), [COMMANDS.stopGroupAgain]);
  });
});
