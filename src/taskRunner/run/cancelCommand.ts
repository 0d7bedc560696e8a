import * as l10n from "@vscode/l10n";
import type { Clock, Timer } from "../base/clock";
import type { Cmd } from "../exec/cmd";
import type { Writer } from "../exec/copiers";
import { toError } from "../base/errors";
import { mergedEnvironment } from "../base/variableNames";
import { WaitDelayError } from "../exec/errors";
import type { RunDefinition } from "../task/definition";
import type { Container } from "../process/container";
import { formatDuration } from "../base/duration";
import { prepare, type LaunchContext } from "../task/launch";

/** What it leaves behind may hold its output for so long, in milliseconds. */
const HELD_MS = 500;
/** How long a kill of it may take to show, in milliseconds. */
const UNKILLABLE_MS = 1000;

/** It goes on in spite of a kill. */
class UnkillableError extends Error {}

export interface CancelCommandOptions {
  readonly definition: RunDefinition;
  readonly context: LaunchContext;
  readonly runId: string;
  /** The task's command. */
  readonly pid: number;
  readonly output: Writer;
  readonly clock: Clock;
  /** Of the run, which it enters too. */
  readonly container: Container | undefined;
}

/** The command of `"cancelCommand"`, run once, with the task's directory and environment. It owns its process and its timer. */
export class CancelCommand {
  readonly #options: CancelCommandOptions;
  readonly #abort = new AbortController();
  #killed = false;

  constructor(options: CancelCommandOptions) {
    this.#options = options;
  }

  /**
   * Runs it to its end, at most for the waitDelay.
   * @returns what went wrong, in words; and whether it had to be killed
   */
  async run(): Promise<{ readonly problem: string | undefined; readonly killed: boolean }> {
    const { definition, clock, output } = this.#options;
    const limit = definition.waitDelay;
    const timers: Timer[] = limit > 0 ? [clock.after(limit, () => this.#abort.abort())] : [];
    // What cannot be killed, such as `sudo`, is not waited for.
    const unkillable = new Promise<never>((_, reject) => {
      const giveUp = (): void => reject(new UnkillableError());
      this.#abort.signal.addEventListener("abort", () => timers.push(clock.after(UNKILLABLE_MS, giveUp)), { once: true });
    });
    try {
      const cmd = await Promise.race([this.#prepare(), unkillable]);
      cmd.stdout = output;
      cmd.stderr = output;
      cmd.waitDelay = HELD_MS;
      const { container } = this.#options;
      // A command that has moved elsewhere may have left none.
      if (container !== undefined && container.ensure() === undefined) Object.assign(cmd.sysProcAttr, container.entry);
      cmd.cancel = () => killGroup(cmd);
      const running = cmd.run();
      running.catch(() => undefined);
      await Promise.race([running, unkillable]);
      return { problem: undefined, killed: false };
    } catch (error) {
      if (error instanceof WaitDelayError) return { problem: undefined, killed: false };
      const killed = this.#abort.signal.aborted;
      if (killed && error instanceof UnkillableError) return { problem: l10n.t("it could not be killed"), killed };
      if (killed) return { problem: this.#killed ? l10n.t("it was killed") : l10n.t("it did not end within {0} and was killed", formatDuration(limit)), killed };
      return { problem: toError(error).message, killed };
    } finally {
      for (const timer of timers) timer.cancel();
    }
  }

  /** Ends it now: the kill does not wait for it. */
  kill(): void {
    this.#killed = true;
    this.#abort.abort();
  }

  #prepare(): Promise<Cmd> {
    const { definition, context, runId, pid } = this.#options;
    // A command line; a task without a shell has the user's own for this.
    const shell = definition.shell.kind === "none" ? ({ kind: "default" } as const) : definition.shell;
    const env = mergedEnvironment<string | null>([definition.env, { CANCELLABLE_TASKS_PID: String(pid) }]);
    const like: RunDefinition = { ...definition, command: definition.cancelCommand ?? "", args: undefined, shell, env };
    return prepare(like, context, runId, this.#abort.signal, false);
  }
}

/** Its pid is its own while it has not been waited for. */
function killGroup(cmd: Cmd): void {
  const { process: started } = cmd;
  if (started === undefined || started.state !== undefined) return;
  if (process.platform === "win32") started.kill();
  else process.kill(-started.pid, "SIGKILL");
}
