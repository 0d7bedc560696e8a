import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import type { ProcessInfo, ProcessTable } from "./table";

/** An extension host, so that it is known again from a file: a pid means nothing without the boot and the container that it is from. */
export interface Host {
  /** The machine's name, which can change, and which another one may have too. */
  readonly machine: string;
  /** What was made up for the machine when its system was installed; machines that were copied have the same. Absent where there is none. */
  readonly machineId?: string;
  /** Another one after every boot, of every machine: start times count from there; "" where they count from the epoch. */
  readonly boot: string;
  /** The namespace that the pid is from: containers may share a disk; "" where there are none. */
  readonly namespace: string;
  readonly pid: number;
  readonly start: number;
}

/**
 * Who we are.
 * @throws Error where the table does not list us, as when its tool was too slow
 */
export async function thisHost(table: ProcessTable): Promise<Host> {
  const [boot, machineId, namespace, self] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => ""),
    readFile("/etc/machine-id", "utf8").catch(() => ""),
    readlink("/proc/self/ns/pid").catch(() => ""),
    table.read(process.pid),
  ]);
  if (self === undefined) throw new Error("This process is not in the list of processes.");
  const known = machineId.trim() === "" ? {} : { machineId: machineId.trim() };
  return { machine: hostname(), ...known, boot: boot.trim(), namespace, pid: process.pid, start: self.start };
}

/**
 * What is known of a host: "foreign" when it is, or may be, on another machine or in another container, where we cannot look;
 * "earlierBoot" when everything of its time is gone with it; "unknown" as of `isThere`.
 */
export async function stateOf(host: Host, self: Host, table: ProcessTable): Promise<"alive" | "dead" | "earlierBoot" | "foreign" | "unknown"> {
  const isSameBoot = host.boot === self.boot && (self.boot !== "" || isSameMachine(host, self));
  if (!isSameBoot) return host.boot !== self.boot && isSameMachine(host, self) ? "earlierBoot" : "foreign";
  if (host.namespace !== self.namespace) return "foreign";
  const lives = await isThere(host, self, table);
  return lives === undefined ? "unknown" : lives ? "alive" : "dead";
}

type Identity = Pick<Host, "pid" | "start">;

/** Whether this very process lives; undefined where that cannot be seen. */
export async function isThere(one: Identity, self: Identity, table: ProcessTable): Promise<boolean | undefined> {
  const now = await table.read(one.pid);
  if (now !== undefined) return isLive(now, one);
  // A tool that was too slow shows nothing: a look that shows ourselves has not failed.
  const all = await table.list().catch(() => []);
  return all.some((info) => isLive(info, one)) || (all.some((info) => isLive(info, self)) ? false : undefined);
}

function isLive(now: ProcessInfo, { pid, start }: Identity): boolean {
  return now.pid === pid && now.start === start && !now.zombie;
}

/**
 * Neither says so alone: names are given twice, and machines copied. Where there is no machine-id (macOS) the name has to do; but
 * what is of another boot is then not known to be of this machine.
 */
function isSameMachine(host: Host, self: Host): boolean {
  if (host.machine !== self.machine) return false;
  return host.machineId === undefined || self.machineId === undefined ? self.boot === "" && host.boot === "" : host.machineId === self.machineId;
}
