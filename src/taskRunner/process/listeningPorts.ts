import * as l10n from "@vscode/l10n";
import { settledWithin } from "../base/deadline";
import { checkedTable } from "./checkedTable";
import { withCommands } from "./describe";
import type { RunProcess } from "./runProcess";
import type { ProcessInfo, ProcessTable } from "./table";

/** No look at ports is waited for longer, in milliseconds. */
const PORTS_MS = 1000;

/** A TCP port, and the process that listens on it. */
export interface ListeningPort {
  readonly port: number;
  readonly process: ProcessInfo;
}

/**
 * The ports on which these processes listen, in their order; one that several share (the workers of a server) counts once, for the oldest of them.
 * @throws when they cannot be looked up in time
 */
export async function listeningPortsOf(table: ProcessTable, processes: readonly RunProcess[]): Promise<readonly ListeningPort[]> {
  const looked = await settledWithin(PORTS_MS, () => checkedTable(table).ports(processes.map(({ pid }) => pid)));
  if (looked.kind !== "done") throw looked.kind === "failed" ? looked.error : new Error(l10n.t("the system did not answer in time"));
  const oldest = new Map<number, ProcessInfo>();
  for (const info of processes) {
    for (const port of looked.value.get(info.pid) ?? []) {
      const known = oldest.get(port);
      if (known === undefined || info.start < known.start) oldest.set(port, info);
    }
  }
  const ports = [...oldest.keys()].sort((a, b) => a - b);
  const named = await withCommands(table, [...oldest.values()]);
  return ports.flatMap((port) => {
    const process = named.find(({ pid }) => pid === oldest.get(port)?.pid);
    return process === undefined ? [] : [{ port, process }];
  });
}
