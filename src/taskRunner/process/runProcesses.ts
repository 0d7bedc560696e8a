import * as l10n from "@vscode/l10n";
import { setTimeout } from "node:timers/promises";
import { settledWithin } from "../base/deadline";
import { runIdOf } from "../base/marker";
import { Asked, BACKGROUND_IGNORES, backgroundJobs, keyOf, unique, without, withoutParent, type Asking } from "./asked";
import { attribute, type Leadership, type RunIdentity } from "./attribution";
import { Chase } from "./chase";
import { checkedTable } from "./checkedTable";
import { CommandLines } from "./commandLines";
import { describeProcesses } from "./describe";
import { foregroundAmong, handleInterrupt, type ForegroundProgram } from "./foreground";
import type { Origin } from "./origin";
import type { ProcessTree } from "./processTree";
import { heldOf, holdsOutput, type RunPipe, type RunProcess } from "./runProcess";
import { scannerOf, type Scan } from "./scanner";
import { refusedAmong, type RestResult, type SignalResult } from "./signalResult";
import { isRefusal, SignalRound } from "./signalRound";
import { isSameFile, type FileId, type ProcessInfo, type ProcessTable } from "./table";

/** How long one process or group may take to be looked at again before it is signalled, in milliseconds. */
const RECHECK_MS = 500;
/** How long a signal other than a kill waits for the command lines that are shown, in milliseconds. */
const COMMANDS_MS = 20;

export type { Leader, Origin } from "./origin";

/** The processes of a run as one look has found them. */
export interface RunScan {
  /** In the order in which they started; without command lines and ports. */
  readonly found: readonly RunProcess[];
  /** Why these may not be all; undefined when they are. */
  readonly problem: string | undefined;
  /** What the look finds in the end; only of one that was late. */
  readonly rest: Promise<RunScan> | undefined;
  /** See `Scan`. */
  readonly isRestless?: boolean;
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
  /** The groups in which every process is owned, and how many those are. */
  #whole: ReadonlyMap<number, number> = new Map();
  readonly #asked = new Asked();
  /** When Ctrl+C was typed last, in the table's time. */
  #interruptedAt = -Infinity;
  readonly #commands: CommandLines;
  #isClosed = false;
  #releasedAt = Infinity;
  #groupOutlived = true;

