import assert from "node:assert/strict";
import type { RunProcess } from "../../../src/taskRunner/process/runProcess";
import type { EndCause, HeldPort, Outcome, RunEvent, RunSnapshot, RunState } from "../../../src/taskRunner/run/state";
import { isOpen, matterOf, noticeOf, withLinks } from "../../../src/views/notificationModel";
import { badge } from "../../../src/views/runsTreeModel";
import { statusText } from "../../../src/views/statusBarModel";
import { runNodes } from "./runNodes";

const NOW = 1_700_000_010_000;
const asItIs = (time: number): number => time;
const survivor: RunProcess = {
  ...{ pid: 43, ppid: 1, pgid: 42, sid: 42, zombie: false, stopped: false, start: 5, name: "sleep", command: "sleep 600" },
  ...{ evidence: ["group", "marker"], holds: ["stdout"], ports: [], owned: true },
};

function run(state: RunState, more: Partial<RunSnapshot> = {}): RunSnapshot {
  return { id: "r", label: "dev", commandLine: "npm run dev", pid: 42, startedAt: NOW - 10_000, state, waitDelay: 5000, survivors: [], ...more };
}

function ended(outcome: Outcome, more: Partial<RunSnapshot> = {}): RunSnapshot {
  return run({ kind: "ended", at: NOW - 7600, outcome }, more);
}

const user = { kind: "user" } as const;
const stopping = (killAt: number | undefined, killed = false): RunState => ({ kind: "stopping", reason: user, since: NOW, killAt, killed });
const draining = (until: number | undefined): RunState & { kind: "draining" } => ({ kind: "draining", since: NOW - 1000, until, exit: "exit status 0", asked: false });
const hung: Outcome = { kind: "hungPipe", isError: false, holders: [survivor] };

const POLICY = { on: "failure", max: 5, within: 60_000 } as const;
const port: HeldPort = { port: 3000, process: { ...survivor, pid: 77, name: "MainThread", command: "/usr/bin/node server.mjs" }, user: undefined, runId: undefined, isEditor: false, owner: undefined };

function because(outcome: Outcome, ...causes: EndCause[]): RunSnapshot {
  return run({ kind: "ended", at: NOW - 7600, outcome, causes });
}

