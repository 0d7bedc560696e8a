import { PosixGroup, type Leader, type ProcessGroup } from "./group";
import { linuxTable } from "./linux";
import { psTable } from "./ps";
import type { ProcessTable } from "./table";
import { WindowsTree } from "./windows";

/** What a run needs of the system that it runs on. The platform is chosen here, once. */
export interface System {
  readonly table: ProcessTable;
  /** @param mark the environment entry ("KEY=value") that every process of the run inherits */
  group(leader: Leader, mark: string): ProcessGroup;
}

const table = process.platform === "linux" ? linuxTable : psTable;

export const thisSystem: System = {
  table,
  group: (leader, mark) => (process.platform === "win32" ? new WindowsTree(leader) : new PosixGroup(leader, mark, table)),
};
