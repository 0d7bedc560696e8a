import { join } from "node:path";
import { CgroupContainment } from "./cgroupContainment";
import type { Containment, NoContainment } from "./container";
import { darwinTable } from "./darwin";
import { linuxTable } from "./linux";
import type { ProcessInfo, ProcessTable } from "./table";
import { usageOf, type ProcessUsage } from "./usage";
import { windowsTable } from "./windows";
import { JobContainment } from "./win32/job";
import { helperTable } from "./win32/helperTable";
import { helperUsage } from "./win32/helperUsage";
import { WindowsHelper } from "./win32/windowsHelper";

/** Started with the first task. Its program is beside the bundle, in the packages for Windows. */
const helper = process.platform === "win32" ? new WindowsHelper(join(__dirname, "windowsHelper.js")) : undefined;

function tableOf(platform: NodeJS.Platform): ProcessTable {
  if (helper !== undefined) return helperTable(helper, windowsTable);
  return platform === "linux" ? linuxTable : darwinTable;
}

/** The process table of the system that this runs on. The platform is chosen here, once. */
export const thisTable = tableOf(process.platform);

/** What keeps the processes of each run together on this system; nothing is tried before the first run. */
export const thisContainment: Containment | NoContainment = containmentOf(process.platform);

/** What these processes have used; without those that have gone. */
export function thisUsageOf(processes: readonly ProcessInfo[]): Promise<ReadonlyMap<number, ProcessUsage>> {
  return helper === undefined ? usageOf(processes) : helperUsage(helper, processes);
}

function containmentOf(platform: NodeJS.Platform): Containment | NoContainment {
  if (helper !== undefined) return new JobContainment(helper);
  return platform === "linux" ? new CgroupContainment() : { kind: "unsupported" };
}