describe("the tree", () => {
  const table: [RunSnapshot, string, string, string][] = [
    [run({ kind: "waiting", previousPid: undefined }, { pid: undefined }), "starting", "loading~spin", "run.waiting"],
    [run({ kind: "waiting", previousPid: 41 }, { pid: undefined }), "waiting for the previous run, pid 41", "loading~spin", "run.waiting"],
    [run({ kind: "running" }), "running, pid 42", "loading~spin", "run.running"],
    [run({ kind: "running" }, { ready: { kind: "ready", at: NOW, afterMs: 1 } }), "ready, pid 42", "circle-filled", "run.running"],
    [run({ kind: "running" }, { ready: { kind: "awaited", missing: [{ kind: "port", port: 3000 }] } }), "waiting for port 3000, pid 42", "loading~spin", "run.running"],
    [run(stopping(NOW + 2100)), "stopping, kill in 3 s", "debug-stop", "run.stopping"],
    [run(stopping(undefined)), "stopping, no time limit", "debug-stop", "run.stopping"],
    [run(stopping(NOW, true)), "killing", "debug-stop", "run.stopping"],
    [run(draining(NOW + 4000)), "output held, 4 s left", "warning", "run.draining"],
    [run(draining(undefined)), "output held, no time limit", "warning", "run.draining"],
    [ended({ kind: "succeeded" }), "succeeded, 2.4 s", "pass", "run.ended"],
    [ended({ kind: "exited", code: 3, stop: undefined }), "exit code 3, 2.4 s", "error", "run.ended"],
    [ended({ kind: "signaled", signal: "SIGSEGV", signalNumber: 11, stop: undefined }), "SIGSEGV, 2.4 s", "error", "run.ended"],
    [ended({ kind: "signaled", signal: "SIGINT", signalNumber: 2, stop: user }), "stopped, 2.4 s", "circle-slash", "run.ended"],
    [ended({ kind: "signaled", signal: "SIGKILL", signalNumber: 9, stop: user }), "killed, 2.4 s", "circle-slash", "run.ended"],
    [ended({ kind: "canceled", stop: { kind: "timeout", ms: 1 } }), "timed out, 2.4 s", "error", "run.ended"],
    [ended(hung), "output was still held, 2.4 s", "warning", "run.ended"],
    [ended({ ...hung, isError: true }), "failed, output was still held, 2.4 s", "warning", "run.ended"],
    [ended({ kind: "couldNotStart", problems: ["no"], exitCode: 127 }), "could not start, no", "error", "run.ended"],
    [ended({ kind: "couldNotStart", problems: ['"command" is "./foo", but there is no such file.'], brief: "no such file: ./foo", exitCode: 127 }), "could not start, no such file: ./foo", "error", "run.ended"],
    [ended({ kind: "couldNotStart", problems: ["x".repeat(61)], exitCode: 2 }), "could not start", "error", "run.ended"],
    [because({ kind: "exited", code: 1, stop: undefined }, { kind: "addressInUse", ports: [3000], held: [port] }), "exit code 1, port 3000 was held by `node server.mjs` (pid 77), 2.4 s", "error", "run.ended"],
    [because({ kind: "exited", code: 1, stop: undefined }, { kind: "addressInUse", ports: [3000], held: [] }, { kind: "enoughRestarts", ...POLICY }), "exit code 1, port 3000 was in use, not restarted again, 2.4 s", "error", "run.ended"],
    [because({ kind: "exited", code: 1, stop: undefined }, { kind: "addressInUse", ports: [3000], held: [{ ...port, owner: { kind: "running", label: "api" } }] }), 'exit code 1, port 3000 was held by "api", 2.4 s', "error", "run.ended"],
    [because({ kind: "canceled", stop: user }, { kind: "portsHeld", held: [port] }), "not started: port 3000 was held by `node server.mjs` (pid 77)", "circle-slash", "run.ended"],
    [ended({ kind: "unkillable", pid: 42, stop: user }), "not killable, 2.4 s", "warning", "run.ended"],
    [ended({ kind: "failed", message: "boom" }), "failed, 2.4 s", "error", "run.ended"],
    [ended({ kind: "succeeded" }, { survivors: [survivor] }), "succeeded, 2.4 s", "warning", "run.ended.survivors"],
    [ended({ kind: "lost" }, { survivors: [survivor] }), "left by an earlier window", "warning", "run.lost"],
    [run({ kind: "ended", at: NOW - 7600, outcome: { kind: "canceled", stop: user }, stopMs: 1200 }), "stopped, 2.4 s (stop took 1.2 s)", "circle-slash", "run.ended"],
    [run({ kind: "ended", at: NOW - 7600, outcome: { kind: "canceled", stop: user }, stopMs: 40 }), "stopped, 2.4 s", "circle-slash", "run.ended"],
    [run({ ...draining(NOW + 4000), asked: true }), "stopping survivors, 4 s left", "warning", "run.draining"],
  ];
  for (const [snapshot, description, icon, contextValue] of table) {
    it(`shows "${description}"`, () => {
      const [node] = runNodes([snapshot], NOW, asItIs);
      assert.deepEqual([node?.label, node?.description, node?.icon.id, node?.contextValue], ["dev", description, icon, contextValue]);
    });
  }

  it("has the newest run first", () => {
    const nodes = runNodes([run({ kind: "running" }, { id: "1" }), run({ kind: "running" }, { id: "2" })], NOW, asItIs);
    assert.deepEqual(nodes.map(({ runId }) => runId), ["2", "1"]);
  });

  it("shows the problem and the survivors below a run, and what to call them", () => {
    const [node] = runNodes([ended(hung, { survivors: [survivor] })], NOW, asItIs);
    assert.deepEqual(node?.children.map(({ label, description, contextValue, pid }) => [label, description, contextValue, pid]), [
      ["stdout held by `sleep 600` (pid 43)", "ErrWaitDelay", "problem", 42],
      ["sleep 600", "pid 43, holds stdout", "survivor", 43],
    ]);
  });

  it("tells why a survivor belongs to the run, and what it holds", () => {
    const [node] = runNodes([ended(hung, { survivors: [{ ...survivor, ports: [3000, 3001] }] })], NOW, asItIs);
    assert.equal(
      node?.children[1]?.tooltip,
      '`sleep 600` (pid 43)\nstarted by "dev" and still running\nknown by this: it is in the task\'s process group and its environment has the task\'s marker\nholds stdout\nlistens on ports 3000 and 3001',
    );
  });

  it("does not say of a holder that the run started it when it did not, nor offer it to Kill All", () => {
    const [node] = runNodes([ended(hung, { survivors: [{ ...survivor, evidence: ["pipe"], owned: false }] })], NOW, asItIs);
    assert.match(node?.children[1]?.tooltip ?? "", /not started by "dev", but it holds its output/);
    assert.equal(node?.children[1]?.contextValue, "holder");
  });

  it("offers no kill of another user's process, nor of a run that has left no other, and says who can", () => {
    const foreign = { ...survivor, user: "www-data" };
    const [node] = runNodes([ended({ kind: "succeeded" }, { survivors: [foreign] })], NOW, asItIs);
    assert.deepEqual([node?.contextValue, node?.children[0]?.contextValue, node?.children[0]?.description], ["run.ended", "foreign", "pid 43, of www-data, holds stdout"]);
    assert.match(node?.children[0]?.tooltip ?? "", /only www-data or root can kill it$/);
    const [mixed] = runNodes([ended({ kind: "succeeded" }, { survivors: [foreign, { ...survivor, pid: 44 }] })], NOW, asItIs);
    assert.equal(mixed?.contextValue, "run.ended.survivors");
  });

  it("shows each sentence of a task that could not start", () => {
    const [node] = runNodes([ended({ kind: "couldNotStart", problems: ["one", "two"], exitCode: 2 })], NOW, asItIs);
    assert.deepEqual(node?.children.map(({ label }) => label), ["one", "two"]);
  });

  it("has another id for a run that has got children, so that VS Code shows them", () => {
    const [leaf] = runNodes([ended({ kind: "succeeded" })], NOW, asItIs);
    const [parent] = runNodes([ended({ kind: "succeeded" }, { survivors: [survivor] })], NOW, asItIs);
    assert.notEqual(leaf?.id, parent?.id);
  });

  it("tells in the tooltip what was run, how it ended or goes on, and what a Stop comes to: in plain words, each once", () => {
    const lines = (snapshot: RunSnapshot): string[] => (runNodes([snapshot], NOW, asItIs)[0]?.tooltip ?? "").split("\n").filter((line) => !line.startsWith("started "));
    const table: [RunSnapshot, string[]][] = [
      [run({ kind: "running" }), ["running", "pid 42", "killed 5 s after a Stop (waitDelay)"]],
      [run({ kind: "running" }, { ready: { kind: "ready", at: NOW, afterMs: 1 }, waitDelay: 0 }), ["ready", "pid 42", "not killed after a Stop, unless it is stopped again (waitDelay 0)"]],
      [ended({ kind: "exited", code: 3, stop: undefined }), ["exited with code 3 after 2.4 s", "pid 42"]],
      [ended({ kind: "unkillable", pid: 42, stop: user }), ["could not be killed (pid 42 belongs to another user, or is stuck in the kernel) after 2.4 s", "exit code 1"]],
      [ended(hung), ["succeeded after 2.4 s, but its output was still held (ErrWaitDelay)", "pid 42", "exit code 0"]],
      [ended({ ...hung, isError: true }), ["failed after 2.4 s, because its output was still held (ErrWaitDelay)", "pid 42", "exit code 1"]],
    ];
    for (const [snapshot, rest] of table) assert.deepEqual(lines(snapshot), ["dev", "npm run dev", ...rest]);
  });

  it("tells in the tooltip why a task could not start, has failed, is not restarted again or waits, in the words of the terminal", () => {
    const lines = (snapshot: RunSnapshot): string[] => runNodes([snapshot], NOW, asItIs)[0]?.tooltip.split("\n") ?? [];
    const inUse: EndCause = { kind: "addressInUse", ports: [3000], held: [port] };
    const table: [RunSnapshot, string[]][] = [
      [ended({ kind: "couldNotStart", problems: ["one", "two"], exitCode: 2 }), ["one", "two"]],
      [because({ kind: "exited", code: 1, stop: undefined }, inUse, { kind: "enoughRestarts", ...POLICY }), ["its port was in use: port 3000 is held by `/usr/bin/node server.mjs` (pid 77)", "not restarted again: 5 restarts within 1 min did not help"]],
      [because({ kind: "canceled", stop: user }, { kind: "portsHeld", held: [port] }), ["not started: port 3000 is held by `/usr/bin/node server.mjs` (pid 77)"]],
      [run({ kind: "waiting", previousPid: undefined, held: [port] }, { pid: undefined }), ["port 3000 is held by `/usr/bin/node server.mjs` (pid 77)"]],
    ];
    for (const [snapshot, wanted] of table) assert.deepEqual(wanted.filter((line) => !lines(snapshot).includes(line)), []);
  });

  it("wears a badge for held output and survivors, and for nothing else", () => {
    assert.equal(badge([run({ kind: "running" }), ended({ kind: "exited", code: 1, stop: undefined })]), undefined);
    assert.deepEqual(badge([run(draining(NOW)), ended(hung), ended({ kind: "succeeded" }, { survivors: [survivor] })])?.value, 2);
  });

  it("wears no badge and has no rows any more when all survivors have been killed, and says of no dead process that it holds the output", () => {
    for (const outcome of [hung, { kind: "succeeded" }, { kind: "lost" }] as const) {
      const snapshot = ended(outcome);
      assert.equal(badge([snapshot]), undefined);
      assert.deepEqual(runNodes([snapshot], NOW, asItIs)[0]?.children, []);
    }
    const foreign: Outcome = { ...hung, holders: [{ ...survivor, owned: false }] };
    assert.equal(runNodes([ended(foreign)], NOW, asItIs)[0]?.children.length, 1);
    assert.equal(runNodes([ended({ ...hung, holders: [] })], NOW, asItIs)[0]?.children.length, 1);
  });

  it("says which folder's window has left a run, where it is another one", () => {
    const [node] = runNodes([ended({ kind: "lost" }, { survivors: [survivor], folder: "/home/me/api" })], NOW, asItIs);
    assert.equal(node?.description, "left by an earlier window of api");
    assert.match(node.tooltip, /by a window of \/home\/me\/api that has ended since/);
  });

  it("shows times of the day, not of the clock that it counts with", () => {
    const at = Date.UTC(2024, 5, 1, 12, 34, 56);
    const [node] = runNodes([run({ kind: "running" })], NOW, () => at);
    assert.match(node?.tooltip ?? "", new RegExp(`started ${new Date(at).toLocaleTimeString()}`));
    const status = statusText([run(draining(undefined))], NOW, new Set(), () => at);
    assert.match(status?.tooltip ?? "", new RegExp(`held since ${new Date(at).toLocaleTimeString()}`));
  });
});

