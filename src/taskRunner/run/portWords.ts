import * as l10n from "@vscode/l10n";
import { harmless } from "../base/harmless";
import { enumerate, shortenCommand } from "./phrases";
import type { HeldPort } from "./state";

/** The words about ports that a task wants and somebody else has. */

/** "port 4311 is held by `node server.mjs` (pid 123), left by an earlier window's "api"" */
export function heldPortText({ port, ...holder }: HeldPort): string {
  return l10n.t("port {0} is held by {1}", port, holderText(holder));
}

/** The same of several. */
export function heldPortsText(held: readonly HeldPort[]): string {
  return enumerate(held.map(heldPortText));
}

/** The line that the terminal shows before the start. */
export function portsHeldLine(held: readonly HeldPort[], isAsked: boolean): string {
  return isAsked
    ? l10n.t({ message: "{0}; waiting for your answer in the notification; Stop ends the waiting", args: [heldPortsText(held)], comment: ["{0}: which ports are held, and by whom."] })
    : l10n.t({ message: "{0}; starting all the same", args: [heldPortsText(held)], comment: ["{0}: which ports are held, and by whom."] });
}

/** The line where nobody can tell whether anybody holds them. */
export function portsUnknownLine(ports: readonly number[]): string {
  const numbers = enumerate(ports.map(String));
  return ports.length === 1 ? l10n.t("it cannot be seen now whether port {0} is free; starting all the same", numbers) : l10n.t("it cannot be seen now whether ports {0} are free; starting all the same", numbers);
}

export function stoppingHoldersLine(held: readonly HeldPort[]): string {
  return l10n.t({ message: "stopping {0}", args: [enumerate([...new Set(held.map(stoppedText))])], comment: ["{0}: tasks or processes that hold a port."] });
}

function stoppedText({ process, owner }: HeldPort): string {
  if (owner?.kind === "running") return `"${owner.label}"`;
  return process === undefined ? l10n.t("what holds the port") : l10n.t("{0} (pid {1})", `\`${shortenCommand(process.command, 60)}\``, process.pid);
}

/** The line of a task that has failed because of it. */
export function addressInUseLine(ports: readonly number[], held: readonly HeldPort[]): string {
  if (held.length > 0) return l10n.t({ message: "its port was in use: {0}", args: [heldPortsText(held)], comment: ["{0}: which ports are held, and by whom."] });
  return ports.length === 0
    ? l10n.t('a port was in use; with "ports" the task would say by whom')
    : l10n.t("its port was in use: who held port {0} has left it, or cannot be seen", enumerate(ports.map(String)));
}

function holderText({ process, user, owner, isEditor }: Omit<HeldPort, "port">): string {
  if (process === undefined) return user === undefined ? l10n.t("a process that cannot be seen") : l10n.t("a process of {0} that cannot be seen", harmless(user));
  const pid = l10n.t("{0} (pid {1})", `\`${shortenCommand(process.command, 60)}\``, process.pid);
  const name = user === undefined ? pid : l10n.t({ message: "{0} of {1}", args: [pid, harmless(user)], comment: ["A process and the user whose it is."] });
  if (isEditor) return l10n.t("VS Code itself, {0}", name);
  switch (owner?.kind) {
    case undefined:
      return name;
    case "running":
      return l10n.t({ message: '{0} of the running "{1}"', args: [name, harmless(owner.label)], comment: ["A process and the task that has started it."] });
    case "ended":
      return l10n.t({ message: '{0}, left by "{1}"', args: [name, harmless(owner.label)], comment: ["A process and the task that has started it."] });
    case "orphaned":
      return l10n.t({ message: "{0}, left by an earlier window's \"{1}\"", args: [name, harmless(owner.label)], comment: ["A process and the task that has started it."] });
    case "elsewhere":
      return owner.label === undefined
        ? l10n.t("{0}, started by a cancellable task of another window", name)
        : l10n.t({ message: '{0} of "{1}", which runs in another window', args: [name, harmless(owner.label)], comment: ["A process and the task that has started it."] });
  }
}
