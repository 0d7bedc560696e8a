// Random commands, stopped, killed and released at random moments, with random faults of the process table, checked against a model.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { exitCodeOf } from "../../../src/taskRunner/run/state";
import { FaultyTable, GARBAGE, LOOKS, type Fault } from "../process/faultyTable";
import { killMarked, markedProcesses } from "./marked";
import { isAlive, RunUnderTest } from "./startedRun";

/** How many runs there are, `CANCELLABLE_TASKS_CHAOS` says; in which order of chances, `CANCELLABLE_TASKS_SEED`. */
const RUNS = Number(process.env["CANCELLABLE_TASKS_CHAOS"] ?? 100);
const SEED = Number(process.env["CANCELLABLE_TASKS_SEED"] ?? 20_261_125);
const AT_ONCE = 8;
const BETWEEN_BYSTANDERS = 20;
const WAIT_DELAY = 200;
/** After so long a run does not end at all, on whatever machine. How long it may take is tested one by one. */
const END_MS = 20_000;

interface Leader {
  readonly script: string;
  /** How it ends at SIGINT, or by itself; undefined when only a kill ends it. */
  readonly onInterrupt: number | undefined;
  readonly byItself: number | undefined;
}

const LEADERS: Readonly<Record<string, Leader>> = {
  // It can be interrupted before its trap is set: only what was ready obeys by its own code.
  polite: { script: "trap 'exit 7' INT; echo ready; while :; do sleep 0.05; done", onInterrupt: 7, byItself: undefined },
  plain: { script: "echo ready; exec sleep 600", onInterrupt: 130, byItself: undefined },
  stubborn: { script: "trap '' INT; echo ready; exec sleep 600", onInterrupt: undefined, byItself: undefined },
  quick: { script: "echo ready; exit 0", onInterrupt: undefined, byItself: 0 },
  failing: { script: "echo ready; sleep 0.1; exit 3", onInterrupt: undefined, byItself: 3 },
};

/** What the command starts before it is ready. All ignore SIGINT, so that only what kills them ends them. */
const CHILDREN: Readonly<Record<string, string>> = {
  none: "",
  holder: "sleep 600 &",
  member: "sleep 600 >/dev/null 2>&1 &",
  session: "setsid sleep 600 >/dev/null 2>&1 &",
  daemon: "(setsid sleep 600 >/dev/null 2>&1 &)",
  unmarked: "env -i sleep 600 >/dev/null 2>&1 &",
};

/** A process of nobody's runs, with the same command line as theirs, and without a parent. @returns its pid */
function startBystander(): number {
  return Number(execFileSync("/bin/sh", ["-c", "setsid sleep 6000 >/dev/null 2>&1 & echo $!"], { encoding: "utf8" }));
}

const FAULTS: readonly Fault[] = ["never", "EMFILE", "EIO", "throws", ...GARBAGE];

