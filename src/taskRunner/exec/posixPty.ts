import * as l10n from "@vscode/l10n";
import { closeSync, constants, openSync, statSync } from "node:fs";
import { access, open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Writable } from "node:stream";
import { ReadStream } from "node:tty";
import { systemCode } from "../base/errors";
import { PathError } from "./errors";
import { addLeakedFd, removeLeakedFd } from "../base/leakedFds";
import { drainDescriptor, type PipeFile } from "./pipe";
import { startProcess, type ProcAttr, type Process } from "./process";
import type { Pty, TerminalSize } from "./pty";
import { findPerl } from "./perl";
import { startOnTerminal } from "./sessionLeader";
import { terminalMode } from "./terminalMode";
import { untilAborted } from "./untilAborted";

/** What is used here of node-pty's native part for POSIX systems. */
interface Native {
  readonly open: (columns: number, rows: number) => { readonly master: number; readonly slave: number; readonly pty: string };
  readonly resize: (fd: number, columns: number, rows: number, pixelWidth: number, pixelHeight: number) => void;
}

let native: Native | undefined;

function loadNative(): Native {
  if (native !== undefined) return native;
  // Not node-pty's own API: its `spawn` closes the terminal 200 ms after the exit, whatever is still to come.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { loadNativeModule } = require("node-pty/lib/utils") as { loadNativeModule: (name: string) => { module: Native } };
  return (native = loadNativeModule("pty").module);
}

/**
 * What the child runs first where it has to lead its session itself. As the leader of a session without a terminal it gets the
 * one that it opens for its controlling terminal, which only a process of the session itself can do. With iutf8, Backspace
 * erases a whole character of UTF-8.
 */
const ADOPT = 'exec 0<>"$0" 1>&0 2>&0; stty iutf8 2>/dev/null; exec "$@"';

export class PosixPty implements Pty {
  /** The name of the child's side, such as "/dev/pts/3". */
  readonly name: string;
  readonly stream: ReadStream;
  readonly keys: Writable;
  readonly #native: Native;
  readonly #master: number;
  /** The child's side. It keeps the terminal from ending before the child has it. */
  #slave: number | undefined;

  readonly #findPerl: typeof findPerl;

  /**
   * @param perl finds the interpreter of the session's leader
   * @throws Error saying why there is none
   */
  constructor({ columns, rows }: TerminalSize, perl = findPerl) {
    const native = loadNative();
    this.#findPerl = perl;
    const { master, slave, pty } = native.open(columns, rows);
    try {
      // Opened anew, so that no other child inherits it: as long as a process has it the output does not end.
      this.#slave = openSync(pty, constants.O_RDWR | constants.O_NOCTTY);
    } catch (error) {
      closeSync(master);
      throw error;
    } finally {
      closeSync(slave);
    }
    this.name = pty;
    this.#native = native;
    this.#master = master;
    addLeakedFd(master);
    this.stream = new ReadStream(master);
    this.keys = this.stream;
    this.stream.on("error", () => undefined);
  }

  get file(): PipeFile | undefined {
    if (this.stream.destroyed) return undefined;
    const { dev, ino } = statSync(this.name);
    return { dev, ino, fd: this.#master, name: this.name };
  }

  async start(path: string, args: readonly string[], attr: Omit<ProcAttr, "stdio">): Promise<Process> {
    if (this.#slave === undefined) throw new Error(l10n.t("a terminal is for one command"));
    const perl = await untilAborted(this.#findPerl(), attr.signal);
    const led = perl === undefined ? undefined : await startOnTerminal(perl, this.name, path, args, attr);
    const started = led ?? (await this.#startAsLeader(path, args, attr));
    this.closeChildEnd();
    return started;
  }

  /**
   * The command leads the session itself. Its exit hangs up on those that it leaves, and the shell in between drops the variables
   * whose names are no names for it.
   */
  async #startAsLeader(path: string, args: readonly string[], attr: Omit<ProcAttr, "stdio">): Promise<Process> {
    await untilAborted(checkProgram(path, attr.dir), attr.signal);
    const slave = this.#slave;
    if (slave === undefined) throw new Error(l10n.t("the terminal was closed"));
    const words = ["sh", "-c", ADOPT, this.name, path, ...args.slice(1)];
    return await startProcess("/bin/sh", words, { ...attr, stdio: [slave, slave, slave], sys: { ...attr.sys, setsid: true } });
  }

  resize({ columns, rows }: TerminalSize): void {
    if (!this.stream.destroyed && columns > 0 && rows > 0) this.#native.resize(this.#master, columns, rows, 0, 0);
  }

  async isCanonical(): Promise<boolean | undefined> {
    return (await terminalMode(this.name))?.isCanonical;
  }

  async interruptsUnseen(): Promise<boolean | undefined> {
    const mode = await terminalMode(this.name);
    return mode?.makesSignals === true && mode.echoes ? undefined : mode?.makesSignals;
  }

  closeChildEnd(): void {
    if (this.#slave !== undefined) closeSync(this.#slave);
    this.#slave = undefined;
  }

  /** The end of a terminal is no end of file: when the last holder has closed it, reading fails with EIO. */
  isEnd(error: Error): boolean {
    return systemCode(error) === "EIO";
  }

  drain(deliver: (chunk: Buffer) => void): void {
    // Also after what the stream takes for the end: a hang-up that comes with less than it could read (libuv).
    drainDescriptor(this.stream, this.#master, deliver);
  }

  close(): void {
    this.closeChildEnd();
    removeLeakedFd(this.#master);
    this.stream.destroy();
  }
}

/**
 * The child is a shell, which would tell only the user's screen that the program cannot be run, or that a script's
 * interpreter is missing.
 */
async function checkProgram(path: string, dir: string): Promise<void> {
  const program = resolve(dir, path);
  try {
    if (!(await stat(program)).isFile()) throw Object.assign(new Error("EACCES"), { code: "EACCES" });
    const [interpreter] = await Promise.all([interpreterOf(program), access(program, constants.X_OK)]);
    if (interpreter !== undefined) await access(resolve(dir, interpreter), constants.X_OK);
  } catch (error) {
    throw new PathError("fork/exec", path, error);
  }
}

async function interpreterOf(path: string): Promise<string | undefined> {
  // Without blocking, lest a FIFO that has taken the file's place meanwhile keeps a thread of the pool.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (file === undefined) return undefined; // Programs may be executable and not readable.
  try {
    const start = Buffer.alloc(256);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    return /^#!\s*(\S+)/.exec(start.toString("latin1", 0, bytesRead))?.[1];
  } finally {
    // The start need not wait for that.
    file.close().catch(() => undefined);
  }
}
