import { settledWithin } from "../base/deadline";
import type { Disposable } from "../base/emitter";
import { runIdOf } from "../base/marker";
import { Asked, BACKGROUND_IGNORES, backgroundJobs, keyOf, unique, without, withoutParent, type Asking, type Killing } from "./asked";
import { Chase } from "./chase";
import { checkedTable } from "./checkedTable";
import { CommandLines } from "./commandLines";
import { describeProcesses } from "./describe";
import { foregroundAmong, handleInterrupt, type ForegroundProgram } from "./foreground";
import { Membership, type Reach, type RunScan } from "./membership";
import type { Origin } from "./origin";
import type { ProcessTree } from "./processTree";
import { holdsOutput, isContained, type RunProcess } from "./runProcess";
import { refusedAmong, type RestResult, type SignalResult } from "./signalResult";
import { isRefusal, SignalRound } from "./signalRound";
import type { ProcessInfo, ProcessTable } from "./table";

/** How long one process or group may take to be looked at again before it is signalled, in milliseconds. */
const RECHECK_MS = 500;
/** How long a signal other than a kill waits for the command lines that are shown, in milliseconds. */
const COMMANDS_MS = 20;

export type { RunScan } from "./membership";
export type { Leader, Origin } from "./origin";

/**
 * The processes of one run: everything that its command has started, whatever it did to escape, as far as any evidence ties
 * it to the run. It is looked for when asked, and at no other time. Acting never waits for looking: while the leader has not
 * been reaped, its group is signalled first, before a signal method returns.
 */
export class RunProcesses {
  readonly #origin: Origin;
  readonly #table: ProcessTable;
  readonly #members: Membership;
  readonly #asked = new Asked();
  /** When Ctrl+C was typed last, in the table's time; undefined where the leader's group has no SIGINT of it that counts. */
  #interruptedAt: number | undefined;
  #presses = 0;
  readonly #commands: CommandLines;
  #isClosed = false;

  constructor(origin: Origin) {
    // 0 and 1 would address our own group and init, -1 every process there is.
    if (!Number.isSafeInteger(origin.leader.pid) || origin.leader.pid <= 1) throw new RangeError(`not a process group: ${origin.leader.pid}`);
    this.#origin = origin;
    this.#table = checkedTable(origin.table);
    this.#commands = new CommandLines(this.#table);
    this.#members = new Membership(origin);
  }

  /** Looks for all live processes of the run, its command among them. Never rejects, and takes a few seconds at most. */
  async scan(reach: Reach = "near"): Promise<RunScan> {
    return await this.#members.scan(reach);
  }

  /** As `scan`, without what went wrong. */
  async find(): Promise<readonly RunProcess[]> {
    return (await this.scan()).found;
  }

  /** See `Membership`. */
  readonly processesIn = (tree: ProcessTree): readonly RunProcess[] => this.#members.processesIn(tree);

  /** See `Membership`. */
  processesNow(): readonly RunProcess[] | undefined {
    return this.#members.processesNow();
  }

  /** See `Membership`. */
  get isEmpty(): boolean {
    return this.#members.isEmpty;
  }

  /** See `Membership`. */
  onEmpty(listener: () => void): Disposable | undefined {
    return this.#members.onEmpty(listener);
  }

  /** See `Membership`. */
  rememberNow(): boolean {
    return this.#members.rememberNow();
  }

  /** Those that outlive the command, with everything that people want to know. None while the command runs. */
  async survivors(): Promise<readonly RunProcess[]> {
    return this.#members.leaderLives() ? [] : (await this.survivorsScan()).found;
  }

  /** All that are owned, with everything that people want to know; the command too, while it lives. */
  async survivorsScan(): Promise<RunScan> {
    return await this.#describedScan(await this.scan("inside"), ({ owned }) => owned);
  }

