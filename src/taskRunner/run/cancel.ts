import type { Clock } from "../base/clock";
import type { Writer } from "../exec/copiers";
import { CancelCommand } from "./cancelCommand";
import type { RunningCommand } from "./runningCommand";
import type { RunDefinition } from "../task/definition";
import type { Escalation } from "./escalation";
import type { LaunchContext } from "../task/launch";
import type { StopReason } from "./state";

export interface CancelOptions {
  readonly runId: string;
  readonly context: LaunchContext;
  readonly escalation: Escalation;
  readonly command: () => RunningCommand | undefined;
  /** Where the output of the command of `"cancelCommand"` goes. */
  readonly output: Writer;
  readonly clock: Clock;
}

/** How a run is asked to stop: by a signal, by typing, or by running a command. */
export class Cancel {
  readonly #options: CancelOptions;
  #running: CancelCommand | undefined;

  constructor(options: CancelOptions) {
    this.#options = options;
  }

  /**
   * Asks, in the way that the task has chosen; returns when that has been done.
   * @throws ProcessDoneError when there was nobody to ask, or the system's error
   */
  async ask(definition: RunDefinition, reason: StopReason): Promise<void> {
    const { escalation } = this.#options;
    const { cancelInput, cancelCommand, cancelSignal } = definition;
    if (cancelInput !== undefined) {
      this.#type(cancelInput, reason);
      return;
    }
    // Windows has no SIGINT but that which its console makes of a key.
    const isKey = process.platform === "win32" && cancelSignal === "SIGINT" && this.#options.command()?.pty !== undefined;
    if (cancelCommand !== undefined) await this.#run(definition, cancelCommand, reason);
    else if (isKey) this.#type("\x03", reason);
    else await escalation.ask(cancelSignal, reason, reason.kind === "terminalClosed" || reason.kind === "windowClosing");
  }

  /** Somebody does not want to wait: the kill comes now. */
  giveUp(): void {
    this.#running?.kill();
  }

  #type(text: string, reason: StopReason): void {
    this.#options.escalation.type(text, (typed) => this.#options.command()?.write(typed) ?? false, reason);
  }

  async #run(definition: RunDefinition, commandLine: string, reason: StopReason): Promise<void> {
    const { context, runId, output, clock, escalation, command } = this.#options;
    const pid = command()?.process?.pid ?? 0;
    this.#running = new CancelCommand({ definition, context, runId, pid, output, clock });
    await escalation.run(this.#running, commandLine, reason);
  }
}
