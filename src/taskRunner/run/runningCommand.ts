import * as l10n from "@vscode/l10n";
import type { Writable } from "node:stream";
import { settledWithin } from "../base/deadline";
import { markerOf } from "../base/marker";
import type { Cmd } from "../exec/cmd";
import type { Writer } from "../exec/copiers";
import { toError } from "../base/errors";
import type { PipeFile } from "../exec/pipe";
import type { Process } from "../exec/process";
import { openPty } from "../exec/openPty";
import type { Pty, TerminalSize } from "../exec/pty";
import type { RunPipe } from "../process/runProcess";
import { MARKER_FD, MarkerFile } from "../process/markerFile";
import type { Container, Containment, NoContainment } from "../process/container";
import { RunProcesses } from "../process/runProcesses";
import type { ProcessTable } from "../process/table";
import type { RunDefinition } from "../task/definition";
import { prepare, type LaunchContext } from "../task/launch";
import type { Inside } from "./run";
import type { RunEvent, RunSnapshot } from "./state";

/** How long it may take to find out what a Ctrl+C was for, in milliseconds. */
const SETTLE_MS = 1000;

export interface RunningCommandOptions {
  readonly definition: RunDefinition;
  readonly context: LaunchContext;
  readonly runId: string;
  readonly signal: AbortSignal;
  /** When the run began, in the table's time. */
  readonly since: number;
  readonly table: ProcessTable;
  /** What keeps its processes together, or why nothing does. */
  readonly containment: Containment | NoContainment;
  /** Where stdout and stderr go, in their order. */
  readonly output: Writer;
  /** Of the terminal, if it gets one. */
  readonly size: TerminalSize;
}

/** The command of one run, with everything that it starts and its terminal, or the pipe to its standard input. */
export class RunningCommand {
  readonly cmd: Cmd;
  /** Why it has no terminal although it should; undefined when all is well. */
  readonly terminalProblem: string | undefined;
  readonly #options: RunningCommandOptions;
  readonly #stdin: Writable;
  readonly #markerFile: MarkerFile | undefined;
  readonly #container: Container | undefined;
  /** Why its processes are not kept together; undefined when they are. */
  readonly noContainment: NoContainment | undefined;
  #processes: RunProcesses | undefined;

