import * as l10n from "@vscode/l10n";
import { harmless } from "../base/harmless";
import type { Evidence, RunProcess } from "../process/runProcess";
import type { RefusedProcess } from "../process/signalResult";
import type { ProcessInfo } from "../process/table";
import { count, enumerate, listNames, shortenCommand } from "./phrases";
import type { Reached, RunEvent } from "./state";

/** The words about processes: what they are called, whom a signal has reached, who holds an output. */

/** A process by its command line and pid: "`sleep 60` (pid 4243)". */
export function processText(info: ProcessInfo): string {
  return l10n.t("{0} (pid {1})", commandText(info), info.pid);
}

function commandText(info: ProcessInfo): string {
  return `\`${shortenCommand(info.command, 60)}\``;
}

export function listProcesses(processes: readonly ProcessInfo[]): string {
  return listNames(processes.map(processText));
}

/** Whom a signal has reached: "process group 42 (3 processes) and `sleep 60` (pid 44), which had left it, but not to `sudo x` (pid 45) of root". */
export function reachedText(event: RunEvent & Reached & { pid: number }): string {
  const { kind, pid, group, others, refused } = event;
  const isRest = kind === "signaled" && !event.toLeader;
  const groups = group === undefined ? [] : [groupText(pid, kind === "killed" ? namesText(pid, group) : sizeText(group), isRest)];
  const list = listProcesses(others);
  const outside = others.length === 0 ? [] : [group === undefined ? list : l10n.t({ message: "{0}, which had left it", args: [list], comment: ["{0}: one process or several; 'it' is the process group that is named before."] })];
  const reached = enumerate([...groups, ...outside]);
  if (refused.length === 0) return reached;
  return kind === "killed"
    ? l10n.t({ message: "{0}, but not {1}", args: [reached, listRefused(refused)], comment: ["What was killed, and what was not."] })
    : l10n.t({ message: "{0}, but not to {1}", args: [reached, listRefused(refused)], comment: ["To whom a signal was sent, and to whom not."] });
}

/** @param details "3 processes", or what these are; undefined where there is nothing to add */
function groupText(pid: number, details: string | undefined, isRest: boolean): string {
  if (isRest) return details === undefined ? l10n.t("what is left of process group {0}", pid) : l10n.t("what is left of process group {0} ({1})", pid, details);
  return details === undefined ? l10n.t("process group {0}", pid) : l10n.t("process group {0} ({1})", pid, details);
}

function sizeText(group: readonly ProcessInfo[]): string | undefined {
  return group.length > 1 ? count(group.length, "process") : undefined;
}

/** What is killed is named: "`sleep 60`", "3 processes: `a`, `b` and `c`". */
function namesText(pid: number, group: readonly ProcessInfo[]): string | undefined {
  const [first] = group;
  if (first === undefined) return undefined;
  if (group.length > 1) return l10n.t({ message: "{0}: {1}", args: [count(group.length, "process"), listNames(group.map(commandText))], comment: ["'3 processes', and what they run."] });
  return first.pid === pid ? commandText(first) : l10n.t("{0}, pid {1}", commandText(first), first.pid);
}

export function listRefused(refused: readonly RefusedProcess[]): string {
  return l10n.t("{0} (operation not permitted)", listOwned(refused));
}

/** Other users' processes, with the ports that they listen on. */
export function listOwned(processes: readonly Pick<RefusedProcess, keyof ProcessInfo | "user" | "ports">[]): string {
  return listNames(processes.map((info) => listeningText(l10n.t({ message: "{0} of {1}", args: [processText(info), info.user], comment: ["A process and the user whose it is."] }), info.ports)));
}

function listeningText(process: string, ports: readonly number[]): string {
  if (ports.length === 0) return process;
  const numbers = enumerate(ports.map(String));
  return ports.length === 1 ? l10n.t("{0}, listening on port {1}", process, numbers) : l10n.t("{0}, listening on ports {1}", process, numbers);
}

/** What of the run's pipes they hold: "stdout", "stdout and stderr"; undefined when that is unknown. */
export function heldNoun(holders: readonly RunProcess[]): string | undefined {
  const held = [...new Set(holders.flatMap(({ holds }) => holds.filter((what) => what !== "stdin")))].sort().reverse();
  return held.length === 0 ? undefined : harmless(enumerate(held.map(heldText)));
}