describe("the status bar", () => {
  const none = new Set<string>();

  it("is quiet when nothing stops or drains", () => {
    assert.equal(statusText([], NOW, none, asItIs), undefined);
    assert.equal(statusText([run({ kind: "running" }), ended({ kind: "succeeded" })], NOW, none, asItIs), undefined);
  });

  it("counts the seconds of a stop", () => {
    const status = statusText([run(stopping(NOW + 2500))], NOW, none, asItIs);
    assert.deepEqual([status?.text, status?.warning], ["$(sync~spin) stopping 3 s", false]);
    assert.match(status?.tooltip ?? "", /^dev \(pid 42\) is stopping/);
  });

  it("warns of a held output, and names the task, its pid, the holder and since when", () => {
    const status = statusText([run(draining(NOW + 2500), { survivors: [survivor] })], NOW, none, asItIs);
    assert.deepEqual([status?.text, status?.warning, status?.label], ["$(warning) hung pipe 3 s", true, "Cancellable Tasks: hung pipe 3 s"]);
    assert.match(status?.tooltip ?? "", /^dev \(pid 42\) has ended; its output is held since .*: stdout held by `sleep 600` \(pid 43\)/);
  });

  it("goes on warning after ErrWaitDelay until it has been seen", () => {
    const runs = [ended(hung)];
    const status = statusText(runs, NOW, none, asItIs);
    assert.equal(status?.text, "$(warning) hung pipe");
    assert.match(status.tooltip, /^dev \(pid 42\): its output was still held 5 s after its exit, at .* \(ErrWaitDelay\): stdout held by/);
    assert.equal(statusText(runs, NOW, new Set(["r"]), asItIs), undefined);
  });

  it("warns of what an earlier window has left until it has been seen", () => {
    const runs = [ended({ kind: "lost" }, { survivors: [survivor, { ...survivor, pid: 44 }] })];
    assert.equal(statusText(runs, NOW, none, asItIs)?.text, "$(warning) 2 processes left by an earlier window");
    assert.equal(statusText(runs, NOW, new Set(["r"]), asItIs), undefined);
  });

  it("speaks of several at once, and counts down to the first", () => {
    const two = [run(stopping(NOW + 9000), { id: "1" }), run(stopping(NOW + 2000), { id: "2" })];
    assert.equal(statusText(two, NOW, none, asItIs)?.text, "$(sync~spin) stopping ×2 2 s");
  });

  it("shows a stop and a hung pipe together", () => {
    const status = statusText([run(draining(NOW + 2500), { survivors: [survivor] }), run(stopping(NOW + 4000), { id: "2", label: "web" })], NOW, none, asItIs);
    assert.deepEqual([status?.text, status?.label, status?.warning], ["$(warning) hung pipe 3 s  $(sync~spin) stopping 4 s", "Cancellable Tasks: hung pipe 3 s, stopping 4 s", true]);
    assert.match(status?.tooltip ?? "", /^dev .*\nweb \(pid 42\) is stopping\nClick to show the runs$/);
  });

  it("counts down the last minute of a timeout", () => {
    const expiring = (left: number): RunSnapshot => run({ kind: "running" }, { timeoutAt: NOW + left });
    assert.equal(statusText([expiring(60_001)], NOW, none, asItIs), undefined);
    const status = statusText([expiring(60_000), expiring(2500)], NOW, none, asItIs);
    assert.deepEqual([status?.text, status?.label, status?.warning], ["$(watch) timeout ×2 3 s", "Cancellable Tasks: timeout ×2 3 s", false]);
    assert.match(status?.tooltip ?? "", /^dev \(pid 42\) is about to be stopped by its timeout\n/);
  });

  it("does not count where there is no waitDelay", () => {
    assert.equal(statusText([run(stopping(undefined))], NOW, none, asItIs)?.text, "$(sync~spin) stopping");
  });
});

