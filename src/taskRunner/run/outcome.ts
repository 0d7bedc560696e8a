import { toError } from "../base/errors";
import { KILLED_EXIT } from "../base/exitStatus";
import { CanceledError, DeadlineExceededError, ExitError, WaitDelayError } from "../exec/errors";
import { signalNumber } from "../exec/signals";
import type { HeldOutput, Outcome, StopReason } from "./state";

/**
 * What a run's end means, from what `Cmd.wait` threw. The order of precedence is Go's, and `wait` has already applied it:
 * the process's own failure, the cancel, ErrWaitDelay, an error while copying, success.
 */
export function outcomeOf(error: unknown, stop: StopReason | undefined, held: HeldOutput, platform = process.platform): Outcome {
  if (error === undefined) return stop?.kind === "interrupted" ? { kind: "canceled", stop } : { kind: "succeeded" };
  if (error instanceof ExitError) {
    const { code, signal } = error.processState;
    if (signal !== null) return { kind: "signaled", signal, signalNumber: signalNumber(signal), stop };
    if (platform === "win32" && stop !== undefined && error.exitCode() === KILLED_EXIT) return { kind: "signaled", signal: "SIGKILL", signalNumber: 9, stop };
    // Windows alone: the console was closed, or the helper ended, before the code was known.
    if (code === null && stop !== undefined) return { kind: "canceled", stop };
    return { kind: "exited", code: error.exitCode(), stop };
  }
  if (error instanceof CanceledError || error instanceof DeadlineExceededError) return { kind: "canceled", stop: stop ?? { kind: "user" } };
  if (error instanceof WaitDelayError) return { kind: "hungPipe", ...held };
  return { kind: "failed", message: toError(error).message };
}
