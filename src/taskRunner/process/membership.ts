import * as l10n from "@vscode/l10n";
import { setTimeout } from "node:timers/promises";
import { settledWithin } from "../base/deadline";
import type { Disposable } from "../base/emitter";
import { runIdOf } from "../base/marker";
import { attribute, type Leadership, type RunIdentity } from "./attribution";
import { checkedTable } from "./checkedTable";
import { Insides } from "./insides";
import type { Origin } from "./origin";
import type { ProcessTree } from "./processTree";
import { heldOf, type RunPipe, type RunProcess } from "./runProcess";
import { scannerOf, type Scan } from "./scanner";
import { isSameFile, type FileId, type ProcessInfo, type ProcessTable } from "./table";

/** How long those that were seen before may take to be looked at again, in milliseconds. */
const RECHECK_MS = 500;

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
  /** Whether all were listed, a zombie in the leader's group among them: with none that lives, that is why the group exists. */
  readonly hasZombie?: boolean;
}

/**
 * Where is looked: in the run's container alone, as far as it has one, "inside" with what explains why its processes are the run's;
 * among all that the run can have started; or among all processes there are.
 */
export type Reach = "quick" | "inside" | "near" | "everywhere";

/** Which processes are the run's, as far as looks have found them. What acts on them is in RunProcesses. */
export class Membership {
  readonly #origin: Origin;
  readonly #table: ProcessTable;
  readonly #insides: Insides;
  #known: readonly RunProcess[] = [];
  /** The groups in which every process is owned, and how many those are. */
  #whole: ReadonlyMap<number, number> = new Map();
  #releasedAt = Infinity;
  #groupOutlived = true;
  #isSeen = false;

  constructor(origin: Origin) {
    this.#origin = origin;
    this.#table = checkedTable(origin.table);
    this.#insides = new Insides(origin);
    void (origin.leader.keeper?.ended ?? origin.leader.wait()).then(() => {
      this.#releasedAt = origin.table.now();
      // Asked in the moment in which its number becomes free: a group of that number that is formed later is foreign.
      this.#groupOutlived = origin.table.groupExists(origin.leader.pid);
    });
  }

  /** Those that were certainly owned when they were last seen. */
  get known(): readonly RunProcess[] {
    return this.#known;
  }

