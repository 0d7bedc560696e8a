import * as l10n from "@vscode/l10n";
import { isStillAlive, type ProcessInfo, type ProcessTable } from "../table";
import { isBoolean, isConsoleHost, isPorts, isReached, isRows, isTexts, type Request, type Row } from "./protocol";
import type { WindowsHelper } from "./windowsHelper";

/** The clock of creation times may tick so slowly, in milliseconds. */
const TICK_MS = 16;

/**
 * The process table of Windows by the helper, as soon as and as long as that runs; else by the tools. SIGINT and SIGTERM are a Ctrl+C for
 * all that share the process's console: whoever is meant in the same moment gets it once.
 */
export function helperTable(helper: WindowsHelper, tools: ProcessTable): ProcessTable {
  const isThere = (): boolean => helper.isReady;
  const interrupts = new Interrupts(helper);
  const orTools = async <T>(byHelper: () => Promise<T>, byTools: () => Promise<T>): Promise<T> => {
    if (!isThere()) return await byTools();
    return await byHelper().catch((error: unknown) => {
      // It may have died of that question.
      if (isThere()) throw error;
      return byTools();
    });
  };
  const texts = async (request: Request): Promise<ReadonlyMap<number, string>> => new Map(await helper.ask(request, isTexts));
  // A console's host lives as long as the console's programs: it is none of what a run has started.
  const list = async (): Promise<ProcessInfo[]> => (await helper.ask({ op: "list" }, isRows)).filter(([, , , name]) => !isConsoleHost(name)).map(infoOf);
  const describe = async (processes: readonly ProcessInfo[]): Promise<ProcessInfo[]> => {
    const pids = processes.map(({ pid }) => pid);
    const [now, lines] = await Promise.all([list(), texts({ op: "describe", pids })]);
    return alive(now, processes).map((info) => ({ ...info, command: lines.get(info.pid)?.trim() || info.name }));
  };
  const ports = async (): Promise<ReadonlyMap<number, readonly number[]>> => new Map(await helper.ask({ op: "ports" }, isPorts));
  return {
    ...tools,
    async prepare() {
      await helper.start();
    },
    now: () => Date.now() - TICK_MS,
    tickMs: TICK_MS,
    // Of those that are in a job it is known all the time who they are, and that they live.
    listNow: (_budget, pids) => (helper.isReady && pids !== undefined ? pids.flatMap((pid) => infosOf(helper.inJob(pid))) : undefined),
    list: () => orTools(list, () => tools.list()),
    read: (pid) => orTools(async () => (await describe((await list()).filter((info) => info.pid === pid)))[0], () => tools.read(pid)),
    alive: (processes) => orTools(async () => (processes.length === 0 ? [] : alive(await list(), processes)), () => tools.alive(processes)),
    describe: (processes) => orTools(() => describe(processes), () => tools.describe(processes)),
    markers: (pids, variable) => orTools(() => texts({ op: "markers", pids, variable }), () => tools.markers(pids, variable)),
    ports: (pids) => orTools(async () => new Map([...(await ports())].filter(([pid]) => pids.includes(pid))), () => tools.ports(pids)),
    listeners: (wanted) =>
      orTools(
        async () => [...(await ports())].flatMap(([pid, all]) => all.filter((port) => wanted.includes(port)).map((port) => ({ port, pid, user: undefined }))),
        () => tools.listeners(wanted),
      ),
    signal: (info, signal) =>
      orTools(
        async () => {
          if (signal === "SIGKILL") return await helper.ask({ op: "terminate", pid: info.pid, start: info.start }, isBoolean);
          if (signal !== "SIGINT" && signal !== "SIGTERM") throw new Error(`Windows has no ${signal}`);
          return await interrupts.send(info);
        },
        () => tools.signal(info, signal),
      ),
    async signalGroup(members, signal) {
      const reached = await Promise.all(members.map((member) => this.signal(member, signal)));
      return reached.includes(true);
    },
  };
}

/** Ctrl+C goes to consoles, and not to processes: what is asked for in one turn of the event loop is one. */
class Interrupts {
  readonly #helper: WindowsHelper;
  #next: { readonly infos: ProcessInfo[]; readonly reached: Promise<ReadonlyMap<number, boolean>> } | undefined;

  constructor(helper: WindowsHelper) {
    this.#helper = helper;
  }

  /** @returns whether it was there @throws Error when it was, and has not been reached */
  async send(info: ProcessInfo): Promise<boolean> {
    if (this.#next === undefined) {
      const infos: ProcessInfo[] = [];
      this.#next = { infos, reached: Promise.resolve().then(() => this.#send(infos)) };
    }
    const { infos, reached } = this.#next;
    infos.push(info);
    const isReached = (await reached).get(info.pid);
    if (isReached === false) throw new Error(l10n.t("it has no console that a Ctrl+C could be sent to"));
    return isReached === true;
  }

  async #send(infos: readonly ProcessInfo[]): Promise<ReadonlyMap<number, boolean>> {
    this.#next = undefined;
    return new Map(await this.#helper.ask({ op: "interrupt", processes: infos.map(({ pid, start }) => [pid, start] as const) }, isReached));
  }
}

function alive(now: readonly ProcessInfo[], before: readonly ProcessInfo[]): ProcessInfo[] {
  const byPid = new Map(now.map((info) => [info.pid, info]));
  return before.flatMap((info) => {
    const found = byPid.get(info.pid);
    return found !== undefined && isStillAlive(found, info) ? [found] : [];
  });
}

function infosOf(row: Row | undefined): ProcessInfo[] {
  return row === undefined ? [] : [infoOf(row)];
}

function infoOf([pid, ppid, start, name]: Row): ProcessInfo {
  return { pid, ppid, pgid: 0, sid: undefined, zombie: false, stopped: false, start, name, command: name };
}
