import { setTimeout } from "node:timers/promises";
import { settledWithin } from "../base/deadline";
import { toError } from "../base/errors";
import { runIdOf } from "../base/marker";
import { attribute, type Leadership, type RunIdentity } from "./attribution";
import { checkedTable } from "./checkedTable";
import { describeProcesses, withCommands } from "./describe";
import type { ProcessTree } from "./processTree";
import { holdsOutput, type RunPipe, type RunProcess } from "./runProcess";
import { scannerOf, type Scan } from "./scanner";
import { isSameFile, type HeldFile, type ProcessInfo, type ProcessTable } from "./table";

/** How long one process or group may take to be looked at again before it is signalled, in milliseconds. */
const RECHECK_MS = 500;
/** How long a signal other than a kill waits for the command lines that are shown, in milliseconds. */
const COMMANDS_MS = 20;

/** What must be known of a run's command: a child of ours. */
export interface Leader {
  readonly pid: number;
  /** Set once the leader has ended and been reaped; until then no other process can have its pid, nor its group's number. */
  readonly state: object | undefined;
  wait(): Promise<unknown>;
}

export interface Origin {
  /** The run's command, started as the leader of a session and so of a process group. */
  readonly leader: Leader;
  /** The environment entry ("KEY=value") that every process of the run inherits. */
  readonly marker: string;
  /** When the run began, as told by the table's `now()` before the start. */
  readonly since: number;
  /** The run's pipes, as far as they are still open. */
  readonly pipes: () => readonly RunPipe[];
  readonly table: ProcessTable;
  /** Why it cannot be seen who has the output open; undefined when it can. */
  readonly unseen?: () => string | undefined;
}

/** What a signal has reached. */
export interface SignalResult {
  /** Processes of the leader's group. */
  readonly group: number;
  /** Those that had left it. */
  readonly others: readonly ProcessInfo[];
  /** What could not be signalled, and why: the system's errors, such as EPERM. */
  readonly failures?: readonly Error[];
  /** Why it is not known whether that was all; absent when it is. */
  readonly problem?: string;
  /** What a late look has found after all, and was signalled then; only where the look was late. */
  readonly late?: Promise<readonly ProcessInfo[]>;
}

/** The processes of a run as one look has found them. */
export interface RunScan {
  /** In the order in which they started; without command lines and ports. */
  readonly found: readonly RunProcess[];
  /** Why these may not be all; undefined when they are. */
  readonly problem: string | undefined;
  /** What the look finds in the end; only of one that was late. */
  readonly rest: Promise<RunScan> | undefined;
}

/**
 * The processes of one run: everything that its command has started, whatever it did to escape, as far as any evidence ties
 * it to the run. It is looked for when asked, and at no other time. Acting never waits for looking: while the leader has not
 * been reaped, its group is signalled first, before a signal method returns.
 */
export class RunProcesses {
  readonly #origin: Origin;
  readonly #table: ProcessTable;
  /** Those that were certainly owned when they were last seen. */
  #known: readonly RunProcess[] = [];
  /** The groups in which every process is owned. */
  #whole: ReadonlySet<number> = new Set();
  /** Their command lines, as they were last seen: one that has been killed has none any more. */
  readonly #commands = new Map<string, string>();
  #isClosed = false;
  #leaderGoneAt = Infinity;
  #groupOutlived = true;

  constructor(origin: Origin) {
    // 0 and 1 would address our own group and init, -1 every process there is.
    if (!Number.isSafeInteger(origin.leader.pid) || origin.leader.pid <= 1) throw new RangeError(`not a process group: ${origin.leader.pid}`);
    this.#origin = origin;
    this.#table = checkedTable(origin.table);
    void origin.leader.wait().then(() => {
      this.#leaderGoneAt = origin.table.now();
      // Asked in the moment in which its number becomes free: a group of that number that is formed later is foreign.
      this.#groupOutlived = origin.table.groupExists(origin.leader.pid);
    });
  }

