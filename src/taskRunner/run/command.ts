import type { Writable } from "node:stream";
import type { Cmd } from "../exec/cmd";
import type { PipeFile } from "../exec/pipe";
import type { Process } from "../exec/process";
import type { RunPipe } from "../process/runProcess";
import { RunProcesses } from "../process/runProcesses";
import type { ProcessTable } from "../process/table";

/** The command of one run, with everything that it starts and the pipe to its standard input. */
export class Command {
  readonly cmd: Cmd;
  readonly #stdin: Writable;
  readonly #mark: string;
  readonly #since: number;
  readonly #table: ProcessTable;
  #processes: RunProcesses | undefined;

  /**
   * @param mark the environment entry of the run
   * @param since when the run began, in the table's time
   */
  constructor(cmd: Cmd, stdin: Writable, mark: string, since: number, table: ProcessTable) {
    this.cmd = cmd;
    this.#stdin = stdin;
    this.#mark = mark;
    this.#since = since;
    this.#table = table;
  }

  /** undefined until it has been started. */
  get process(): Process | undefined {
    return this.cmd.process;
  }

  /** Made at the first need: an abort during the start needs it before the start has returned. */
  get processes(): RunProcesses | undefined {
    const leader = this.cmd.process;
    if (leader === undefined) return undefined;
    return (this.#processes ??= new RunProcesses({ leader, mark: this.#mark, since: this.#since, pipes: () => this.pipes, table: this.#table }));
  }

  /** The pipes to and from it that are still open. */
  get pipes(): (RunPipe & { readonly file: PipeFile })[] {
    return ([0, 1, 2] as const).flatMap((fd) => {
      const file = this.cmd.pipeFile(fd);
      return file === undefined ? [] : [{ kind: fd === 0 ? ("input" as const) : ("output" as const), file }];
    });
  }

  write(data: string): void {
    if (this.#stdin.writable) this.#stdin.write(data);
  }

  endInput(): void {
    this.#stdin.end();
  }
}
