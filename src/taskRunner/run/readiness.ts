import type { Clock, Timer } from "../base/clock";
import type { ListeningPort } from "../process/listeningPorts";
import type { ReadyCondition } from "../task/ready";
import { OutputLines } from "./outputLines";
import { MATCH_MS, OutputPattern } from "./outputPattern";
import { Poll, type Pauses } from "./poll";
import { PortWatch } from "./portWatch";
import type { ReadyProbe } from "./readyProbe";
import { urlOfPort } from "./readyWords";
import type { ReadyState, RunEvent, RunSnapshot } from "./state";

/** Output that does not go on for so long has stopped, in milliseconds; and for so long it is quiet. */
const SETTLED_MS = 250;
const QUIET_MS = 1000;
/** A look at the ports is cheap, a request less so; a command is a process. */
const PORT_PAUSES: Pauses = { first: 100, longest: 2000 };
const HTTP_PAUSES: Pauses = { first: 100, longest: 2000 };
const COMMAND_PAUSES: Pauses = { first: 250, longest: 5000 };

export interface ReadinessOptions {
  readonly conditions: readonly ReadyCondition[];
  readonly clock: Clock;
  /** Where the ports of the run's processes come from; rejects where they cannot be seen. */
  readonly findPorts: () => Promise<readonly ListeningPort[]>;
  readonly probe: ReadyProbe;
  readonly emit: (event: RunEvent) => void;
  readonly changed: () => void;
}

/** Whether a run is ready, as its task defines that, and which ports it listens on. Once it is, or where nothing is awaited, nothing is polled. */
export class Readiness {
  readonly #options: ReadinessOptions;
  readonly #clock: Clock;
  readonly #lines = new OutputLines();
  readonly #ports: PortWatch;
  readonly #polls = new Map<ReadyCondition | "ports", Poll>();
  readonly #abort = new AbortController();
  #missing: readonly ReadyCondition[];
  readonly #patterns: Map<ReadyCondition, OutputPattern>;
  #state: ReadyState | undefined;
  #startedAt: number | undefined;
  #isOver = false;
  /** Output has come since the timer was set. */
  #hasOutput = false;
  #settling: Timer | undefined;
  #quieting: Timer | undefined;
  /** The ports that have been told. */
  readonly #told = new Set<number>();

  constructor(options: ReadinessOptions) {
    const { clock, conditions, findPorts } = options;
    this.#options = options;
    this.#clock = clock;
    this.#missing = conditions;
    this.#patterns = new Map(conditions.flatMap((one) => (one.kind === "output" ? [[one, new OutputPattern(one.pattern)] as const] : [])));
    if (conditions.length > 0) this.#state = { kind: "awaited", missing: conditions };
    this.#ports = new PortWatch({ clock, find: findPorts, found: () => this.#portsFound() });
  }

  /** undefined where the task does not say when it is ready. */
  get state(): ReadyState | undefined {
    return this.#state;
  }

  get ports(): readonly ListeningPort[] {
    return this.#ports.list;
  }