  /** Looks for all live processes of the run, its command among them. Never rejects, and takes a few seconds at most. */
  async scan(everywhere = false): Promise<RunScan> {
    const at = this.#table.now();
    const first = await this.#scanOnce(everywhere);
    if (first.problem !== undefined || !first.found.some(({ start, owned }) => owned && start >= at)) return first;
    // Within the tick in which it started, a process cannot be told from another one that gets its pid next. One tick later it can.
    await setTimeout(this.#table.tickMs);
    return await this.#scanOnce(everywhere);
  }

  /** As `scan`, without what went wrong. */
  async find(): Promise<readonly RunProcess[]> {
    return (await this.scan()).found;
  }

  /**
   * Remembers those that only the death of their parent would make untraceable, as far as that can be done at once.
   * @returns false when the leader has died and is alone: nothing is left to be signalled
   */
  rememberNow(): boolean {
    const tree = scannerOf(this.#table).treeNow();
    if (tree === undefined || !this.#isCredible(tree)) return true;
    const found = attribute({ tree, marked: [], held: new Map(), pipes: [], hasGroups: this.#table.hasGroups }, this.#identity());
    this.#remember(tree, found);
    return found.length > 0 || !this.#leaderLives() || tree.get(this.#origin.leader.pid)?.zombie !== true;
  }

  /** Those that outlive the command, with everything that people want to know. None while the command runs. */
  async survivors(): Promise<readonly RunProcess[]> {
    return this.#leaderLives() ? [] : (await this.survivorsScan()).found;
  }

  /** All that are owned, with everything that people want to know; the command too, while it lives. */
  async survivorsScan(): Promise<RunScan> {
    return await this.#describedScan(await this.scan(), ({ owned }) => owned);
  }

  /** Those that hold the output, wherever they are, also when the run did not start them. */
  async holders(): Promise<RunScan> {
    const near = await this.scan();
    if (near.problem !== undefined || near.found.some(holdsOutput)) return await this.#describedScan(near, holdsOutput);
    const problem = this.#origin.unseen?.();
    return problem === undefined ? await this.#describedScan(await this.scan(true), holdsOutput) : { found: [], problem, rest: undefined };
  }

  /** Whether any process of the run lives; "unknown" when one may, and nothing can be seen. */
  async liveness(): Promise<"alive" | "gone" | "unknown"> {
    if (this.#leaderLives()) return "alive";
    // Cheaper than looking through all processes: ask for those that were seen before.
    const alive = await settledWithin(RECHECK_MS, () => this.#table.alive(this.#known));
    if (alive.kind === "done" && alive.value.length > 0) return "alive";
    const { found, problem } = await this.scan();
    if (found.some(({ owned }) => owned)) return "alive";
    if (problem === undefined) return "gone";
    const mayHaveEscaped = alive.kind !== "done" && this.#known.some((info) => !this.#isInGroup(info));
    return mayHaveEscaped || (this.#groupOutlived && this.#table.groupExists(this.#origin.leader.pid)) ? "unknown" : "gone";
  }

  /** Whether any process of the run lives, or may. */
  async isAlive(): Promise<boolean> {
    return (await this.liveness()) !== "gone";
  }

  /**
   * Sends the signal to all processes of the run: to the leader's group before this returns, then, group by group, to
   * everything else that is found. A stopped process is continued, so that it sees the signal. Never rejects.
   * @param groupHasIt the leader's group has got the signal already
   */
  signal(signal: NodeJS.Signals, groupHasIt = false): Promise<SignalResult> {
    const round = new SignalRound(this.#table, signal, (info) => this.#isWhole(info));
    const members = signal === "SIGKILL" ? this.#known.filter((info) => this.#isInGroup(info)).length : 0;
    const sent = groupHasIt || (this.#leaderLives() && round.try(() => this.#table.signalOwnGroup(this.#origin.leader.pid, signal)));
    // A kill does not look before it acts: those that were seen before come first.
    const groupIsDone = sent || this.#leaderLives();
    // Without the leader its group is known only by its members: those that are there now do not wait for the look either.
    if (signal === "SIGKILL" && !this.#leaderLives()) this.rememberNow();
    const known = signal === "SIGKILL" ? round.send(this.#known.filter((info) => !(groupIsDone && this.#isInGroup(info)))) : Promise.resolve([]);
    return this.#signalFound(round, sent, groupIsDone, members, known);
  }

  async #signalFound(round: SignalRound, sent: boolean, groupIsDone: boolean, members: number, known: Promise<readonly ProcessInfo[]>): Promise<SignalResult> {
    const before = this.#known;
    const scan = await this.scan();
    const atOnce = await known;
    const killed = atOnce.map((info) => before.find(({ pid }) => pid === info.pid) ?? info);
    // Where not all can be seen, those that were seen before are asked too, if they are still the same.
    const unseen = scan.problem === undefined || round.signal === "SIGKILL" ? [] : before.filter(({ pid }) => !scan.found.some((info) => info.pid === pid));
    const found = [...scan.found.filter(({ owned }) => owned), ...unseen];
    const inGroup = found.filter((info) => this.#isInGroup(info));
    const others = found.filter((info) => !inGroup.includes(info) && !killed.some(({ pid }) => pid === info.pid));
    const groupReached = sent || (!groupIsDone && (await round.send(inGroup)).length > 0) || killed.some((info) => this.#isInGroup(info));
    // A process that ends of the signal has no command line any more; a kill does not wait for it.
    const described = this.#describe(others);
    if (round.signal !== "SIGKILL") await settledWithin(COMMANDS_MS, () => described);
    const reached = await round.send(others);
    await described;
    this.#known = this.#known.filter((info) => !round.gone.has(info.pid));
    if (round.signal !== "SIGKILL") await this.#continueStopped(found, scan.problem === undefined ? false : sent);
    const done = new Set([...found, ...killed].map(({ pid }) => pid));
    const late = scan.rest?.then((rest) => this.#signalLate(round, rest.found.filter((info) => info.owned && !done.has(info.pid) && !(groupIsDone && this.#isInGroup(info)))));
    const outside = [...killed.filter((info) => !this.#isInGroup(info)), ...reached];
    return {
      group: groupReached ? Math.max(1, members, inGroup.length) : 0,
      others: outside.map((info) => ({ ...info, command: this.#commands.get(keyOf(info)) ?? info.command })),
      ...(round.failures.length === 0 ? {} : { failures: round.failures }),
      ...(scan.problem === undefined ? {} : { problem: scan.problem }),
      ...(late === undefined ? {} : { late }),
    };
  }

  /** Nothing is asked to stop any more when the run has ended; a kill still reaches what it was meant for. */
  async #signalLate(round: SignalRound, found: readonly RunProcess[]): Promise<readonly ProcessInfo[]> {
    return this.#isClosed && round.signal !== "SIGKILL" ? [] : await round.send(found);
  }

  /** The run has ended: what is found from now on is listed, and not asked. */
  close(): void {
    this.#isClosed = true;
    this.#commands.clear();
  }

  async #describe(infos: readonly ProcessInfo[]): Promise<void> {
    for (const info of await withCommands(this.#table, infos)) {
      if (info.command !== info.name || !this.#commands.has(keyOf(info))) this.#commands.set(keyOf(info), info.command);
    }
  }

  /** Whether the programs that the terminal takes for its foreground are those of the leader's group; where that can be told. */
  async isForeground(): Promise<boolean> {
    const { pid } = this.#origin.leader;
    return ((await this.#table.foreground(pid)) ?? pid) === pid;
  }

  async #scanOnce(everywhere: boolean): Promise<RunScan> {
    const lived = this.#leaderLives();
    const { leader, since } = this.#origin;
    const pipes = this.#origin.pipes();
    const request = { since, leaderPid: leader.pid, files: pipes.map(({ file }) => file), everywhere, evident: (scan: Scan) => this.#attribute(scan, []).map(({ pid }) => pid) };
    const scan = await scannerOf(this.#table).scan(request);
    // The leader's end came in between: which process has its pid in this look is uncertain.
    if (lived !== this.#leaderLives()) return await this.#scanOnce(everywhere);
    const isTorn = scan.problem === undefined && !this.#isCredible(scan.tree);
    return this.#take(isTorn ? { ...scan, problem: "the process list is not complete" } : scan, pipes);
  }

  #take(scan: Scan, pipes: readonly RunPipe[]): RunScan {
    const found = this.#attribute(scan, pipes);
    // Else nothing can be said of those that were known.
    if (this.#isCredible(scan.tree)) this.#remember(scan.tree, found);
    return { found, problem: scan.problem, rest: scan.rest?.then((late) => this.#take(late, pipes)) };
  }

  #attribute({ tree, markers, held }: Scan, pipes: readonly RunPipe[]): RunProcess[] {
    const id = runIdOf(this.#origin.marker);
    const marked = [...markers].filter(([, value]) => value === id).map(([pid]) => pid);
    return attribute({ tree, marked, held: heldOf(held, pipes), pipes, hasGroups: this.#table.hasGroups }, this.#identity());
  }

  #identity(): RunIdentity {
    return { leader: this.#leadership(), since: this.#origin.since, known: this.#known };
  }

  #leadership(): Leadership {
    const { pid } = this.#origin.leader;
    return this.#leaderLives() ? { kind: "unreaped", pid } : { kind: "reaped", pid, at: this.#leaderGoneAt, groupOutlived: this.#groupOutlived };
  }

  /** An empty list is none. A child of ours that has not been reaped is there, if only as a zombie; on Windows it is not. */
  #isCredible(tree: ProcessTree): boolean {
    return this.#leaderLives() && this.#table.hasGroups ? tree.has(this.#origin.leader.pid) : tree.all.length > 0;
  }

  /** Keeps what is owned for the next look. */
  #remember(tree: ProcessTree, found: readonly RunProcess[]): void {
    this.#known = found.filter(({ owned }) => owned);
    const owned = new Set(this.#known.map(({ pid }) => pid));
    const isWhole = (pgid: number): boolean => tree.group(pgid).every((info) => info.zombie || owned.has(info.pid));
    this.#whole = new Set([...new Set(this.#known.map(({ pgid }) => pgid))].filter(isWhole));
  }

  async #describedScan({ found, problem, rest }: RunScan, which: (info: RunProcess) => boolean): Promise<RunScan> {
    const described = await describeProcesses(this.#table, found.filter(which));
    return { found: described, problem, rest: rest?.then((late) => this.#describedScan(late, which)) };
  }

  #isInGroup({ pgid }: ProcessInfo): boolean {
    return this.#table.hasGroups && pgid === this.#origin.leader.pid;
  }

  /** Whether its group is wholly owned. */
  #isWhole({ pgid }: ProcessInfo): boolean {
    return this.#table.hasGroups && pgid > 1 && this.#whole.has(pgid);
  }

  /** With its group: a SIGSTOP can still be on its way to others of it, and SIGCONT takes that back. */
  async #continueStopped(found: readonly RunProcess[], continueGroup: boolean): Promise<void> {
    const round = new SignalRound(this.#table, "SIGCONT", (info) => this.#isWhole(info));
    if (continueGroup && this.#leaderLives()) round.try(() => this.#table.signalOwnGroup(this.#origin.leader.pid, "SIGCONT"));
    await round.send(found.filter(({ stopped }) => stopped));
  }

  #leaderLives(): boolean {
    return this.#origin.leader.state === undefined;
  }
}

/** One signal on its way to many, group by group. A process or group that cannot be signalled does not shield the others. */
class SignalRound {
  readonly failures: Error[] = [];
  /** The pids of those that were not there any more. */
  readonly gone = new Set<number>();

  constructor(
    readonly table: ProcessTable,
    readonly signal: NodeJS.Signals,
    readonly isWhole: (info: ProcessInfo) => boolean,
  ) {}

  try(act: () => boolean): boolean {
    try {
      return act();
    } catch (error) {
      this.failures.push(toError(error));
      return false;
    }
  }

  /** @returns those that were reached */
  async send(infos: readonly ProcessInfo[]): Promise<readonly ProcessInfo[]> {
    // Started together, and before anything is waited for: none of them is late because another one is.
    const groups = this.#byGroup(infos).map((members) => this.#sendTogether(members));
    return (await Promise.all(groups)).flat();
  }

  /** Those of a group that is wholly owned together, so that none of them can fork in between; others each alone. */
  #byGroup(infos: readonly ProcessInfo[]): ProcessInfo[][] {
    const groups = new Map<string, ProcessInfo[]>();
    for (const info of infos) {
      const key = this.isWhole(info) ? `group ${info.pgid}` : `process ${info.pid}`;
      groups.set(key, [...(groups.get(key) ?? []), info]);
    }
    return [...groups.values()];
  }

  async #sendTogether(members: readonly ProcessInfo[]): Promise<readonly ProcessInfo[]> {
    const [first] = members;
    if (first !== undefined && this.isWhole(first)) {
      const was = await this.#was(() => this.table.signalGroup(members, this.signal));
      if (was !== "gone") return was === "reached" ? members : [];
    }
    // Each alone: those of a group may have left it since.
    const results = members.map(async (info) => ({ info, was: await this.#was(() => this.table.signal(info, this.signal)) }));
    const reached: ProcessInfo[] = [];
    for (const { info, was } of await Promise.all(results)) {
      if (was === "reached") reached.push(info);
      if (was === "gone") this.gone.add(info.pid);
    }
    return reached;
  }

  async #was(send: () => Promise<boolean>): Promise<"reached" | "gone" | "refused"> {
    const result = await settledWithin(RECHECK_MS, send);
    if (result.kind === "failed") this.failures.push(result.error);
    if (result.kind === "failed") return "refused";
    return result.kind === "late" || result.value ? "reached" : "gone";
  }
}

function keyOf({ pid, start }: ProcessInfo): string {
  return `${pid}:${start}`;
}

/** Which processes have these pipes. Only one that can write to a pipe for output keeps it from ending: not the watchdog, which reads it as we do. */
function heldOf(all: ReadonlyMap<number, readonly HeldFile[]>, pipes: readonly RunPipe[]): Map<number, readonly HeldFile[]> {
  const held = new Map<number, readonly HeldFile[]>();
  for (const [pid, files] of all) {
    const own = files.filter(({ file, writable }) => pipes.some((pipe) => isSameFile(pipe.file, file) && (writable !== false || pipe.kind !== "output")));
    if (own.length > 0) held.set(pid, own);
  }
  return held;
}
