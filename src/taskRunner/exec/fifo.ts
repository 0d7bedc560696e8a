import * as l10n from "@vscode/l10n";
import { systemCode, toError } from "../base/errors";
import { makeAnonymousPipes } from "./anonymousPipes";
import { closeEnds, makeFifos, type FifoEnds, type FifoKind } from "./makeFifos";

/** What may be over at the next attempt: no descriptor, no process or no space was free. */
const TRANSIENT = new Set(["EMFILE", "ENFILE", "EAGAIN", "ENOMEM", "ENOSPC", "EDQUOT"]);
/** After any other failure no attempt is made for so long, in milliseconds. */
const RETRY_AFTER_MS = 60_000;

export interface FifoStockOptions {
  /** How many spares of each kind a refill leaves. */
  readonly highWatermark?: number;
  /** A refill begins when fewer spares of a kind are left. */
  readonly lowWatermark?: number;
}

/**
 * Real pipes for children. Node's own "pipe" is a pair of UNIX sockets: `echo x > /dev/stderr` fails on it with ENXIO,
 * and nothing says which process holds its far end. A FIFO behaves as the shell's pipes do, and its inode identifies its
 * holders.
 *
 * `mkfifo` is a program (2 ms), which makes one FIFO or fifty in the same time. So a stock is kept, from the first use on,
 * and refilled in batches while a child that has just been started does its work.
 */
export class FifoStock {
  readonly #spares: Record<FifoKind, FifoEnds[]> = { output: [], input: [] };
  /** How many callers wait for one. */
  readonly #waiting: Record<FifoKind, number> = { output: 0, input: 0 };
  #high: number;
  #low: number;
  #refilling: Promise<void> | undefined;
  #refillSoon: NodeJS.Immediate | undefined;
  #closed = false;
  #problem = "";
  #retryAt = process.platform === "win32" ? Infinity : 0;

  /**
   * @param make makes the FIFOs of these kinds, in their order; another one only in tests
   * @param makeOther makes a pipe where no FIFO can be made
   */
  constructor(
    readonly make: (kinds: readonly FifoKind[]) => Promise<FifoEnds[]> = makeFifos,
    readonly makeOther: (kinds: readonly FifoKind[]) => Promise<FifoEnds[]> = makeAnonymousPipes,
    { highWatermark = 48, lowWatermark = 8 }: FifoStockOptions = {},
  ) {
    this.#high = highWatermark;
    this.#low = lowWatermark;
  }

  /** Why the last attempt to make a pipe has failed. */
  get problem(): string {
    return this.#problem;
  }

  /**
   * @returns the two ends, now where there is a spare; undefined where no pipe can be made (Windows; no `mkfifo`, or no folder
   *   that takes a FIFO, and no /proc either)
   */
  take(kind: FifoKind): FifoEnds | Promise<FifoEnds | undefined> | undefined {
    const spare = this.#spares[kind].pop();
    if (spare === undefined) return this.#retryAt === Infinity ? undefined : this.#isPaused() ? this.#makeOther(kind) : this.#awaitNew(kind);
    this.#refillIfLow(kind);
    return spare;
  }

  /** Closes the spares; what was taken is not touched. */
  async close(): Promise<void> {
    this.#closed = true;
    clearImmediate(this.#refillSoon);
    await this.#refilling?.catch(() => undefined);
    for (const spares of Object.values(this.#spares)) spares.splice(0).forEach(closeEnds);
  }

  async #awaitNew(kind: FifoKind): Promise<FifoEnds | undefined> {
    this.#waiting[kind]++;
    try {
      let spare: FifoEnds | undefined;
      // Other callers that wait may have been faster.
      while ((spare = this.#spares[kind].pop()) === undefined) await this.#refill();
      this.#refillIfLow(kind);
      return spare;
    } catch (error) {
      this.#problem = toError(error).message;
    } finally {
      this.#waiting[kind]--;
    }
    return await this.#makeOther(kind);
  }

  async #makeOther(kind: FifoKind): Promise<FifoEnds | undefined> {
    try {
      return (await this.makeOther([kind]))[0];
    } catch (error) {
      this.#problem = `${this.#problem}${this.#problem === "" ? "" : "; "}${toError(error).message}`;
      return undefined;
    }
  }

  #refillIfLow(kind: FifoKind): void {
    if (this.#closed || this.#spares[kind].length >= this.#low) return;
    // Not now, which is a moment before a spawn.
    this.#refillSoon ??= setImmediate(() => void this.#refill().catch(() => undefined));
  }

  #refill(): Promise<void> {
    return (this.#refilling ??= this.#makeMissing().finally(() => (this.#refilling = undefined)));
  }

  async #makeMissing(): Promise<void> {
    this.#refillSoon = undefined;
    const missing = (["output", "input"] as const).flatMap((kind) => Array<FifoKind>(this.#missing(kind)).fill(kind));
    if (missing.length === 0) return;
    if (this.#isPaused()) throw new Error(l10n.t("the last attempt has failed"));
    try {
      await this.#makeAll(missing);
    } catch (error) {
      if (!TRANSIENT.has(systemCode(error) ?? "")) this.#retryAt = performance.now() + RETRY_AFTER_MS;
      throw error;
    }
  }

  /** Where there are too few descriptors for a stock, those that are waited for are made, and a smaller stock is kept from then on. */
  async #makeAll(missing: readonly FifoKind[]): Promise<void> {
    const made = async (kinds: readonly FifoKind[]): Promise<void> => {
      for (const [i, ends] of (await this.make(kinds)).entries()) this.#spares[kinds[i] ?? "output"].push(ends);
    };
    try {
      await made(missing);
    } catch (error) {
      const awaited = (["output", "input"] as const).flatMap((kind) => Array<FifoKind>(this.#waiting[kind]).fill(kind));
      if (!TRANSIENT.has(systemCode(error) ?? "") || awaited.length >= missing.length) throw error;
      this.#high = Math.floor(this.#high / 8);
      this.#low = Math.min(this.#low, this.#high);
      if (awaited.length === 0) throw error;
      await made(awaited);
    }
  }

  #missing(kind: FifoKind): number {
    const wanted = Math.max(this.#closed ? 0 : this.#high, this.#waiting[kind]);
    return Math.max(0, wanted - this.#spares[kind].length);
  }

  #isPaused(): boolean {
    return performance.now() < this.#retryAt;
  }
}

/** The stock that all commands of this process draw from. Close it when the last command has been started. */
export const fifoStock = new FifoStock();