  /** What a run's snapshot has of it. */
  snapshot(): Pick<RunSnapshot, "ready" | "ports" | "url"> {
    const { ports, url } = this;
    return { ...(this.#state === undefined ? {} : { ready: this.#state }), ...(ports.length === 0 ? {} : { ports }), ...(url === undefined ? {} : { url }) };
  }

  /** What a browser would show: the address that `ready` names, else that of the first port that it names, else of the first one that there is. */
  get url(): string | undefined {
    const { ports } = this;
    const { conditions } = this.#options;
    if (this.#isOver) return undefined;
    const named = conditions.find((one) => one.kind === "http")?.url;
    if (named !== undefined && (ports.length > 0 || this.#state?.kind === "ready")) return named;
    const port = ports.find((one) => conditions.some((condition) => condition.kind === "port" && condition.port === one.port)) ?? ports[0];
    return port === undefined ? undefined : urlOfPort(port.port);
  }

  /** The command has been started. */
  started(): void {
    const { conditions, emit, probe } = this.#options;
    this.#startedAt = this.#clock.now();
    if (conditions.length === 0) return;
    emit({ kind: "awaitingReady", conditions });
    if (conditions.some(({ kind }) => kind === "port")) this.#poll("ports", PORT_PAUSES, () => this.#checkPorts());
    for (const condition of conditions) {
      if (condition.kind === "http") this.#poll(condition, HTTP_PAUSES, () => probe.http(condition.url, this.#abort.signal));
      if (condition.kind === "command") this.#poll(condition, COMMAND_PAUSES, () => probe.command(condition.command, this.#abort.signal));
    }
  }

  /** It is being stopped, or its command has ended: nothing is looked for any more. What it has written may still be on its way. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const poll of this.#polls.values()) poll.stop();
    this.#abort.abort();
    this.#settling?.cancel();
    this.#quieting?.cancel();
    this.#ports.stop();
  }

  /**
   * The run ends.
   * @param wasStopped on purpose: then it need not be said that it was not ready
   */
  ended(wasStopped: boolean): void {
    this.stop();
    if (this.#state?.kind !== "awaited") return;
    if (!wasStopped && this.#startedAt !== undefined) this.#matchLines([this.#lines.unfinished]);
    if (this.#missing.length === 0) return;
    const missing = this.#missing;
    this.#state = { kind: "missed", missing };
    if (!wasStopped && this.#startedAt !== undefined) this.#options.emit({ kind: "notReady", missing });
  }

  #poll(of: ReadyCondition | "ports", pauses: Pauses, check: () => Promise<boolean>): void {
    this.#polls.set(of, new Poll(this.#clock, pauses, check, () => of !== "ports" && this.#hold((one) => one === of)));
  }

  /** @returns whether no port is missing any more */
  async #checkPorts(): Promise<boolean> {
    await this.#ports.look();
    return !this.#missing.some(({ kind }) => kind === "port");
  }

  #portsFound(): void {
    const { ports } = this;
    this.#hold((one) => one.kind === "port" && ports.some(({ port }) => port === one.port));
    this.#tellPorts();
    this.#options.changed();
  }

  /** Each once, and not while more is awaited: what is ready says itself on which port. */
  #tellPorts(): void {
    if (this.#state?.kind === "awaited") return;
    const ports = this.ports.filter(({ port }) => !this.#told.has(port));
    for (const { port } of ports) this.#told.add(port);
    if (ports.length > 0) this.#options.emit({ kind: "listening", ports });
  }

  /** The command has written this, and it has been shown. */
  wrote(chunk: Uint8Array): void {
    if (this.#missing.some(({ kind }) => kind === "output")) this.#matchLines(this.#lines.take(chunk));
    if (this.#isOver || this.#startedAt === undefined) return;
    this.#hasOutput = true;
    this.#quieting?.cancel();
    this.#quieting = undefined;
    if (this.#settling === undefined) this.#settle();
  }

  #matchLines(lines: readonly string[]): void {
    const found = new Set<ReadyCondition>();
    for (const one of this.#missing) {
      const matches = this.#patterns.get(one)?.matchesAny(lines);
      if (matches === true) found.add(one);
      if (matches !== "tooSlow" || one.kind !== "output") continue;
      this.#patterns.delete(one);
      this.#options.emit({ kind: "patternTooSlow", pattern: one.pattern, limitMs: MATCH_MS });
    }
    this.#hold((one) => found.has(one));
  }

  /** Waits until no output comes for a moment. Not for each chunk a new timer: there may be thousands in a second. */
  #settle(): void {
    this.#hasOutput = false;
    this.#settling = this.#clock.after(SETTLED_MS, () => {
      this.#settling = undefined;
      if (this.#hasOutput) this.#settle();
      else this.#settled();
    });
  }

  #settled(): void {
    // A prompt, or a line that the next chunk will end.
    if (this.#missing.some(({ kind }) => kind === "output")) this.#matchLines([this.#lines.unfinished]);
    if (this.#missing.some(({ kind }) => kind === "quiet")) this.#quieting = this.#clock.after(QUIET_MS - SETTLED_MS, () => this.#hold(({ kind }) => kind === "quiet"));
    for (const poll of this.#polls.values()) poll.hurry();
    if (!this.#missing.some(({ kind }) => kind === "port")) this.#ports.outputSettled();
  }

  /** These conditions have been seen to hold; that is enough, also where they no longer do when the last one does. */
  #hold(holds: (one: ReadyCondition) => boolean): void {
    if (this.#state?.kind !== "awaited") return;
    const missing = this.#missing.filter((one) => !holds(one));
    if (missing.length === this.#missing.length) return;
    this.#missing = missing;
    if (missing.length > 0) this.#state = { kind: "awaited", missing };
    else this.#isReady();
    this.#options.changed();
  }

  #isReady(): void {
    const { conditions, emit } = this.#options;
    const at = this.#clock.now();
    const afterMs = at - (this.#startedAt ?? at);
    for (const poll of this.#polls.values()) poll.stop();
    this.#state = { kind: "ready", at, afterMs };
    for (const condition of conditions) if (condition.kind === "port") this.#told.add(condition.port);
    emit({ kind: "ready", conditions, afterMs });
    this.#tellPorts();
  }
}
