import { closeSync, fstatSync, readSync } from "node:fs";
import { Socket } from "node:net";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { systemCode } from "../base/errors";
import { fifoStock } from "./fifo";
import type { FifoEnds } from "./makeFifos";

/** A file descriptor, or "pipe" to have Node make a socket pair (where no pipe can be made). */
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

/** What both kinds of pipe have in common: a real one, or where none can be made a relay for the stream that the spawn makes. */
abstract class ChildPipe {
  abstract readonly stream: Readable | Writable;
  readonly #ends: FifoEnds | undefined;
  #childOpen = true;

  constructor(ends: FifoEnds | undefined) {
    this.#ends = ends;
  }

  get childEnd(): ChildEnd {
    return this.#ends?.child ?? "pipe";
  }

  /** Our descriptor of the FIFO. */
  protected get fd(): number | undefined {
    return this.#ends?.parent;
  }

  get file(): PipeFile | undefined {
    // A socket pair is two files.
    if (this.#ends === undefined || this.stream.destroyed) return undefined;
    const { dev, ino } = fstatSync(this.#ends.parent);
    return { dev, ino, fd: this.#ends.parent };
  }

  closeChildEnd(): void {
    // Not through a thread of the pool, which may never become free: while this is open the output does not end.
    if (this.#childOpen && this.#ends !== undefined) closeSync(this.#ends.child);
    this.#childOpen = false;
  }
}

/** A pipe from a child's output to us. It is open on both sides until `closeChildEnd` and `close`. */
export class OutputPipe extends ChildPipe implements OutputEnd {
  readonly stream: Readable;
  #own: Readable | undefined;

  private constructor(ends: FifoEnds | undefined) {
    super(ends);
    this.stream = ends === undefined ? new PassThrough() : new Socket({ fd: ends.parent, readable: true, writable: false });
    // A reader that fails has reached its end; the code that copies from it listens for itself.
    this.stream.on("error", () => undefined);
  }

  static async create(): Promise<OutputPipe> {
    return new OutputPipe(await fifoStock.take("output"));
  }

  /** Joins Node's own stream, made by the spawn, to the one handed out before it. */
  connect(stream: Readable | null | undefined): void {
    const relay = this.stream;
    if (!(relay instanceof PassThrough) || stream == null) return;
    this.#own = stream;
    // A stream that fails or is destroyed does not end what it is piped into.
    stream.on("error", () => undefined).once("close", () => relay.end());
    stream.pipe(relay);
  }

  isEnd(): boolean {
    return false;
  }

  drain(deliver: (chunk: Buffer) => void): void {
    if (!this.stream.readableEnded) drainDescriptor(this.stream, this.fd, deliver);
    if (this.#own === undefined || this.#own.readableEnded || this.stream.destroyed) return;
    // What has not got into the relay yet.
    this.#own.unpipe();
    drainDescriptor(this.#own, descriptorOf(this.#own), deliver);
  }

  close(): void {
    this.closeChildEnd();
    this.stream.destroy();
    this.#own?.destroy();
  }
}

/** A pipe from us to a child's standard input. */
export class InputPipe extends ChildPipe {
  readonly stream: Writable;
  #own: Writable | undefined;

  private constructor(ends: FifoEnds | undefined) {
    super(ends);
    this.stream = ends === undefined ? new PassThrough() : new Socket({ fd: ends.parent, readable: false, writable: true });
    // A child that does not read all its input is no error (EPIPE); a caller that must know listens for itself.
    this.stream.on("error", () => undefined);
  }

  static async create(): Promise<InputPipe> {
    return new InputPipe(await fifoStock.take("input"));
  }

  /** Joins Node's own stream, made by the spawn, to the one handed out before it. */
  connect(stream: Writable | null | undefined): void {
    const relay = this.stream;
    if (!(relay instanceof PassThrough) || stream == null) return;
    this.#own = stream;
    // Node destroys its stream at the child's exit; what is then still being written would wait without an end.
    stream.on("error", () => undefined).once("close", () => relay.destroy());
    relay.pipe(stream);
  }

  close(): void {
    this.closeChildEnd();
    this.stream.destroy();
    this.#own?.destroy();
  }
}

/** The descriptor of a stream that a spawn has made: Node knows it on every system but Windows, and hands it out no other way. */
function descriptorOf(stream: Readable): number | undefined {
  const handle: unknown = "_handle" in stream ? stream._handle : undefined;
  const fd: unknown = typeof handle === "object" && handle !== null && "fd" in handle ? handle.fd : undefined;
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
}

/** Delivers what the stream has read ahead, and then what the descriptor below it has. */
export function drainDescriptor(stream: Readable, fd: number | undefined, deliver: (chunk: Buffer) => void): void {
  const isClosed = (): boolean => stream.destroyed;
  if (isClosed()) return;
  stream.pause();
  for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null) deliver(chunk);
  if (fd === undefined) return;
  // The writer of a chunk may close the pipe; the descriptor's number can then be another file's at once.
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
