import { setTimeout } from "node:timers/promises";
import type { ProcessTree } from "./processTree";
import { describeHeld, holdsOutput, type RunPipe, type RunProcess, type Evidence } from "./runProcess";
import { takeSnapshot } from "./snapshot";
import { isSameFile, isSameProcess, isStillAlive, type HeldFile, type ProcessInfo, type ProcessTable } from "./table";

/** What must be known of a run's command: a child of owned. */
export interface Leader {
  readonly pid: number;
  /** Set once the leader has ended and been reaped; until then nobody else can have its pid, nor its group's id. */
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
}

/** Whom a signal has reached. */
export interface SignalResult {
  /** Processes of the leader's group. */
  readonly group: number;
  /** Those that had left it. */
  readonly others: readonly ProcessInfo[];
}

type Tie = (infos: readonly ProcessInfo[], sign: Evidence) => void;

interface Scan {
  readonly tree: ProcessTree;
  readonly evidence: Map<number, Set<Evidence>>;
  readonly held: ReadonlyMap<number, readonly HeldFile[]>;
}

/**
 * The processes of one run: everything that its command has started, whatever it did to escape, as far as anything ties
 * it to the run. It is looked for when somebody asks, and at no other time.
 */
export class RunProcesses {
  readonly #origin: Origin;
  readonly #table: ProcessTable;
  /** Those that were certainly owned when they were last seen. */
  #known: readonly RunProcess[] = [];
  /** Groups in which there is somebody who is not owned. */
  #mixedGroups: ReadonlySet<number> = new Set();
  #leaderGoneAt = Infinity;
  #groupOutlived = true;

  constructor(origin: Origin) {
    // 0 and 1 would address our own group and init, -1 every process there is.
    if (!Number.isSafeInteger(origin.leader.pid) || origin.leader.pid <= 1) throw new RangeError(`not a process group: ${origin.leader.pid}`);
    this.#origin = origin;
    this.#table = origin.table;
    void origin.leader.wait().then(() => {
      this.#leaderGoneAt = origin.table.now();
      // Asked in the moment in which its number becomes free: whoever forms a group of that number later is a stranger.
      this.#groupOutlived = origin.table.hasGroups && groupExists(origin.leader.pid);
    });
  }

  /** All live processes of the run, its command among them, in the order in which they started; without command lines and ports. */
  async find(): Promise<RunProcess[]> {
    return await this.#find(false);
  }

  /** Those that outlive the command, with everything that people want to know. None while the command runs. */
  async survivors(): Promise<RunProcess[]> {
    return this.#leaderLives() ? [] : (await this.#described(await this.find())).filter(({ owned }) => owned);
  }

  /** Those that hold the output, wherever they are, also when the run did not start them. */
  async holders(): Promise<RunProcess[]> {
    const near = this.#remember(await this.#look(false)).filter(holdsOutput);
    const found = near.length > 0 ? near : this.#remember(await this.#look(true)).filter(holdsOutput);
    return await this.#described(found);
  }

