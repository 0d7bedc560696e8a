// The watchdog's script against the rule for whose process is whose: the real script, with a /proc made up of files.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import script from "../../../src/taskRunner/recovery/watchdog.sh";
import { TestCgroup } from "../testCgroup";
import { attributionCases, EDITOR, type AttributionCase, type CaseLeader, type CaseProcess } from "../process/attributionCases";

const MARKER = "CANCELLABLE_TASKS_RUN=0123456789abcdef";
const PIPE = "cancellable-tasks-a1B2c3/0";
/** When the editor dies, in clock ticks. */
const DEATH = 3000;
/** Those that are here, by their absolute paths. */
const SHELLS = [["dash"], ["bash", "--norc", "--posix"], ["busybox", "sh"]].flatMap(([name = "", ...args]) => {
  const path = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
  return path === "" ? [] : [[path, ...args]];
});

/** It does not really signal, nor sleep, and finds itself in the process table, with what it descends from. */
const PRELUDE = `
kill() {
  if [ "$1" = -0 ]; then
    case " $EXISTING " in *" $2 "*) return 0 ;; esac
    return 1
  fi
  echo "$*" >>"$RECORD"
}
sleep() { :; }
PATH=/usr/bin:/bin mkdir "$WATCHDOG_PROC/$$"
echo "$$ (sh) S $PARENT $$ $$ 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0" >"$WATCHDOG_PROC/$$/stat"
`;

interface World extends Pick<AttributionCase, "processes" | "marked" | "holding" | "leader" | "since"> {
  /** Milliseconds; 1 unless said otherwise. */
  readonly delay?: number;
  /** The pipe that it is told of. */
  readonly pipe?: string;
  /** Put before the script. */
  readonly prelude?: string;
  readonly env?: Record<string, string>;
  /** Is there, and not to be seen. */
  readonly hidden?: readonly CaseProcess[];
  /** The folder of its cgroup. */
  readonly cgroup?: string;
}

interface Signals {
  /** In their order. */
  readonly all: readonly string[];
  readonly asked: string[];
  readonly continued: string[];
  readonly killed: string[];
}

function stat({ pid, ppid, pgid, sid, start, state = "R", threads = 1, name = "x" }: CaseProcess): string {
  return `${pid} (${name}) ${state} ${ppid} ${pgid} ${sid}${" 0".repeat(13)} ${threads} 0 ${start} 4096\n`;
}

/** Makes a /proc of these processes. */
function writeProc(root: string, { processes, marked = [], holding = [] }: World): void {
  mkdirSync(join(root, "self"), { recursive: true });
  writeFileSync(join(root, "self", "stat"), "");
  writeFileSync(join(root, "uptime"), `${DEATH / 100}.00 0.00\n`);
  for (const one of processes) {
    const folder = join(root, String(one.pid));
    mkdirSync(folder);
    writeFileSync(join(folder, "stat"), stat(one));
    // Nothing is to be seen of a first thread that has ended.
    const seen = one.state === "Z" && (one.threads ?? 1) > 1 ? join(folder, "task", String(one.pid + 1)) : folder;
    mkdirSync(seen, { recursive: true });
    // The marker as a part of another entry counts for nothing.
    writeFileSync(join(seen, "environ"), `A=1\0${marked.includes(one.pid) ? MARKER : `NOT_${MARKER}`}\0B=${MARKER}\0`);
    if (!holding.includes(one.pid)) continue;
    mkdirSync(join(seen, "fd"));
    symlinkSync(`/tmp/${PIPE} (deleted)`, join(seen, "fd", "1"));
  }
}

