// Always acts: nothing that a run looks at keeps it from what it does. Each look of the process table is broken in turn, and all together.
import assert from "node:assert/strict";
import { eventLines } from "../../../src/taskRunner/run/words";
import type { Outcome, StopReason } from "../../../src/taskRunner/run/state";
import { TaskRuns } from "../../../src/taskRunner/run/taskRuns";
import { groupExists } from "../../../src/taskRunner/process/send";
import { until } from "../exec/started";
import { FAILURES, FaultyTable, GARBAGE, LOOKS, type Fault, type Look } from "../process/faultyTable";
import { killMarked, markedProcesses } from "./marked";
import { RunUnderTest } from "./startedRun";

const OBEDIENT = "echo ready; exec sleep 60";
const STUBBORN = "trap '' INT; echo ready; exec sleep 60";
const HOLDER = "sleep 60 & echo ready; exit 0";
const SURVIVOR = "sleep 60 >/dev/null 2>&1 & echo ready; exit 0";
const MEMBER = "trap '' INT TERM; sleep 60 >/dev/null 2>&1 & trap - INT TERM; echo ready; exec sleep 60";
const WAIT_DELAY = 300;
/** How late the kill may be after a timer that was set together with the delay, which is less than any look is waited for; and the end of the run. */
const KILL_LATE_MS = 450;
const END_MS = 3500;
/** Where it has first to be seen who the members are. A look that never comes would take a second. */
const MEMBER_LATE_MS = 700;
const AT_ONCE = 11;

/** When a timer that is set now has fired: what else keeps the event loop busy makes both late. */
function timerOf(ms: number): Promise<number> {
  return new Promise((resolve) => setTimeout(() => resolve(performance.now()), ms));
}

/** A run whose table can be broken. */
class FaultyRun {
  readonly faulty = new FaultyTable();
  readonly test: RunUnderTest;

  constructor(
    readonly looks: readonly Look[],
    readonly fault: Fault,
    definition: Readonly<Record<string, unknown>>,
  ) {
    this.test = new RunUnderTest({ waitDelay: WAIT_DELAY, ...definition }, { table: this.faulty.table });
  }

  break(): void {
    this.faulty.leaderPid = this.test.pid;
    this.faulty.break(this.looks, this.fault);
  }

  /** The signals that have been sent since `from` were there. */
  signals(from = 0): string[] {
    return this.faulty.sent.slice(from).map(({ signal }) => signal);
  }

  /** @param due when a timer that was set with the delay has fired */
  checkKill(due: number, limit = KILL_LATE_MS): void {
    const late = (this.faulty.sent.find(({ signal }) => signal === "SIGKILL")?.at ?? Infinity) - due;
    assert.ok(late > -50 && late < limit, `killed ${late.toFixed()} ms after the delay`);
  }

  lines(): string[] {
    return this.test.events.flatMap(eventLines);
  }

