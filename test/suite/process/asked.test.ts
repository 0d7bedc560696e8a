import assert from "node:assert/strict";
import { Asked, withoutParent } from "../../../src/taskRunner/process/asked";
import type { ProcessInfo } from "../../../src/taskRunner/process/table";

const LEADER = 40;

function info(pid: number, ppid: number, pgid = pid): ProcessInfo {
  return { pid, ppid, pgid, sid: pgid, zombie: false, stopped: false, start: 1, name: "x", command: "x" };
}

/** The pids of those that are to be asked, of the processes outside of the leader's group. */
function toBeAsked(...owned: readonly ProcessInfo[]): number[] {
  return withoutParent(owned.filter(({ pgid }) => pgid !== LEADER), owned).map(({ pid }) => pid);
}

describe("Of the processes outside of the command's group", () => {
  const leader = info(LEADER, 7);

  it("those that have no living parent in the run are asked at once", () => {
    assert.deepEqual(toBeAsked(leader, info(50, 1), info(51, 99)), [50, 51]);
  });

  it("those that have one are left to it, wherever it is", () => {
    assert.deepEqual(toBeAsked(leader, info(50, LEADER), info(51, 50), info(60, 1), info(61, 60)), [60]);
  });

  it("a group whose leader has one is left to it as a whole", () => {
    assert.deepEqual(toBeAsked(leader, info(50, LEADER), info(51, 1, 50)), []);
    assert.deepEqual(toBeAsked(leader, info(50, 1), info(51, 1, 50)), [50, 51]);
  });
});

describe("A process that has been asked", () => {
  it("is known by its pid and its start", () => {
    const asked = new Asked();
    asked.add([info(50, 1)]);
    assert.deepEqual([asked.has(info(50, 9)), asked.has({ ...info(50, 1), start: 2 }), asked.has(info(51, 1))], [true, false, false]);
  });
});
