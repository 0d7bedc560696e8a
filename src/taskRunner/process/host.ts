import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import type { ProcessTable } from "./table";

/** An extension host, so that it is known again from a file: a pid means nothing without the boot and the container that it is from. */
export interface Host {
  readonly machine: string;
  /** Another one after every boot: start times count from there; "" where they count from the epoch. */
  readonly boot: string;
  /** The namespace that the pid is from: containers may share a disk; "" where there are none. */
  readonly namespace: string;
  readonly pid: number;
  readonly start: number;
}

/** Who we are. */
export async function thisHost(table: ProcessTable): Promise<Host> {
  const [boot, namespace, self] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => ""),
    readlink("/proc/self/ns/pid").catch(() => ""),
    table.read(process.pid),
  ]);
  return { machine: hostname(), boot: boot.trim(), namespace, pid: process.pid, start: self?.start ?? 0 };
}

/**
 * What is known of a host: "foreign" when it is on another machine or in another container, where we cannot look;
 * "earlierBoot" when everything of its time is gone with it.
 */
export async function stateOf(host: Host, self: Host, table: ProcessTable): Promise<"alive" | "dead" | "earlierBoot" | "foreign"> {
  if (host.machine !== self.machine) return "foreign";
  if (host.boot !== self.boot) return "earlierBoot";
  if (host.namespace !== self.namespace) return "foreign";
  const now = await table.read(host.pid);
  return now !== undefined && !now.zombie && now.start === host.start ? "alive" : "dead";
}