  /** Whether any process of the run lives. */
  async isAlive(): Promise<boolean> {
    if (this.#leaderLives()) return true;
    // Cheaper than looking through all processes: ask for those that we have seen before.
    for (const known of this.#known) if (isStillAlive(await this.#table.read(known.pid), known)) return true;
    return (await this.find()).some(({ owned }) => owned);
  }

  /**
   * Sends the signal to all processes of the run, group by group. One that is stopped is continued, so that it sees it.
   * @param atOnce the leader's group gets it before this returns; else everything is looked for first, so that nobody is
   *   lost whom only the death of its parent makes untraceable
   * @param groupHasIt the leader's group has got the signal already
   * @throws the system's error, such as EPERM, when nobody could be reached
   */
  async signal(signal: NodeJS.Signals, atOnce: boolean, groupHasIt = false): Promise<SignalResult> {
    const sent = groupHasIt || (atOnce && this.#table.hasGroups && this.#leaderLives() && this.#signalLeadersGroup(signal));
    const found = (await this.find()).filter(({ owned }) => owned);
    const { pid } = this.#origin.leader;
    const inGroup = found.filter(({ pgid }) => pgid === pid && this.#table.hasGroups);
    const others = await this.#table.describe(found.filter((info) => !inGroup.includes(info)));
    const reached = sent || (await this.#signalGroup(inGroup, signal));
    const reachedOthers = await this.#signalOthers(others, signal, reached);
    if (signal !== "SIGKILL") await this.#continueStopped(found);
    return { group: reached ? Math.max(1, inGroup.length) : 0, others: reachedOthers };
  }

  async #find(everywhere: boolean): Promise<RunProcess[]> {
    const at = this.#table.now();
    const look = await this.#look(everywhere);
    const isYoung = look.tree.all.some(({ pid, start }) => start >= at && look.evidence.has(pid));
    if (!isYoung) return this.#remember(look);
    // Within the tick in which it started, a process cannot be told from a stranger who gets its pid next. One tick later it can.
    await setTimeout(this.#table.tickMs);
    return this.#remember(await this.#look(everywhere));
  }

  async #look(everywhere: boolean): Promise<Scan> {
    const lived = this.#leaderLives();
    const { marker, since, leader } = this.#origin;
    const { tree, candidates, marked } = await takeSnapshot(this.#table, marker, since, leader.pid);
    // Its end came in between: who has its pid in this list is uncertain.
    if (lived !== this.#leaderLives()) return await this.#look(everywhere);

    const evidence = new Map<number, Set<Evidence>>();
    const tie: Tie = (infos, sign) => {
      for (const { pid } of infos) evidence.set(pid, (evidence.get(pid) ?? new Set()).add(sign));
    };
    tie(candidates.filter((info) => marked.has(info.pid)), "marker");
    this.#tieKnown(candidates, tie);
    this.#tieGroup(tree, candidates, evidence, tie);
    this.#tieDescendants(tree, evidence, tie);
    const near = candidates.filter((info) => evidence.has(info.pid) || !tree.isForeign(info));
    const held = await this.#heldBy(everywhere ? tree.all.filter(({ pid }) => pid !== process.pid) : near);
    tie(tree.all.filter(({ pid }) => held.has(pid)), "pipe");
    // A holder of our pipe may be what makes its whole group owned, or have children.
    this.#tieGroup(tree, candidates, evidence, tie);
    this.#tieDescendants(tree, evidence, tie);
    return { tree, evidence, held };
  }

  /** Who has our pipes. Only who can write to a pipe for output keeps it from ending: not the run's guard, which reads it as we do. */
  async #heldBy(processes: readonly ProcessInfo[]): Promise<ReadonlyMap<number, readonly HeldFile[]>> {
    const pipes = this.#origin.pipes();
    const held = await this.#table.holders(processes.map(({ pid }) => pid), pipes.map(({ file }) => file));
    const counts = ({ file, writable }: HeldFile): boolean => writable !== false || pipes.some((pipe) => pipe.kind !== "output" && isSameFile(pipe.file, file));
    return new Map([...held].map(([pid, files]) => [pid, files.filter(counts)] as const).filter(([, files]) => files.length > 0));
  }

  /** What tied a process to the run still does when it can no longer be seen, as a descent does not once the parent is gone. */
  #tieKnown(candidates: readonly ProcessInfo[], tie: Tie): void {
    for (const known of this.#known) {
      const same = candidates.filter((info) => isSameProcess(known, info));
      for (const sign of known.evidence) tie(same, sign);
    }
  }

  /**
   * The id of a group or session is not given to anybody else while a member lives. So if one member is owned, all are; and
   * one is owned while the leader has not been reaped, if something else ties it to us, or if it is older than the leader's end.
   */
  #tieGroup(tree: ProcessTree, candidates: readonly ProcessInfo[], evidence: ReadonlyMap<number, unknown>, tie: Tie): void {
    const { pid } = this.#origin.leader;
    if (!this.#table.hasGroups) {
      if (this.#leaderLives()) tie(candidates.filter((info) => info.pid === pid), "descent");
      return;
    }
    const members = candidates.filter((info) => info.pgid === pid || info.sid === pid);
    // Somebody has the leader's pid although it is gone: then the number was free, and all of them are strangers.
    const isReused = !this.#leaderLives() && tree.has(pid);
    const isOlder = (info: ProcessInfo): boolean => info.start <= this.#leaderGoneAt && (info.pgid !== pid || this.#groupOutlived);
    if (isReused || !members.some((info) => this.#leaderLives() || evidence.has(info.pid) || isOlder(info))) return;
    tie(members.filter((info) => info.pgid === pid), "group");
    tie(members.filter((info) => info.pgid !== pid), "session");
  }

  #tieDescendants(tree: ProcessTree, evidence: ReadonlyMap<number, unknown>, tie: Tie): void {
    const roots = new Map(tree.all.filter((info) => evidence.has(info.pid) && tree.isCandidate(info)).map((info) => [info.pid, info]));
    const { leader, since } = this.#origin;
    // Where a dead parent's pid stays with its children, the command is their parent even when it has ended.
    const family = this.#table.hasGroups ? roots : new Map<number, { readonly start: number }>([[leader.pid, { start: since }], ...roots]);
    tie(tree.descendantsOf(family), "descent");
  }

  /** Turns a look into the answer, and keeps who is owned for the next one. */
  #remember({ tree, evidence, held }: Scan): RunProcess[] {
    const pipes = this.#origin.pipes();
    const found = tree.all.flatMap((info): RunProcess[] => {
      const own = evidence.get(info.pid);
      if (own === undefined || info.zombie) return [];
      const byPipeAlone = own.size === 1 && own.has("pipe");
      const owned = !byPipeAlone || (tree.isCandidate(info) && !tree.isForeign(info));
      return [{ ...info, evidence: [...own], holds: describeHeld(held.get(info.pid) ?? [], pipes), ports: [], owned }];
    });
    const owned = new Set(found.filter((info) => info.owned).map(({ pid }) => pid));
    this.#known = found.filter((info) => info.owned);
    this.#mixedGroups = new Set(tree.all.filter((info) => !info.zombie && !owned.has(info.pid)).map(({ pgid }) => pgid));
    return found.sort((a, b) => a.start - b.start || a.pid - b.pid);
  }

  async #described(found: readonly RunProcess[]): Promise<RunProcess[]> {
    const [described, ports] = await Promise.all([this.#table.describe(found), this.#table.ports(found.map(({ pid }) => pid))]);
    const commands = new Map(described.map(({ pid, command }) => [pid, command]));
    return found.flatMap((info) => {
      const command = commands.get(info.pid);
      return command === undefined ? [] : [{ ...info, command, ports: ports.get(info.pid) ?? [] }];
    });
  }

  /** Whether the programs that the terminal takes for its foreground are those of the leader's group; where that can be told. */
  async isForeground(): Promise<boolean> {
    const { pid } = this.#origin.leader;
    return ((await this.#table.foreground(pid)) ?? pid) === pid;
  }

  #signalLeadersGroup(signal: NodeJS.Signals): boolean {
    return process.kill(-this.#origin.leader.pid, signal);
  }

  async #signalGroup(members: readonly ProcessInfo[], signal: NodeJS.Signals): Promise<boolean> {
    if (members.length === 0) return false;
    // While the leader has not been reaped nobody else can have its group.
    return this.#leaderLives() ? this.#signalLeadersGroup(signal) : await this.#table.signalGroup(members, signal);
  }

  async #signalOthers(others: readonly ProcessInfo[], signal: NodeJS.Signals, reachedAny: boolean): Promise<ProcessInfo[]> {
    const reached: ProcessInfo[] = [];
    let failure: Error | undefined;
    for (const members of this.#byGroup(others)) {
      try {
        if (await this.#signalTogether(members, signal)) reached.push(...members);
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
      }
    }
    if (failure !== undefined && reached.length === 0 && !reachedAny) throw failure;
    return reached;
  }

  /** Those of a group that is wholly owned together, so that none of them can fork in between; others each alone. */
  #byGroup(others: readonly ProcessInfo[]): ProcessInfo[][] {
    const groups = new Map<string, ProcessInfo[]>();
    for (const info of others) {
      const key = this.#isWhole(info) ? `group ${info.pgid}` : `process ${info.pid}`;
      groups.set(key, [...(groups.get(key) ?? []), info]);
    }
    return [...groups.values()];
  }

  #isWhole({ pgid }: ProcessInfo): boolean {
    return this.#table.hasGroups && pgid > 1 && !this.#mixedGroups.has(pgid);
  }

  async #signalTogether(members: readonly ProcessInfo[], signal: NodeJS.Signals): Promise<boolean> {
    const [first] = members;
    if (first === undefined) return false;
    return this.#isWhole(first) ? await this.#table.signalGroup(members, signal) : await this.#table.signal(first, signal);
  }

  /** With its group: a SIGSTOP can still be on its way to others of it, and SIGCONT takes that back. */
  async #continueStopped(found: readonly RunProcess[]): Promise<void> {
    for (const members of this.#byGroup(found.filter(({ stopped }) => stopped))) await this.#signalTogether(members, "SIGCONT").catch(() => false);
  }

  #leaderLives(): boolean {
    return this.#origin.leader.state === undefined;
  }
}

function groupExists(pgid: number): boolean {
  try {
    return process.kill(-pgid, 0);
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}
