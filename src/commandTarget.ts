import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import type { Run } from "./taskRunner/run/run";
import type { TaskRuns } from "./taskRunner/run/taskRuns";
import type { Terminals } from "./taskRunner/terminal/terminals";
import { rowUnknownText } from "./taskTarget";

/** What a command was called for. */
export type Target =
  /** Nothing: the palette, or a key. */
  | { readonly kind: "none" }
  /** `byId`: called by another extension, and not by a click. `port`: of a row that stands for one. */
  | { readonly kind: "run"; readonly run: Run; readonly pid: number | undefined; readonly byId: boolean; readonly port?: number }
  /** Something that is no run, or none any more. `why` is a sentence. */
  | { readonly kind: "missing"; readonly why: string };

/**
 * Reads what menus pass (seen in VS Code 1.100 and 1.139): the palette nothing; a row of a tree `(element, selection)`,
 * where the element is undefined when the tree was being made anew; a terminal's menus `(terminal, terminals)`.
 */
export class Targets {
  readonly #runs: TaskRuns;
  readonly #terminals: Terminals;

  constructor(runs: TaskRuns, terminals: Terminals) {
    this.#runs = runs;
    this.#terminals = terminals;
  }

  of(args: readonly unknown[]): Target {
    if (args.length === 0) return { kind: "none" };
    const [given] = args;
    if (typeof given === "string") return target(this.#runs.get(given), l10n.t("There is no such run."), undefined, true);
    const terminal = vscode.window.terminals.find((one) => one === given);
    if (terminal !== undefined) return this.ofTerminal(terminal);
    if (typeof given === "object" && given !== null && "runId" in given && typeof given.runId === "string") {
      const pid = "pid" in given && typeof given.pid === "number" ? given.pid : undefined;
      const found = target(this.#runs.get(given.runId), l10n.t("Nothing was done, because that run is no longer listed."), pid);
      return found.kind === "run" && "port" in given && typeof given.port === "number" ? { ...found, port: given.port } : found;
    }
    return { kind: "missing", why: rowUnknownText() };
  }

  /** What the active terminal shows. */
  active(): Target {
    const terminal = vscode.window.activeTerminal;
    return terminal === undefined ? { kind: "missing", why: l10n.t("No terminal is active.") } : this.ofTerminal(terminal);
  }

  /**
   * The terminal of the editor whose title bar was clicked, which need not be the active terminal: a click there activates none.
   * VS Code passes the editor's Uri, and a Terminal does not know it; its name has to do, where it is unmistakable.
   */
  ofEditor(): Target {
    const labels = vscode.window.tabGroups.all.flatMap(({ activeTab }) => (activeTab?.input instanceof vscode.TabInputTerminal ? [activeTab.label] : []));
    // Of two terminals side by side either may be meant.
    const terminals = labels.length === 1 ? vscode.window.terminals.filter(({ name }) => labels.includes(name)) : [];
    const [terminal, ...others] = terminals;
    if (terminal !== undefined && others.length === 0) return this.ofTerminal(terminal);
    return { kind: "missing", why: l10n.t("Nothing was done, because it is not clear which terminal the editor shows; use the terminal's context menu.") };
  }

  ofTerminal(terminal: vscode.Terminal): Target {
    const runId = this.#terminals.runIn(terminal);
    return target(runId === undefined ? undefined : this.#runs.get(runId), l10n.t('The terminal "{0}" is not known to show a running cancellable task.', terminal.name));
  }
}

function target(run: Run | undefined, why: string, pid?: number, byId = false): Target {
  return run === undefined ? { kind: "missing", why } : { kind: "run", run, pid, byId };
}
