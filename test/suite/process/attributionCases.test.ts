// The rule for whose process is whose, as RunProcesses and findOrphans follow it.
import assert from "node:assert/strict";
import { findOrphans } from "../../../src/taskRunner/process/orphans";
import type { RunProcess } from "../../../src/taskRunner/process/runProcess";
import { RunProcesses } from "../../../src/taskRunner/process/runProcesses";
import type { ProcessInfo, ProcessTable } from "../../../src/taskRunner/process/table";
import { attributionCases, EDITOR, type AttributionCase, type CaseProcess } from "./attributionCases";

const PIPE = { kind: "output", file: { dev: 1, ino: 2 } } as const;
const MARKER = "CANCELLABLE_TASKS_RUN=attribution";

type Facts = Pick<AttributionCase, "marked" | "holding">;

function toInfo({ pid, ppid, pgid, sid, start, state = "R", name = "x" }: CaseProcess): ProcessInfo {
  const self = (id: number): number => (id === EDITOR ? process.pid : id);
  return { pid: self(pid), ppid: self(ppid), pgid: self(pgid), sid: self(sid), zombie: state === "Z", stopped: state === "T", start, name, command: name };
}

function fakeTable(list: () => readonly CaseProcess[], now: () => number, facts: () => Facts): ProcessTable {
  const some = (pids: readonly number[], which: readonly number[]): number[] => pids.filter((pid) => which.includes(pid));
  return {
    hasGroups: true,
    tickMs: 0,
    now,
    list: () => Promise.resolve(list().map(toInfo)),
    newcomers: () => Promise.resolve([]),
    read: (pid) => Promise.resolve(list().map(toInfo).find((info) => info.pid === pid)),
    describe: (processes) => Promise.resolve([...processes]),
    withMarker: (pids) => Promise.resolve(new Set(some(pids, facts().marked ?? []))),
    holders: (pids) => Promise.resolve(new Map(some(pids, facts().holding ?? []).map((pid) => [pid, [{ fd: 1, file: PIPE.file, writable: true }]]))),
    foreground: () => Promise.resolve(undefined),
    ports: () => Promise.resolve(new Map()),
    signal: () => Promise.resolve(false),
    signalGroup: () => Promise.resolve(false),
  };
}

/** Those that are known have been children of the leader. */
function before({ processes, known = [], leader, since }: AttributionCase): CaseProcess[] {
  const parent = { pid: leader.pid, ppid: EDITOR, pgid: leader.pid, sid: leader.pid, start: since };
  return [parent, ...processes.filter(({ pid }) => known.includes(pid)).map((one) => ({ ...one, ppid: leader.pid }))];
}

async function findAttributed(one: AttributionCase): Promise<RunProcess[]> {
  const { leader, since, known = [] } = one;
  if (leader.kind === "recorded") {
    const survivors = one.processes.filter(({ pid }) => known.includes(pid)).map((info): RunProcess => ({ ...toInfo(info), evidence: ["descent"], holds: [], ports: [], owned: true }));
    const info = toInfo({ pid: leader.pid, ppid: EDITOR, pgid: leader.pid, sid: leader.pid, start: leader.start });
    return await findOrphans(fakeTable(() => one.processes, () => 3000, () => one), { marker: MARKER, since, leader: info, survivors });
  }
  let [list, facts, now]: [CaseProcess[], Facts, number] = [before(one), {}, 3000];
  const command = { pid: leader.pid, state: undefined as object | undefined, wait: () => end };
  let reap = (): void => undefined;
  const end = new Promise<void>((resolve) => (reap = resolve));
  const processes = new RunProcesses({ leader: command, marker: MARKER, since, pipes: () => [PIPE], table: fakeTable(() => list, () => now, () => facts) });
  if (known.length > 0) await processes.find();
  if (leader.kind === "reaped") {
    now = leader.at;
    const kill = Object.getOwnPropertyDescriptor(process, "kill") ?? {};
    process.kill = (): true => {
      if (!leader.groupOutlived) throw Object.assign(new Error("no such process"), { code: "ESRCH" });
      return true;
    };
    try {
      command.state = {};
      reap();
      await new Promise(setImmediate);
    } finally {
      Object.defineProperty(process, "kill", kill);
    }
  }
  now = 3000;
  [list, facts] = [[...one.processes], one];
  return (await processes.find()).filter(({ owned }) => owned);
}

describe("Attribution, as runs and orphans are found", () => {
  for (const one of attributionCases) {
    it(one.name, async function () {
      this.timeout(20_000);
      if (one.wasWrong !== undefined) this.skip();
      const found = await findAttributed(one);
      const evidence = Object.fromEntries(found.map((info) => [info.pid, [...info.evidence].sort()]));
      assert.deepEqual(evidence, Object.fromEntries(Object.entries(one.owned).map(([pid, of]) => [pid, [...of].sort()])));
    });
  }
});
