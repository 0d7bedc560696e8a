import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { COMMANDS, VIEW_RUNS } from "./contributions";
import { chooseAny, chooseLive, runsOfLabel, type Choice } from "./commandChoice";
import { Targets, type Target } from "./commandTarget";
import { noneText, pickedStateText, whichText, type Deed } from "./commandWords";
import type { DoubleClicks } from "./doubleClicks";
import { Reveal, type RevealPort } from "./reveal";
import { systemClock } from "./taskRunner/base/clock";
import { toError } from "./taskRunner/base/errors";
import { holdsOutput, isKillable } from "./taskRunner/process/runProcess";
import { RemoteRun } from "./taskRunner/remote/remoteRun";
import { isAskedToStop, type Run } from "./taskRunner/run/run";
import type { StopReason } from "./taskRunner/run/state";
import type { TaskRuns } from "./taskRunner/run/taskRuns";
import type { Terminals } from "./taskRunner/terminal/terminals";
import { urlOfPort } from "./taskRunner/run/readyWords";
import { keptText } from "./taskRunner/run/words";
import { inform, showError } from "./views/messages";
import { pickText } from "./views/plainText";

/** What starts tasks, and knows them. */
export interface TaskStarter {
  /** Looks for the task of a run. @returns what starts it again, or a sentence that says why that cannot be done */
  findAgain(run: Run): Promise<((isWanted: () => boolean) => Promise<void>) | string>;
  /** All these are being stopped: the compound tasks that they belong to are to start nothing more. */
  closeCompounds(runs: readonly Run[]): void;
}

type Act = (run: Run, target: Target) => unknown;

/** What each command does. A command that was given a target acts on that target, or says why it acts on nothing. */
export class Commands {
  readonly #runs: TaskRuns;
  readonly #terminals: Terminals;
  readonly #reveal: Reveal<vscode.Terminal>;
  readonly #targets: Targets;
  readonly #starter: TaskStarter;
  readonly #doubleClicks: DoubleClicks;
  readonly #stopped: (run: Run) => void;

  /** @param stopped told a run that was stopped alone */
  constructor(runs: TaskRuns, terminals: Terminals, starter: TaskStarter, doubleClicks: DoubleClicks, stopped: (run: Run) => void) {
    this.#stopped = stopped;
    this.#doubleClicks = doubleClicks;
    this.#runs = runs;
    this.#terminals = terminals;
    this.#reveal = new Reveal(revealPort(terminals), systemClock);
    this.#targets = new Targets(runs, terminals);
    this.#starter = starter;
  }

  register(): vscode.Disposable {
    const targets = this.#targets;
    const kill: Act = (run, target) => this.#kill(run, target);
    const releasePipe: Act = (run) => (run.isElsewhere === true ? inform(l10n.t('Only the window of "{0}" can stop waiting for its output.', run.label)) : run.releasePipe());
    const handlers: Partial<Record<keyof typeof COMMANDS, (...args: unknown[]) => unknown>> = {
      stop: (...args) => this.#stopGiven(args),
      stopInPanel: () => this.#stopTarget(targets.active()),
      stopInEditor: () => this.#stopTarget(targets.ofEditor()),
      kill: (...args) => this.#withLive(targets.of(args), "kill", kill),
      killInPanel: () => this.#withLive(targets.active(), "kill", kill),
      killInEditor: () => this.#withLive(targets.ofEditor(), "kill", kill),
      releasePipe: (...args) => this.#withLive(targets.of(args), "stopWaiting", releasePipe),
      releasePipeInPanel: () => this.#withLive(targets.active(), "stopWaiting", releasePipe),
      killHolders: (...args) => this.#withEach(args, (target) => this.#withLive(target, "free", (run) => reportFailure(() => killHolders(run)))),
      stopAll: () => this.#stopAll(),
      restart: (...args) => this.#withAny(targets.of(args), "restart", (run) => this.#restart(run)),
      revealTerminal: (...args) => this.#withAny(targets.of(args), "reveal", (run) => this.#showTerminal(run, args[1])),
      killSurvivor: (...args) => this.#killSurvivor(targets.of(args)),
      killAllSurvivors: (...args) => this.#withEach(args, (target) => this.#killAllSurvivors(target)),
      killSurvivorsOfAllRuns: () => this.#killAllSurvivors({ kind: "none" }),
      openInBrowser: (...args) => this.#withLive(targets.of(args), "openInBrowser", (run, target) => openInBrowser(run, target)),
      copyPid: (...args) => this.#copyPid(targets.of(args)),
      clearEnded: () => this.#clearEnded(),
      showRuns: () => vscode.commands.executeCommand(`${VIEW_RUNS}.focus`),
    };
    const entries = Object.entries(handlers) as [keyof typeof COMMANDS, (...args: unknown[]) => unknown][];
    return vscode.Disposable.from(this.#reveal, this.#terminals.onDidChange(() => this.#reveal.look()), ...entries.map(([name, handler]) => vscode.commands.registerCommand(COMMANDS[name], handler)));
  }

  /** A link in a notification names several runs, by their ids. */
  async #withEach(args: readonly unknown[], act: (target: Target) => Promise<void>): Promise<void> {
    const ids = args.filter((arg) => typeof arg === "string");
    const targets = ids.length > 1 && ids.length === args.length ? ids.map((id) => this.#targets.of([id])) : [this.#targets.of(args)];
    for (const target of targets) await act(target);
  }

  async #withLive(target: Target, deed: Deed, act: Act): Promise<void> {
    await this.#with(chooseLive(target, this.#targets.active(), this.#runs), target, deed, act);
  }

