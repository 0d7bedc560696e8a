import assert from "node:assert/strict";
import { send, sendToGroup } from "../../../src/taskRunner/process/send";

describe("A signal", () => {
  it("is never sent to our own group, to the first process or to all processes", () => {
    const kill = process.kill.bind(process);
    const sent: unknown[][] = [];
    process.kill = (...args) => (sent.push(args), true);
    try {
      for (const pid of [0, 1, -1, -0, NaN, 2.5, Infinity]) assert.throws(() => send(pid, "SIGTERM"), RangeError);
      for (const pid of [0, 1, -1, -5, NaN]) assert.throws(() => sendToGroup(pid, "SIGTERM"), RangeError);
      assert.deepEqual(sent, []);
      assert.ok(send(12, "SIGTERM") && sendToGroup(12, "SIGTERM"));
      assert.deepEqual(sent, [[12, "SIGTERM"], [-12, "SIGTERM"]]);
    } finally {
      process.kill = kill;
    }
  });
});
