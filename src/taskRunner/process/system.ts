import { CgroupContainment } from "./cgroupContainment";
import type { Containment, NoContainment } from "./container";
import { darwinTable } from "./darwin";
import { linuxTable } from "./linux";
import type { ProcessTable } from "./table";
import { windowsTable } from "./windows";

function tableOf(platform: NodeJS.Platform): ProcessTable {
  if (platform === "win32") return windowsTable;
  return platform === "linux" ? linuxTable : darwinTable;
}

/** The process table of the system that this runs on. The platform is chosen here, once. */
export const thisTable = tableOf(process.platform);

/** What keeps the processes of each run together on this system; nothing is tried before the first run. */
export const thisContainment: Containment | NoContainment = process.platform === "linux" ? new CgroupContainment() : { kind: "unsupported" };
