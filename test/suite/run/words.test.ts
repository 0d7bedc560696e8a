import assert from "node:assert/strict";
import { CanceledError, DeadlineExceededError, ExitError, WaitDelayError, WrappedError } from "../../../src/taskRunner/exec/errors";
import { ProcessState } from "../../../src/taskRunner/exec/processState";
import type { RunProcess } from "../../../src/taskRunner/process/runProcess";
import { outcomeOf } from "../../../src/taskRunner/run/outcome";
import { exitCodeOf, isProblem, type Outcome, type RunEvent } from "../../../src/taskRunner/run/state";
import { count, eventLines, outcomeText } from "../../../src/taskRunner/run/words";

const user = { kind: "user" } as const;
const timeout = { kind: "timeout", ms: 2000 } as const;
const sleep: RunProcess = {
  ...{ pid: 42, ppid: 1, pgid: 40, sid: 40, zombie: false, stopped: false, start: 7, name: "sleep", command: "sleep 600" },
  ...{ evidence: ["group"], holds: ["stdout"], ports: [], owned: true },
};
const HELD = { isError: false, holders: [] };
const other = { ...sleep, pid: 43, command: "node   server.js", holds: ["stderr"] };

describe("the outcome", () => {
  const killed = new ExitError(new ProcessState(1, null, "SIGKILL"));
  const table: [string, Outcome, number, boolean, string][] = [
    ["success", outcomeOf(undefined, undefined, HELD), 0, false, "succeeded"],
    ["an own code", outcomeOf(new ExitError(new ProcessState(1, 3, null)), undefined, HELD), 3, true, "exited with code 3"],
    ["an own code after a stop", outcomeOf(new ExitError(new ProcessState(1, 3, null)), user, HELD), 3, false, "stopped: exited with code 3"],
    ["an own code after a timeout", outcomeOf(new ExitError(new ProcessState(1, 3, null)), timeout, HELD), 3, true, "timed out: exited with code 3"],
    ["a signal of somebody else", outcomeOf(killed, undefined, HELD), 137, true, "ended by SIGKILL"],
    ["a signal after a stop", outcomeOf(killed, user, HELD), 137, false, "stopped by SIGKILL"],
    ["a signal after a timeout", outcomeOf(killed, timeout, HELD), 124, true, "timed out, ended by SIGKILL"],
    ["a kill on Windows", outcomeOf(new ExitError(new ProcessState(1, 137, null)), user, HELD, "win32"), 137, false, "stopped by SIGKILL"],
    ["that code of its own on Windows", outcomeOf(new ExitError(new ProcessState(1, 137, null)), undefined, HELD, "win32"), 137, true, "exited with code 137"],
    ["an end of Ctrl+C on Windows", outcomeOf(new ExitError(new ProcessState(1, 0xc000013a, null)), user, HELD, "win32"), 0xc000013a, false, "stopped by Ctrl+C"],
    ["an end whose code is not known, after a stop", outcomeOf(new ExitError(new ProcessState(1, null, null)), user, HELD, "win32"), 130, false, "stopped"],
    ["exit 0 after a stop", outcomeOf(new CanceledError(), user, HELD), 130, false, "stopped"],
    ["exit 0 after a timeout", outcomeOf(new DeadlineExceededError(), timeout, HELD), 124, true, "timed out"],
    ["a hung pipe", outcomeOf(new WaitDelayError(), undefined, HELD), 0, true, "succeeded, but its output was still held"],
    ["a late output", outcomeOf(new WaitDelayError(), undefined, { ...HELD, isLate: true }), 0, true, "succeeded, but its output was late"],
    ["a hung pipe as an error", outcomeOf(new WaitDelayError(), undefined, { ...HELD, isError: true }), 1, true, "failed, because its output was still held"],
    ["a failed cancel", outcomeOf(new WrappedError("exec: canceling Cmd", new Error("boom")), user, HELD), 1, true, "failed: exec: canceling Cmd: boom"],
    ["no start", { kind: "couldNotStart", problems: ["p"], exitCode: 127 }, 127, true, "could not start"],
    ["no death", { kind: "unkillable", pid: 9, stop: user }, 1, true, "could not be killed (pid 9 belongs to another user, or is stuck in the kernel)"],
  ];
  for (const [name, outcome, exitCode, problem, text] of table) {
    it(`of ${name} has exit code ${exitCode} and is ${problem ? "a" : "no"} problem`, () => {
      assert.deepEqual([exitCodeOf(outcome), isProblem(outcome), outcomeText(outcome)], [exitCode, problem, text]);
    });
  }
});