  constructor(origin: Origin) {
    // 0 and 1 would address our own group and init, -1 every process there is.
    if (!Number.isSafeInteger(origin.leader.pid) || origin.leader.pid <= 1) throw new RangeError(`not a process group: ${origin.leader.pid}`);
    this.#origin = origin;
    this.#table = checkedTable(origin.table);
    this.#commands = new CommandLines(this.#table);
    void (origin.leader.keeper?.ended ?? origin.leader.wait()).then(() => {
      this.#releasedAt = origin.table.now();
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

  /** The run's processes in a process list, as far as that alone shows them: cheap enough to be asked again and again. Remembers nothing. */
  readonly processesIn = (tree: ProcessTree): readonly RunProcess[] => (this.#isCredible(tree) ? this.#attribute({ tree, markers: new Map(), held: new Map() }, [], undefined).filter(({ owned }) => owned) : []);

  /**
   * Remembers those that only the death of their parent would make untraceable, as far as that can be done at once.
   * @returns false when the leader has died and is alone: nothing is left to be signalled
   */
  rememberNow(): boolean {
    const tree = this.#treeNow();
    if (tree === undefined) return true;
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

  /** Ctrl+C was typed: the terminal has sent SIGINT to its foreground. */
  interrupted(): void {
    this.#interruptedAt = this.#table.now();
  }

  /**
   * Sends the signal: to the leader's group, or to what that has in the foreground of its terminal, before this returns, then to
   * what else is found. A kill is for everything. Anything else is only for those outside of the group that have no parent in the run which may
   * pass it on; a stopped process is continued, so that it sees the signal. Never rejects.
   * @param groupHasIt the leader's group has got the signal already, by Ctrl+C
   * @param isOnce there will be no `signalRest`: the leader's group gets it in any case
   */
  signal(signal: NodeJS.Signals, groupHasIt = false, isOnce = false): Promise<SignalResult> {
    return signal === "SIGKILL" ? this.#kill() : this.#ask(signal, groupHasIt, isOnce);
  }

  #ask(signal: NodeJS.Signals, groupHasIt: boolean, isOnce: boolean): Promise<SignalResult> {
    const { pid } = this.#origin.leader;
    const until = groupHasIt ? this.#interruptedAt : this.#table.now();
    this.rememberNow();
    const isSeen = this.#treeNow() !== undefined;
    const before = this.#known;
    const round = this.#round(signal);
    const tpgid = before.find((info) => info.pid === pid)?.tpgid;
    const foreground = isSeen && !groupHasIt ? before.filter((info) => info.pgid === tpgid && !this.#isInGroup(info)) : [];
    // As at a shell prompt: who has given the terminal to another group waits for it, or passes on what it gets itself (tini).
    const isElsewhere = foreground.length > 0 && !isOnce;
    const sent = groupHasIt || (!isElsewhere && this.#isKept() && round.try(() => this.#table.signalOwnGroup(pid, signal)));
    const isDone = sent || this.#isKept();
    const members = before.filter((info) => !isElsewhere && this.#isInGroup(info) && (!groupHasIt || info.start <= until));
    this.#asked.add([...(isSeen && isDone ? members : []), ...foreground]);
    return this.#askFound({ round, sent, isDone, before, members: isSeen ? members : undefined, groupHasIt, until, foreground: round.send(foreground) });
  }

  async #askFound({ round, sent, isDone, before, until, foreground, ...asking }: Asking): Promise<SignalResult> {
    // What could not be seen at once is asked for now.
    const isForegroundKnown = asking.members !== undefined || asking.groupHasIt;
    const looking = isForegroundKnown ? undefined : settledWithin(RECHECK_MS, () => this.#table.foreground(this.#origin.leader.pid));
    const [scan, pgid] = await Promise.all([this.scan(), looking]);
    // Where not all can be seen, those that were seen before are asked too, if they are still the same.
    const unseen = scan.problem === undefined ? [] : before.filter(({ pid }) => !scan.found.some((info) => info.pid === pid));
    const found = [...scan.found.filter(({ owned }) => owned), ...unseen];
    const inGroup = found.filter((info) => this.#isInGroup(info));
    const members = isDone ? (asking.members ?? inGroup.filter(({ start }) => start <= until)) : inGroup;
    const others = this.#toBeAsked(found, before, pgid?.kind === "done" ? pgid.value : undefined);
    const reachedGroup = isDone ? members : await round.send(inGroup);
    this.#asked.add([...members, ...others]);
    // A process that ends of the signal has no command line any more.
    const described = this.#commands.lookUp(others);
    await settledWithin(COMMANDS_MS, () => described);
    const reached = [...(await foreground), ...(await round.send(others))];
    await described;
    await this.#continueStopped(found.filter((info) => this.#asked.has(info)), scan.problem === undefined ? false : sent);
    // They may have to be named when they are killed.
    void this.#commands.lookUp(inGroup);
    const late = scan.rest?.then(async (rest) => {
      const more = this.#toBeAsked(rest.found.filter(({ owned }) => owned), before);
      this.#asked.add(more);
      // Nothing is asked to stop any more when the run has ended.
      return this.#isClosed ? [] : await round.send(more);
    });
    const group = sent || (!isDone && reachedGroup.length > 0) ? reachedGroup : undefined;
    return await this.#result(round, group, reached, [...members, ...others, ...reached], scan, late);
  }

  /** @param before those that were there when it was asked: a parent that lived then may have passed it on before it ended */
  #toBeAsked(found: readonly RunProcess[], before: readonly RunProcess[], foreground?: number): readonly RunProcess[] {
    const outside = found.filter((info) => !this.#isInGroup(info) && !this.#asked.has(info));
    if (!this.#table.hasGroups) return outside;
    const then = new Map(before.map((info) => [keyOf(info), info]));
    const alone = withoutParent(outside.map((info) => then.get(keyOf(info)) ?? info), [...found, ...before]);
    return unique([...alone, ...outside.filter((info) => info.pgid === foreground)]);
  }

  /**
   * The second round, for those that live on: each that has not been asked, or was born since, gets the signal. Never rejects.
   * @param stronger what those get that ignore the signal by a shell's rule for its background jobs; undefined: nothing
   * @param isOver whether it has become too late for asking
   */
  async signalRest(signal: NodeJS.Signals, stronger: NodeJS.Signals | undefined, isOver: () => boolean): Promise<RestResult> {
    // Without signals there is nothing that only asks.
    if (!this.#table.hasGroups) return { asked: [], deaf: [] };
    const owned = (await this.scan()).found.filter((info) => info.owned);
    const ignoring = stronger === undefined ? undefined : await settledWithin(RECHECK_MS, () => this.#table.ignoring(owned.map(({ pid }) => pid), BACKGROUND_IGNORES));
    // The command itself is no background job, whatever it ignores.
    const deaf = ignoring?.kind === "done" ? backgroundJobs(owned.filter(({ pid }) => ignoring.value.has(pid) && pid !== this.#origin.leader.pid), owned) : [];
    const rest = owned.filter((info) => !deaf.includes(info) && !this.#asked.has(info));
    const all = [...rest, ...deaf];
    const described = this.#commands.lookUp(all);
    await settledWithin(COMMANDS_MS, () => described);
    if (isOver() || this.#isClosed) return { asked: [], deaf: [] };
    this.#asked.add(all);
    const [asked, insisted] = await Promise.all([this.#round(signal).send(rest), this.#round(stronger ?? signal).send(deaf)]);
    await this.#continueStopped(all, false);
    await described;
    const refused = await refusedAmong(this.#table, all, this.#commands);
    return { asked: this.#commands.named(without(asked, refused)), deaf: this.#commands.named(without(insisted, refused)) };
  }

  /** Sends SIGHUP to the leader's group and to that of these programs, as a closed terminal does. Never rejects. */
  async hangUp(foreground: readonly ForegroundProgram[]): Promise<SignalResult> {
    if (this.#isClosed) return { group: undefined, others: [], refused: [] };
    const round = this.#round("SIGHUP");
    const members = this.#known.filter((info) => this.#isInGroup(info));
    const sent = this.#isKept() && round.try(() => this.#table.signalOwnGroup(this.#origin.leader.pid, "SIGHUP"));
    const infos = foreground.map(({ info }) => info).filter((info) => !(sent && this.#isInGroup(info)));
    const reached = await round.send(infos);
    await this.#continueStopped(members, false);
    const group = sent ? members : reached.filter((info) => this.#isInGroup(info));
    return await this.#result(round, sent || group.length > 0 ? group : undefined, reached.filter((info) => !this.#isInGroup(info)), [...members, ...infos]);
  }

  #kill(): Promise<SignalResult> {
    const round = this.#round("SIGKILL");
    const isKept = this.#isKept();
    // Without the leader its group is known only by its members: those that are there now do not wait for the look either.
    if (!isKept) this.rememberNow();
    const before = this.#known;
    const sent = isKept && round.try(() => this.#table.signalOwnGroup(this.#origin.leader.pid, "SIGKILL"));
    // A kill does not look before it acts: those that were seen before come first.
    return this.#killFound(round, sent, isKept, before, round.send(before.filter((info) => !(isKept && this.#isInGroup(info)))));
  }

  async #killFound(round: SignalRound, sent: boolean, isDone: boolean, before: readonly RunProcess[], known: Promise<readonly ProcessInfo[]>): Promise<SignalResult> {
    const chase = new Chase(this.#table, runIdOf(this.#origin.marker));
    const scan = await this.scan();
    const killed = await known;
    const found = scan.found.filter(({ owned }) => owned);
    const inGroup = found.filter((info) => this.#isInGroup(info));
    const others = found.filter((info) => !inGroup.includes(info) && !killed.some(({ pid }) => pid === info.pid));
    // Who was not there before the kill may have heirs that no list shows in time.
    const hasGrown = scan.isRestless === true || others.some((info) => !before.some(({ pid }) => pid === info.pid));
    const again = isDone ? [] : await round.send(inGroup);
    const described = this.#commands.lookUp(others);
    const reached = [...(await round.send(others)), ...(hasGrown ? await chase.go((born) => void round.send(born)) : [])];
    await described;
    this.#known = this.#known.filter((info) => !round.gone.has(info.pid));
    const done = new Set([...found, ...killed].map(({ pid }) => pid));
    const late = scan.rest?.then((rest) => round.send(rest.found.filter((info) => info.owned && !done.has(info.pid) && !(isDone && this.#isInGroup(info)))));
    const group = (sent ? [...before, ...inGroup] : [...killed, ...again]).filter((info) => this.#isInGroup(info));
    const outside = [...killed.filter((info) => !this.#isInGroup(info)), ...reached];
    return await this.#result(round, sent || group.length > 0 ? group : undefined, outside, found, scan, late);
  }

  /** @param candidates those that were meant. A group counts as reached when one of it was: so they are looked through. */
  async #result(round: SignalRound, group: readonly ProcessInfo[] | undefined, others: readonly ProcessInfo[], candidates: readonly ProcessInfo[], scan?: RunScan, late?: SignalResult["late"]): Promise<SignalResult> {
    const refused = await refusedAmong(this.#table, candidates, this.#commands);
    const failures = refused.length === 0 ? round.failures : round.failures.filter((failure) => !isRefusal(failure));
    return {
      group: group === undefined ? undefined : this.#commands.named(without(group, refused)),
      others: this.#commands.named(without(others, refused)),
      refused,
      ...(failures.length === 0 ? {} : { failures }),
      ...(scan?.problem === undefined ? {} : { problem: scan.problem }),
      ...(late === undefined ? {} : { late }),
    };
  }

  /** The run has ended: what is found from now on is listed, and not asked. */
  close(): void {
    this.#isClosed = true;
    this.#commands.clear();
  }

  /** Whether the programs that the terminal takes for its foreground are those of the leader's group; where that can be told. */
  async isForeground(): Promise<boolean> {
    const { pid } = this.#origin.leader;
    return ((await this.#table.foreground(pid)) ?? pid) === pid;
  }

  /** Whether one of the leader's group does something about SIGINT, or may. Never rejects. */
  async handlesInterrupt(): Promise<boolean> {
    return await handleInterrupt(this.#table, (await this.scan()).found.filter((info) => (this.#leaderLives() ? this.#isInGroup(info) : info.owned)));
  }

  /** The run's programs in the foreground of the terminal, and what they wait for. Never rejects. */
  async foregroundPrograms(): Promise<readonly ForegroundProgram[]> {
    const owned = (await this.scan()).found.filter((info) => info.owned);
    const member = owned.find((info) => this.#isInGroup(info));
    return member === undefined ? [] : await foregroundAmong(this.#table, owned, member.pid, this.#commands);
  }

  async #scanOnce(everywhere: boolean): Promise<RunScan> {
    const wasKept = this.#isKept();
    const { leader, since } = this.#origin;
    const pipes = this.#origin.pipes();
    const markerFile = this.#origin.markerFile?.();
    const request = { since, leaderPid: leader.pid, files: [...pipes.map(({ file }) => file), ...(markerFile === undefined ? [] : [markerFile])], everywhere, evident: (scan: Scan) => this.#attribute(scan, [], undefined).map(({ pid }) => pid) };
    const scan = await scannerOf(this.#table).scan(request);
    // The leader's end came in between: which process has its pid in this look is uncertain.
    if (wasKept !== this.#isKept()) return await this.#scanOnce(everywhere);
    const isTorn = scan.problem === undefined && !this.#isCredible(scan.tree);
    return this.#take(isTorn ? { ...scan, problem: l10n.t("the process list is not complete") } : scan, pipes, markerFile);
  }

  #take(scan: Scan, pipes: readonly RunPipe[], markerFile: FileId | undefined): RunScan {
    const found = this.#attribute(scan, pipes, markerFile);
    // Else nothing can be said of those that were known.
    if (this.#isCredible(scan.tree)) this.#remember(scan.tree, found);
    return { found, problem: scan.problem, isRestless: scan.isRestless, rest: scan.rest?.then((late) => this.#take(late, pipes, markerFile)) };
  }

  #attribute({ tree, markers, held }: Pick<Scan, "tree" | "markers" | "held">, pipes: readonly RunPipe[], markerFile: FileId | undefined): RunProcess[] {
    const id = runIdOf(this.#origin.marker);
    const marked = [...markers].filter(([, value]) => value === id).map(([pid]) => pid);
    const inherited = markerFile === undefined ? [] : [...held].filter(([, files]) => files.some(({ file }) => isSameFile(file, markerFile))).map(([pid]) => pid);
    return attribute({ tree, marked, inherited, held: heldOf(held, pipes), pipes, hasGroups: this.#table.hasGroups }, this.#identity());
  }

  #identity(): RunIdentity {
    return { leader: this.#leadership(), since: this.#origin.since, known: this.#known };
  }

  #leadership(): Leadership {
    const { pid, keeper } = this.#origin.leader;
    const numbers = keeper === undefined ? { pid } : { pid, session: keeper.pid };
    return this.#isKept() ? { kind: "unreaped", ...numbers } : { kind: "reaped", ...numbers, at: this.#releasedAt, groupOutlived: this.#groupOutlived };
  }

  /** An empty list is none. A child of ours that has not been reaped is there, if only as a zombie; on Windows it is not. */
  #isCredible(tree: ProcessTree): boolean {
    const { leader } = this.#origin;
    return this.#isKept() && this.#table.hasGroups ? tree.has((leader.keeper ?? leader).pid) : tree.all.length > 0;
  }

  /** Keeps what is owned for the next look. */
  #remember(tree: ProcessTree, found: readonly RunProcess[]): void {
    this.#known = found.filter(({ owned }) => owned);
    const sizes = new Map<number, number>();
    for (const { pgid } of this.#known) sizes.set(pgid, (sizes.get(pgid) ?? 0) + 1);
    this.#whole = new Map([...sizes].filter(([pgid, size]) => size === tree.group(pgid).filter(({ zombie }) => !zombie).length));
  }

  async #describedScan({ found, problem, rest }: RunScan, which: (info: RunProcess) => boolean): Promise<RunScan> {
    const described = await describeProcesses(this.#table, found.filter(which));
    return { found: described, problem, rest: rest?.then((late) => this.#describedScan(late, which)) };
  }

  #isInGroup({ pgid }: ProcessInfo): boolean {
    return this.#table.hasGroups && pgid === this.#origin.leader.pid;
  }

  #round(signal: NodeJS.Signals): SignalRound {
    return new SignalRound(this.#table, signal, ({ pgid }) => (this.#table.hasGroups && pgid > 1 ? this.#whole.get(pgid) : undefined));
  }

  #treeNow(): ProcessTree | undefined {
    const tree = scannerOf(this.#table).treeNow();
    return tree !== undefined && this.#isCredible(tree) ? tree : undefined;
  }

  /** With its group: a SIGSTOP can still be on its way to others of it, and SIGCONT takes that back. */
  async #continueStopped(found: readonly RunProcess[], continueGroup: boolean): Promise<void> {
    const round = this.#round("SIGCONT");
    if (continueGroup && this.#isKept()) round.try(() => this.#table.signalOwnGroup(this.#origin.leader.pid, "SIGCONT"));
    await round.send(found.filter(({ stopped }) => stopped));
  }

  #leaderLives(): boolean {
    return this.#origin.leader.state === undefined;
  }

  /** Whether the numbers of its group and session are certainly still the run's. */
  #isKept(): boolean {
    return !(this.#origin.leader.keeper?.hasEnded ?? !this.#leaderLives());
  }
}