  private constructor(options: RunningCommandOptions, cmd: Cmd, stdin: Writable, terminalProblem: string | undefined, container: Container | NoContainment) {
    [this.#container, this.noContainment] = "kind" in container ? [undefined, container] : [container, undefined];
    if (this.#container !== undefined) Object.assign(cmd.sysProcAttr, this.#container.entry);
    this.#markerFile = MarkerFile.open(options.runId);
    if (this.#markerFile !== undefined) cmd.sysProcAttr.inherited = { fd: this.#markerFile.fd, as: MARKER_FD };
    this.#options = options;
    this.cmd = cmd;
    this.#stdin = stdin;
    this.terminalProblem = terminalProblem;
  }

  /**
   * Makes it ready to be started. Where no terminal can be made it gets pipes.
   * @throws LaunchError
   */
  static async prepare(options: RunningCommandOptions): Promise<RunningCommand> {
    const { definition, context, runId, signal, output, size, containment } = options;
    const opening = open(containment, runId, definition.stdio === "pipe");
    const pty = definition.stdio === "pty" ? tryOpen(size) : undefined;
    const hasTerminal = pty !== undefined && !(pty instanceof Error);
    try {
      const cmd = await prepare(definition, context, runId, signal, hasTerminal);
      cmd.stdout = output;
      cmd.stderr = output;
      if (!hasTerminal) return new RunningCommand(options, cmd, await cmd.stdinPipe(), pty?.message, await opening);
      cmd.pty = pty;
      return new RunningCommand(options, cmd, pty.keys, undefined, await opening);
    } catch (error) {
      if (hasTerminal) pty.close();
      const container = await opening;
      if ("remove" in container) container.remove();
      throw error;
    }
  }

  /** undefined until it has been started. */
  get process(): Process | undefined {
    return this.cmd.process;
  }

  get pty(): Pty | undefined {
    return this.cmd.pty;
  }

  /** Made at the first need: an abort during the start needs it before the start has returned. */
  get processes(): RunProcesses | undefined {
    const leader = this.cmd.process;
    if (leader === undefined) return undefined;
    const { runId, since, table } = this.#options;
    return (this.#processes ??= new RunProcesses({ leader, marker: markerOf(runId), since, pipes: () => this.pipes, markerFile: () => this.markerFile?.id, container: this.#container, table, unseen: () => this.#unseen }));
  }

  get #unseen(): string | undefined {
    return this.cmd.pipeProblem === undefined ? undefined : l10n.t("the output is a socket pair, which does not show who holds it");
  }

  /** The pipes to and from it that are still open, or its terminal. */
  get pipes(): (RunPipe & { readonly file: PipeFile })[] {
    const terminal = this.pty?.file;
    const session = this.process?.keeper?.pid ?? this.process?.pid;
    if (terminal !== undefined) return [{ kind: "terminal", file: { ...terminal, ...(session === undefined ? {} : { session }) } }];
    return ([0, 1, 2] as const).flatMap((fd) => {
      const file = this.cmd.pipeFile(fd);
      return file === undefined ? [] : [{ kind: fd === 0 ? ("input" as const) : ("output" as const), file }];
    });
  }

  /** The file that marks its processes, as long as these are looked for. */
  get markerFile(): MarkerFile | undefined {
    return this.#markerFile?.isOpen === true ? this.#markerFile : undefined;
  }

  /** What it has to do without. */
  get problems(): RunEvent[] {
    const terminal: RunEvent[] = this.terminalProblem === undefined ? [] : [{ kind: "noTerminal", problem: this.terminalProblem }];
    return this.noContainment?.kind === "noHelper" ? [...terminal, this.noContainment] : terminal;
  }

  /** What keeps its processes together, where there is such a thing. */
  get container(): Container | undefined {
    return this.#container;
  }

  /** What is to be told of it. */
  get containment(): Pick<RunSnapshot, "containment"> {
    const scope = this.#container?.scope;
    return { containment: this.noContainment ?? { kind: "contained", ...(scope === undefined ? {} : { scope }) } };
  }

  /** Who is in it, and what they have used. */
  inside(): Inside | undefined {
    const [processes, usage] = [this.processes?.processesNow(), this.#container?.usage()];
    return processes === undefined || usage === undefined ? undefined : { processes, usage };
  }

  /** Its processes are not looked for any more. What lives on lives on in its container. */
  forget(): void {
    this.#markerFile?.close();
    this.#container?.remove();
  }

  /** @returns whether its input still takes anything */
  write(data: string): boolean {
    if (this.#stdin.writable) this.#stdin.write(data);
    return this.#stdin.writable;
  }

  endInput(): void {
    this.#stdin.end();
  }

  /**
   * Whether Ctrl+C is a key for the program, or for a job of a shell, rather than a word to the whole run. Where that cannot be
   * told it is the program's: then there may have been no SIGINT that it could have ignored.
   */
  async ownsInterrupt(): Promise<boolean> {
    const owns = async (): Promise<boolean> => !(await this.#makesSignals()) || (await this.processes?.isForeground()) === false;
    const answer = await settledWithin(SETTLE_MS, owns);
    return answer.kind !== "done" || answer.value;
  }

  /** See `Pty`. */
  async interruptsUnseen(): Promise<boolean | undefined> {
    const answer = await settledWithin(SETTLE_MS, async () => await this.pty?.interruptsUnseen());
    return answer.kind === "done" ? answer.value : undefined;
  }

  /** Windows does not tell; there, a console makes a signal of it for every program that has not asked for the key. */
  async #makesSignals(): Promise<boolean> {
    return (await this.pty?.isCanonical()) ?? process.platform === "win32";
  }
}

/** @param enters whether the command gets into it by entering it: on a terminal it is born in it */
async function open(containment: Containment | NoContainment, runId: string, enters: boolean): Promise<Container | NoContainment> {
  if ("kind" in containment) return containment;
  const none = await containment.available();
  if (none !== undefined) return none;
  const container = await containment.open(runId);
  if (enters) containment.expectEntry?.();
  return container;
}

function tryOpen(size: TerminalSize): Pty | Error {
  try {
    return openPty(size);
  } catch (error) {
    return new Error(toError(error).message.split("\n")[0]);
  }
}