describe("a notification", () => {
  const drained = { kind: "draining", exit: "exit status 0", leftMs: 4000, holders: [survivor] } as const;
  const end = (outcome: Outcome, survivors: readonly RunProcess[] = []): RunEvent => ({ kind: "ended", outcome, exitCode: 0, afterMs: 1, survivors });
  const held = (label: string, id: string, holder = survivor): RunSnapshot => run(draining(NOW + 4000), { label, id, survivors: [holder] });

  it("names the holder of a hung pipe, and offers to kill it or to leave it", () => {
    const shown = noticeOf("held", [held("dev", "1")]);
    assert.equal(shown.message, '"dev" has exited, but its output is still open: stdout held by `sleep 600` (pid 43).');
    assert.deepEqual([shown.links, shown.dismiss], [[{ title: "Kill It", command: "cancellableTasks.killHolders", args: ["1"] }], "Leave It"]);
    assert.deepEqual(noticeOf("held", [run(draining(NOW))]).links, []);
  });

  it("is one for five tasks, counts them, and acts on all", () => {
    const shown = noticeOf("held", ["a", "b", "c", "d", "e"].map((label) => held(label, `id-${label}`)));
    assert.equal(shown.message, '5 tasks have exited, but their output is still open: "a", "b", "c" and 2 more.');
    assert.deepEqual(shown.links.map(({ title, args }) => [title, args.length]), [["Show", 0], ["Kill Them", 5]]);
    assert.equal(shown.dismiss, "Leave Them");
  });

  it("is settled when the output is not held or not waited for any more, and when no survivor is left", () => {
    assert.deepEqual([run(draining(NOW)), run({ ...draining(NOW), asked: true }), ended(hung)].map((one) => isOpen("held", one)), [true, false, false]);
    assert.deepEqual([ended(hung, { survivors: [survivor] }), ended(hung)].map((one) => isOpen("survivors", one)), [true, false]);
  });

  it("has links that VS Code takes for commands with the runs' ids", () => {
    assert.match(withLinks(noticeOf("held", [held("dev", "1")])), /^"dev" has exited.* \[Kill It\]\(command:cancellableTasks\.killHolders\?%5B%221%22%5D\)$/);
  });

  it("is not shown for what went well, nor for a failure that the terminal tells, unless all are wanted", () => {
    const failure: Outcome = { kind: "exited", code: 1, stop: undefined };
    const [failed, left] = [end(failure), end({ kind: "succeeded" }, [survivor])];
    assert.deepEqual([end({ kind: "succeeded" }), failed, left].map((event) => matterOf(event, "all")), [undefined, "failed", "survivors"]);
    assert.deepEqual([failed, left, drained].map((event) => matterOf(event, "problems")), [undefined, undefined, "held"]);
    assert.equal(noticeOf("failed", [ended(failure)]).message, '"dev" exited with code 1.');
    assert.equal(noticeOf("failed", [ended(failure, { label: "a" }), ended(failure, { label: "b" })]).message, '2 tasks failed: "a" and "b".');
    assert.equal(noticeOf("survivors", [ended({ kind: "succeeded" }, { survivors: [survivor] })]).message, '1 process of "dev" is still running.');
  });

  it("offers to kill only what can be killed", () => {
    const foreign = { ...survivor, user: "root" };
    const titles = (survivors: readonly RunProcess[]): string[] => noticeOf("orphans", [ended({ kind: "lost" }, { survivors })]).links.map(({ title }) => title);
    assert.deepEqual([titles([foreign]), titles([foreign, survivor])], [["Show"], ["Show", "Kill Them"]]);
    assert.deepEqual(noticeOf("held", [held("dev", "1", foreign)]).links, []);
  });

  it("is never shown where none are wanted", () => {
    for (const event of [drained, end({ kind: "unkillable", pid: 1, stop: user })]) assert.equal(matterOf(event, "none"), undefined);
  });

  it("tells once of all that an earlier window has left", () => {
    const lost = ["a", "b", "c", "d"].map((label) => ended({ kind: "lost" }, { label, survivors: [survivor] }));
    assert.equal(noticeOf("orphans", lost).message, '4 processes of "a", "b", "c" and 1 more were left by an earlier window.');
    const foreign = ended({ kind: "lost" }, { survivors: [survivor], folder: "/home/me/api" });
    assert.equal(noticeOf("orphans", [foreign]).message, '1 process of "dev" in /home/me/api was left by an earlier window.');
  });
});
