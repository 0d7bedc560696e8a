import { stripVTControlCharacters } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { aborted } from "../base/aborted";
import { settledWithin } from "../base/deadline";
import { checkedTable } from "../process/checkedTable";
import { portHolders, type PortHolder } from "../process/portHolders";
import type { ProcessInfo, ProcessTable } from "../process/table";
import type { RunDefinition } from "../task/definition";
import { portsInUse } from "./addressInUse";
import { TailBuffer } from "./tailBuffer";
import { isStoppable } from "./heldPort";
import { isAskedToStop, type Run } from "./run";
import type { EndCause, HeldPort, Outcome, RunEvent } from "./state";

/** So much of the end of an output is looked through for why its command has failed, in bytes. */
const TAIL_BYTES = 16_384;

/** How long what holds a port may take to obey, in milliseconds, before it is killed, and how often the port is looked at. */
const OBEY_MS = 5000;
const DEATH_MS = 1000;
const POLL_MS = 50;
/** One signal waits for no longer, in milliseconds. */
const SIGNAL_MS = 1000;
/** While the user is asked about held ports, it is looked so often whether they are free by now, in milliseconds. */
const ASKING_POLL_MS = 500;

/** What the user wants of a task whose ports are held: to stop who holds them, to start it all the same, or not to. */
export type PortsAnswer = "stop" | "start" | "cancel";

/** Asks the user; `over` is aborted when no answer is needed any more. */
export type AskAboutPorts = (held: readonly HeldPort[], over: AbortSignal) => Promise<PortsAnswer>;

/** Who is to be stopped, and the ports because of which. */
interface Holder {
  readonly run?: Run;
  readonly process?: ProcessInfo | undefined;
  readonly ports: readonly number[];
}

export interface PortGuardOptions {
  readonly table: ProcessTable;
  /** A run of this window or of another one, or one that an earlier window has left, by its id. */
  readonly findRun: (id: string) => Run | undefined;
  /** Asks the user. Absent: the task is started. */
  readonly ask: AskAboutPorts | undefined;
  readonly emit: (event: RunEvent) => void;
}

/** Looks whether the ports of a task are free before it starts, and says by whom they are held; also where it has failed because they were not. */
export class PortGuard {
  readonly #options: PortGuardOptions;
  /** For a failure that needs an explanation. */
  readonly #tail = new TailBuffer(TAIL_BYTES);

  #cause: EndCause | undefined;

  constructor(options: PortGuardOptions) {
    this.#options = options;
  }

  /** Why the run was not started, or has failed, where ports are the reason. */
  get causes(): { readonly causes?: readonly EndCause[] } {
    return this.#cause === undefined ? {} : { causes: [this.#cause] };
  }

