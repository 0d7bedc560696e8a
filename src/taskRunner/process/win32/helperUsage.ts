import type { ProcessInfo } from "../table";
import type { ProcessUsage } from "../usage";
import { isUsages } from "./protocol";
import type { WindowsHelper } from "./windowsHelper";

/** What these processes have used, by the helper; nothing as long as that does not run. */
export async function helperUsage(helper: WindowsHelper, processes: readonly ProcessInfo[]): Promise<ReadonlyMap<number, ProcessUsage>> {
  if (processes.length === 0 || !helper.isReady) return new Map();
  const used = await helper.ask({ op: "usage", pids: processes.map(({ pid }) => pid) }, isUsages);
  return new Map(used.map(([pid, cpuMs, memoryBytes]) => [pid, { cpuMs, memoryBytes }]));
}
