// Whose process is this? One rule, written as cases that every implementation passes: the extension's own and the watchdog's.
// The law above them: never a signal to a process that may be foreign; otherwise everything that the run started.
/* eslint-disable max-lines -- All cases of one rule are in one list. */
import type { Evidence } from "../../../src/taskRunner/process/runProcess";

export interface CaseProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly start: number;
  /** Running unless said otherwise. */
  readonly state?: "R" | "Z" | "T";
  /** 1 unless said otherwise. */
  readonly threads?: number;
  /** "x" unless said otherwise. */
  readonly name?: string;
}

export type CaseLeader =
  /** A child of the extension host that has not been reaped: no other process can have its number. It may have ended, or be hidden. */
  | { readonly kind: "unreaped"; readonly pid: number; readonly start: number }
  /** Reaped at `at`; groupOutlived: its group existed in that moment. */
  | { readonly kind: "reaped"; readonly pid: number; readonly at: number; readonly groupOutlived: boolean }
  /** Another process leads the session, and keeps the numbers of the session and of the command's group; it lives. */
  | { readonly kind: "kept"; readonly pid: number; readonly keeper: number; readonly start: number }
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
  /** Have inherited the file that marks the run. */
  readonly inherited?: readonly number[];
  /** Were owned for their descent when they were last seen, with the same start: they still are. */
  readonly known?: readonly number[];
  /**
   * The owned processes, each with all evidence for it, in any order; "descent" only for one that nothing but a pipe shows
   * otherwise. A process that is not named is not owned, though it may hold a pipe.
   */
  readonly owned: Readonly<Record<number, readonly Evidence[]>>;
  /** What the watchdog signals, in any order: "-PGID" for a group, "PID" for a process; undefined where the case cannot happen to it. */
  readonly watchdog?: readonly string[];
}

// Numbers above the kernel's largest pid (4,194,304), so that none is a real process of the machine that tests.
/** The extension host that asks. Where it is not listed, its children's parent is not known. */
export const EDITOR = 5_000_000;
/** What the editor descends from, below init: orphans may become its children. */
const MANAGER = 4_900_000;
const LEADER = 5_000_100;
const [A, B, C] = [5_000_101, 5_000_102, 5_000_103] as const;
/** Was there before the run. */
const SERVER = 4_950_000;

const SINCE = 1000;
const START = 1001;
/** When the leader is reaped, where it is. */
const AT = 2000;
const UNREAPED: CaseLeader = { kind: "unreaped", pid: LEADER, start: START };
const REAPED: CaseLeader = { kind: "reaped", pid: LEADER, at: AT, groupOutlived: true };
const EMPTIED: CaseLeader = { ...REAPED, groupOutlived: false };
const KEEPER = 5_000_099;
const KEPT: CaseLeader = { kind: "kept", pid: LEADER, keeper: KEEPER, start: START };
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
const keeper = daemon(KEEPER, { start: START });
const server = daemon(SERVER, { start: 10, name: "server" });
const editor = daemon(EDITOR, { ppid: MANAGER, start: 50, name: "node" });
const manager = daemon(MANAGER, { start: 5, name: "systemd" });

/** The first is the leader's child, each other the child of the one before; none but the first is in the leader's session. */
function nested(count: number): CaseProcess[] {
  return Array.from({ length: count }, (_, i) => ({ pid: A + i, ppid: i === 0 ? LEADER : A + i - 1, pgid: A, sid: A, start: START + 1 + Math.floor(i / 10) }));
}

