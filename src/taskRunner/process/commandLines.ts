import { keyOf, unique } from "./asked";
import { withCommands } from "./describe";
import type { ProcessInfo, ProcessTable } from "./table";

/** The command lines of processes as they were last seen: one that has been killed has none any more. */
export class CommandLines {
  readonly #table: ProcessTable;
  readonly #lines = new Map<string, string>();

  constructor(table: ProcessTable) {
    this.#table = table;
  }

  /** Looks them up, as far as they can be had in time. Never rejects. */
  async lookUp(infos: readonly ProcessInfo[]): Promise<void> {
    for (const info of await withCommands(this.#table, infos)) {
      if (info.command !== info.name || !this.#lines.has(keyOf(info))) this.#lines.set(keyOf(info), info.command);
    }
  }

  /** Each of the processes once, with what is known of its command line. */
  named<T extends ProcessInfo>(infos: readonly T[]): T[] {
    return unique(infos).map((info) => ({ ...info, command: this.#lines.get(keyOf(info)) ?? info.command }));
  }

  clear(): void {
    this.#lines.clear();
  }
}
