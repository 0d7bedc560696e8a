import { holdsOutput, type RunProcess } from "../taskRunner/process/runProcess";
import type { RunSnapshot } from "../taskRunner/run/state";

/** Who holds a run's output, or did when its waitDelay was over. */
export function holdersOf({ state, survivors }: RunSnapshot): readonly RunProcess[] {
  return state.kind === "ended" && state.outcome.kind === "hungPipe" ? state.outcome.holders : survivors.filter(holdsOutput);
}