  /**
   * Resolves when the ports are free, or the user does not mind. Nothing is asked where nobody holds them.
   * @param changed told which are held while the user is asked, and [] when that is over
   * @returns "cancel" when the task is not to be started
   */
  async clear(definition: RunDefinition, signal: AbortSignal, changed: (held: readonly HeldPort[]) => void): Promise<"start" | "cancel"> {
    const { ask, emit } = this.#options;
    const ports = portsOf(definition);
    for (;;) {
      // A look can take long, and a stop does not wait for it.
      const held = await Promise.race([this.heldPorts(ports), aborted(signal).then(() => undefined)]);
      if (signal.aborted) return "cancel";
      if (held?.length === 0) return "start";
      if (held === undefined) {
        emit({ kind: "portsUnknown", ports });
        return "start";
      }
      emit({ kind: "portsHeld", held, isAsked: ask !== undefined });
      if (ask === undefined) return "start";
      changed(held);
      const answer = await this.#answer(ask, held, signal);
      if (answer === "stop") {
        emit({ kind: "stoppingHolders", held });
        await Promise.race([Promise.all(this.#holders(held).map((one) => this.#stop(one))), aborted(signal)]);
      }
      changed([]);
      if (answer === "cancel") this.#cause = { kind: "portsHeld", held };
      if (answer !== "stop") return answer;
    }
  }

  /** The user's answer; "cancel" when the run is stopped, and "start" when the ports have become free, before there is one. */
  async #answer(ask: AskAboutPorts, held: readonly HeldPort[], signal: AbortSignal): Promise<PortsAnswer> {
    const over = new AbortController();
    const ports = held.map(({ port }) => port);
    try {
      return await Promise.race([
        ask(held, over.signal),
        aborted(signal).then(() => "cancel" as const),
        this.#untilFree(ports, over.signal).then(() => "start" as const),
      ]);
    } finally {
      over.abort();
    }
  }

  async #untilFree(ports: readonly number[], over: AbortSignal): Promise<void> {
    let held: readonly HeldPort[] | undefined;
    do {
      await sleep(ASKING_POLL_MS, undefined, { signal: over, ref: false }).catch(() => undefined);
      if (over.aborted) return;
      held = await this.heldPorts(ports);
    } while (held?.length !== 0);
  }

  /** The command has written this. */
  wrote(chunk: Uint8Array): void {
    this.#tail.add(chunk);
  }

  /** Says who holds the port that a failed command has not got. */
  async explain(outcome: Outcome, definition: RunDefinition): Promise<void> {
    const named = outcome.kind === "exited" && outcome.stop === undefined ? portsInUse(stripVTControlCharacters(this.#tail.bytes.toString()).split(/\r\n|\n|\r/)) : undefined;
    if (named === undefined) return;
    const ports = named.length > 0 ? named : portsOf(definition);
    const inUse = { kind: "addressInUse", ports, held: (await this.heldPorts(ports)) ?? [] } as const;
    this.#cause = inUse;
    this.#options.emit(inUse);
  }

  /** Who holds these ports now; undefined where that cannot be seen. Never rejects. */
  async heldPorts(ports: readonly number[]): Promise<readonly HeldPort[] | undefined> {
    return (await portHolders(this.#options.table, ports))?.map((holder) => ({ ...holder, owner: this.#ownerOf(holder) }));
  }

  #ownerOf({ runId }: PortHolder): HeldPort["owner"] {
    if (runId === undefined) return undefined;
    const run = this.#options.findRun(runId);
    if (run === undefined) return { kind: "elsewhere" };
    if (run.isElsewhere === true) return { kind: "elsewhere", label: run.label };
    if (run.state.kind !== "ended") return { kind: "running", label: run.label };
    return { kind: run.state.outcome.kind === "lost" ? "orphaned" : "ended", label: run.label };
  }

  /** The ports by who is to be stopped for them: whoever is asked for each of several takes the second request for a kill. */
  #holders(held: readonly HeldPort[]): readonly Holder[] {
    const holders = new Map<unknown, Holder>();
    for (const one of held) {
      const run = one.runId === undefined ? undefined : this.#options.findRun(one.runId);
      const live = run?.state.kind === "ended" ? undefined : run;
      if (live === undefined && !isStoppable(one)) continue;
      const key = live ?? `${one.process?.pid}/${one.process?.start}`;
      const ports = [...(holders.get(key)?.ports ?? []), one.port];
      holders.set(key, live === undefined ? { process: one.process, ports } : { run: live, ports });
    }
    return [...holders.values()];
  }

  /** A run is stopped as Stop does it. Anything else gets SIGTERM, and is killed when it has not left the ports after a while. */
  async #stop({ run, process, ports }: Holder): Promise<void> {
    if (run !== undefined) {
      // A second Stop would kill it. Another window may not take it, or be gone: whether the port is free is looked at again in any case.
      await (isAskedToStop(run.state) ? run.ended : run.stop()).catch(() => undefined);
      return;
    }
    if (process === undefined) return;
    await this.#signal(process, ports, "SIGTERM");
    if (await this.#isLeft(process, ports, OBEY_MS)) return;
    await this.#signal(process, ports, "SIGKILL");
    await this.#isLeft(process, ports, DEATH_MS);
  }

  /** Only who still listens there: its pid may have become another's, and a program that has handed its port on is not meant. */
  async #signal({ pid, start }: ProcessInfo, ports: readonly number[], signal: NodeJS.Signals): Promise<void> {
    const now = (await this.heldPorts(ports))?.find(({ process }) => process?.pid === pid && process.start === start)?.process;
    if (now !== undefined) await settledWithin(SIGNAL_MS, () => checkedTable(this.#options.table).signal(now, signal));
  }

  /** What cannot be seen is not known to have gone. */
  async #isLeft({ pid }: ProcessInfo, ports: readonly number[], ms: number): Promise<boolean> {
    const end = performance.now() + ms;
    for (;;) {
      const held = await this.heldPorts(ports);
      if (held?.some(({ process }) => process?.pid === pid) === false) return true;
      if (performance.now() > end) return false;
      await sleep(POLL_MS);
    }
  }
}

/** The ports that a task wants for itself. */
export function portsOf({ ports, ready }: RunDefinition): readonly number[] {
  return [...new Set([...ports, ...ready.flatMap((one) => (one.kind === "port" ? [one.port] : []))])];
}
