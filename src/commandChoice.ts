import * as l10n from "@vscode/l10n";
import type { Target } from "./commandTarget";
import type { Run } from "./taskRunner/run/run";
import type { TaskRuns } from "./taskRunner/run/taskRuns";

/** What a command acts on, or what it says or asks instead. */
export type Choice =
  | { readonly kind: "run"; readonly run: Run }
  /** The user picks one of these, should there be more than one. */
  | { readonly kind: "pick"; readonly among: readonly Run[] }
  | { readonly kind: "say"; readonly what: string };

/**
 * A run that was clicked, or named by its id, may be another window's. Where nothing was named, a run of the active terminal is meant, or
 * one of this window.
 * @param active what the active terminal shows
 */
export function chooseLive(target: Target, active: Target, runs: TaskRuns): Choice {
  return choose(target, active, { named: runs.live(), offered: runs.own() });
}

/** Also those that have ended, and, for want of a name, also those of other windows. */
export function chooseAny(target: Target, active: Target, runs: TaskRuns): Choice {
  return choose(target, active, { named: runs.all(), offered: runs.all() });
}

/** The runs that a label means: those of this window. Another project's task of the same name is another task. */
export function runsOfLabel(label: string, runs: TaskRuns): Run[] {
  return runs.own().filter((run) => run.label === label);
}

function choose(target: Target, active: Target, { named, offered }: { readonly named: readonly Run[]; readonly offered: readonly Run[] }): Choice {
  switch (target.kind) {
    case "missing":
      return { kind: "say", what: target.why };
    case "run":
      return named.includes(target.run) ? { kind: "run", run: target.run } : { kind: "say", what: l10n.t('"{0}" has already ended.', target.run.label) };
    case "none":
      return active.kind === "run" && named.includes(active.run) ? { kind: "run", run: active.run } : { kind: "pick", among: offered };
  }
}