function leaderLines(leader: CaseLeader): string[] {
  switch (leader.kind) {
    case "unreaped":
      return [`leader ${leader.pid}${Number.isNaN(leader.start) ? "" : ` ${leader.start}`}`, "unreaped"];
    case "kept":
      return [`leader ${leader.pid}`, `keeper ${leader.keeper} ${leader.start}`];
    case "reaped":
      return [`leader ${leader.pid}`, "unreaped", `reaped ${leader.at} ${leader.groupOutlived ? "yes" : "no"}`];
    // A watchdog that has not been promised to be told of the leader's end knows no more than a later window.
    case "recorded":
      return [`leader ${leader.pid} ${leader.start}`];
  }
}

/** What the script signals in this world when its input ends without a "done". */
async function signalsOf(shell: readonly string[], folder: string, world: World): Promise<Signals> {
  const record = join(folder, `signals-${basename(shell[0] ?? "")}`);
  writeFileSync(record, "");
  const existing = [...world.processes, ...(world.hidden ?? [])].flatMap(({ pid, pgid }) => [pid, -pgid]);
  const parent = world.processes.find(({ pid }) => pid === EDITOR)?.ppid ?? 1;
  const lines = [`marker ${MARKER}`, "signal TERM", `delay ${world.delay ?? 1}`, `since ${world.since}`, `pipe ${world.pipe ?? PIPE}`, ...leaderLines(world.leader), ...(world.cgroup === undefined ? [] : [`cgroup ${world.cgroup}`])];
  await new Promise<void>((resolve, reject) => {
    const [name = "", ...args] = shell;
    const env = { PATH: process.env["PATH"], LC_ALL: "C", WATCHDOG_PROC: join(folder, "proc"), RECORD: record, PARENT: String(parent), EXISTING: existing.length > 1000 ? "" : existing.join(" "), ...world.env };
    const child = execFile(name, [...args, "-c", `${PRELUDE}${world.prelude ?? ""}\n${script}`], { env, timeout: 50_000 }, (error, stdout, stderr) => {
      if (error !== null && error.code !== 0 && error.killed === true) reject(new Error(`${error.message}\n${stdout}${stderr}`));
      else resolve();
    });
    child.stdin?.end(`${lines.join("\n")}\n`);
  });
  const all = readFileSync(record, "utf8").split("\n").slice(0, -1);
  const targets = (signal: string): string[] => [...new Set(all.flatMap((line) => (line.startsWith(`${signal} `) ? [line.slice(signal.length + 1)] : [])))].sort();
  return { all, asked: targets("-TERM"), continued: targets("-CONT"), killed: targets("-KILL") };
}

