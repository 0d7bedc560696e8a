import type { Readable, Writable } from "node:stream";
import { deferred } from "../base/deferred";
import { Copiers, copyInput, copyOutput, type Source, type Writer } from "./copiers";
import { InputPipe, OutputPipe, type ChildEnd, type OutputEnd, type PipeFile } from "./pipe";
import type { Process } from "./process";
import type { Pty } from "./pty";
import { untilAborted } from "./untilAborted";

/** What a Cmd's fields say about its streams. */
export interface StreamTargets {
  readonly stdin: Source | number | null;
  readonly stdout: Writer | number | null;
  readonly stderr: Writer | number | null;
}

/** The pipes to and from one command, and what copies between them and its source and writers. */
export class StandardStreams {
  readonly copiers = new Copiers();
  /** Resolves when a writer has failed, and what was written to it is read no more. */
  readonly outputFailed: Promise<unknown>;
  readonly #outputFailed = deferred<unknown>();
  /** By the child's descriptor. */
  readonly #pipes = new Map<number, InputPipe | OutputPipe>();

  constructor() {
    this.outputFailed = this.#outputFailed.promise;
  }

  has(fd: 0 | 1 | 2): boolean {
    return this.#pipes.has(fd);
  }

  /** Whether one of them is a pair of sockets, because no pipe could be made. */
  get hasSockets(): boolean {
    return [...this.#pipes.values()].some(({ childEnd }) => childEnd === "pipe");
  }

  /** The pipe on this descriptor, while it is open here. */
  file(fd: 0 | 1 | 2): PipeFile | undefined {
    return this.#pipes.get(fd)?.file;
  }

  /** @throws contextError after an abort; a pipe that comes later is closed */
  async makeInput(signal?: AbortSignal): Promise<InputPipe> {
    const pipe = await untilAborted(InputPipe.create(), signal, (late) => late.close());
    this.#pipes.set(0, pipe);
    return pipe;
  }

  /** @throws contextError after an abort; a pipe that comes later is closed */
  async makeOutput(fd: 1 | 2, signal?: AbortSignal): Promise<OutputPipe> {
    const pipe = await untilAborted(OutputPipe.create(), signal, (late) => late.close());
    this.#pipes.set(fd, pipe);
    return pipe;
  }

  /** Makes the pipes that are missing. @returns what the child gets as 0, 1 and 2 */
  async childEnds(targets: StreamTargets, signal: AbortSignal | undefined): Promise<(ChildEnd | "ignore")[]> {
    const { stdin, stdout, stderr } = targets;
    if (isCopied(stdin)) await this.makeInput(signal);
    if (isCopied(stdout)) await this.makeOutput(1, signal);
    const out = this.#childEnd(1, stdout);
    // Node's socket pairs cannot be shared: then each stream has its own, and their order is not kept (Windows: see ProcAttr.hasOneOutput).
    const isShared = isCopied(stdout) && stdout === stderr && out !== "pipe";
    if (isCopied(stderr) && !isShared) await this.makeOutput(2, signal);
    return [this.#childEnd(0, stdin), out, isShared ? out : this.#childEnd(2, stderr)];
  }

  /** Starts to copy. Without a terminal of its own the command has been given the `childEnds`. */
  connect(started: Process, { stdin, stdout, stderr }: StreamTargets, pty: Pty | undefined): void {
    // A program must not block on a terminal's screen that is not shown.
    if (pty !== undefined) this.#copyOutput(pty, isCopied(stdout) ? stdout : { write: () => undefined });
    for (const [fd, pipe] of this.#pipes) {
      if (pipe instanceof InputPipe) {
        pipe.connect(started.stdio(fd) as Writable | null);
        if (isCopied(stdin)) this.copiers.add(copyInput(stdin, pipe));
        continue;
      }
      pipe.connect(started.stdio(fd) as Readable | null);
      const writer = fd === 1 ? stdout : stderr;
      if (isCopied(writer)) this.#copyOutput(pipe, writer);
    }
  }

  /** The child has its ends now. */
  closeChildEnds(): void {
    for (const pipe of this.#pipes.values()) pipe.closeChildEnd();
  }

  close(): void {
    for (const pipe of this.#pipes.values()) pipe.close();
  }

  #copyOutput(pipe: OutputEnd, writer: Writer): void {
    const copier = copyOutput(pipe, writer);
    this.copiers.add(copier);
    void copier.done.then((error) => {
      if (error !== undefined) this.#outputFailed.resolve(error);
    });
  }

  #childEnd(fd: number, target: unknown): ChildEnd | "ignore" {
    return typeof target === "number" ? target : (this.#pipes.get(fd)?.childEnd ?? "ignore");
  }
}

/** Whether it needs a pipe and a copier: a file descriptor is handed over. */
function isCopied<Target>(target: Target | number | null): target is Target {
  return target !== null && typeof target !== "number";
}