export const attributionCases: readonly AttributionCase[] = [
  {
    name: "the leader and the members of its group are owned while it has not been reaped",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, leader, member(A), member(B, { ppid: 1 })],
    owned: { [LEADER]: ["group"], [A]: ["group"], [B]: ["group"] },
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
    owned: { [A]: ["group"], [B]: ["group"] },
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
    processes: [INIT, leader, daemon(A, { start: SINCE - 1 })],
    marked: [A],
    holding: [A],
    owned: { [LEADER]: ["group"] },
    watchdog: [`-${LEADER}`],
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
    owned: { [LEADER]: ["group"], [A]: ["session"] },
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
    owned: { [LEADER]: ["group"], [A]: ["group"] },
    watchdog: [`-${LEADER}`],
  },
  {
    name: "a recorded leader whose pid another process has is foreign, with its group",
    since: SINCE,
    leader: RECORDED,
    processes: [INIT, daemon(LEADER, { start: 3000 }), member(A)],
    owned: {},
    watchdog: [],
  },
  {
    name: "the group of a recorded leader that is gone is foreign when nothing else is evidence for a member",
    since: SINCE,
    leader: RECORDED,
    processes: [INIT, member(A, { ppid: 1 })],
    owned: {},
    watchdog: [],
  },
  {
    name: "the group of a recorded leader that is gone is owned when a member is marked",
    since: SINCE,
    leader: RECORDED,
    processes: [INIT, member(A, { ppid: 1 }), member(B, { ppid: 1, start: 1600 })],
    marked: [B],
    owned: { [A]: ["group"], [B]: ["group", "marker"] },
    watchdog: [`-${LEADER}`],
  },

  // Zombies and stopped processes.
  {
    name: "a zombie is not owned, whatever it carries",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A, { state: "Z" }), member(B, { state: "Z", ppid: 1 })],
    marked: [A],
    owned: {},
    watchdog: [],
  },
  {
    name: "a zombie in the leader's group is evidence for no other process in it",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, member(A, { state: "Z", ppid: 1 }), member(B, { ppid: 1, start: 2500 })],
    marked: [A],
    owned: {},
    watchdog: [],
  },
  {
    name: "a zombie that has the reaped leader's pid is another process, too",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(LEADER, { state: "Z", start: 2500 }), member(A, { ppid: 1 })],
    owned: {},
    watchdog: [],
  },
  {
    name: "a foreign zombie does not make a group mixed",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A), daemon(B, { pgid: A, sid: A, state: "Z", start: 10 })],
    marked: [A],
    owned: { [A]: ["marker"] },
    watchdog: [`-${A}`],
  },
  {
    name: "a process of which only the first thread has ended is owned like any other",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A, { state: "Z", threads: 2 }), member(B, { state: "Z", ppid: 1 })],
    marked: [A],
    owned: { [A]: ["marker"] },
    watchdog: [`-${A}`],
  },
  {
    name: "a stopped process is owned like any other",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, { ...leader, state: "T" }, daemon(A, { state: "T" })],
    marked: [A],
    owned: { [LEADER]: ["group"], [A]: ["marker"] },
    watchdog: [`-${LEADER}`, `-${A}`],
  },

  // Numbers that are never signalled.
  {
    name: "init is foreign, though it seems to be young and to carry the marker",
    since: SINCE,
    leader: UNREAPED,
    processes: [{ ...INIT, start: 1500 }, leader],
    marked: [1],
    holding: [1],
    owned: { [LEADER]: ["group"] },
    watchdog: [`-${LEADER}`],
  },
  {
    name: "a marked process in a group with the number 0, as one from outside of a container, is signalled alone",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A, { ppid: 0, pgid: 0, sid: 0 })],
    marked: [A],
    owned: { [A]: ["marker"] },
    watchdog: [String(A)],
  },
  {
    name: "a marked process in the group of init is signalled alone",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A, { pgid: 1, sid: 1 })],
    marked: [A],
    owned: { [A]: ["marker"] },
    watchdog: [String(A)],
  },
  {
    name: "the editor and what it descends from are foreign, whatever they carry",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, { ...manager, start: 1500 }, { ...editor, start: 1500 }, leader],
    marked: [EDITOR, MANAGER],
    holding: [EDITOR, MANAGER],
    owned: { [LEADER]: ["group"] },
  },
  {
    name: "what the watchdog descends from is foreign, though it seems to be young and to carry the marker",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, { ...manager, start: 1500 }, editor, leader],
    marked: [MANAGER],
    owned: { [LEADER]: ["group"] },
    watchdog: [`-${LEADER}`],
  },

  // Holders of the output.
  {
    name: "another child of the editor that holds the output is foreign",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, manager, editor, leader, daemon(A, { ppid: EDITOR })],
    holding: [A],
    owned: { [LEADER]: ["group"] },
  },
  {
    name: "a holder that is older than the run is foreign",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, server],
    holding: [SERVER],
    owned: {},
    watchdog: [],
  },
  {
    name: "a grandchild of a process that was there before the run is foreign as a holder",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, server, daemon(A, { ppid: SERVER }), daemon(B, { ppid: A, start: 1600 })],
    holding: [B],
    owned: {},
    watchdog: [],
  },
  {
    name: "a marked process whose living parent was there before the run is owned",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, server, daemon(A, { ppid: SERVER })],
    marked: [A],
    owned: { [A]: ["marker"] },
    watchdog: [`-${A}`],
  },
  {
    name: "a marked process that holds the output is owned for both",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, server, daemon(A, { ppid: SERVER })],
    marked: [A],
    holding: [A],
    owned: { [A]: ["marker", "pipe"] },
    watchdog: [`-${A}`],
  },
  {
    name: "the children of an owned holder are owned",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A), daemon(B, { ppid: A, start: 1600 })],
    holding: [A],
    owned: { [A]: ["pipe"], [B]: ["descent"] },
    watchdog: [`-${A}`, `-${B}`],
  },
  {
    name: "a member that holds the output makes the group of a reaped leader owned, however young it is",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, member(A, { ppid: 1, start: 2500 }), member(B, { ppid: 1, start: 2500 })],
    holding: [A],
    owned: { [A]: ["group", "pipe"], [B]: ["group"] },
    watchdog: [`-${LEADER}`],
  },
  {
    name: "a foreign holder in a group with the leader's number does not make the group owned",
    since: SINCE,
    leader: EMPTIED,
    processes: [INIT, server, member(A, { ppid: SERVER, start: 2500 }), member(B, { ppid: SERVER, start: 2500 })],
    holding: [A],
    owned: {},
    watchdog: [],
  },
  {
    name: "a child that cannot be attributed for its living foreign parent is owned when a member of its group vouches for it",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, server, member(A, { ppid: SERVER, start: 2500 }), member(B, { ppid: 1, start: 1500 })],
    holding: [A],
    owned: { [A]: ["group", "pipe"], [B]: ["group"] },
    watchdog: [`-${LEADER}`],
  },

  // Sessions.
  {
    name: "the session of a leader that has not been reaped is owned in all of its groups",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, leader, member(A, { pgid: A, ppid: 1 }), member(B, { pgid: A, ppid: 1 }), member(C, { pgid: C, ppid: 1 })],
    owned: { [LEADER]: ["group"], [A]: ["session"], [B]: ["session"], [C]: ["session"] },
    watchdog: [`-${LEADER}`, `-${A}`, `-${C}`],
  },
  {
    name: "the session of a reaped leader is owned when a process in it is older than the leader's end, though the group was empty",
    since: SINCE,
    leader: EMPTIED,
    processes: [INIT, member(A, { pgid: A, ppid: 1 })],
    owned: { [A]: ["session"] },
    watchdog: [`-${A}`],
  },
  {
    name: "a session in which all are younger than the leader's end is foreign",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, member(A, { pgid: A, ppid: 1, start: 2500 })],
    owned: {},
    watchdog: [],
  },
  {
    name: "in the session of a marked daemon everything is owned while the daemon lives",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A), daemon(B, { pgid: A, sid: A, start: 1600 }), daemon(C, { sid: A, start: 1600 })],
    marked: [A],
    owned: { [A]: ["marker"], [B]: ["session"], [C]: ["session"] },
    watchdog: [`-${A}`, `-${C}`],
  },

  // The file that only the run's processes have.
  {
    name: "a process that nothing but the inherited file shows is owned, with what it has started, and another one is not",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A), daemon(B, { ppid: A }), daemon(C), server],
    inherited: [A, SERVER],
    owned: { [A]: ["descriptor"], [B]: ["descent"] },
  },
  {
    name: "the inherited file is not told of where something else shows that a process is owned",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, leader, member(A), daemon(B)],
    marked: [B],
    inherited: [LEADER, A, B],
    owned: { [LEADER]: ["group"], [A]: ["group"], [B]: ["marker"] },
  },

  // A session that another process leads.
  {
    name: "a group and a session whose numbers are kept are owned after the command's end, whatever the age of their members, but not what keeps them",
    since: SINCE,
    leader: KEPT,
    processes: [INIT, keeper, member(A, { ppid: 1, sid: KEEPER, start: 2500 }), member(B, { pgid: B, ppid: 1, sid: KEEPER, start: 2500 }), daemon(C)],
    owned: { [A]: ["group"], [B]: ["session"] },
    watchdog: [`-${LEADER}`, `-${B}`],
  },
  {
    name: "a zombie that keeps the number of a group is not owned",
    since: SINCE,
    leader: KEPT,
    processes: [INIT, keeper, member(A, { ppid: KEEPER, sid: KEEPER, state: "Z" }), member(B, { ppid: LEADER, sid: KEEPER }), { ...leader, ppid: KEEPER, sid: KEEPER }],
    owned: { [LEADER]: ["group"], [B]: ["group"] },
    watchdog: [`-${LEADER}`],
  },
  {
    name: "what keeps the numbers of a session is not owned though it holds the output",
    since: SINCE,
    leader: KEPT,
    processes: [INIT, editor, { ...keeper, ppid: EDITOR }, { ...leader, ppid: KEEPER, sid: KEEPER }],
    holding: [KEEPER],
    owned: { [LEADER]: ["group"] },
    watchdog: [`-${LEADER}`],
  },
  {
    name: "the session of a recorded command is owned where another process led it",
    since: SINCE,
    leader: RECORDED,
    processes: [INIT, keeper, { ...leader, ppid: KEEPER, sid: KEEPER }, member(A, { pgid: A, ppid: 1, sid: KEEPER })],
    owned: { [LEADER]: ["group"], [A]: ["session"] },
  },

  // Mixed groups.
  {
    name: "in a group with a foreign member each owned one is signalled alone",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, server, daemon(A, { pgid: SERVER, sid: SERVER }), daemon(B, { pgid: SERVER, sid: SERVER })],
    marked: [A, B],
    owned: { [A]: ["marker"], [B]: ["marker"] },
    watchdog: [String(A), String(B)],
  },
  {
    name: "a group without a foreign member is signalled as a whole, also when its leader is gone",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A, { pgid: C, sid: C }), daemon(B, { pgid: C, sid: C })],
    marked: [A, B],
    owned: { [A]: ["marker"], [B]: ["marker"] },
    watchdog: [`-${C}`],
  },
  {
    name: "a marked leader of a group is signalled alone when a process of an older session is in its group",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, server, daemon(A, { ppid: SERVER, sid: SERVER }), daemon(B, { ppid: SERVER, pgid: A, sid: SERVER })],
    marked: [A],
    owned: { [A]: ["marker"] },
    watchdog: [String(A)],
  },

  // Descent.
  {
    name: "a process that seems to be older than its parent is not its child",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A, { start: 1700 }), daemon(B, { ppid: A, start: 1600 })],
    marked: [A],
    owned: { [A]: ["marker"] },
    watchdog: [`-${A}`],
  },
  {
    name: "a child of the same tick is owned, though its pid is the lower one",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(B), daemon(A, { ppid: B })],
    marked: [B],
    owned: { [B]: ["marker"], [A]: ["descent"] },
    watchdog: [`-${A}`, `-${B}`],
  },
  {
    name: "processes that are each other's parents, as in a list that was read while it changed, are owned for nothing",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A, { ppid: B }), daemon(B, { ppid: A })],
    owned: {},
    watchdog: [],
  },
  {
    name: "processes that are each other's parents are owned when one holds the output",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A, { ppid: B }), daemon(B, { ppid: A })],
    holding: [A],
    owned: { [A]: ["pipe"], [B]: ["descent"] },
    watchdog: [`-${A}`, `-${B}`],
  },
  {
    name: "a process that is its own parent is owned for nothing",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A, { ppid: A })],
    owned: {},
    watchdog: [],
  },
  {
    name: "12,000 processes, each a child of the one before, are all owned for their descent",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, leader, ...nested(12_000)],
    owned: { [LEADER]: ["group"], ...Object.fromEntries(nested(12_000).map(({ pid }) => [pid, ["descent"]])) },
    watchdog: [`-${LEADER}`, `-${A}`],
  },

  // What was known.
  {
    name: "the children of a known process are owned",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A), daemon(B, { ppid: A, start: 2500 })],
    known: [A],
    owned: { [A]: ["descent"], [B]: ["descent"] },
  },
  {
    name: "what a dead window has known is owned when it still is the same process",
    since: SINCE,
    leader: RECORDED,
    processes: [INIT, daemon(A)],
    known: [A],
    owned: { [A]: ["descent"] },
  },
  {
    name: "the children of what a dead window has known are owned",
    since: SINCE,
    leader: RECORDED,
    processes: [INIT, daemon(A), daemon(B, { ppid: A, start: 2500 })],
    known: [A],
    owned: { [A]: ["descent"], [B]: ["descent"] },
  },

  // Names.
  {
    name: "a name with brackets, blanks and a newline changes nothing",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, { ...leader, name: ") R 1 1 (\n1 (" }, daemon(A, { name: "a) Z 1 1\n5" }), daemon(B, { name: `x\n${SERVER} (y` })],
    marked: [A, B],
    owned: { [LEADER]: ["group"], [A]: ["marker"], [B]: ["marker"] },
    watchdog: [`-${LEADER}`, `-${A}`, `-${B}`],
  },

  // Nothing there.
  {
    name: "of a run that has left nothing, nothing is owned",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, server, daemon(A, { ppid: SERVER })],
    owned: {},
    watchdog: [],
  },
  {
    name: "a young process that nothing shows is foreign, though it is an orphan",
    since: SINCE,
    leader: UNREAPED,
    processes: [INIT, leader, daemon(A)],
    owned: { [LEADER]: ["group"] },
    watchdog: [`-${LEADER}`],
  },
  {
    name: "a process that is as old as the run is owned when it is marked",
    since: SINCE,
    leader: REAPED,
    processes: [INIT, daemon(A, { start: SINCE })],
    marked: [A],
    owned: { [A]: ["marker"] },
    watchdog: [`-${A}`],
  },
];
