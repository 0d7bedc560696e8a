import type { Clock, Timer } from "../base/clock";
import { settledWithin } from "../base/deadline";
import { ProcessTree } from "../process/processTree";
import type { ProcessInfo, ProcessTable } from "../process/table";
import type { ProcessUsage } from "../process/usage";
import type { Inside, Run } from "./run";

const EVERY_MS = 2000;
/** A look that takes longer is given up. */
const LOOK_MS = 1500;

/** What all processes of a run use. */
export interface RunUsage {
  /** Of one processor, in percent, since the last look; undefined at the first one. */
  readonly cpuPercent: number | undefined;
  readonly memoryBytes: number;
  readonly processes: number;
}

export interface UsageSamplerOptions {
  readonly table: ProcessTable;
  readonly clock: Clock;
  readonly usageOf: (processes: readonly ProcessInfo[]) => Promise<ReadonlyMap<number, ProcessUsage>>;
  readonly runs: () => readonly Run[];
  readonly told: () => void;
}

interface Seen {
  readonly at: number;
  /** CPU time of all of them, also of those that have ended, where the run's container counts it. */
  readonly cpuMs?: number;
  /** CPU time of each process, by pid and start. */
  readonly cpu: ReadonlyMap<string, number>;
}

/** Looks every two seconds, once for all live runs, what they use: only while somebody wants to see it, and a run is live. */
export class UsageSampler {
  readonly #options: UsageSamplerOptions;
  #usage: ReadonlyMap<string, RunUsage> = new Map();
  readonly #seen = new Map<string, Seen>();
  #timer: Timer | undefined;
  #isWanted = false;
  #isLooking = false;

  constructor(options: UsageSamplerOptions) {
    this.#options = options;
  }

  /** By the runs' ids, as it was seen last. */
  get usage(): ReadonlyMap<string, RunUsage> {
    return this.#usage;
  }

  /** To be told whenever that may have changed, and when runs come and go. */
  update(isWanted: boolean): void {
    this.#isWanted = isWanted && this.#live().length > 0;
    if (this.#isWanted) {
      if (this.#timer === undefined && !this.#isLooking) void this.#look();
      return;
    }
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#usage = new Map();
    this.#seen.clear();
  }

  dispose(): void {
    this.update(false);
  }

  #live(): readonly Run[] {
    return this.#options.runs().filter((run) => run.state.kind !== "ended" && run.state.kind !== "waiting" && "processesIn" in run);
  }

  async #look(): Promise<void> {
    const { clock, told } = this.#options;
    this.#isLooking = true;
    const seen = await settledWithin(LOOK_MS, () => this.#usageNow());
    this.#isLooking = false;
    if (!this.#isWanted) return;
    if (seen.kind === "done") this.#usage = seen.value;
    this.#timer = clock.after(EVERY_MS, () => {
      this.#timer = undefined;
      this.update(this.#isWanted);
    });
    told();
  }

  async #usageNow(): Promise<ReadonlyMap<string, RunUsage>> {
    const { table, clock, usageOf } = this.#options;
    const live = this.#live().map((run) => ({ run, inside: run.inside?.() }));
    // Not looked for where every run has a container.
    const tree = live.every(({ inside }) => inside !== undefined) ? undefined : new ProcessTree(await table.list());
    const runs = live.map(({ run, inside }) => ({ run, inside, processes: inside?.processes ?? (tree === undefined ? [] : (run.processesIn?.(tree) ?? [])) }));
    const used = await usageOf(runs.flatMap(({ inside, processes }) => (inside?.usage.memoryBytes === undefined ? processes : [])));
    const at = clock.now();
    return new Map(runs.flatMap(({ run, inside, processes }) => {
      const usage = inside === undefined ? this.#add(run.id, at, processes, used) : this.#addInside(run.id, at, inside, used);
      return usage === undefined ? [] : [[run.id, usage] as const];
    }));
  }

  #addInside(id: string, at: number, { processes, usage }: Inside, used: ReadonlyMap<number, ProcessUsage>): RunUsage | undefined {
    const before = this.#seen.get(id);
    this.#seen.set(id, { at, cpu: new Map(), cpuMs: usage.cpuMs });
    if (processes.length === 0) return undefined;
    const cpuPercent = before?.cpuMs === undefined || at <= before.at ? undefined : (Math.max(0, usage.cpuMs - before.cpuMs) / (at - before.at)) * 100;
    return { cpuPercent, memoryBytes: usage.memoryBytes ?? processes.reduce((sum, { pid }) => sum + (used.get(pid)?.memoryBytes ?? 0), 0), processes: processes.length };
  }

  #add(id: string, at: number, processes: readonly ProcessInfo[], used: ReadonlyMap<number, ProcessUsage>): RunUsage | undefined {
    const seen = this.#seen.get(id);
    const before = seen?.cpuMs === undefined ? seen : undefined;
    const cpu = new Map<string, number>();
    let [spent, memoryBytes] = [0, 0];
    for (const { pid, start } of processes) {
      const usage = used.get(pid);
      if (usage === undefined) continue;
      const key = `${pid}/${start}`;
      cpu.set(key, usage.cpuMs);
      spent += Math.max(0, usage.cpuMs - (before?.cpu.get(key) ?? 0));
      memoryBytes += usage.memoryBytes;
    }
    this.#seen.set(id, { at, cpu });
    if (cpu.size === 0) return undefined;
    const cpuPercent = before === undefined || at <= before.at ? undefined : (spent / (at - before.at)) * 100;
    return { cpuPercent, memoryBytes, processes: cpu.size };
  }
}
