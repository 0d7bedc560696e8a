import { settledWithin } from "../base/deadline";
import { checkedTable } from "./checkedTable";
import type { RunProcess } from "./runProcess";
import type { ProcessInfo, ProcessTable } from "./table";

/** Command lines and ports are good to know, and not worth waiting for longer, in milliseconds. */
const DESCRIBE_MS = 500;

/** The same processes with their command lines, their ports and their users, where these are not us, as far as these can be had in time; without those that have gone. */
export async function describeProcesses(table: ProcessTable, found: readonly RunProcess[]): Promise<readonly RunProcess[]> {
  if (found.length === 0) return found;
  const pids = found.map(({ pid }) => pid);
  const [commands, ports, users] = await Promise.all([
    commandsOf(table, found),
    settledWithin(DESCRIBE_MS, () => checkedTable(table).ports(pids)),
    settledWithin(DESCRIBE_MS, () => checkedTable(table).foreignUsers(pids)),
  ]);
  if (commands === undefined) return found;
  return found.flatMap((info) => {
    const command = commands.get(info.pid);
    const user = users.kind === "done" ? users.value.get(info.pid) : undefined;
    return command === undefined ? [] : [{ ...info, command, ports: (ports.kind === "done" ? ports.value.get(info.pid) : undefined) ?? [], ...(user === undefined ? {} : { user }) }];
  });
}

/** The same processes with their command lines, as far as these can be had; also of those that have just died. */
export async function withCommands(table: ProcessTable, infos: readonly ProcessInfo[]): Promise<readonly ProcessInfo[]> {
  if (infos.length === 0) return infos;
  const commands = await commandsOf(table, infos);
  return infos.map((info) => ({ ...info, command: commands?.get(info.pid) ?? info.command }));
}

async function commandsOf(table: ProcessTable, infos: readonly ProcessInfo[]): Promise<ReadonlyMap<number, string> | undefined> {
  const described = await settledWithin(DESCRIBE_MS, () => checkedTable(table).describe(infos));
  if (described.kind !== "done") return undefined;
  return new Map(described.value.map(({ pid, command }) => [pid, command]));
}