const plan = fc.record({
  leader: fc.constantFrom(...Object.keys(LEADERS)),
  children: fc.array(fc.constantFrom(...Object.keys(CHILDREN)), { maxLength: 3 }),
  stdio: fc.constantFrom("pipe", "pipe", "pty"),
  timeout: fc.option(fc.integer({ min: 50, max: 400 }), { nil: 0, freq: 2 }),
  survivors: fc.constantFrom("warn", "kill"),
  acts: fc.array(fc.record({ after: fc.integer({ min: 0, max: 250 }), act: fc.constantFrom("stop", "kill", "releasePipe", "terminalClosed") }), { minLength: 1, maxLength: 4 }),
  faults: fc.array(fc.record({ look: fc.constantFrom(...LOOKS), fault: fc.constantFrom(...FAULTS) }), { maxLength: 2 }),
  faultsAfter: fc.integer({ min: 0, max: 300 }),
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

/** The exit codes that the run may have: what its command can have done of itself, or by what was done to it. */
function possibleCodes({ leader, timeout, acts }: Plan): Set<number> {
  const { onInterrupt, byItself } = LEADERS[leader] ?? {};
  const codes = new Set<number>();
  if (byItself !== undefined) codes.add(byItself);
  if (acts.some(({ act }) => act !== "releasePipe") || timeout > 0) for (const code of [onInterrupt ?? 130, 130, 137]) codes.add(code);
  if (timeout > 0) codes.add(124);
  return codes;
}

async function play(chosen: Plan): Promise<void> {
  const { leader, children, stdio, timeout, survivors, acts, faults, faultsAfter } = chosen;
  const faulty = new FaultyTable();
  const command = `trap '' INT; ${[...children.map((child) => CHILDREN[child]), "trap - INT"].join("\n")}; ${LEADERS[leader]?.script ?? ""}`;
  const test = new RunUnderTest({ command, stdio, timeout, survivors, waitDelay: WAIT_DELAY }, { table: faulty.table });
  const { run } = test;
  try {
    let isOver = false;
    void run.ended.then(() => (isOver = true));
    test.start();
    const breaking = sleep(faultsAfter).then(() => {
      faulty.leaderPid = test.pid;
      for (const { look, fault } of faults) faulty.break([look], fault);
    });
    const acting = acts.map(async ({ after, act }) => {
      await sleep(after);
      if (act === "stop" || act === "kill") void run[act]();
      else if (act === "terminalClosed") void run.stop({ kind: "terminalClosed" });
      else run.releasePipe();
    });
    await Promise.all([...acting, breaking]);
    // What only was released goes on by itself: it is stopped in the end.
    const wasStopped = timeout > 0 || acts.some(({ act }) => act !== "releasePipe");
    if (!wasStopped && LEADERS[leader]?.byItself === undefined) void run.stop();
    const ended = await Promise.race([run.ended, sleep(timeout + WAIT_DELAY + END_MS, undefined, { ref: false })]);
    assert.ok(ended !== undefined && isOver, `it does not end: ${JSON.stringify(run.state)}`);
    await check(chosen, test, faulty, wasStopped || LEADERS[leader]?.byItself === undefined);
  } catch (error) {
    throw new Error(`${String(error)}\n${JSON.stringify(chosen)}\n${JSON.stringify(test.events)}\n${test.output}`, { cause: error });
  } finally {
    faulty.heal();
    killMarked(run.id, test.pid);
  }
}

async function check(chosen: Plan, test: RunUnderTest, faulty: FaultyTable, wasStopped: boolean): Promise<void> {
  const { kinds, run } = test;
  assert.deepEqual(kinds.filter((kind) => kind === "ended"), ["ended"]);
  assert.equal(kinds.at(-1), "ended");
  const acted = kinds.findIndex((kind) => kind === "signaled" || kind === "killed");
  assert.ok(acted < 0 || kinds.lastIndexOf("draining") < acted, kinds.join());
  for (const event of test.events) if (event.kind === "draining") assert.ok((event.leftMs ?? 0) >= 0);
  const codes = possibleCodes(wasStopped ? { ...chosen, acts: [...chosen.acts, { after: 0, act: "stop" }] } : chosen);
  assert.ok(run.state.kind === "ended" && codes.has(exitCodeOf(run.state.outcome)), `${JSON.stringify(run.state)}: not one of ${[...codes].join()}`);
  // Where it could see, it has left nothing that it does not name.
  const faultless = chosen.faults.length === 0;
  const listed = new Set(run.snapshot().survivors.map(({ pid }) => pid));
  const unnamed = (): number[] => markedProcesses(run.id, test.pid).filter((pid) => !listed.has(pid));
  // A start that was stopped is not waited for: what it has started after all is killed behind the run's end.
  const end = performance.now() + (run.state.outcome.kind === "canceled" ? END_MS : 0);
  while (faultless && performance.now() < end && unnamed().length > 0) await sleep(10);
  if (faultless) assert.deepEqual(unnamed(), []);
  assert.equal(test.clock.waiting, test.lateTimers);
  faulty.heal();
  await run.killAllSurvivors();
  if (faultless) assert.deepEqual(markedProcesses(run.id, test.pid), []);
}

describe("Whatever is done to it at whatever moment, a run", () => {
  if (process.platform !== "linux") return;
  const bystanders: number[] = [];
  afterEach(async () => {
    for (const pid of bystanders.splice(0)) process.kill(pid, "SIGKILL");
    await RunUnderTest.cleanUp();
  });

  it(`ends once, in time, with the right exit code, and leaves nothing that it does not name (seed ${SEED})`, async function () {
    this.timeout(RUNS * 3000 + 60_000);
    const plans = fc.sample(plan, { numRuns: RUNS, seed: SEED });
    const failures: string[] = [];
    const worker = async (): Promise<void> => {
      for (let next = plans.pop(); next !== undefined; next = plans.pop()) {
        const playing = play(next).catch((error: unknown) => failures.push((error as Error).message));
        // Some are born while runs are under way, with no parent that says whose they are.
        if (plans.length % BETWEEN_BYSTANDERS === 0) bystanders.push(startBystander());
        await playing;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    assert.equal(failures.length, 0, failures.slice(0, 5).join("\n\n"));
    for (const pid of bystanders) assert.equal(await isAlive(pid), true, "a bystander was signalled");
  });
});
