import * as l10n from "@vscode/l10n";
import { formatDuration } from "../base/duration";
import type { ListeningPort } from "../process/listeningPorts";
import type { ReadyCondition } from "../task/ready";
import { enumerate, portsText, shorten } from "./phrases";
import type { ReadyState, RunEvent, RunSnapshot } from "./state";

/** The words about getting ready. */

/**
 * What these lines begin with is the same in every language: by it the background problem matcher in package.json knows them, and
 * so do copies of it in people's own files.
 */
const NOT_READY = "not ready yet: ";
const READY = "ready ";

/** Where a browser finds what listens on a port. */
export function urlOfPort(port: number): string {
  return `http://localhost:${port}`;
}

/** "not ready yet: waiting for port 3000 and output matching /up/" */
export function awaitingReadyLine(conditions: readonly ReadyCondition[]): string {
  return `${NOT_READY}${awaitingText(conditions)}`;
}

function awaitingText(conditions: readonly ReadyCondition[]): string {
  return l10n.t({ message: "waiting for {0}", args: [enumerate(conditions.map(awaitedText))], comment: ["{0}: such as 'port 3000 and `pg_isready` to succeed'."] });
}

/** "ready on port 3000 after 1.2 s: http://localhost:3000" */
export function readyLine({ conditions, afterMs }: RunEvent & { kind: "ready" }): string {
  const ports = conditions.flatMap((one) => (one.kind === "port" ? [one.port] : []));
  const urls = conditions.flatMap((one) => (one.kind === "http" ? [one.url] : []));
  const rest = conditions.flatMap((one) => heldText(one) ?? []);
  const link = urls.length === 0 ? ports.slice(0, 1).map((port) => `: ${urlOfPort(port)}`) : [];
  return `${READY}${whereText(ports, urls, formatDuration(afterMs))}${rest.length === 0 ? "" : ` (${enumerate(rest)})`}${link.join("")}`;
}

/** After "ready". */
function whereText(ports: readonly number[], urls: readonly string[], after: string): string {
  const [on, at] = [portsText(ports), enumerate(urls)];
  if (ports.length > 0 && urls.length > 0) return l10n.t({ message: "on {0} at {1} after {2}", args: [on, at, after], comment: ["Follows 'ready', which stays English. {0}: 'port 3000'. {1}: a URL. {2}: a time span."] });
  if (ports.length > 0) return l10n.t({ message: "on {0} after {1}", args: [on, after], comment: ["Follows 'ready', which stays English. {0}: 'port 3000'. {1}: a time span."] });
  if (urls.length > 0) return l10n.t({ message: "at {0} after {1}", args: [at, after], comment: ["Follows 'ready', which stays English. {0}: a URL. {1}: a time span."] });
  return l10n.t({ message: "after {0}", args: [after], comment: ["Follows 'ready', which stays English. {0}: a time span."] });
}

/** "never ready: the command ended while waiting for port 3000" */
export function notReadyLine(missing: readonly ReadyCondition[]): string {
  return l10n.t({ message: "never ready: the command ended while waiting for {0}", args: [enumerate(missing.map(awaitedText))], comment: ["{0}: such as 'port 3000 and `pg_isready` to succeed'."] });
}

/** "no longer looking for output matching /(a+)+$/: ..." */
export function patternTooSlowLine({ pattern, limitMs }: RunEvent & { kind: "patternTooSlow" }): string {
  const what = awaitedText({ kind: "output", pattern });
  return l10n.t({ message: "no longer looking for {0}: one look took more than {1}; write it without repetitions in repetitions", args: [what, formatDuration(limitMs)], comment: ["{0}: 'output matching' and a regular expression. {1}: a time span."] });
}

/** "listening on port 3000: http://localhost:3000" */
export function listeningLine(ports: readonly ListeningPort[]): string {
  const numbers = ports.map(({ port }) => port);
  const where = l10n.t({ message: "listening on {0}", args: [portsText(numbers)], comment: ["{0}: 'port 3000', or 'ports 3000 and 3001'."] });
  return `${where}${numbers.slice(0, 1).map((port) => `: ${urlOfPort(port)}`).join("")}`;
}

/** For a row, in few words: "ready", "waiting for port 3000", "port 3000"; "" where there is nothing to say. */
export function readyText({ ready, ports = [] }: Pick<RunSnapshot, "ready" | "ports">): string {
  const listening = ports.length === 0 ? [] : [portsText(ports.map(({ port }) => port))];
  return [...(ready === undefined ? [] : [readyStateText(ready)]), ...listening].join(", ");
}

function readyStateText(ready: ReadyState): string {
  switch (ready.kind) {
    case "awaited":
      return awaitingText(ready.missing);
    case "ready":
      return l10n.t("ready");
    case "missed":
      return l10n.t("never ready");
  }
}

/** After "waiting for". */
function awaitedText(condition: ReadyCondition): string {
  switch (condition.kind) {
    case "port":
      return l10n.t("port {0}", condition.port);
    case "output":
      return l10n.t({ message: "output matching {0}", args: [`/${shorten(condition.pattern, 60)}/`], comment: ["After 'waiting for'. {0}: a regular expression."] });
    case "http":
      return l10n.t({ message: "an answer from {0}", args: [shorten(condition.url, 60)], comment: ["After 'waiting for'. {0}: a URL."] });
    case "command":
      return l10n.t({ message: "{0} to succeed", args: [`\`${shorten(condition.command, 60)}\``], comment: ["After 'waiting for'. {0}: a command line."] });
    case "quiet":
      return l10n.t({ message: "its output to be quiet", comment: ["After 'waiting for'."] });
  }
}

/** What need not be said where it is. */
function heldText(condition: ReadyCondition): string | undefined {
  switch (condition.kind) {
    case "port":
    case "http":
      return undefined;
    case "output":
      return l10n.t("its output matched {0}", `/${shorten(condition.pattern, 60)}/`);
    case "command":
      return l10n.t("{0} succeeded", `\`${shorten(condition.command, 60)}\``);
    case "quiet":
      return l10n.t("its output is quiet");
  }
}