  async #withAny(target: Target, deed: Deed, act: Act): Promise<void> {
    await this.#with(chooseAny(target, this.#targets.active(), this.#runs), target, deed, act);
  }

  async #with(choice: Choice, target: Target, deed: Deed, act: Act): Promise<void> {
    if (choice.kind === "say") inform(choice.what);
    else {
      const run = choice.kind === "run" ? choice.run : await pick(choice.among, deed);
      if (run !== undefined) await act(run, target);
    }
  }

  /** @returns for a task that calls it by a label (`"inputs"` of type "command"): what has happened, when it has */
  async #stopGiven(args: readonly unknown[]): Promise<string | undefined> {
    const label = labelOf(args, (id) => this.#runs.get(id) !== undefined);
    if (label === undefined) {
      await this.#stopTarget(this.#targets.of(args));
      return undefined;
    }
    const runs = runsOfLabel(label, this.#runs);
    if (runs.length === 0) inform(l10n.t('"{0}" is not running.', label));
    for (const run of runs) this.#stop(run, { kind: "run", run, pid: undefined, byId: true });
    await Promise.all(runs.map((run) => run.ended));
    return runs.length === 0 ? `"${label}" is not running` : `"${label}" has been stopped`;
  }

  async #stopTarget(target: Target): Promise<void> {
    // Its next run is about to begin.
    if (target.kind === "run" && target.run.state.kind === "ended" && target.run.restart !== undefined) void target.run.stop();
    else await this.#withLive(target, "stop", (run) => this.#stop(run, target));
  }

  #stop(run: Run, target: Target): void {
    if (isByClick(target) && isAskedToStop(run.state) && this.#doubleClicks.isSecondHalf(run)) return;
    this.#ask(run, { kind: "user" });
  }

  #ask(run: Run, reason: StopReason): void {
    const isFirst = !isAskedToStop(run.state);
    if (isFirst) this.#doubleClicks.acted(run);
    tellFailure(run.stop(reason), (problem) => l10n.t('"{0}" could not be stopped: {1}', run.label, problem));
    if (isFirst) this.#stopped(run);
  }

  #kill(run: Run, target: Target): void {
    // The button under the mouse has become another one between the two clicks.
    if (isByClick(target) && this.#doubleClicks.isSecondHalf(run)) return;
    tellFailure(run.kill(), (problem) => l10n.t('"{0}" could not be killed: {1}', run.label, problem));
  }

  /** One that a click has just stopped is not killed by it. */
  #stopAll(): void {
    const live = this.#runs.own();
    this.#starter.closeCompounds(live);
    const meant = live.filter((run) => !isAskedToStop(run.state) || !this.#doubleClicks.isSecondHalf(run));
    for (const run of meant) if (!isAskedToStop(run.state)) this.#doubleClicks.acted(run);
    for (const run of this.#runs.all()) if (!meant.includes(run)) run.restart = undefined;
    void this.#runs.stopAll({ kind: "user" }, meant);
  }

  /** Looks before it stops: what cannot be started again goes on running. */
  async #restart(run: Run): Promise<void> {
    if (run.restart !== undefined) return;
    const restart = (run.restart = {});
    const isWanted = (): boolean => run.restart === restart;
    try {
      const again = await this.#starter.findAgain(run);
      if (typeof again === "string") {
        showError(again);
        return;
      }
      if (isWanted() && run.state.kind !== "ended" && !isAskedToStop(run.state)) this.#ask(run, { kind: "restart" });
      await run.ended;
      if (isWanted()) await again(isWanted);
    } catch (error) {
      showError(l10n.t('"{0}" could not be restarted: {1}', run.label, toError(error).message));
    } finally {
      if (isWanted()) run.restart = undefined;
    }
  }

  /** @param how a click on a row passes `{ isQuiet, preserveFocus }` */
  async #showTerminal(run: Run, how: unknown): Promise<void> {
    if (run instanceof RemoteRun) {
      (await import("./taskRunner/lazy.js")).showRemote(run);
      return;
    }
    const isQuiet = typeof how === "object" && how !== null && "isQuiet" in how;
    this.#reveal.reveal(run, { isQuiet, preserveFocus: isQuiet && "preserveFocus" in how && how.preserveFocus === true });
  }

  async #clearEnded(): Promise<void> {
    const kept = this.#runs.clearEnded();
    if (kept.length === 0) return;
    const kill = l10n.t("Kill Them");
    const answer = await inform(keptText(kept.map((run) => run.snapshot())), kill);
    if (answer !== kill) return;
    for (const run of kept) await reportFailure(() => run.killAllSurvivors());
    this.#runs.clearEnded();
  }

  async #killSurvivor(target: Target): Promise<void> {
    if (target.kind === "missing") inform(target.why);
    else if (target.kind === "run" && target.pid !== undefined) {
      const { run, pid } = target;
      await reportFailure(() => run.killSurvivor(pid));
    }
  }

  async #killAllSurvivors(target: Target): Promise<void> {
    if (target.kind === "missing") {
      inform(target.why);
      return;
    }
    const runs = target.kind === "none" ? this.#runs.all() : [target.run];
    for (const one of runs) await reportFailure(() => one.killAllSurvivors());
  }

  async #copyPid(given: Target): Promise<void> {
    const target = given.kind === "none" ? this.#targets.active() : given;
    if (target.kind === "missing") {
      inform(target.why);
      return;
    }
    const pid = target.kind === "run" ? (target.pid ?? target.run.snapshot().pid) : undefined;
    if (pid !== undefined) await vscode.env.clipboard.writeText(String(pid));
  }
}