  /** What must be true of every end. */
  check(startedToEnd: number): void {
    const { test } = this;
    const ms = performance.now() - startedToEnd;
    assert.ok(ms < END_MS, `it took ${ms.toFixed()} ms`);
    assert.deepEqual(test.kinds.filter((kind) => kind === "ended"), ["ended"]);
    assert.equal(test.kinds.at(-1), "ended");
    assert.doesNotMatch(this.lines().join("\n"), /another user|undefined|NaN|\[object/);
    assert.equal(test.clock.waiting, test.lateTimers, "timers are left");
  }
}

interface Scenario {
  readonly title: string;
  readonly definition: Readonly<Record<string, unknown>>;
  /** Whether the looks are broken from the start, or not before the command is ready. */
  readonly from: "start" | "ready";
  act(run: FaultyRun): Promise<void>;
}

async function stopped(run: FaultyRun, how: () => Promise<Outcome>, signal: NodeJS.Signals): Promise<Outcome> {
  const before = run.faulty.sent.length;
  const ended = how();
  assert.deepEqual(run.signals(before).slice(0, 1), [signal], "nothing was sent before the call returned");
  return await ended;
}

/** A Stop of a stubborn command, which is killed when the delay is over. */
async function stubborn(run: FaultyRun, reason: StopReason): Promise<void> {
  const due = timerOf(WAIT_DELAY);
  const outcome = await stopped(run, () => run.test.run.stop(reason), "SIGINT");
  run.checkKill(await due);
  assert.deepEqual(outcome, { kind: "signaled", signal: "SIGKILL", signalNumber: 9, stop: reason });
  assert.equal(groupExists(run.test.pid), false);
  run.check(await due);
}

const SCENARIOS: readonly Scenario[] = [
  {
    title: "stops an obedient command",
    definition: { command: OBEDIENT, waitDelay: "1h" },
    from: "ready",
    async act(run) {
      const at = performance.now();
      const outcome = await stopped(run, () => run.test.run.stop(), "SIGINT");
      assert.deepEqual(outcome, { kind: "signaled", signal: "SIGINT", signalNumber: 2, stop: { kind: "user" } });
      assert.equal(groupExists(run.test.pid), false);
      run.check(at);
    },
  },
  { title: "kills a stubborn command after the delay", definition: { command: STUBBORN }, from: "start", act: (run) => stubborn(run, { kind: "user" }) },
  { title: "kills a stubborn command whose terminal was closed", definition: { command: STUBBORN }, from: "start", act: (run) => stubborn(run, { kind: "terminalClosed" }) },
  {
    title: "kills now",
    definition: { command: OBEDIENT },
    from: "ready",
    async act(run) {
      const at = performance.now();
      const outcome = await stopped(run, () => run.test.run.kill(), "SIGKILL");
      assert.deepEqual(outcome, { kind: "signaled", signal: "SIGKILL", signalNumber: 9, stop: { kind: "user" } });
      assert.equal(groupExists(run.test.pid), false);
      run.check(at);
    },
  },
  {
    title: "kills at a second stop",
    definition: { command: STUBBORN, waitDelay: "1h" },
    from: "start",
    async act(run) {
      const at = performance.now();
      void run.test.run.stop();
      const outcome = await stopped(run, () => run.test.run.stop(), "SIGKILL");
      assert.equal(outcome.kind, "signaled");
      assert.equal(groupExists(run.test.pid), false);
      run.check(at);
    },
  },
  {
    title: "ends at its timeout",
    definition: { command: OBEDIENT, timeout: 200, waitDelay: "1h" },
    from: "start",
    async act(run) {
      const at = performance.now();
      assert.deepEqual(await run.test.run.ended, { kind: "signaled", signal: "SIGINT", signalNumber: 2, stop: { kind: "timeout", ms: 200 } });
      run.check(at + 200);
    },
  },
  {
    title: "kills when the window closes and its grace is over",
    definition: { command: STUBBORN, waitDelay: "1h" },
    from: "start",
    async act(run) {
      const runs = new TaskRuns();
      runs.add(run.test.run);
      const due = timerOf(WAIT_DELAY);
      await stopped(run, async () => (await runs.shutDown(WAIT_DELAY), await run.test.run.ended), "SIGINT");
      run.checkKill(await due);
      run.check(await due);
    },
  },
  {
    title: "ends a command that ends by itself",
    definition: { command: "echo ready; read -r go" },
    from: "start",
    async act(run) {
      const at = performance.now();
      run.test.run.console.write("go\n");
      assert.deepEqual(await run.test.run.ended, { kind: "succeeded" });
      run.check(at);
    },
  },
  {
    title: "ends a run whose output is held when the delay is over",
    definition: { command: HOLDER },
    from: "start",
    async act(run) {
      const at = performance.now();
      assert.equal((await run.test.run.ended).kind, "hungPipe");
      run.check(at + WAIT_DELAY);
    },
  },
  {
    title: "kills the holder of its output, which was seen before, when it is killed",
    definition: { command: HOLDER, waitDelay: "1h" },
    from: "ready",
    async act(run) {
      const at = performance.now();
      assert.equal((await stopped(run, () => run.test.run.kill(), "SIGKILL")).kind, "hungPipe");
      assert.deepEqual(markedProcesses(run.test.run.id), []);
      run.check(at);
    },
  },
  {
    title: "kills a member that outlives its obedient command when the delay is over",
    definition: { command: MEMBER },
    from: "ready",
    async act(run) {
      const due = timerOf(WAIT_DELAY);
      await stopped(run, () => run.test.run.stop(), "SIGINT");
      // Where nothing at all can be seen, what is left behind a dead command cannot be told from a stranger.
      const isBlind = run.looks === LOOKS && run.fault !== "circle" && run.fault !== "leaderless";
      if (isBlind) assert.match(run.lines().join("\n"), /unknown/);
      else run.checkKill(await due, MEMBER_LATE_MS);
      if (!isBlind) assert.deepEqual(markedProcesses(run.test.run.id), []);
      run.check(await due);
    },
  },
  {
    title: "kills the survivors of a run that has ended",
    definition: { command: SURVIVOR },
    from: "ready",
    async act(run) {
      await run.test.run.ended;
      const before = run.faulty.sent.length;
      const at = performance.now();
      const killing = run.test.run.killAllSurvivors();
      assert.deepEqual(run.signals(before).slice(0, 1), ["SIGKILL"]);
      await killing;
      assert.ok(performance.now() - at < END_MS + 1500, `it took ${(performance.now() - at).toFixed()} ms`);
      // Where nothing can be seen, its end is not waited for.
      await until(() => markedProcesses(run.test.run.id).length === 0);
    },
  },
];

/** Every fault of each look, where `CANCELLABLE_TASKS_FAULTS` is "all"; else for each look another one of its kind. */
function faultsOf(kind: readonly Fault[], i: number): readonly Fault[] {
  if (process.env["CANCELLABLE_TASKS_FAULTS"] === "all") return kind;
  const fault = kind[i % kind.length];
  return fault === undefined ? [] : [fault];
}

async function attempt(scenario: Scenario, looks: readonly Look[], fault: Fault): Promise<void> {
  const run = new FaultyRun(looks, fault, scenario.definition);
  try {
    if (scenario.from === "start") run.break();
    await run.test.ready();
    if (run.test.kinds.length === 0 && scenario.title.includes("seen before")) await run.test.untilEvent("draining");
    if (scenario.title.includes("that has ended")) await run.test.run.ended;
    run.break();
    await scenario.act(run);
  } catch (error) {
    const told = `${looks.length === 1 ? looks.join() : "all"} ${fault}`;
    throw new Error(`${told}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${run.lines().join("\n")}`, { cause: error });
  } finally {
    run.faulty.heal();
    killMarked(run.test.run.id);
  }
}

describe("Whatever becomes of what it looks at, a run", () => {
  if (process.platform !== "linux") return;
  const rejected: unknown[] = [];
  const note = (reason: unknown): unknown => rejected.push(reason);
  before(() => process.on("unhandledRejection", note));
  after(() => process.off("unhandledRejection", note));
  afterEach(() => RunUnderTest.cleanUp());

  const kinds: readonly (readonly [string, readonly Fault[]])[] = [
    ["never comes", ["never"]],
    ["fails", FAILURES],
    ["is garbage", GARBAGE],
  ];
  it("ends also when an error of our own keeps it from being followed", async () => {
    const faulty = new FaultyTable();
    let asked = 0;
    const groupExists = (): boolean => {
      if (asked++ > 0) throw new Error("injected");
      return true;
    };
    const test = await new RunUnderTest({ command: OBEDIENT }, { table: { ...faulty.table, groupExists } }).ready();
    faulty.break(LOOKS, "EIO");
    assert.deepEqual(await test.run.stop(), { kind: "failed", message: "injected" });
    assert.equal(test.clock.waiting, 0);
    assert.equal(test.kinds.at(-1), "ended");
  });

  for (const [s, scenario] of SCENARIOS.entries()) {
    for (const [kind, faults] of kinds) {
      it(`${scenario.title} although the answer ${kind}`, async function () {
        this.timeout(60_000);
        const all: (readonly Look[])[] = [...LOOKS.map((look) => [look]), LOOKS];
        const attempts = all.flatMap((looks, i) => faultsOf(faults, s + i).map((fault) => ({ looks, fault })));
        const results: PromiseSettledResult<void>[] = [];
        while (attempts.length > 0) results.push(...(await Promise.allSettled(attempts.splice(0, AT_ONCE).map(({ looks, fault }) => attempt(scenario, looks, fault)))));
        const failures = results.flatMap((result) => (result.status === "rejected" ? [(result.reason as Error).message] : []));
        assert.deepEqual(failures, []);
        await new Promise(setImmediate);
        assert.deepEqual(rejected.splice(0), []);
      });
    }
  }
});
