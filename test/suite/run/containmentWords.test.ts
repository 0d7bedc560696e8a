import assert from "node:assert/strict";
import { containmentText } from "../../../src/taskRunner/run/containmentWords";
import { runNode } from "../../../src/views/runsTreeModel";
import type { RunSnapshot } from "../../../src/taskRunner/run/state";

describe("The tooltip of a run", () => {
  const snapshot: RunSnapshot = { id: "a", label: "build", commandLine: "make", pid: 42, startedAt: 0, state: { kind: "running" }, waitDelay: 5000, survivors: [] };
  const lines = (containment: RunSnapshot["containment"]): string[] => runNode(containment === undefined ? snapshot : { ...snapshot, containment }, 0, () => 0).tooltip.split("\n");

  it("says once how surely its processes are known", () => {
    assert.equal(lines({ kind: "contained" }).at(-1), "started in a cgroup of its own, which none of its processes can leave unseen");
    assert.equal(lines({ kind: "contained" }).length, lines(undefined).length + 1);
  });

  it("says why they are not in a cgroup", () => {
    for (const [reason, text] of [
      [{ kind: "off" }, "the setting cancellableTasks.containment is off"],
      [{ kind: "noCgroup2" }, "this system has no cgroup v2"],
      [{ kind: "outside" }, "the editor's own cgroup is not mounted here, as in some containers"],
      [{ kind: "notJoined" }, "no process may be moved into a new cgroup here"],
      [{ kind: "late" }, "trying a new cgroup took too long"],
      [{ kind: "refused", code: "EACCES" }, "the editor's own cgroup is not delegated to this user"],
      [{ kind: "refused", code: "EROFS" }, "cgroups are mounted read-only here, as in many containers"],
      [{ kind: "refused", code: "ENOENT" }, "the editor's own cgroup is not there any more"],
      [{ kind: "refused", code: "EAGAIN" }, "the system refuses to make one (EAGAIN)"],
    ] as const) {
      assert.equal(lines(reason).at(-1), `not in a cgroup of its own, because ${text}`);
    }
  });

  it("says what is used in its place, and why", () => {
    const because = { kind: "refused", code: "EACCES" } as const;
    const why = "because the editor's own cgroup is not delegated to this user";
    const scope = { unit: "cancellable-tasks-0a.scope", because };
    assert.equal(lines({ kind: "contained", scope }).at(-1), `started in a cgroup of its own, which none of its processes can leave unseen; it is in cancellable-tasks-0a.scope, which systemd has made for this window, ${why}`);
    for (const [noScope, text] of [
      ["noManager", "no systemd of this user's runs that would make another one"],
      ["notMade", "this user's systemd makes no other one"],
      ["late", "this user's systemd took too long to make another one"],
      ["notEntered", "systemd moves no process into another one"],
    ] as const) {
      assert.equal(lines({ ...because, noScope }).at(-1), `not in a cgroup of its own, ${why}, and ${text}`);
    }
  });

  it("says nothing of it where there is no such thing", () => {
    assert.equal(containmentText({ kind: "unsupported" }), undefined);
    assert.deepEqual(lines({ kind: "unsupported" }), lines(undefined));
  });
});
