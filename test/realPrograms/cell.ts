import type { Stdio } from "./hostedRun";
import type { Observation } from "./observation";
import type { Variant } from "./ours";
import type { Program } from "./program";
import type { PromptAct } from "./prompt";

/** A program that is stopped in one way, at the prompt and as a task. */
export interface Trials {
  readonly program: Program;
  readonly variant: Variant;
  readonly stdio: Stdio;
  /** What the prompt did with it, for each act that the variant is compared with. */
  readonly prompt: readonly (readonly Observation[])[];
  readonly ours: readonly Observation[];
}

export interface Cell extends Trials {
  /** For each clean-up that is looked at: how often it ran, of how many times. */
  readonly counts: readonly { readonly name: string; readonly prompt: number; readonly ours: number }[];
  readonly failures: readonly string[];
}

/**
 * What a prompt does that is like this. A closed terminal or a dead editor stops a task as Stop does: what either a closed terminal or
 * Ctrl+C would let clean up must clean up.
 */
export function referenceActs(variant: Variant): PromptAct[] {
  switch (variant) {
    case "twice":
      return ["twice"];
    case "trash":
    case "hostKilled":
      return ["ctrlC", "close"];
    default:
      return ["ctrlC"];
  }
}

export function judge(trials: Trials): Cell {
  const { program, variant, prompt, ours } = trials;
  const ran = (observations: readonly Observation[], name: string): number => observations.filter((one) => one.ran.has(name)).length;
  const counts = program.cleansUp
    .filter(({ notTwice }) => !(notTwice && variant === "twice"))
    .map(({ name }) => ({ name, prompt: Math.max(...prompt.map((one) => ran(one, name))), ours: ran(ours, name) }));
  const lost = counts.filter((one) => one.ours < one.prompt).map((one) => `lost: ${one.name} (${one.ours} of ${ours.length}, at the prompt ${one.prompt})`);
  const problems = [...prompt.flat(), ...ours].flatMap(({ problem }) => problem ?? []);
  const left = ours.flatMap((one) => [...one.left.map((process) => `left: ${process}`), ...one.ports.map((port) => `left: port ${port} is taken`)]);
  // A second Ctrl+C means a kill, if the program does not obey. But what the prompt ends by Ctrl+C or by a closed terminal needs none.
  const endsAtPrompt = prompt.flat().every((one) => one.problem === undefined) && prompt[0]?.every((one) => one.left.length === 0);
  const killed = variant !== "twice" && endsAtPrompt ? ours.filter((one) => one.isKilled).map((one) => `killed after ${Math.round(one.ms)} ms, and ended without that at the prompt`) : [];
  const closed = ours.some((one) => one.isClosed) && prompt.flat().every((one) => !one.isClosed) ? ["not ended by Ctrl+C, which ends it at the prompt"] : [];
  return { ...trials, counts, failures: [...new Set([...problems, ...lost, ...closed, ...killed, ...left])] };
}
