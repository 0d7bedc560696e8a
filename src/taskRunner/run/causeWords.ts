import * as l10n from "@vscode/l10n";
import { portsText, shorten, withoutFolder } from "./phrases";
import { addressInUseLine, heldPortsText } from "./portWords";
import { enoughRestartsText } from "./restartWords";
import type { EndCause, HeldPort } from "./state";

/** The words about why a run has ended so, where its outcome does not say it. */

/** All of it, as the terminal has it. */
export function causeText(cause: EndCause): string {
  switch (cause.kind) {
    case "portsHeld":
      return l10n.t({ message: "not started: {0}", args: [heldPortsText(cause.held)], comment: ["{0}: which ports are held, and by whom."] });
    case "addressInUse":
      return addressInUseLine(cause.ports, cause.held);
    case "enoughRestarts":
      return enoughRestartsText(cause);
  }
}

/** Short enough for the width of a side bar. */
export function briefCauseText(cause: EndCause): string {
  switch (cause.kind) {
    case "portsHeld":
      return l10n.t({ message: "not started: {0}", args: [wasHeldText(cause.held.map(({ port }) => port), cause.held)], comment: ["{0}: which ports are held, and by whom."] });
    case "addressInUse":
      return wasHeldText(cause.ports, cause.held);
    case "enoughRestarts":
      return l10n.t("not restarted again");
  }
}

/** "port 3000 was held by `node server.mjs` (pid 42)" */
function wasHeldText(ports: readonly number[], held: readonly HeldPort[]): string {
  if (ports.length === 0) return l10n.t("a port was in use");
  const [holder] = held;
  const by = holder === undefined || held.length > 1 ? undefined : holderName(holder);
  if (by !== undefined) return l10n.t({ message: "{0} was held by {1}", args: [portsText(ports), by], comment: ["{0}: 'port 3000'. {1}: a task or a process."] });
  return ports.length === 1 ? l10n.t({ message: "{0} was in use", args: [portsText(ports)], comment: ["{0}: 'port 3000'."] }) : l10n.t({ message: "{0} were in use", args: [portsText(ports)], comment: ["{0}: 'ports 3000 and 3001'."] });
}

function holderName({ process, owner }: HeldPort): string | undefined {
  if (owner?.label !== undefined) return `"${owner.label}"`;
  if (process === undefined) return undefined;
  // Where a program is, is seen in the tooltip. Its name alone would be "MainThread" of many a Node.
  return l10n.t("{0} (pid {1})", `\`${shorten(withoutFolder(process.command), 30)}\``, process.pid);
}
