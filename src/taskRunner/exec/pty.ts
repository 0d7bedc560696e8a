import type { Readable, Writable } from "node:stream";
import type { OutputEnd } from "./pipe";
import type { ProcAttr, Process } from "./process";

/** In characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A pseudoterminal: what a command has for its terminal, and we for its screen and keyboard. */
export interface Pty extends OutputEnd {
  /** What the command writes, and, where it is one with it, what it reads: the keys. */
  readonly stream: Readable;
  readonly keys: Writable;
  /** Starts a program with this as its controlling terminal and as its standard input, output and error. */
  start(path: string, args: readonly string[], attr: Omit<ProcAttr, "stdio">): Promise<Process>;
  /** Tells the programs of the foreground that the window has another size (SIGWINCH). */
  resize(size: TerminalSize): void;
  /**
   * Whether the terminal's driver hands over whole lines and turns Ctrl+C into SIGINT, as it does until a program wants to
   * see the keys itself; undefined where that cannot be told.
   */
  isCanonical(): Promise<boolean | undefined>;
  /**
   * Whether it turns Ctrl+C into SIGINT without showing it, whether or not it hands over whole lines; false where it makes none;
   * undefined where that cannot be told, or where it would show it.
   */
  interruptsUnseen(): Promise<boolean | undefined>;
}
