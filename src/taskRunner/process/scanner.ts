import * as l10n from "@vscode/l10n";
import { setImmediate as nextTurn } from "node:timers/promises";
import { settledWithin } from "../base/deadline";
import { MARKER } from "../base/marker";
import { checkedTable } from "./checkedTable";
import { Candidates, ProcessTree } from "./processTree";
import type { FileId, HeldFile, ProcessInfo, ProcessTable } from "./table";

/** No look is waited for longer, in milliseconds; a look while an earlier one is still out is not likely to fare better. */
const SCAN_MS = 1000;
const SCAN_WHILE_STUCK_MS = 250;
/** At most this many looks are out at the same time; one that has not come back after this time (ms) does not count any more. */
const MOST_STUCK = 3;
const FORGET_MS = 10_000;
/** A look at the process list that comes before an act may block the event loop for so long, in milliseconds. */
const NOW_BUDGET_MS = 10;
/** Where a list at once has taken too long, the next one would as well: for so long, in milliseconds, none is tried. Many runs may be stopped in that time. */
const NOW_PAUSE_MS = 100;
/** How often newcomers are looked for at most: on a machine on which something starts all the time there are always some. */
const ROUNDS = 10;

/** What one run wants to know. */
export interface ScanRequest {
  /** When the run began, in the table's time. */
  readonly since: number;
  /** The run's command, if it is a child of ours. Our other children were not started by a run. */
  readonly leaderPid: number | undefined;
  /** The files whose holders are looked for. */
  readonly files: readonly FileId[];
  /** Looks for holders among all processes, not only among those that the run can have started. */
  readonly everywhere: boolean;
  /** The run's processes as far as they are known without the files that they hold. */
  evident(scan: Scan): Iterable<number>;
}

/** What was found; as far as it got, when there is a `problem`. */
export interface Scan {
  readonly tree: ProcessTree;
  /** The runs' ids by the pids that carry them. */
  readonly markers: ReadonlyMap<number, string>;
  readonly held: ReadonlyMap<number, readonly HeldFile[]>;
  /** Those in the container of the run, where it has one. */
  readonly contained?: ReadonlySet<number> | undefined;
  /** See `Facts`. */
  readonly isExact?: boolean;
  /** Why this is not all; undefined when it is. */
  readonly problem: string | undefined;
  /** What the look finds in the end, after all; only of one that was late. */
  readonly rest: Promise<Scan> | undefined;
  /** Whether processes came until the end, some of which may have come and gone unseen. */
  readonly isRestless: boolean;
}

interface Batch {
  readonly requests: ScanRequest[];
  readonly scan: Promise<Scan>;
}

const scanners = new WeakMap<ProcessTable, Scanner>();

/** The one scanner of a table, so that runs share their looks. */
export function scannerOf(table: ProcessTable): Scanner {
  const checked = checkedTable(table);
  const known = scanners.get(checked) ?? new Scanner(checked);
  scanners.set(checked, known);
  return known;
}

/**
 * Looks at the system for all runs together: one look serves all who ask before it begins. A look that is late or fails gives
 * what it has got, and says so; nothing waits for it longer than a second, and what it finds later is not lost.
 */
export class Scanner {
  readonly #table: ProcessTable;
  #next: Batch | undefined;
  #running: Promise<unknown> = Promise.resolve();
  /** When looks were given up waiting for that have not come back; forgotten after a while: one of them must not keep all others short for good. */
  readonly #stuck = new Set<{ readonly since: number }>();
  /** The look of this turn of the event loop; one that took too long stays for a while. */
  #now: { readonly tree: ProcessTree | undefined } | undefined;

  constructor(table: ProcessTable) {
    this.#table = table;
  }

  /** Looks at everything. Never rejects. */
  scan(request: ScanRequest): Promise<Scan> {
    if (this.#next === undefined) {
      const requests: ScanRequest[] = [];
      this.#next = { requests, scan: this.#start(requests) };
    }
    this.#next.requests.push(request);
    return this.#next.scan;
  }