describe("the terminal's words", () => {
  const signaled = { kind: "signaled", signal: "SIGINT", pid: 40, toLeader: true, group: [sleep], others: [], refused: [], leftMs: 5000, reason: user } as const;
  const root = { ...other, pid: 44, command: "sudo x", user: "root", ports: [80] };
  const stubborn = { ...sleep, pid: 40, command: "sh stubborn.sh" };
  const table: [RunEvent, string[]][] = [
    [{ kind: "beginning", commandLine: "npm run\n  dev", directory: "/srv" }, ["executing `npm run dev`"]],
    [signaled, ["sent SIGINT to process group 40; kill in 5 s, stop again to kill now"]],
    [{ ...signaled, leftMs: undefined }, ["sent SIGINT to process group 40; waiting indefinitely (waitDelay 0), stop again to kill"]],
    [{ ...signaled, toLeader: false }, ["sent SIGINT to what is left of process group 40; kill in 5 s, stop again to kill now"]],
    [{ ...signaled, reason: timeout }, ["timed out after 2 s: sent SIGINT to process group 40; kill in 5 s, stop again to kill now"]],
    [{ kind: "notSignaled", leftMs: 300, reason: user }, ['sending no signal ("cancelSignal": "none"); kill in 300 ms, stop again to kill now']],
    [{ kind: "signalFailed", signal: "SIGINT", pid: 40, message: "kill EPERM" }, ["SIGINT could not be sent to process group 40: kill EPERM"]],
    [{ ...signaled, group: [stubborn, sleep, other] }, ["sent SIGINT to process group 40 (3 processes); kill in 5 s, stop again to kill now"]],
    [{ ...signaled, others: [other] }, ["sent SIGINT to process group 40 and `node server.js` (pid 43), which had left it; kill in 5 s, stop again to kill now"]],
    [{ ...signaled, group: undefined, others: [other] }, ["sent SIGINT to `node server.js` (pid 43); kill in 5 s, stop again to kill now"]],
    [{ ...signaled, reason: { kind: "outlived" } }, ['the command exited; stopping what it left running ("survivors": "kill"): sent SIGINT to process group 40; kill in 5 s, stop again to kill now']],
    [{ kind: "waiting", previousPid: 40, killAt: 3000, now: 1000 }, ["waiting for the previous run (pid 40) and all its processes to end; they are killed in 2 s at the latest"]],
    [{ kind: "waiting", previousPid: undefined, killAt: undefined, now: 1000 }, ["waiting for the previous run and all its processes to end"]],
    [{ kind: "killed", pid: 40, group: [stubborn], others: [], refused: [], afterMs: 5010 }, ["killed process group 40 (`sh stubborn.sh`), 5 s after the stop"]],
    [{ kind: "killed", pid: 40, group: [sleep], others: [], refused: [], afterMs: undefined }, ["killed process group 40 (`sleep 600`, pid 42)"]],
    [{ kind: "killed", pid: 40, group: [stubborn, other], others: [sleep], refused: [], afterMs: undefined }, ["killed process group 40 (2 processes: `sh stubborn.sh` and `node server.js`) and `sleep 600` (pid 42), which had left it"]],
    [{ ...signaled, refused: [root] }, ["sent SIGINT to process group 40, but not to `sudo x` (pid 44) of root, listening on port 80 (operation not permitted); kill in 5 s, stop again to kill now"]],
    [{ kind: "killed", pid: 40, group: [stubborn], others: [], refused: [root], afterMs: 5000 }, ["killed process group 40 (`sh stubborn.sh`), but not `sudo x` (pid 44) of root, listening on port 80 (operation not permitted), 5 s after the stop"]],
    [{ kind: "signalRefused", signal: "SIGKILL", refused: [root] }, ["SIGKILL could not be sent to `sudo x` (pid 44) of root, listening on port 80 (operation not permitted) (docs: signals)"]],
    [{ kind: "hungUp", pid: 40, program: sleep, group: [sleep], others: [], refused: [], leftMs: 4700 }, ["`sleep 600` (pid 42) waits for input in spite of SIGINT: sent SIGHUP, as a closed terminal does, to process group 40; kill in 4.7 s, stop again to kill now (docs: signals)"]],
    [{ kind: "restartCalledOff", leftMs: 2500 }, ["will not be started again; kill in 2.5 s, stop again to kill now"]],
    [{ kind: "askedAgain", signal: "SIGINT", asked: [other], deaf: [], leftMs: 2500 }, ["sent SIGINT to `node server.js` (pid 43), still running and perhaps not asked before; kill in 2.5 s, stop again to kill now (docs: signals)"]],
    [{ kind: "askedAgain", signal: "SIGINT", asked: [other], deaf: [sleep], leftMs: 2500 }, ["sent SIGINT to `node server.js` (pid 43), still running and perhaps not asked before; sent SIGTERM to `sleep 600` (pid 42), which ignores SIGINT (background job of a shell); kill in 2.5 s, stop again to kill now (docs: signals)"]],
    [{ kind: "leaderGone", members: [sleep], leftMs: 5000 }, ["the command exited, but processes it started are still running: `sleep 600` (pid 42); kill in 5 s, stop again to kill now (docs: survivors)"]],
    [{ kind: "draining", exit: "exit status 0", leftMs: 4000, holders: [sleep] }, ["output is still held by `sleep 600` (pid 42); waiting 4 s (exit status 0; stdout held) (docs: held-output)"]],
    [{ kind: "draining", exit: "exit status 0", leftMs: 5000, holders: [sleep, other] }, ["output is still held by `sleep 600` (pid 42) and `node server.js` (pid 43); waiting 5 s (exit status 0; stdout and stderr held) (docs: held-output)"]],
    [{ kind: "draining", exit: "exit status 0", leftMs: 5000, holders: [{ ...other, owned: false }] }, ["output is still held by `node server.js` (pid 43), not started by this task; waiting 5 s (exit status 0; stderr held) (docs: held-output)"]],
    [{ kind: "draining", exit: "exit status 1", leftMs: undefined, holders: [] }, ["output is still held by a process that cannot be seen (another user's?); waiting indefinitely (waitDelay 0) (exit status 1) (docs: held-output)"]],
    [{ kind: "ended", outcome: { kind: "succeeded" }, exitCode: 0, afterMs: 1500, survivors: [sleep] }, ["succeeded after 1.5 s", "still running: `sleep 600` (pid 42); the Cancellable Tasks view can kill it (docs: survivors)"]],
    [{ kind: "ended", outcome: { kind: "succeeded" }, exitCode: 0, afterMs: 1500, survivors: [sleep, { ...root, user: "www" }] }, ["succeeded after 1.5 s", "still running: `sleep 600` (pid 42); the Cancellable Tasks view can kill it (docs: survivors)", "still running: `sudo x` (pid 44) of www, listening on port 80; only www or root can kill it (docs: survivors)"]],
    [{ kind: "ended", outcome: { kind: "succeeded" }, exitCode: 0, afterMs: 1500, survivors: [root] }, ["succeeded after 1.5 s", "still running: `sudo x` (pid 44) of root, listening on port 80; only root can kill it (docs: survivors)"]],
    [{ kind: "ended", outcome: { kind: "couldNotStart", problems: ["p", "q"], exitCode: 2 }, exitCode: 2, afterMs: 1, survivors: [] }, ["p", "q", "not started (exit code 2) (docs: exit-codes)"]],
  ];
  for (const [event, lines] of table) {
    it(`say: ${lines.join(" / ")}`, () => assert.deepEqual(eventLines(event), lines));
  }

  it("say of ErrWaitDelay in one line who held the output, the term last", () => {
    const lines = (isError: boolean): string[] => eventLines({ kind: "ended", outcome: { kind: "hungPipe", isError, holders: [sleep] }, exitCode: 1, afterMs: 3000, survivors: [] });
    const rest = ", but output was still held by `sleep 600` (pid 42), and may be incomplete (ErrWaitDelay; stdout held) (docs: held-output)";
    assert.deepEqual([lines(false), lines(true)], [[`succeeded after 3 s (exit code 0)${rest}`], [`failed after 3 s (exit code 1)${rest}`]]);
  });

  it("say of an output that was only late that it may be incomplete, and not that it was held", () => {
    const lines = (isError: boolean): string[] => eventLines({ kind: "ended", outcome: { kind: "hungPipe", isError, holders: [], isLate: true }, exitCode: 1, afterMs: 3000, survivors: [] });
    const rest = "the terminal did not take all its output within the waitDelay; it may be incomplete (ErrWaitDelay) (docs: held-output)";
    assert.deepEqual([lines(false), lines(true)], [[`succeeded after 3 s (exit code 0), but ${rest}`], [`failed after 3 s (exit code 1): ${rest}`]]);
  });

  it("name three processes and count the rest", () => {
    const many = Array.from({ length: 5 }, (_, i) => ({ ...sleep, pid: 50 + i }));
    const [line] = eventLines({ kind: "leaderGone", members: many, leftMs: 1000 });
    assert.match(line ?? "", /\(pid 50\), .*\(pid 51\), .*\(pid 52\) and 2 more;/);
  });

  it("count in the singular and the plural", () => {
    assert.deepEqual([count(1, "process"), count(2, "process"), count(2, "task")], ["1 process", "2 processes", "2 tasks"]);
  });
});