  /** Those that hold the output, wherever they are, also when the run did not start them. */
  async holders(): Promise<RunScan> {
    const near = await this.scan("inside");
    // Windows tells nobody who has a pipe open: it may be each that the run has left.
    if (!this.#table.hasGroups) return await this.#describedScan(near, ({ owned }) => owned);
    if (near.problem !== undefined || near.found.some(holdsOutput)) return await this.#describedScan(near, holdsOutput);
    const problem = this.#origin.unseen?.();
    return problem === undefined ? await this.#describedScan(await this.scan("everywhere"), holdsOutput) : { found: [], problem, rest: undefined };
  }

  /** See `Membership`. */
  async liveness(): Promise<"alive" | "gone" | "unknown"> {
    return await this.#members.liveness();
  }

  /** Whether any process of the run lives, or may. */
  async isAlive(): Promise<boolean> {
    return (await this.liveness()) !== "gone";
  }

  /** Ctrl+C was typed. @returns tells whether the terminal has sent SIGINT to its foreground; until that is known it has not */
  interrupted(): (isSignal: boolean) => void {
    const at = this.#table.now();
    this.interruptTaken();
    const press = this.#presses;
    return (isSignal) => {
      if (press === this.#presses) this.#interruptedAt = isSignal ? at : undefined;
    };
  }

  /** What the last Ctrl+C was for is done: a SIGINT that it has made asks for nothing else. */
  interruptTaken(): void {
    this.#presses++;
    this.#interruptedAt = undefined;
  }

  /**
   * Sends the signal: to the leader's group, or to what that has in the foreground of its terminal, before this returns, then to
   * what else is found. A kill is for everything. Anything else is only for those outside of the group that have no parent in the run which may
   * pass it on; a stopped process is continued, so that it sees the signal. Never rejects.
   * @param isInterrupt it is due to a Ctrl+C: where the terminal has made a signal of that, the leader's group has got it already
   * @param isOnce there will be no `signalRest`: the leader's group gets it in any case
   */
  signal(signal: NodeJS.Signals, isInterrupt = false, isOnce = false): Promise<SignalResult> {
    return signal === "SIGKILL" ? this.#kill() : this.#ask(signal, isInterrupt ? this.#interruptedAt : undefined, isOnce);
  }

  #ask(signal: NodeJS.Signals, interruptedAt: number | undefined, isOnce: boolean): Promise<SignalResult> {
    const { pid } = this.#origin.leader;
    const groupHasIt = interruptedAt !== undefined;
    const until = interruptedAt ?? this.#table.now();
    this.rememberNow();
    const isSeen = this.#members.isSeen;
    const before = this.#members.known;
    const round = this.#round(signal);
    const tpgid = before.find((info) => info.pid === pid)?.tpgid;
    const foreground = isSeen && !groupHasIt ? before.filter((info) => info.pgid === tpgid && !this.#members.isInGroup(info)) : [];
    // As at a shell prompt: who has given the terminal to another group waits for it, or passes on what it gets itself (tini).
    const isElsewhere = foreground.length > 0 && !isOnce;
    const sent = groupHasIt || (!isElsewhere && this.#members.isKept() && round.try(() => this.#table.signalOwnGroup(pid, signal)));
    const isDone = sent || this.#members.isKept();
    const members = before.filter((info) => !isElsewhere && this.#members.isInGroup(info) && (!groupHasIt || this.#isOlder(info, until)));
    this.#asked.add([...(isSeen && isDone ? members : []), ...foreground]);
    return this.#askFound({ round, sent, isDone, before, members: isSeen ? members : undefined, groupHasIt, until, foreground: round.send(foreground) });
  }

  async #askFound({ round, sent, isDone, before, until, foreground, ...asking }: Asking): Promise<SignalResult> {
    // What could not be seen at once is asked for now.
    const isForegroundKnown = asking.members !== undefined || asking.groupHasIt;
    const looking = isForegroundKnown ? undefined : settledWithin(RECHECK_MS, () => this.#table.foreground(this.#origin.leader.pid));
    const [scan, pgid] = await Promise.all([this.scan("quick"), looking]);
    // Where not all can be seen, those that were seen before are asked too, if they are still the same.
    const unseen = scan.problem === undefined ? [] : before.filter(({ pid }) => !scan.found.some((info) => info.pid === pid));
    const found = [...scan.found.filter(({ owned }) => owned), ...unseen];
    const inGroup = found.filter((info) => this.#members.isInGroup(info));
    const then = new Set(asking.groupHasIt ? [] : before.map(keyOf));
    const members = isDone ? (asking.members ?? inGroup.filter((info) => then.has(keyOf(info)) || this.#isOlder(info, until))) : inGroup;
    const inForeground = pgid?.kind === "done" ? pgid.value : undefined;
    const others = this.#toBeAsked(found, before, inForeground);
    const reachedGroup = isDone ? members : await round.send(inGroup);
    this.#asked.add([...members, ...others]);
    // A process that ends of the signal has no command line any more.
    const described = this.#commands.lookUp(others);
    await settledWithin(COMMANDS_MS, () => described);
    const asked = this.#whileFrozen((now) => {
      const born = this.#toBeAsked(now, before, inForeground);
      this.#asked.add(born);
      return round.send([...others, ...born]);
    });
    const reached = [...(await foreground), ...(await asked)];
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

  /** Whether it was certainly there at that time. Within one tick that cannot be told: to be asked twice is better than to be killed without having been asked. */
  #isOlder({ pid, start }: ProcessInfo, time: number): boolean {
    return pid === this.#origin.leader.pid || start < time;
  }

  /** @param before those that were there when it was asked: a parent that lived then may have passed it on before it ended */
  #toBeAsked(found: readonly RunProcess[], before: readonly RunProcess[], foreground?: number): readonly RunProcess[] {
    const outside = found.filter((info) => !this.#members.isInGroup(info) && !this.#asked.has(info));
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
    const [asked, insisted] = await this.#whileFrozen((now) => {
      const born = now.filter((info) => !this.#asked.has(info));
      this.#asked.add(born);
      return Promise.all([this.#round(signal).send([...rest, ...born]), this.#round(stronger ?? signal).send(deaf)]);
    });
    await this.#continueStopped(all, false);
    await described;
    const refused = await refusedAmong(this.#table, all, this.#commands);
    return { asked: this.#commands.named(without(asked, refused)), deaf: this.#commands.named(without(insisted, refused)) };
  }

  /** Sends SIGHUP to the leader's group and to that of these programs, as a closed terminal does. Never rejects. */
  async hangUp(foreground: readonly ForegroundProgram[]): Promise<SignalResult> {
    if (this.#isClosed) return { group: undefined, others: [], refused: [] };
    const round = this.#round("SIGHUP");
    const members = this.#members.known.filter((info) => this.#members.isInGroup(info));
    const sent = this.#members.isKept() && round.try(() => this.#table.signalOwnGroup(this.#origin.leader.pid, "SIGHUP"));
    const infos = foreground.map(({ info }) => info).filter((info) => !(sent && this.#members.isInGroup(info)));
    const reached = await round.send(infos);
    await this.#continueStopped(members, false);
    const group = sent ? members : reached.filter((info) => this.#members.isInGroup(info));
    return await this.#result(round, sent || group.length > 0 ? group : undefined, reached.filter((info) => !this.#members.isInGroup(info)), [...members, ...infos]);
  }

  #kill(): Promise<SignalResult> {
    const round = this.#round("SIGKILL");
    const isKept = this.#members.isKept();
    const { container } = this.#origin;
    // Without the leader its group is known only by its members: those that are there now do not wait for the look either.
    if (!isKept || container !== undefined) this.rememberNow();
    const before = this.#members.known;
    const sent = isKept && round.try(() => this.#table.signalOwnGroup(this.#origin.leader.pid, "SIGKILL"));
    const contained = container?.kill() === true ? before.filter(isContained) : undefined;
    // A kill does not look before it acts: those that were seen before come first.
    const known = round.send(before.filter((info) => contained?.includes(info) !== true && !(isKept && this.#members.isInGroup(info))));
    return this.#killFound({ round, sent, isDone: isKept, before, contained, known });
  }

  async #killFound({ round, sent, isDone, before, contained, known }: Killing): Promise<SignalResult> {
    const chase = new Chase(this.#table, runIdOf(this.#origin.marker));
    const scan = await this.scan();
    const killed = [...(contained ?? []).filter((info) => !(isDone && this.#members.isInGroup(info))), ...(await known)];
    const found = scan.found.filter(({ owned }) => owned);
    const inGroup = found.filter((info) => this.#members.isInGroup(info));
    const others = found.filter((info) => !inGroup.includes(info) && !killed.some(({ pid }) => pid === info.pid));
    // Who was not there before the kill may have heirs that no list shows in time; but none outside of the container.
    const hasGrown = contained === undefined && (scan.isRestless === true || others.some((info) => !before.some(({ pid }) => pid === info.pid)));
    const again = isDone ? [] : await round.send(inGroup);
    const described = this.#commands.lookUp(others);
    const reached = [...(await round.send(others)), ...(hasGrown ? await chase.go((born) => void round.send(born)) : [])];
    await described;
    this.#members.forget(round.gone);
    const done = new Set([...found, ...killed].map(({ pid }) => pid));
    const late = scan.rest?.then((rest) => round.send(rest.found.filter((info) => info.owned && !done.has(info.pid) && !(isDone && this.#members.isInGroup(info)))));
    const group = (sent ? [...before, ...inGroup] : [...killed, ...again]).filter((info) => this.#members.isInGroup(info));
    const outside = [...killed.filter((info) => !this.#members.isInGroup(info)), ...reached];
    // With its container everybody's process is killed.
    if (contained !== undefined) round.failures.splice(0, Infinity, ...round.failures.filter((failure) => !isRefusal(failure)));
    const candidates = contained === undefined ? found : found.filter((info) => !isContained(info));
    return await this.#result(round, sent || group.length > 0 ? group : undefined, outside, candidates, scan, late);
  }

  /** Does it while no process of the run is born or gets away, where the run has a container. It gets those that are there then. */
  #whileFrozen<T>(act: (now: readonly RunProcess[]) => T): T {
    const { container } = this.#origin;
    if (container?.isPopulated() !== true) return act([]);
    return container.whileFrozen(() => act((this.#members.insideNow() ?? []).filter(({ owned }) => owned)));
  }

  /** @param candidates those that were meant. A group counts as reached when one of it was: so they are looked through. */
  async #result(round: SignalRound, group: readonly ProcessInfo[] | undefined, others: readonly ProcessInfo[], candidates: readonly ProcessInfo[], scan?: RunScan, late?: SignalResult["late"]): Promise<SignalResult> {
    const refused = await refusedAmong(this.#table, candidates, this.#commands);
    // What a program has started without a console is its own to end.
    const isEnough = round.isInterrupt && others.length > 0;
    const failures = isEnough ? [] : refused.length === 0 ? round.failures : round.failures.filter((failure) => !isRefusal(failure));
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
    return await handleInterrupt(this.#table, (await this.scan("quick")).found.filter((info) => (this.#members.leaderLives() ? this.#members.isInGroup(info) : info.owned)));
  }

  /** The run's programs in the foreground of the terminal, and what they wait for. Never rejects. */
  async foregroundPrograms(): Promise<readonly ForegroundProgram[]> {
    const owned = (await this.scan("quick")).found.filter((info) => info.owned);
    const member = owned.find((info) => this.#members.isInGroup(info));
    return member === undefined ? [] : await foregroundAmong(this.#table, owned, member.pid, this.#commands);
  }

  async #describedScan({ found, problem, rest }: RunScan, which: (info: RunProcess) => boolean): Promise<RunScan> {
    const described = await describeProcesses(this.#table, found.filter(which));
    return { found: described, problem, rest: rest?.then((late) => this.#describedScan(late, which)) };
  }

  #round(signal: NodeJS.Signals): SignalRound {
    return new SignalRound(this.#table, signal, this.#members.sizeOf);
  }

  /** With its group: a SIGSTOP can still be on its way to others of it, and SIGCONT takes that back. */
  async #continueStopped(found: readonly RunProcess[], continueGroup: boolean): Promise<void> {
    const round = this.#round("SIGCONT");
    if (continueGroup && this.#members.isKept()) round.try(() => this.#table.signalOwnGroup(this.#origin.leader.pid, "SIGCONT"));
    await round.send(found.filter(({ stopped }) => stopped));
  }
}
