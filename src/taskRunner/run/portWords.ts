import { harmless } from "../base/harmless";
import { enumerate, shorten } from "./phrases";
import type { HeldPort } from "./state";

/** The words about ports that a task wants and somebody else has. */

/** "port 4311 is held by `node server.mjs` (pid 123), left by an earlier window's "api"" */
export function heldPortText({ port, ...holder }: HeldPort): string {
  return `port ${port} is held by ${holderText(holder)}`;
}

/** The same of several. */
export function heldPortsText(held: readonly HeldPort[]): string {
  return enumerate(held.map(heldPortText));
}

/** The line that the terminal shows before the start. */
export function portsHeldLine(held: readonly HeldPort[], isAsked: boolean): string {
  return `${heldPortsText(held)}; ${isAsked ? "waiting for your answer in the notification; Stop ends the waiting" : "starting all the same"}`;
}

/** The line where nobody can tell whether anybody holds them. */
export function portsUnknownLine(ports: readonly number[]): string {
  const [named, are] = ports.length === 1 ? ["port", "is"] : ["ports", "are"];
  return `it cannot be seen now whether ${named} ${enumerate(ports.map(String))} ${are} free; starting all the same`;
}

export function stoppingHoldersLine(held: readonly HeldPort[]): string {
  return `stopping ${enumerate([...new Set(held.map(({ process, owner }) => (owner?.kind === "running" ? `"${owner.label}"` : process === undefined ? "what holds the port" : `\`${shorten(process.command, 60)}\` (pid ${process.pid})`)))])}`;
}

/** The line of a task that has failed because of it. */
export function addressInUseLine(ports: readonly number[], held: readonly HeldPort[]): string {
  if (held.length > 0) return `its port was in use: ${heldPortsText(held)}`;
  return ports.length === 0
    ? 'a port was in use; with "ports" the task would say by whom'
    : `its port was in use: who held port ${enumerate(ports.map(String))} has left it, or cannot be seen`;
}

function holderText({ process, user, owner, isEditor }: Omit<HeldPort, "port">): string {
  const of = user === undefined ? "" : ` of ${harmless(user)}`;
  if (process === undefined) return `a process${of} that cannot be seen`;
  const name = `\`${shorten(process.command, 60)}\` (pid ${process.pid})${of}`;
  if (isEditor) return `VS Code itself, ${name}`;
  switch (owner?.kind) {
    case undefined:
      return name;
    case "running":
      return `${name} of the running "${harmless(owner.label)}"`;
    case "ended":
      return `${name}, left by "${harmless(owner.label)}"`;
    case "orphaned":
      return `${name}, left by an earlier window's "${harmless(owner.label)}"`;
    case "elsewhere":
      return owner.label === undefined ? `${name}, started by a cancellable task of another window` : `${name} of "${harmless(owner.label)}", which runs in another window`;
  }
}
