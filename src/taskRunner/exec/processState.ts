import { exitStatusText } from "../base/exitStatus";
import { signalText } from "./signals";

/**
 * How a process ended: os.ProcessState. Node does not tell whether a core was dumped, so "(core dumped)" never shows; and of a
 * process that died of a signal which Node has no name for (the real-time signals) it tells what it tells of an exit with 0.
 */
export class ProcessState {
  /**
   * @param pid the process's former id
   * @param code its exit code; null when a signal ended it, or where it is not known (Windows, when the helper has died)
   * @param signal the signal that ended it; null when it exited
   */
  constructor(
    readonly pid: number,
    readonly code: number | null,
    readonly signal: NodeJS.Signals | null,
  ) {}

  /** The exit code, or -1 when a signal ended the process. */
  exitCode(): number {
    return this.code ?? -1;
  }

  /** Whether it exited by itself, with any code, rather than by a signal. */
  exited(): boolean {
    return this.signal === null;
  }

  success(): boolean {
    return this.code === 0;
  }

  /** "exit status 3" or "signal: killed"; large codes, which only Windows has, are written as Go writes them: "exit status 0xc000013a". */
  toString(): string {
    if (this.signal !== null) return `signal: ${signalText(this.signal)}`;
    return `exit status ${exitStatusText(this.code)}`;
  }
}
