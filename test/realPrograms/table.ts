import type { Cell } from "./cell";
import type { Observation } from "./observation";

/** The table of all that was tried, in Markdown. */
export function tableOf(cells: readonly Cell[], skipped: readonly string[]): string {
  const rows = cells.map((cell) => {
    const { program, variant, stdio, counts, prompt, ours, failures } = cell;
    const cleanUps = counts.map((one) => `${one.name} ${one.ours}/${one.ofOurs}, ${one.prompt}/${one.ofPrompt}`).join("; ");
    const what = failures.map((failure) => failure.split("\n")[0] ?? "").join("; ");
    return [program.name, variant, stdio, failures.length === 0 ? "ok" : "FAIL", cleanUps, endOf(prompt.flat()), endOf(ours), what].map(escape).join(" | ");
  });
  const head = ["program", "variant", "stdio", "result", "clean-ups: ours, at the prompt", "end at the prompt", "our end", "what is wrong"];
  return [
    `| ${head.join(" | ")} |`,
    `|${head.map(() => "---").join("|")}|`,
    ...rows.map((row) => `| ${row} |`),
    ...(skipped.length > 0 ? ["", "Skipped:", ...skipped.map((line) => `- ${line}`)] : []),
    "",
  ].join("\n");
}

/** How long it took, and what else was seen. */
function endOf(observations: readonly Observation[]): string {
  const times = observations.filter(({ problem }) => problem === undefined).map(({ ms }) => Math.round(ms));
  const remarks = new Set(observations.flatMap(({ left, isClosed, isKilled, isListed }) => [isClosed ? "closed" : "", isKilled ? "killed" : "", left.length > 0 ? `${left.length} left${isListed ? " and listed" : ""}` : ""]).filter(Boolean));
  return [times.length === 0 ? "-" : `${[...new Set(times)].join(", ")} ms`, ...remarks].join(", ");
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|");
}
