// Whose process is this? One rule, written as cases that every implementation passes: the extension's own and the watchdog's.
// The law above them: never a signal to a process that may be foreign; otherwise everything that the run started.
import type { Evidence } from "../../../src/taskRunner/process/runProcess";

export interface CaseProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly start: number;
  /** Running unless said otherwise. */
  readonly state?: "R" | "Z" | "T";
  /** "x" unless said otherwise. */
  readonly name?: string;
}

export type CaseLeader =
  /** A child of the extension host that has not been reaped: no other process can have its number. It may have ended, or be hidden. */
  | { readonly kind: "unreaped"; readonly pid: number; readonly start: number }
  /** Reaped at `at`; groupOutlived: its group existed in that moment. */
  | { readonly kind: "reaped"; readonly pid: number; readonly at: number; readonly groupOutlived: boolean }
  /** Written down by a window that has died. */
  | { readonly kind: "recorded"; readonly pid: number; readonly start: number };

export interface AttributionCase {
  /** A sentence. */
  readonly name: string;
  /** Nothing older belongs to the run. */
  readonly since: number;
  readonly leader: CaseLeader;
  readonly processes: readonly CaseProcess[];
  /** Carry the run's marker in their environment. */
  readonly marked?: readonly number[];
  /** Have the run's output open for writing. */
  readonly holding?: readonly number[];
  /** Were owned for their descent when they were last seen, with the same start: they still are. */
  readonly known?: readonly number[];
  /** The owned processes, each with all evidence for it in any order. A process that is not named is not owned, though it may hold a pipe. */
  readonly owned: Readonly<Record<number, readonly Evidence[]>>;
  /** What the watchdog signals, in any order: "-PGID" for a group, "PID" for a process; undefined where the case cannot happen to it. */
  readonly watchdog?: readonly string[];
  /** What the rule before this one got wrong here. */
  readonly wasWrong?: string;
}

// Numbers above the kernel's largest pid (4,194,304), so that none is a real process of the machine that tests.
/** The extension host that asks. Where it is not listed, its children's parent is not known. */
export const EDITOR = 5_000_000;
/** What the editor descends from, below init: orphans may become its children. */
const MANAGER = 4_900_000;
const LEADER = 5_000_100;
const [A, B] = [5_000_101, 5_000_102] as const;
/** Was there before the run. */
const SERVER = 4_950_000;

const SINCE = 1000;
const START = 1001;
/** When the leader is reaped, where it is. */
const AT = 2000;
const UNREAPED: CaseLeader = { kind: "unreaped", pid: LEADER, start: START };
const REAPED: CaseLeader = { kind: "reaped", pid: LEADER, at: AT, groupOutlived: true };
const EMPTIED: CaseLeader = { ...REAPED, groupOutlived: false };
const RECORDED: CaseLeader = { kind: "recorded", pid: LEADER, start: START };

/** In the leader's group, started by it. */
function member(pid: number, more: Partial<CaseProcess> = {}): CaseProcess {
  return { pid, ppid: LEADER, pgid: LEADER, sid: LEADER, start: 1500, ...more };
}

/** With a session and a group of its own, an orphan. */
function daemon(pid: number, more: Partial<CaseProcess> = {}): CaseProcess {
  return { pid, ppid: 1, pgid: pid, sid: pid, start: 1500, ...more };
}

const INIT: CaseProcess = { pid: 1, ppid: 0, pgid: 1, sid: 1, start: 0, name: "init" };
const leader = member(LEADER, { ppid: EDITOR, start: START });
const server = daemon(SERVER, { start: 10, name: "server" });
const editor = daemon(EDITOR, { ppid: MANAGER, start: 50, name: "node" });
const manager = daemon(MANAGER, { start: 5, name: "systemd" });