  /** How many are in this group; undefined where not all of them are owned. */
  readonly sizeOf = ({ pgid }: ProcessInfo): number | undefined => (this.#table.hasGroups && pgid > 1 ? this.#whole.get(pgid) : undefined);

  /** Looks for all live processes of the run, its command among them. Never rejects, and takes a few seconds at most. */
  async scan(reach: Reach): Promise<RunScan> {
    const at = this.#table.now();
    const first = await this.#scanOnce(reach);
    if (reach === "quick" || first.problem !== undefined || !first.found.some(({ start, owned }) => owned && start >= at)) return first;
    // Within the tick in which it started, a process cannot be told from another one that gets its pid next. One tick later it can.
    await setTimeout(this.#table.tickMs);
    return await this.#scanOnce(reach);
  }

  /** Those in the run's container in this moment, as they are then known; undefined where that cannot be told at once. */
  insideNow(): readonly RunProcess[] | undefined {
    const inside = this.#insides.now(this.#known);
    if (inside === undefined || !this.#isCredible(inside)) return undefined;
    const found = this.#attribute({ ...inside, markers: new Map(), held: new Map() }, [], undefined);
    this.#remember(inside.tree, found);
    return found;
  }

  /** The run's processes in a process list, as far as that alone shows them: cheap enough to be asked again and again. Remembers nothing. */
  processesIn(tree: ProcessTree): readonly RunProcess[] {
    if (!this.#isCredible({ tree })) return [];
    return this.#attribute({ tree, markers: new Map(), held: new Map() }, [], undefined).filter(({ owned }) => owned);
  }

  /**
   * Remembers those that only the death of their parent would make untraceable, as far as that can be done at once.
   * @returns false when the leader has died and is alone: nothing is left to be signalled
   */
  rememberNow(): boolean {
    const inside = this.insideNow();
    this.#isSeen = inside !== undefined;
    if (inside !== undefined) return inside.length > 0 || !this.leaderLives();
    // What takes too long for the few in there would do so for all.
    if (this.#insides.isTrusted()) return true;
    const tree = this.#treeNow();
    if (tree === undefined) return true;
    this.#isSeen = true;
    const found = this.#attribute({ tree, markers: new Map(), held: new Map() }, [], undefined);
    this.#remember(tree, found);
    return found.length > 0 || !this.leaderLives() || tree.get(this.#origin.leader.pid)?.zombie !== true;
  }

  /** Whether the last `rememberNow` could see them. */
  get isSeen(): boolean {
    return this.#isSeen;
  }

  /** Whether any process of the run lives; "unknown" when one may, and nothing can be seen. */
  async liveness(): Promise<"alive" | "gone" | "unknown"> {
    if (this.leaderLives()) return "alive";
    // No other process has to be looked at for that.
    const isContained = this.#insides.isTrusted();
    if (isContained && this.#origin.container?.isPopulated() === true) return "alive";
    // Cheaper than looking through all processes: ask for those that were seen before.
    const alive = await settledWithin(RECHECK_MS, () => this.#table.alive(this.#known));
    if (alive.kind === "done" && alive.value.length > 0) return "alive";
    if (isContained && alive.kind === "done") return "gone";
    const { found, problem, hasZombie } = await this.scan("near");
    if (found.some(({ owned }) => owned)) return "alive";
    if (problem === undefined) return "gone";
    const mayHaveEscaped = alive.kind !== "done" && this.#known.some((info) => !this.isInGroup(info));
    // A zombie, as the one that a keeper has in it, is enough for a group to exist.
    const mayBeInGroup = hasZombie !== true && this.#groupOutlived && this.#table.groupExists(this.#origin.leader.pid);
    return mayHaveEscaped || mayBeInGroup ? "unknown" : "gone";
  }

  /** Its processes in this moment, where its container tells them. Remembers nothing. */
  processesNow(): readonly RunProcess[] | undefined {
    const inside = this.#insides.now([]);
    return inside === undefined ? undefined : this.#attribute({ ...inside, markers: new Map(), held: new Map() }, [], undefined).filter(({ owned }) => owned);
  }

  /**
   * Told when the last process in the run's container has ended.
   * @returns undefined where that has to be looked at: without a container, or when only others are left
   */
  onEmpty(listener: () => void): Disposable | undefined {
    const { container } = this.#origin;
    if (container === undefined || !this.#insides.isTrusted()) return undefined;
    const listening = container.onEmpty(listener);
    // It may have happened before.
    if (container.isPopulated() === true) return listening;
    listening?.dispose();
    return undefined;
  }

  /** Whether certainly none of the run's processes lives, by its container. */
  get isEmpty(): boolean {
    return this.#insides.isTrusted() && this.#origin.container?.isPopulated() === false;
  }

  /** These are not there any more. */
  forget(pids: ReadonlySet<number>): void {
    this.#known = this.#known.filter((info) => !pids.has(info.pid));
  }

  isInGroup({ pgid }: ProcessInfo): boolean {
    return this.#table.hasGroups && pgid === this.#origin.leader.pid;
  }

  leaderLives(): boolean {
    return this.#origin.leader.state === undefined;
  }

  /** Whether the numbers of its group and session are certainly still the run's. */
  isKept(): boolean {
    return !(this.#origin.leader.keeper?.hasEnded ?? !this.leaderLives());
  }

  async #scanOnce(reach: Reach): Promise<RunScan> {
    const wasKept = this.isKept();
    const pipes = this.#origin.pipes();
    const markerFile = this.#origin.markerFile?.();
    const scan = await this.#look(reach, pipes, markerFile);
    // The leader's end came in between: which process has its pid in this look is uncertain.
    if (wasKept !== this.isKept()) return await this.#scanOnce(reach);
    const isTorn = scan.problem === undefined && !this.#isCredible(scan);
    return this.#take(isTorn ? { ...scan, problem: l10n.t("the process list is not complete") } : scan, pipes, markerFile);
  }

  async #look(reach: Reach, pipes: readonly RunPipe[], markerFile: FileId | undefined): Promise<Scan> {
    const files = [...pipes.map(({ file }) => file), ...(markerFile === undefined ? [] : [markerFile])];
    const isInside = reach === "quick" || reach === "inside";
    const inside = isInside ? await this.#insides.scan(this.#known, reach === "quick" ? undefined : files) : undefined;
    if (inside !== undefined) return inside;
    const { leader, since } = this.#origin;
    return await scannerOf(this.#table).scan({ since, leaderPid: leader.pid, files, everywhere: reach === "everywhere", evident: (scan) => this.#attribute(scan, [], undefined).map(({ pid }) => pid) });
  }

  #take(scan: Scan, pipes: readonly RunPipe[], markerFile: FileId | undefined): RunScan {
    const found = this.#attribute(scan, pipes, markerFile);
    const isListed = this.#isCredible(scan);
    // Else nothing can be said of those that were known.
    if (isListed) this.#remember(scan.tree, found);
    const hasZombie = isListed && scan.tree.group(this.#origin.leader.pid).some(({ zombie }) => zombie);
    return { found, problem: scan.problem, isRestless: scan.isRestless, hasZombie, rest: scan.rest?.then((late) => this.#take(late, pipes, markerFile)) };
  }

  #attribute({ tree, markers, held, contained, isExact }: Pick<Scan, "tree" | "markers" | "held" | "contained" | "isExact">, pipes: readonly RunPipe[], markerFile: FileId | undefined): RunProcess[] {
    const id = runIdOf(this.#origin.marker);
    const marked = [...markers].filter(([, value]) => value === id).map(([pid]) => pid);
    const inherited = markerFile === undefined ? [] : [...held].filter(([, files]) => files.some(({ file }) => isSameFile(file, markerFile))).map(([pid]) => pid);
    const inside = contained ?? this.#insides.pids();
    const facts = { tree, marked, inherited, contained: inside, isExact: isExact ?? this.#insides.isTrusted(), held: heldOf(held, pipes), pipes, hasGroups: this.#table.hasGroups };
    return attribute(facts, this.#identity());
  }

  #identity(): RunIdentity {
    return { leader: this.#leadership(), since: this.#origin.since, known: this.#known };
  }

  #leadership(): Leadership {
    const { pid, keeper } = this.#origin.leader;
    const numbers = keeper === undefined ? { pid } : { pid, session: keeper.pid };
    return this.isKept() ? { kind: "unreaped", ...numbers } : { kind: "reaped", ...numbers, at: this.#releasedAt, groupOutlived: this.#groupOutlived };
  }

  /**
   * An empty list is none, but of a container, which may be empty. A child of ours that has not been reaped is there, if only as a
   * zombie; on Windows it is not.
   */
  #isCredible({ tree, isExact }: Pick<Scan, "tree" | "isExact">): boolean {
    const { leader } = this.#origin;
    return this.isKept() && this.#table.hasGroups ? tree.has((leader.keeper ?? leader).pid) : isExact === true || tree.all.length > 0;
  }

  /** Keeps what is owned for the next look. */
  #remember(tree: ProcessTree, found: readonly RunProcess[]): void {
    this.#known = found.filter(({ owned }) => owned);
    const sizes = new Map<number, number>();
    for (const { pgid } of this.#known) sizes.set(pgid, (sizes.get(pgid) ?? 0) + 1);
    this.#whole = new Map([...sizes].filter(([pgid, size]) => size === tree.group(pgid).filter(({ zombie }) => !zombie).length));
  }

  #treeNow(): ProcessTree | undefined {
    const tree = scannerOf(this.#table).treeNow();
    return tree !== undefined && this.#isCredible({ tree }) ? tree : undefined;
  }
}