function revealPort(terminals: Terminals): RevealPort<vscode.Terminal> {
  return {
    whereIs: (runId) => terminals.whereIs(runId),
    show: (terminal, preserveFocus) => terminal.show(preserveFocus),
    inform: (text) => void inform(text),
    waiting: (text) => vscode.window.setStatusBarMessage(`$(loading~spin) ${pickText(text)}`),
  };
}

/** Another window may be gone when it is asked. */
function tellFailure(done: Promise<unknown>, text: (problem: string) => string): void {
  done.catch((error: unknown) => showError(text(toError(error).message)));
}

/** A holder that the task did not start is killed because it is named, and no other foreign process is. */
async function killHolders(run: Run): Promise<void> {
  const foreign = run.snapshot().survivors.filter((info) => !info.owned && isKillable(info) && holdsOutput(info));
  await run.killAllSurvivors();
  for (const { pid } of foreign) await run.killSurvivor(pid);
}

/** What a key binding or a task passes to name a task: its label, or an object with that. */
function labelOf([given]: readonly unknown[], isRun: (id: string) => boolean): string | undefined {
  if (typeof given === "string") return isRun(given) ? undefined : given;
  return typeof given === "object" && given !== null && "label" in given && !("runId" in given) && typeof given.label === "string" ? given.label : undefined;
}

/** VS Code makes the port reachable where the browser is. */
async function openInBrowser(run: Run, target: Target): Promise<void> {
  const { url, label } = run.snapshot();
  const port = target.kind === "run" ? target.port : undefined;
  const wanted = port === undefined || (url !== undefined && new URL(url).port === String(port)) ? url : urlOfPort(port);
  if (wanted === undefined) inform(l10n.t('"{0}" is not known to listen on a port.', label));
  else await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(wanted, true)));
}

/** Another extension that names a run by its id does not click twice by mistake. */
function isByClick(target: Target): boolean {
  return !(target.kind === "run" && target.byId);
}

async function pick(candidates: readonly Run[], deed: Deed): Promise<Run | undefined> {
  if (candidates.length <= 1) {
    if (candidates.length === 0) inform(noneText(deed));
    return candidates[0];
  }
  const items = candidates.map((run) => {
    const snapshot = run.snapshot();
    return { label: pickText(run.label), description: pickText(pickedStateText(snapshot)), detail: pickText(snapshot.commandLine), run };
  });
  return (await vscode.window.showQuickPick(items, { placeHolder: whichText(deed) }))?.run;
}

async function reportFailure(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    showError(l10n.t("The process could not be killed: {0}", toError(error).message));
  }
}