export const attributionCases: readonly AttributionCase[] = [
  {
    name: "the leader and the members of its group are owned while it has not been reaped",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, leader, member(A), member(B, { ppid: 1 })],
    owned: { [LEADER]: ["group"], [A]: ["group", "descent"], [B]: ["group"] },
    watchdog: [`-${LEADER}`],
  },
  {
    name: "the group of a leader that has ended and has not been reaped is owned",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, { ...leader, state: "Z" }, member(A)],
    owned: { [A]: ["group"] },
    watchdog: [`-${LEADER}`],
  },
  {
    name: "the group of a leader that cannot be seen, as one of another user's, is owned while it has not been reaped",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, member(A)],
    owned: { [A]: ["group"] },
    watchdog: [`-${LEADER}`],
  },
  {
    name: "the group of a reaped leader is owned when a member was there before the leader ended",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, member(A, { ppid: 1 }), member(B, { ppid: A, start: 2500 })],
    owned: { [A]: ["group"], [B]: ["group", "descent"] },
    watchdog: [`-${LEADER}`],
  },
  {
    name: "a group in which all are younger than the leader's end is foreign",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, member(A, { ppid: 1, start: 2500 }), member(B, { ppid: A, start: 2500 })],
    owned: {},
    watchdog: [],
  },
  {
    name: "a group that was empty when the leader was reaped is foreign, though a member is older than that",
    since: SINCE,
    leader: EMPTIED,
    processes: [INIT, member(A, { ppid: 1 })],
    owned: {},
    watchdog: [],
  },
  {
    name: "a group in which another process has the leader's pid is foreign, whatever the age of its members",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(LEADER, { start: 2500 }), member(A, { ppid: 1 })],
    owned: {},
    watchdog: [],
  },
  {
    name: "a marked process is owned in a session of its own",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A)],
    marked: [A],
    owned: { [A]: ["marker"] },
    watchdog: [`-${A}`],
  },
  {
    name: "a process that is older than the run is foreign, whatever it carries and holds",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, leader, daemon(A, { start: SINCE - 1 }), member(B, { start: SINCE - 1, ppid: 1 })],
    marked: [A, B],
    holding: [A, B],
    owned: { [LEADER]: ["group"] },
  },
  {
    name: "an orphan that holds the output is owned",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A)],
    holding: [A],
    owned: { [A]: ["pipe"] },
    watchdog: [`-${A}`],
  },
  {
    name: "an orphan that a manager of the user's session has adopted is owned when it holds the output",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, manager, editor, daemon(A, { ppid: MANAGER })],
    holding: [A],
    owned: { [A]: ["pipe"] },
    watchdog: [`-${A}`],
  },
  {
    name: "a holder of the output whose living parent was there before the run is foreign",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, leader, server, daemon(A, { ppid: SERVER })],
    holding: [A],
    owned: { [LEADER]: ["group"] },
    watchdog: [`-${LEADER}`],
  },
  {
    name: "the children of a foreign holder are foreign",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, leader, server, daemon(A, { ppid: SERVER }), daemon(B, { ppid: A, start: 1600 })],
    holding: [A, B],
    owned: { [LEADER]: ["group"] },
    watchdog: [`-${LEADER}`],
  },
  {
    name: "a process in the leader's session with a group of its own is owned",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, leader, member(A, { pgid: A })],
    owned: { [LEADER]: ["group"], [A]: ["session", "descent"] },
    watchdog: [`-${LEADER}`, `-${A}`],
  },
  {
    name: "a child that has left the group, the session and the marker is owned for its descent",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, leader, daemon(A, { ppid: LEADER }), daemon(B, { ppid: A, start: 1600 })],
    owned: { [LEADER]: ["group"], [A]: ["descent"], [B]: ["descent"] },
    watchdog: [`-${LEADER}`, `-${A}`, `-${B}`],
  },
  {
    name: "a process that was known stays owned when nothing shows it any more",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A)],
    known: [A],
    owned: { [A]: ["descent"] },
  },
  {
    name: "a recorded leader that still is the same process is owned with its group",
    since: SINCE,
    leader: RECORDED,
    processes: [INIT, { ...leader, ppid: 1 }, member(A)],
    owned: { [LEADER]: ["group"], [A]: ["group", "descent"] },
  },
  {
    name: "a recorded leader whose pid another process has is foreign, with its group",
    since: SINCE,
    leader: RECORDED,
    processes: [INIT, daemon(LEADER, { start: 3000 }), member(A)],
    owned: {},
  },
  {
    name: "the group of a recorded leader that is gone is foreign when nothing else is evidence for a member",
    since: SINCE,
    leader: RECORDED,
    processes: [INIT, member(A, { ppid: 1 })],
    owned: {},
  },
  {
    name: "the group of a recorded leader that is gone is owned when a member is marked",
    since: SINCE,
    leader: RECORDED,
    processes: [INIT, member(A, { ppid: 1 }), member(B, { ppid: 1, start: 1600 })],
    marked: [B],
    owned: { [A]: ["group"], [B]: ["group", "marker"] },
  },
];