/** The names of the standard streams are the same in every language. @param held as in `RunProcess` */
function heldText(held: string): string {
  if (held === "terminal") return l10n.t({ message: "terminal", comment: ["Held by a process, like stdout."] });
  const fd = /^output on fd (\d+)$/.exec(held)?.[1];
  return fd === undefined ? held : l10n.t({ message: "output on fd {0}", args: [fd], comment: ["{0}: the number of a file descriptor."] });
}

/** Who holds an output, after "held by". @param problem why they could not all be looked up */
export function holdersText(holders: readonly RunProcess[], problem: string | undefined): string {
  if (holders.length === 0 && problem !== undefined) return l10n.t("an unknown process ({0})", problem);
  if (holders.length === 0) return l10n.t("a process that cannot be seen (another user's?)");
  if (holders.every(({ holds }) => holds.length === 0)) return l10n.t({ message: "one of the task's processes (which one, Windows does not tell): {0}", args: [listProcesses(holders)], comment: ["By whom an output is held."] });
  const [owned, others] = [holders.filter((info) => info.owned), holders.filter((info) => !info.owned)];
  // That the task has started it is what everyone expects.
  if (others.length === 0) return listProcesses(owned);
  return owned.length === 0
    ? l10n.t({ message: "{0}, not started by this task", args: [listProcesses(others)], comment: ["{0}: one process or several."] })
    : l10n.t({ message: "{0}, and by {1}, not started by this task", args: [listProcesses(owned), listProcesses(others)], comment: ["By whom an output is held. {0}, {1}: one process or several each."] });
}

/** A held output in few words: "stdout held by `sleep 60` (pid 4243)". */
export function heldBy(holders: readonly RunProcess[]): string {
  if (holders.length === 0) return l10n.t("output still held open");
  const held = heldNoun(holders);
  return held === undefined ? l10n.t("output held by {0}", listProcesses(holders)) : l10n.t({ message: "{0} held by {1}", args: [held, listProcesses(holders)], comment: ["{0}: such as 'stdout and stderr'. {1}: processes."] });
}

/** Why a process is said to belong to a run: "its environment has the task's marker, and it has the task's pipe open". */
export function evidenceText(evidence: readonly Evidence[]): string {
  return enumerate(evidence.map(signText));
}

function signText(sign: Evidence): string {
  switch (sign) {
    case "group":
      return l10n.t("it is in the task's process group");
    case "session":
      return l10n.t("it is in the task's session");
    case "descriptor":
      return l10n.t("it has inherited a file that only the task's processes have");
    case "marker":
      return l10n.t("its environment has the task's marker");
    case "pipe":
      return l10n.t("it has the task's pipe open");
    case "descent":
      return l10n.t("one of the task's processes started it");
    case "contained":
      return process.platform === "win32" ? l10n.t({ message: "it is in the task's job", comment: ["A job: a Job Object of Windows."], args: [] }) : l10n.t("it is in the task's cgroup");
  }
}

/** What can be said of a process beyond its name: "holds stdout", "listens on port 3000". */
export function traits({ holds, ports, stopped, user }: RunProcess): string[] {
  const numbers = enumerate(ports.map(String));
  return [
    ...(user === undefined ? [] : [l10n.t({ message: "of {0}", args: [harmless(user)], comment: ["{0}: the user whose the process is."] })]),
    ...(holds.length === 0 ? [] : [l10n.t("holds {0}", harmless(enumerate(holds.map(heldText))))]),
    ...(ports.length === 0 ? [] : [ports.length === 1 ? l10n.t("listens on port {0}", numbers) : l10n.t("listens on ports {0}", numbers)]),
    ...(stopped ? [l10n.t({ message: "stopped", comment: ["A process that a signal has made pause, as Ctrl+Z does."] })] : []),
  ];
}

/** Who may kill these users' processes: "root", "www-data or root". */
export function ownersText(users: readonly string[]): string {
  const others = [...new Set(users)].filter((user) => user !== "root");
  return others.length === 1 ? l10n.t("{0} or root", enumerate(others)) : "root";
}
