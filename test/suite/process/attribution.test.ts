// Whose process is this? The extension's own answer to the cases; the watchdog's is in recovery/watchdog.test.ts.
import assert from "node:assert/strict";
import { attribute, type Leadership } from "../../../src/taskRunner/process/attribution";
import { ProcessTree } from "../../../src/taskRunner/process/processTree";
import type { RunProcess } from "../../../src/taskRunner/process/runProcess";
import type { ProcessInfo } from "../../../src/taskRunner/process/table";
import { attributionCases, EDITOR, type AttributionCase, type CaseProcess } from "./attributionCases";

const PIPE = { kind: "output", file: { dev: 1, ino: 2 } } as const;

/** In the cases the extension host has a number of its own. */
function real(pid: number): number {
  return pid === EDITOR ? process.pid : pid;
}

function toInfo({ pid, ppid, pgid, sid, start, state = "R", threads = 1, name = "x" }: CaseProcess): ProcessInfo {
  return { pid: real(pid), ppid: real(ppid), pgid: real(pgid), sid: real(sid), start, zombie: state === "Z" && threads === 1, stopped: state === "T", name, command: name };
}

function leadership({ leader, processes }: AttributionCase): Leadership {
  if (leader.kind === "unreaped") return { kind: "unreaped", pid: leader.pid };
  if (leader.kind === "kept") return { kind: "unreaped", pid: leader.pid, session: leader.keeper };
  if (leader.kind === "reaped") return leader;
  const now = processes.find(({ pid }) => pid === leader.pid);
  const recorded = toInfo({ ppid: 1, pgid: leader.pid, sid: leader.pid, ...now, pid: leader.pid, start: leader.start });
  return { kind: "recorded", info: recorded };
}

function answer(one: AttributionCase): Record<number, string[]> {
  const infos = one.processes.map(toInfo);
  const known = infos.filter(({ pid }) => one.known?.includes(pid)).map((info): RunProcess => ({ ...info, evidence: ["descent"], holds: [], ports: [], owned: true }));
  const held = new Map((one.holding ?? []).map((pid) => [real(pid), [{ fd: 1, file: PIPE.file, writable: true }]] as const));
  const facts = { tree: new ProcessTree(infos), marked: (one.marked ?? []).map(real), inherited: (one.inherited ?? []).map(real), held, pipes: [PIPE], hasGroups: true };
  const owned = attribute(facts, { leader: leadership(one), since: one.since, known }).filter((info) => info.owned);
  return Object.fromEntries(owned.map(({ pid, evidence }) => [pid, [...evidence].sort()]));
}

describe("Whose process is this: the extension", () => {
  for (const one of attributionCases) {
    it(one.name, () => {
      const wanted = Object.entries(one.owned).map(([pid, evidence]) => [pid, [...evidence].sort()] as const);
      assert.deepEqual(answer(one), Object.fromEntries(wanted));
    });
  }
});
