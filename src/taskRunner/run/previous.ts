import { aborted } from "../base/aborted";
import type { Run } from "./run";

/** What a run that waits for earlier ones tells about them: the first one's command, and when it is killed at the latest. */
export function firstOf(previous: readonly Run[]): { previousPid: number | undefined; killAt: number | undefined } | undefined {
  const first = previous.find((run) => run.state.kind !== "ended");
  if (first === undefined) return undefined;
  const { pid, state } = first.snapshot();
  return { previousPid: pid, killAt: state.kind === "stopping" ? state.killAt : undefined };
}

/** Resolves when all of them have ended, with all their processes, or when the signal is aborted. */
export async function untilEnded(runs: readonly Run[], signal: AbortSignal): Promise<void> {
  await Promise.race([Promise.all(runs.map((run) => run.ended)), aborted(signal)]);
}
