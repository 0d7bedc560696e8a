import { systemCode, systemText, toError } from "../base/errors";
import type { ProcessState } from "./processState";

/** What the methods of Cmd throw, with the texts of Go's os/exec. */
export class ExecError extends Error {
  override name = "ExecError";
  /** What `output` or `combinedOutput` had collected when it failed (Go returns it beside the error). */
  output: Buffer | undefined;
}

/** The process ended by itself, or by a signal, without success. */
export class ExitError extends ExecError {
  override name = "ExitError";
  /** The end of standard error if `output` kept it: at most its first and last 32 KiB. */
  stderr: Buffer = Buffer.alloc(0);

  constructor(readonly processState: ProcessState) {
    super(processState.toString());
  }

  /** The exit code, or -1 when a signal ended the process. */
  exitCode(): number {
    return this.processState.exitCode();
  }
}

/** The process succeeded, but its output was still held when the waitDelay expired; it may be incomplete. */
export class WaitDelayError extends ExecError {
  override name = "ErrWaitDelay";

  constructor() {
    super("exec: WaitDelay expired before I/O complete");
  }
}

/** The signal was aborted: Go's context.Canceled. */
export class CanceledError extends ExecError {
  override name = "Canceled";

  constructor(reason?: unknown) {
    super("context canceled", { cause: reason });
  }
}

/** The signal was aborted by a time-out: Go's context.DeadlineExceeded. */
export class DeadlineExceededError extends ExecError {
  override name = "DeadlineExceeded";

  constructor(reason?: unknown) {
    super("context deadline exceeded", { cause: reason });
  }
}

/** The process had already been waited for: os.ErrProcessDone. As the result of a cancel it is no error. */
export class ProcessDoneError extends Error {
  override name = "ErrProcessDone";

  constructor() {
    super("os: process already finished");
  }
}

/** An error with Go's "prefix: cause" text. */
export class WrappedError extends ExecError {
  constructor(prefix: string, cause: unknown) {
    super(`${prefix}: ${messageOf(cause)}`, { cause });
  }
}

/** An operation on a path that the system refused: os.PathError. */
export class PathError extends ExecError {
  override name = "PathError";
  /** The system's name for the reason, such as "ENOENT". */
  readonly code: string;

  constructor(
    readonly op: string,
    readonly path: string,
    cause: unknown,
  ) {
    super(`${op} ${path}: ${systemText(cause)}`, { cause });
    this.code = systemCode(cause) ?? "EINVAL";
  }
}

/** Why a name could not be turned into a program to run: exec.Error. */
export class LookPathError extends ExecError {
  override name = "LookPathError";

  /**
   * @param file the name that was looked for
   * @param reason ErrNotFound, ErrDot, or what the system said of the file
   */
  constructor(
    readonly file: string,
    readonly reason: "ErrNotFound" | "ErrDot" | NodeJS.ErrnoException,
  ) {
    const text = typeof reason === "string" ? LOOK_PATH_TEXT[reason] : systemText(reason);
    super(`exec: ${JSON.stringify(file)}: ${text}`);
  }
}

const LOOK_PATH_TEXT = {
  ErrNotFound: `executable file not found in ${process.platform === "win32" ? "%PATH%" : "$PATH"}`,
  ErrDot: "cannot run executable found relative to current directory",
} as const;

/** What an aborted signal means: a deadline when its reason is a TimeoutError, else a cancellation. */
export function contextError(signal: AbortSignal): CanceledError | DeadlineExceededError {
  const reason: unknown = signal.reason;
  const deadline = reason instanceof Error && reason.name === "TimeoutError";
  return deadline ? new DeadlineExceededError(reason) : new CanceledError(reason);
}

/** Whether the error is, or was caused by, ProcessDoneError. */
export function isProcessDone(error: unknown): boolean {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e instanceof ProcessDoneError) return true;
  }
  return false;
}

function messageOf(cause: unknown): string {
  return toError(cause).message;
}