  /** The process list as it is in this turn of the event loop, before this returns; undefined where that would take too long. */
  treeNow(): ProcessTree | undefined {
    if (this.#now === undefined) {
      const list = this.#table.listNow(NOW_BUDGET_MS);
      this.#now = { tree: list === undefined ? undefined : new ProcessTree(list) };
      const forget = (): void => void (this.#now = undefined);
      if (list === undefined) setTimeout(forget, NOW_PAUSE_MS).unref();
      else setImmediate(forget);
    }
    return this.#now.tree;
  }

  /** A look that has begun is too old for what is asked for now: the next one begins when it has ended. */
  async #start(requests: readonly ScanRequest[]): Promise<Scan> {
    await this.#running;
    await nextTurn();
    this.#next = undefined;
    const progress = new Progress(this.#table, requests);
    for (const look of this.#stuck) if (performance.now() - look.since > FORGET_MS) this.#stuck.delete(look);
    if (this.#stuck.size >= MOST_STUCK) return progress.scan(l10n.t("earlier looks have not come back"), undefined);
    const isShort = this.#stuck.size > 0;
    const scanning = settledWithin(isShort ? SCAN_WHILE_STUCK_MS : SCAN_MS, () => progress.run(isShort));
    this.#running = scanning;
    const settled = await scanning;
    if (settled.kind === "done") return progress.scan(undefined, undefined);
    if (settled.kind === "failed") return progress.scan(settled.error.message, undefined);
    const look = { since: performance.now() };
    this.#stuck.add(look);
    const rest = progress.done.then((problem) => {
      this.#stuck.delete(look);
      return progress.scan(problem, undefined);
    });
    return progress.scan(l10n.t("the system did not answer in time"), rest);
  }
}

/** One look, and how far it has got. */
class Progress {
  readonly #table: ProcessTable;
  readonly #requests: readonly ScanRequest[];
  #tree = new ProcessTree([]);
  readonly #markers = new Map<number, string>();
  #held: ReadonlyMap<number, readonly HeldFile[]> = new Map();
  /** Processes that could not be read in time. */
  readonly #unanswered = new Set<number>();
  #isRestless = false;
  /** Resolves with what went wrong, when it is over. */
  done: Promise<string | undefined> = Promise.resolve(undefined);

  constructor(table: ProcessTable, requests: readonly ScanRequest[]) {
    this.#table = table;
    this.#requests = requests;
  }

  /** @param isShort lists the processes only */
  run(isShort: boolean): Promise<void> {
    const running = this.#run(isShort);
    this.done = running.then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return running;
  }

  scan(problem: string | undefined, rest: Promise<Scan> | undefined): Scan {
    return { tree: this.#tree, markers: this.#markers, held: this.#held, problem: problem ?? this.#unansweredText(), rest, isRestless: this.#isRestless };
  }

  #unansweredText(): string | undefined {
    const { size } = this.#unanswered;
    if (size === 0) return undefined;
    return size === 1 ? l10n.t("a process could not be read in time") : l10n.t("{0} processes could not be read in time", size);
  }

  async #run(isShort: boolean): Promise<void> {
    if (isShort) {
      this.#tree = new ProcessTree(await this.#table.list());
      throw new Error(l10n.t("an earlier look has not come back"));
    }
    const since = Math.min(...this.#requests.map((request) => request.since));
    const leaders = new Set(this.#requests.map(({ leaderPid }) => leaderPid));
    await this.#readMarkers(since, leaders);
    await this.#readHolders(since);
  }

  /**
   * A process can start a child and end after it has been listed and before its environment is read; the child is not in the
   * list. So those that have come since are looked at too, until there are none: then every process that lived at that moment
   * has been looked at while it did.
   */
  async #readMarkers(since: number, leaders: ReadonlySet<number | undefined>): Promise<void> {
    let all = await this.#table.list();
    if (all.length === 0) throw new Error(l10n.t("the system lists no processes"));
    this.#tree = new ProcessTree(all);
    let newcomers: readonly ProcessInfo[] = all;
    for (let round = 0; round < ROUNDS; round++) {
      const candidates = new Candidates(this.#tree, since);
      const asked = newcomers.filter((info) => candidates.has(info) && (info.ppid !== process.pid || leaders.has(info.pid)));
      if (round > 0 && asked.length === 0) break;
      const markers = await this.#table.markers(asked.map(({ pid }) => pid), MARKER, this.#unanswered);
      for (const [pid, id] of markers) this.#markers.set(pid, id);
      this.#isRestless = round + 1 === ROUNDS;
      newcomers = this.#isRestless ? [] : await this.#table.newcomers(all);
      if (newcomers.length === 0) break;
      all = [...all, ...newcomers];
      this.#tree = new ProcessTree(all);
    }
  }

  async #readHolders(since: number): Promise<void> {
    const files = this.#requests.flatMap((request) => request.files);
    if (files.length === 0) return;
    const scan = this.scan(undefined, undefined);
    const pids = new Set<number>(this.#requests.flatMap((request) => [...request.evident(scan)]));
    const candidates = new Candidates(this.#tree, since);
    const everywhere = this.#requests.some((request) => request.everywhere);
    for (const info of this.#tree.all) {
      const isNear = candidates.has(info) && !candidates.isForeign(info);
      if (info.pid !== process.pid && !info.zombie && (everywhere || isNear)) pids.add(info.pid);
    }
    this.#held = new Map(await this.#table.holders([...pids], files, this.#unanswered));
  }
}
