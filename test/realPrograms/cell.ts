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

/** How often a clean-up ran, of how many times. */
export interface Count {
  readonly name: string;
  readonly ours: number;
  readonly ofOurs: number;
  readonly prompt: number;
  readonly ofPrompt: number;
}

export interface Cell extends Trials {
  readonly counts: readonly Count[];
  /** Those clean-ups that are lost, of those that the prompt keeps. */
  readonly lost: readonly Count[];
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
  const counts = program.cleansUp.filter(({ notTwice }) => !(notTwice && variant === "twice")).map(({ name }) => countOf(name, trials));
  const lost = counts.filter(isLost);
  const problems = [...prompt.flat(), ...ours].flatMap(({ problem }) => problem ?? []);
  // What the prompt leaves as well may be left, as long as the user is told.
  const isLeftAtPrompt = prompt.flat().some((one) => one.left.length > 0);
  const unseen = ours.filter((one) => !(one.isListed && isLeftAtPrompt));
  const left = unseen.flatMap((one) => [...one.left.map((process) => `left: ${process}`), ...one.ports.map((port) => `left: port ${port} is taken`)]);
  // A second Ctrl+C means a kill, if the program does not obey. But what the prompt ends by Ctrl+C or by a closed terminal needs none.
  const endsAtPrompt = prompt[0]?.every((one) => one.problem === undefined && one.left.length === 0) ?? false;
  const killed = variant !== "twice" && endsAtPrompt ? ours.filter((one) => one.isKilled).map((one) => `killed after ${Math.round(one.ms)} ms, and ended without that at the prompt`) : [];
  const closed = ours.some((one) => one.isClosed) && prompt.flat().every((one) => !one.isClosed) ? ["not ended by Ctrl+C, which ends it at the prompt"] : [];
  const told = lost.map((one) => `lost: ${one.name} (${one.ours} of ${one.ofOurs}, at the prompt ${one.prompt} of ${one.ofPrompt})`);
  return { ...trials, counts, lost, failures: [...new Set([...problems, ...told, ...closed, ...killed, ...left])] };
}

/** Of the acts at the prompt, the one that keeps it most often. */
function countOf(name: string, { prompt, ours }: Trials): Count {
  const ran = (observations: readonly Observation[]): number => observations.filter((one) => one.ran.has(name)).length;
  const [best = []] = [...prompt].sort((a, b) => ran(b) / b.length - ran(a) / a.length);
  return { name, ours: ran(ours), ofOurs: ours.length, prompt: ran(best), ofPrompt: best.length };
}

/** At the prompt, too, a clean-up may be a matter of luck: two signals that arrive together are one. */
function isLost(count: Count): boolean {
  const [ours, prompt] = [count.ours / count.ofOurs, count.prompt / count.ofPrompt];
  return ours < prompt && (prompt === 1 || (ours < 0.5 && prompt > 0.5));
}