describe("The watchdog's script", () => {
  let folder: string;

  before(function () {
    if (process.platform !== "linux") this.skip();
  });
  // In memory, where that can be had: a file for each of thousands of processes takes a disk a long time.
  const parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  beforeEach(() => (folder = mkdtempSync(join(parent, "cancellable-tasks-test-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  describe("signals what is owned, and nothing else:", () => {
    for (const one of attributionCases) {
      const { watchdog } = one;
      if (watchdog === undefined) continue;
      const isLarge = one.processes.length > 1000;
      it(one.name, async function () {
        if (isLarge) this.timeout(60_000);
        writeProc(join(folder, "proc"), one);
        const expected = [...watchdog].sort();
        const check = async (shell: readonly string[]): Promise<void> => {
          const { asked, killed } = await signalsOf(shell, folder, one);
          assert.deepEqual({ shell, asked, killed }, { shell, asked: expected, killed: expected });
        };
        await Promise.all((isLarge ? SHELLS.slice(0, 1) : SHELLS).map(check));
      });
    }
  });

  const LEADER = 5_000_100;
  const [ORPHAN, OTHER] = [5_000_200, 5_000_300];
  const leader: CaseProcess = { pid: LEADER, ppid: 1, pgid: LEADER, sid: LEADER, start: 1001 };
  const daemon = (pid: number): CaseProcess => ({ pid, ppid: 1, pgid: pid, sid: pid, start: 1500 });
  const unreaped: CaseLeader = { kind: "unreaped", pid: LEADER, start: 1001 };
  const world: World = { since: 1000, leader: unreaped, processes: [leader, daemon(ORPHAN), daemon(OTHER)], marked: [ORPHAN] };
  const [both, theGroup] = [[`-${LEADER}`, `-${ORPHAN}`], [`-${LEADER}`]];

  /** What every shell makes of this world. */
  async function check(made: World, expected: Partial<Signals>): Promise<void> {
    writeProc(join(folder, "proc"), made);
    for (const shell of SHELLS) {
      const signals = await signalsOf(shell, folder, made);
      assert.deepEqual({ shell, ...signals }, { shell, ...signals, ...expected });
    }
  }

  it("finds who holds a pipe that never had a name", async () => {
    for (const shell of SHELLS) {
      rmSync(join(folder, "proc"), { recursive: true, force: true });
      writeProc(join(folder, "proc"), { ...world, marked: [] });
      mkdirSync(join(folder, "proc", String(ORPHAN), "fd"));
      symlinkSync("pipe:[4711]", join(folder, "proc", String(ORPHAN), "fd", "1"));
      mkdirSync(join(folder, "proc", String(OTHER), "fd"));
      symlinkSync("pipe:[14711]", join(folder, "proc", String(OTHER), "fd", "1"));
      const { asked } = await signalsOf(shell, folder, { ...world, marked: [], pipe: "pipe:[4711]" });
      assert.deepEqual({ shell, asked }, { shell, asked: both });
    }
  });

  it("knows who was in the leader's group in a container whose uptime is not the host's", async () => {
    const member = { ...leader, pid: OTHER, start: 1500 };
    const processes = [member, daemon(ORPHAN)];
    for (const shell of SHELLS) {
      rmSync(join(folder, "proc"), { recursive: true, force: true });
      writeProc(join(folder, "proc"), { ...world, processes });
      writeFileSync(join(folder, "proc", "uptime"), "7.00 0.00\n");
      // What starts now.
      writeFileSync(join(folder, "proc", "self", "stat"), stat({ ...leader, start: DEATH }));
      const { asked, killed } = await signalsOf(shell, folder, { ...world, processes, hidden: [leader] });
      assert.deepEqual({ shell, asked, killed }, { shell, asked: both, killed: both });
    }
  });

  it("works with a PATH that leads nowhere", async () => {
    await check({ ...world, env: { PATH: "/nonexistent" } }, { asked: both, killed: both });
  });

  it("works without a PATH", async () => {
    await check({ ...world, env: { PATH: "" } }, { asked: both, killed: both });
  });

  it("signals the group of a leader that cannot be seen, while the editor has not reaped it", async () => {
    await check({ ...world, processes: [daemon(ORPHAN)], hidden: [leader] }, { asked: both, killed: both });
  });

  it("signals the group of a leader whose start the editor could not see", async () => {
    const lines = { kind: "unreaped", pid: LEADER, start: NaN } as const;
    await check({ ...world, leader: lines, processes: [daemon(ORPHAN)], hidden: [leader] }, { asked: both, killed: both });
  });

  it("does not signal a hidden group when the leader has been reaped: it may be another's", async () => {
    const reaped = { kind: "reaped", pid: LEADER, at: 2000, groupOutlived: true } as const;
    await check({ ...world, leader: reaped, processes: [daemon(ORPHAN)], hidden: [leader] }, { asked: [`-${ORPHAN}`], killed: [`-${ORPHAN}`] });
  });

  it("does not signal a hidden group that it has not been promised to be told of", async () => {
    const recorded = { kind: "recorded", pid: LEADER, start: 1001 } as const;
    await check({ ...world, leader: recorded, processes: [daemon(ORPHAN)], hidden: [leader] }, { asked: [`-${ORPHAN}`], killed: [`-${ORPHAN}`] });
  });

  it("does not kill a hidden group that was gone in between", async () => {
    const prelude = `sleep() { EXISTING=; echo "32.00 0" >"$WATCHDOG_PROC/uptime.new"; mv "$WATCHDOG_PROC/uptime.new" "$WATCHDOG_PROC/uptime"; }`;
    writeProc(join(folder, "proc"), { ...world, processes: [] });
    for (const shell of SHELLS) {
      writeFileSync(join(folder, "proc", "uptime"), "30.00 0.00\n");
      const { asked, killed } = await signalsOf(shell, folder, { ...world, processes: [], hidden: [leader], prelude, delay: 1000 });
      assert.deepEqual({ shell, asked, killed }, { shell, asked: theGroup, killed: [] });
    }
  });

  it("does not signal a process that has got a pid after its marker was read", async () => {
    // Where a marker has been found, its process is another one by the time that it is to be signalled.
    const prelude = `timeout() { shift 3; "$@"; }
    grep() {
      command grep "$@"
      status=$?
      case "$*" in *environ*)
        echo "${ORPHAN} (foreign) S 1 ${ORPHAN} ${ORPHAN}${" 0".repeat(15)} 2900 4096" >"$WATCHDOG_PROC/${ORPHAN}/stat"
        : >"$WATCHDOG_PROC/${ORPHAN}/environ"
      esac
      return $status
    }`;
    for (const shell of SHELLS) {
      rmSync(join(folder, "proc"), { recursive: true, force: true });
      writeProc(join(folder, "proc"), world);
      const { asked, killed } = await signalsOf(shell, folder, { ...world, prelude });
      assert.deepEqual({ shell, asked, killed }, { shell, asked: theGroup, killed: theGroup });
    }
  });

  it("finds the others though reading the environment of one process hangs", async () => {
    const prelude = `timeout() { shift 3; command timeout -s KILL 0.2 "$@"; }`;
    writeProc(join(folder, "proc"), world);
    rmSync(join(folder, "proc", String(OTHER), "environ"));
    assert.equal(spawnSync("mkfifo", [join(folder, "proc", String(OTHER), "environ")]).status, 0);
    for (const shell of SHELLS.slice(0, 1)) {
      const { all, asked, killed } = await signalsOf(shell, folder, { ...world, prelude });
      assert.deepEqual({ shell, first: all[0], asked, killed }, { shell, first: `-TERM -${LEADER}`, asked: both, killed: both });
    }
  });

  it("asks and kills the leader's group in time though every look hangs", async () => {
    const prelude = `timeout() {
      tries=0
      until command grep -q KILL "$RECORD"; do
        [ $((tries += 1)) -lt 100 ] || { echo "too late" >>"$RECORD"; break; }
        command sleep 0.05
      done
      return 137
    }`;
    writeProc(join(folder, "proc"), world);
    for (const shell of SHELLS) {
      const { all } = await signalsOf(shell, folder, { ...world, prelude });
      assert.deepEqual([...new Set(all)], [`-TERM -${LEADER}`, `-KILL -${LEADER}`]);
    }
  });

  it("continues what is stopped, with its group", async () => {
    await check({ ...world, processes: [{ ...leader, state: "T" }, { ...daemon(ORPHAN), state: "T" }, daemon(OTHER)] }, { continued: both, asked: both });
  });

  const AT_ONCE = `[ "$*" != "-TERM -${ORPHAN}" ] ||`;
  for (const [name, group, birth] of [
    ["a group that a process of the run has made on the first signal", [], `${AT_ONCE} bear ${OTHER} ${ORPHAN} ${OTHER}`],
    ["a daemon that was born on the first signal", [], `${AT_ONCE} bear ${OTHER} 1 ${OTHER} ${MARKER}`],
    ["who was born, before half the delay, in a group that is asked only then", [{ ...daemon(OTHER), ppid: ORPHAN }], `[ "$1" != sleep ] || [ -e "$WATCHDOG_PROC/${OTHER + 1}" ] || bear ${OTHER + 1} ${OTHER} ${OTHER}`],
  ] as const) {
    it(`asks once ${name}`, async () => {
      const prelude = `
      bear() {
        mkdir "$WATCHDOG_PROC/$1"
        printf '%s\\0' "$4" >"$WATCHDOG_PROC/$1/environ"
        echo "$1 (x) S $2 $3 $3${" 0".repeat(15)} 2900 4096" >"$WATCHDOG_PROC/$1/stat"
      }
      happened() { ${birth}; }
      kill() {
        [ "$1" != -0 ] || return 0
        echo "$*" >>"$RECORD"
        happened "$@"
      }
      next_time=30.60
      sleep() {
        happened sleep
        echo "$next_time 0" >"$WATCHDOG_PROC/uptime"
        next_time=32.00
      }`;
      const reaped = { kind: "reaped", pid: LEADER, at: 2000, groupOutlived: false } as const;
      const made = { ...world, leader: reaped, processes: [daemon(ORPHAN), ...group], prelude, delay: 1000 };
      for (const shell of SHELLS) {
        rmSync(join(folder, "proc"), { recursive: true, force: true });
        writeProc(join(folder, "proc"), made);
        const { all } = await signalsOf(shell, folder, made);
        assert.deepEqual({ shell, asked: all.filter((line) => line.startsWith("-TERM")) }, { shell, asked: [`-TERM -${ORPHAN}`, `-TERM -${OTHER}`] });
      }
    });
  }

  it("kills who is hidden in the cgroup when the delay is over, and not before, whether its leader's group is kept or not", async function () {
    const made = { ...world, leader: { kind: "kept", pid: LEADER, keeper: OTHER, start: 1500 }, delay: 1000, prelude: 'sleep() { command sleep "$@"; }; ln -sf /proc/uptime "$WATCHDOG_PROC"' } as const;
    for (const processes of [[daemon(OTHER)], []]) for (const shell of SHELLS) {
      const cgroup = TestCgroup.make();
      if (cgroup === undefined) return this.skip();
      rmSync(join(folder, "proc"), { recursive: true, force: true });
      writeProc(join(folder, "proc"), { ...made, processes });
      const sleeper = await cgroup.start("exec sleep 61");
      const begun = performance.now();
      const exit = once(sleeper, "exit").then(() => performance.now() - begun);
      await signalsOf(shell, folder, { ...made, processes: [], cgroup: cgroup.folder });
      const isGone = !existsSync(cgroup.folder);
      await cgroup.remove();
      // Its clock counts in hundredths of a second.
      assert.deepEqual({ shell, processes, isGone, isLate: (await exit) > made.delay - 20 }, { shell, processes, isGone: true, isLate: true });
    }
  });

  it("attributes by what it knew before: an orphan whose parent has ended since", async () => {
    const child = { ...daemon(OTHER), ppid: ORPHAN, start: 1600 };
    // The kill comes after a look in which the parent, that alone was marked, is gone.
    const prelude = `kill() {
      [ "$1" = -0 ] && return 1
      echo "$*" >>"$RECORD"
      if [ "$*" = "-TERM -${OTHER}" ]; then
        echo "${OTHER} (x) S 1 ${OTHER} ${OTHER}${" 0".repeat(15)} 1600 4096" >"$WATCHDOG_PROC/${OTHER}/stat"
        rm -r "$WATCHDOG_PROC/${ORPHAN}"
      fi
    }`;
    for (const shell of SHELLS) {
      rmSync(join(folder, "proc"), { recursive: true, force: true });
      writeProc(join(folder, "proc"), { ...world, processes: [daemon(ORPHAN), child] });
      const { killed } = await signalsOf(shell, folder, { ...world, processes: [], prelude });
      assert.ok(killed.includes(`-${OTHER}`), `${shell.join(" ")}: ${killed.join(" ")}`);
    }
  });
});
