import { ConPty } from "./conpty";
import { PosixPty } from "./posixPty";
import type { Pty, TerminalSize } from "./pty";

/**
 * Makes a pseudoterminal. node-pty is loaded now, and not before: a VSIX for all platforms comes without it, and its
 * native part is not made for every system (musl).
 * @throws Error saying why there is none
 */
export function openPty(size: TerminalSize): Pty {
  return process.platform === "win32" ? new ConPty(size) : new PosixPty(size);
}
