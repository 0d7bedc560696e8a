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
