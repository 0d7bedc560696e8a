import * as l10n from "@vscode/l10n";
import { setImmediate as nextTurn } from "node:timers/promises";
import { settledWithin } from "../base/deadline";
import { MARKER } from "../base/marker";
import { checkedTable } from "./checkedTable";
import type { Container } from "./container";
import type { Origin } from "./origin";
import { ProcessTree } from "./processTree";
import type { Scan } from "./scanner";
import type { FileId, HeldFile, ProcessInfo, ProcessTable } from "./table";

/** A list that comes before an act may block the event loop for so long, in milliseconds. */
const NOW_BUDGET_MS = 10;
/** So many processes are read between two turns of the event loop. */
const SLICE = 200;
/** What explains why a process is the run's is not waited for longer, in milliseconds. */
const SIGNS_MS = 500;
/** No list is waited for longer, in milliseconds. */
const LIST_MS = 1000;
/** Who comes while they are read is read too; so often. */
const ROUNDS = 10;

/** What a look into a container has found at once. */
export type Inside = Required<Pick<Scan, "tree" | "isExact">> & { readonly contained: ReadonlySet<number> };

export function hiddenProblem(): string {
  return l10n.t("some of its processes are hidden by hidepid");
}

/** Looks at the processes of one run by its container alone: however many others there are, nobody else is looked at. */
export class Insides {
  readonly #origin: Origin;
  readonly #table: ProcessTable;
  readonly #container: Container | undefined;
  #hasLeft = false;

  constructor(origin: Origin) {
    this.#origin = origin;
    this.#table = checkedTable(origin.table);
    this.#container = origin.container;
  }

  /**
   * Whether the container says who is the run's. Not where the command could not enter it, or has had itself moved elsewhere
   * (`systemd-run --scope`): then the signs do.
   */
  isTrusted(): boolean {
    const { leader } = this.#origin;
    if (this.#container === undefined || this.#hasLeft || !this.#container.wasEntered()) return false;
    if (leader.state === undefined && this.#container.members()?.includes(leader.pid) === false) {
      const [command] = this.#table.listNow(NOW_BUDGET_MS, [leader.pid]) ?? [];
      this.#hasLeft = command?.zombie === false;
    }
    return !this.#hasLeft;
  }

  /** The pids in it, or nothing where there is none: as a sign among others. */
  pids(): ReadonlySet<number> | undefined {
    const members = this.#container?.members();
    return members === undefined ? undefined : new Set(members);
  }

  /**
   * As it is in this moment.
   * @param known others that are the run's
   * @returns undefined where it cannot be told by the container, or not at once
   */
  now(known: readonly ProcessInfo[]): Inside | undefined {
    const contained = this.isTrusted() ? this.pids() : undefined;
    if (contained === undefined) return undefined;
    const infos = this.#table.listNow(NOW_BUDGET_MS, [...new Set([...contained, ...this.#others(known)])]);
    return infos === undefined ? undefined : { tree: new ProcessTree(infos), contained, isExact: true };
  }

  /**
   * The same, however many they are, with what explains why they are the run's.
   * @param files whose holders among them are looked for; undefined: nothing is explained
   * @returns undefined where it cannot be told by the container
   */
  async scan(known: readonly ProcessInfo[], files: readonly FileId[] | undefined): Promise<Scan | undefined> {
    await this.#container?.refresh?.();
    if (!this.isTrusted()) return undefined;
    const seen = new Map<number, ProcessInfo>();
    let contained = new Set<number>();
    let unlisted: readonly number[] = [];
    let isHidden = false;
    for (let round = 0; round < ROUNDS; round++) {
      const members = this.#container?.members();
      if (members === undefined) return undefined;
      contained = new Set(members);
      const missing = [...new Set([...members, ...(round === 0 ? this.#others(known) : [])])].filter((pid) => !seen.has(pid));
      // Who could not be listed, and is still in there, is hidden: another user's, or with hidepid one whose memory cannot be read (ssh-agent).
      const hidden = this.#table.hasGroups ? missing.filter((pid) => unlisted.includes(pid)) : [];
      isHidden = hidden.length > 0;
      if (hidden.length === missing.length) break;
      const listed = await this.#list(missing);
      if (listed === undefined) return undefined;
      for (const info of listed) seen.set(info.pid, info);
      unlisted = members.filter((pid) => !seen.has(pid));
    }
    const tree = new ProcessTree([...seen.values()]);
    const problem = isHidden ? hiddenProblem() : undefined;
    const scan: Scan = { tree, contained, isExact: true, markers: new Map(), held: new Map(), problem, rest: undefined, isRestless: false };
    return files === undefined ? scan : { ...scan, ...(await this.#signs([...contained], files)) };
  }

  /** Which of them carry a marker, and which have these files. */
  async #signs(pids: readonly number[], files: readonly FileId[]): Promise<Pick<Scan, "markers" | "held">> {
    const [markers, held] = await Promise.all([
      settledWithin(SIGNS_MS, () => this.#table.markers(pids, MARKER)),
      settledWithin(SIGNS_MS, () => this.#table.holders(pids, files)),
    ]);
    return { markers: markers.kind === "done" ? markers.value : new Map<number, string>(), held: held.kind === "done" ? held.value : new Map<number, readonly HeldFile[]>() };
  }

  /** What has to be seen besides: the command, which may be a zombie, what keeps its numbers, ourselves, and those that were moved out. */
  #others(known: readonly ProcessInfo[]): number[] {
    const { leader } = this.#origin;
    return [process.pid, leader.pid, ...(leader.keeper === undefined ? [] : [leader.keeper.pid]), ...known.map(({ pid }) => pid)];
  }

  /** @returns undefined where they cannot be listed in time */
  async #list(pids: readonly number[]): Promise<readonly ProcessInfo[] | undefined> {
    const found: ProcessInfo[] = [];
    for (let at = 0; at < pids.length; at += SLICE) {
      if (at > 0) await nextTurn();
      const listed = this.#table.listNow(Infinity, pids.slice(at, at + SLICE));
      if (listed === undefined) return await this.#listAmongAll(pids);
      found.push(...listed);
    }
    return found;
  }

  /** Where nothing is told at once, all of them are listed. */
  async #listAmongAll(pids: readonly number[]): Promise<readonly ProcessInfo[] | undefined> {
    const all = await settledWithin(LIST_MS, () => this.#table.list());
    return all.kind === "done" ? all.value.filter(({ pid }) => pids.includes(pid)) : undefined;
  }
}
