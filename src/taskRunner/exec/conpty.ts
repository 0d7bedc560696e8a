import { PassThrough, Writable } from "node:stream";
import type * as nodePty from "node-pty";
import type { Pty, TerminalSize } from "./pty";
import { environRecord } from "./environ";
import { PathError } from "./errors";
import { drainDescriptor, type PipeFile } from "./pipe";
import { checkDir, Process, type ProcAttr } from "./process";
import { ProcessState } from "./processState";
import { throwIfAborted, untilAborted } from "./untilAborted";

/**
 * The pseudoconsole of Windows, through node-pty. The system ties it to the program that is started in it, closes it when
 * that has ended, and has no signals: Ctrl+C is typed.
 */
export class ConPty implements Pty {
  readonly stream = new PassThrough();
  readonly keys: Writable;
  readonly #nodePty: typeof nodePty;
  #size: TerminalSize;
  #console: nodePty.IPty | undefined;

  /** @throws Error when node-pty is not there */
  constructor(size: TerminalSize) {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    this.#nodePty = require("node-pty") as typeof nodePty;
    this.#size = size;
    this.keys = new Writable({
      decodeStrings: false,
      write: (text: string | Buffer, _encoding, done) => {
        this.#console?.write(text);
        done();
      },
    });
  }

  /** No other process can have it open. */
  get file(): PipeFile | undefined {
    return undefined;
  }

  async start(path: string, args: readonly string[], attr: Omit<ProcAttr, "stdio">): Promise<Process> {
    await untilAborted(checkDir(attr.dir), attr.signal);
    throwIfAborted(attr.signal);
    try {
      const started = this.#nodePty.spawn(path, args.slice(1), { cols: this.#size.columns, rows: this.#size.rows, cwd: attr.dir, env: environRecord(attr.env) });
      this.#console = started;
      return new Process(started.pid, this.#connect(started));
    } catch (error) {
      throw new PathError("fork/exec", path, error);
    }
  }

  #connect(started: nodePty.IPty): Promise<ProcessState> {
    started.onData((text) => {
      if (!this.stream.write(text)) started.pause();
    });
    this.stream.on("drain", () => started.resume());
    return new Promise((resolve) => {
      started.onExit(({ exitCode }) => {
        // It comes after the last output.
        this.stream.end();
        this.#console = undefined;
        resolve(new ProcessState(started.pid, exitCode, null));
      });
    });
  }

  resize(size: TerminalSize): void {
    this.#size = size;
    if (size.columns > 0 && size.rows > 0) this.#console?.resize(size.columns, size.rows);
  }

  isCanonical(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  closeChildEnd(): void {
    // The program has no end of its own that we would hold.
  }

  isEnd(): boolean {
    return false;
  }

  drain(deliver: (chunk: Buffer) => void): void {
    drainDescriptor(this.stream, undefined, deliver);
  }

  close(): void {
    this.#console?.kill();
    this.#console = undefined;
    this.stream.destroy();
  }
}
