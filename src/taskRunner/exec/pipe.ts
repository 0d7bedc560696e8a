import { fstatSync, readSync } from "node:fs";
import { Socket } from "node:net";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { systemCode } from "../base/errors";
import { closeFd, fifoStock, type FifoEnds } from "./fifo";

/** A file descriptor, or "pipe" to have Node make a socket pair (where no FIFO can be made). */
export type ChildEnd = number | "pipe";

/** What says which pipe it is, in every process that has it open: the numbers of stat(2). */
export interface PipeFile {
  readonly dev: number;
  readonly ino: number;
  /** Our own descriptor of it. */
  readonly fd: number;
  /** Its name, if it has one: a terminal's. */
  readonly name?: string;
}

/** Our side of something that a command writes its output to. */
export interface OutputEnd {
  readonly stream: Readable;
  /** undefined when it is closed, or no single file. */
  readonly file: PipeFile | undefined;
  /** Closes what was kept open until the child had it. */
  closeChildEnd(): void;
  /** Whether reading fails like this at the very end. */
  isEnd(error: Error): boolean;
  /**
   * Takes what is there right now without waiting for more, so that closing loses nothing that was already written: after a
   * busy moment a timer can fire before the data that came first has been read.
   */
  drain(deliver: (chunk: Buffer) => void): void;
  close(): void;
}

/** At most this many bytes are taken out of a pipe that is being closed: a program that never stops writing has no end. */
const DRAIN_LIMIT = 1 << 20;

/** A pipe from a child's output to us. It is open on both sides until `closeChildEnd` and `close`. */
export class OutputPipe implements OutputEnd {
  readonly stream: Readable;
  readonly #ends: FifoEnds | undefined;
  /** Stands in for Node's own stream until the spawn has made it; only without a FIFO. */
  readonly #relay = new PassThrough();
  #own: Readable | undefined;
  #childOpen = true;

  private constructor(ends: FifoEnds | undefined) {
    this.#ends = ends;
    this.stream = ends === undefined ? this.#relay : new Socket({ fd: ends.parent, readable: true, writable: false });
    // A reader that fails has reached its end; whoever copies from it listens for itself.
    this.stream.on("error", () => undefined);
  }

  static async create(): Promise<OutputPipe> {
    return new OutputPipe(await fifoStock.take("output"));
  }

  get childEnd(): ChildEnd {
    return this.#ends?.child ?? "pipe";
  }

  get file(): PipeFile | undefined {
    return this.stream.destroyed ? undefined : fileOf(this.#ends);
  }

  /** Joins Node's own stream, made by the spawn, to the one handed out before it. */
  connect(stream: Readable | null | undefined): void {
    if (this.#ends !== undefined || stream == null) return;
    this.#own = stream;
    // A stream that fails or is destroyed does not end what it is piped into.
    stream.on("error", () => undefined).once("close", () => this.#relay.end());
    stream.pipe(this.#relay);
  }

  closeChildEnd(): void {
    if (this.#childOpen && this.#ends !== undefined) closeFd(this.#ends.child);
    this.#childOpen = false;
  }

  isEnd(): boolean {
    return false;
  }

  drain(deliver: (chunk: Buffer) => void): void {
    if (!this.stream.readableEnded) drainDescriptor(this.stream, this.#ends?.parent, deliver);
  }

  close(): void {
    this.closeChildEnd();
    this.stream.destroy();
    this.#own?.destroy();
  }
}

/** Delivers what the stream has read ahead, and then what the descriptor below it has. */
export function drainDescriptor(stream: Readable, fd: number | undefined, deliver: (chunk: Buffer) => void): void {
  const isClosed = (): boolean => stream.destroyed;
  if (isClosed()) return;
  stream.pause();
  for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null) deliver(chunk);
  if (fd === undefined) return;
  // Who is given a chunk may close the pipe; the descriptor's number can then be somebody else's at once.
  for (let total = 0; total < DRAIN_LIMIT && !isClosed(); ) {
    const chunk = Buffer.allocUnsafe(65_536);
    const length = readNow(fd, chunk);
    if (length === 0) return;
    deliver(chunk.subarray(0, length));
    total += length;
  }
}

/** Reads without blocking (the descriptor is O_NONBLOCK); 0 when there is nothing, or nothing any more. */
function readNow(fd: number, into: Buffer): number {
  try {
    return readSync(fd, into);
  } catch (error) {
    if (systemCode(error) === "EINTR") return readNow(fd, into);
    return 0;
  }
}

/** undefined for a socket pair, which is two files. */
function fileOf(ends: FifoEnds | undefined): PipeFile | undefined {
  if (ends === undefined) return undefined;
  const { dev, ino } = fstatSync(ends.parent);
  return { dev, ino, fd: ends.parent };
}

/** A pipe from us to a child's standard input. */
export class InputPipe {
  readonly stream: Writable;
  readonly #ends: FifoEnds | undefined;
  /** Stands in for Node's own stream until the spawn has made it; only without a FIFO. */
  readonly #relay = new PassThrough();
  #own: Writable | undefined;
  #childOpen = true;

  private constructor(ends: FifoEnds | undefined) {
    this.#ends = ends;
    this.stream = ends === undefined ? this.#relay : new Socket({ fd: ends.parent, readable: false, writable: true });
    // A child that does not read all its input is no error (EPIPE); whoever must know listens for itself.
    this.stream.on("error", () => undefined);
  }

  static async create(): Promise<InputPipe> {
    return new InputPipe(await fifoStock.take("input"));
  }

  get childEnd(): ChildEnd {
    return this.#ends?.child ?? "pipe";
  }

  get file(): PipeFile | undefined {
    return this.stream.destroyed ? undefined : fileOf(this.#ends);
  }

  connect(stream: Writable | null | undefined): void {
    if (this.#ends !== undefined || stream == null) return;
    this.#own = stream;
    // Node destroys its stream at the child's exit; what is then still being written would wait for ever.
    stream.on("error", () => undefined).once("close", () => this.#relay.destroy());
    this.#relay.pipe(stream);
  }

  closeChildEnd(): void {
    if (this.#childOpen && this.#ends !== undefined) closeFd(this.#ends.child);
    this.#childOpen = false;
  }

  close(): void {
    this.closeChildEnd();
    this.stream.destroy();
    this.#own?.destroy();
  }
}
