import { ByteBuffer } from "../../../src/taskRunner/exec/buffer";
import type { Clock } from "../../../src/taskRunner/base/clock";
import type { Cmd } from "../../../src/taskRunner/exec/cmd";
import { Delay } from "../../../src/taskRunner/exec/delay";
import { rejection, shell, until } from "./started";

/** A command that does nothing by itself about an abort, collects its output, and has its delay from the test. */
export function delayedBy(delay: Delay, script: string, signal: AbortSignal, clock: Clock = delay.clock): Cmd {
  const cmd = shell(script, { signal, clock });
  cmd.delay = delay;
  cmd.cancel = () => undefined;
  cmd.stdout = new ByteBuffer();
  return cmd;
}

/** Waits for the command; returns when the delay is running, with what wait is going to throw. */
export async function whenDelayRuns(cmd: Cmd): Promise<{ error: Promise<Error> }> {
  const error = rejection(cmd.wait());
  await until(() => cmd.delay?.expiresAt !== undefined);
  return { error };
}
