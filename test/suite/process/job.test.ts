// The job of a run on Windows, with a stand-in for the helper that runs anywhere.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { LaunchCommand } from "../../../src/taskRunner/base/entry";
import { KILLED_EXIT } from "../../../src/taskRunner/base/exitStatus";
import { Job } from "../../../src/taskRunner/process/win32/job";
import type { WindowsHelper } from "../../../src/taskRunner/process/win32/windowsHelper";
import { useScriptedHelper } from "./scriptedHelper";

const COMMAND: LaunchCommand = { path: "x", args: ["x"], isVerbatim: false, dir: "", env: [], streams: [null, null, null] };
const PID = 4711;

describe("The job of a run on Windows", () => {
  const start = useScriptedHelper();
  let helper: WindowsHelper;

  /** @param answer see `useScriptedHelper` */
  async function open(answer: string): Promise<Job> {
    helper = await start(answer);
    return new Job(helper, "a");
  }

  async function isOpen(ended: Promise<unknown>): Promise<boolean> {
    // What the helper has told before is there by then.
    await helper.ask({ op: "list" }, (value): value is true => value === true);
    return (await Promise.race([ended, nextTurn("open")])) === "open";
  }

  it("takes no exit code of another run's command, nor of an earlier one, for that of a command with the same pid", async () => {
    const exited = (run: string, code: number): string => `event({ event: "exited", run: "${run}", pid: ${PID}, code: ${code} })`;
    const job = await open(`if (request.op === "launch") { ${exited("b", 5)}; tell([${PID}, 1, 1, "x"]); } else { if (request.op === "members") ${exited("a", 7)}; tell(request.op === "members" ? [] : true); }`);
    const first = await job.launch(COMMAND);
    assert.ok(await isOpen(first.ended));
    await job.refresh();
    assert.equal(await first.ended, 7);
    const second = await job.launch(COMMAND);
    assert.ok(await isOpen(second.ended));
    await job.refresh();
    assert.equal(await second.ended, 7);
  });

  it("ends its commands without the helper when that is held by the start of another one", async () => {
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "ignore", env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" } });
    const gone = once(child, "exit");
    const job = await open(`if (request.op === "launch" && request.file === "x") tell([${child.pid ?? 0}, 1, 1, "x"])`);
    const { ended } = await job.launch(COMMAND);
    assert.equal(helper.isLaunching, false);
    job.launch({ ...COMMAND, path: "held" }).catch(() => undefined);
    assert.equal(job.kill(), true);
    // As by the end of the job; the start is still held.
    assert.equal(await ended, KILLED_EXIT);
    await gone;
  });

  it("ends nothing whose end was told while our event loop stood still", async () => {
    const job = await open(`if (request.op === "launch" && request.file === "x") tell([${PID}, 1, 1, "x"]); if (request.op === "kill") setTimeout(() => event({ event: "exited", run: "a", pid: ${PID}, code: 137 }), 100)`);
    await job.launch(COMMAND);
    job.launch({ ...COMMAND, path: "held" }).catch(() => undefined);
    const kill = process.kill.bind(process);
    const killed: number[] = [];
    // VS Code's own calls go on: it looks so whether its parent lives.
    process.kill = (pid, signal) => {
      if (pid !== PID) return kill(pid, signal);
      killed.push(pid);
      return true;
    };
    try {
      job.kill();
      await nextTurn();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800);
      await sleep(50);
    } finally {
      process.kill = kill;
    }
    assert.deepEqual(killed, []);
  });
});
