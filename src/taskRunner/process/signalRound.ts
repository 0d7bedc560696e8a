import { settledWithin } from "../base/deadline";
import { systemCode, toError } from "../base/errors";
import type { ProcessInfo, ProcessTable } from "./table";

/** How long one process or group may take to be looked at again before it is signalled, in milliseconds. */
const RECHECK_MS = 500;
/** On Windows a Ctrl+C is sent by a process of its own, which has to be started, in milliseconds. */
const INTERRUPT_MS = 4000;

/** One signal on its way to many, group by group. A process or group that cannot be signalled does not shield the others. */
export class SignalRound {
  readonly failures: Error[] = [];
  /** The pids of those that were not there any more. */
  readonly gone = new Set<number>();

  /** @param sizeOf how many live members the process's group has, where all of them are owned; else undefined */
  constructor(
    readonly table: ProcessTable,
    readonly signal: NodeJS.Signals,
    readonly sizeOf: (info: ProcessInfo) => number | undefined,
  ) {}

  /** Whether it is one of those that Windows has only a Ctrl+C for. */
  get isInterrupt(): boolean {
    return !this.table.hasGroups && this.signal !== "SIGKILL";
  }

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

  /** Those of a group that is meant as a whole together, so that none of them can fork in between; others each alone. */
  #byGroup(infos: readonly ProcessInfo[]): ProcessInfo[][] {
    const groups = new Map<number, ProcessInfo[]>();
    for (const info of infos) groups.set(info.pgid, [...(groups.get(info.pgid) ?? []), info]);
    return [...groups.values()].flatMap((members) => (this.#isWhole(members) ? [members] : members.map((info) => [info])));
  }

  /** To be killed or continued harms none of a group that has to be anyway; anything else is for those that it is meant for. */
  #isWhole(members: readonly ProcessInfo[]): boolean {
    const size = members[0] === undefined ? undefined : this.sizeOf(members[0]);
    return size !== undefined && (this.signal === "SIGKILL" || this.signal === "SIGCONT" || members.length >= size);
  }

  async #sendTogether(members: readonly ProcessInfo[]): Promise<readonly ProcessInfo[]> {
    if (this.#isWhole(members)) {
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
    const result = await settledWithin(this.isInterrupt ? INTERRUPT_MS : RECHECK_MS, send);
    if (result.kind === "failed") this.failures.push(result.error);
    if (result.kind === "failed") return "refused";
    return result.kind === "late" || result.value ? "reached" : "gone";
  }
}

/** Whether the system has refused it because of whose process it is. */
export function isRefusal(error: Error): boolean {
  return systemCode(error) === "EPERM";
}
