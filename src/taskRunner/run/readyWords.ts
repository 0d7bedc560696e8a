import { formatDuration } from "../base/duration";
import type { ListeningPort } from "../process/listeningPorts";
import type { ReadyCondition } from "../task/ready";
import { enumerate, shorten } from "./phrases";
import type { ReadyState, RunEvent, RunSnapshot } from "./state";

/** The words about getting ready. The background problem matcher in package.json knows the first ones of `awaitingReady` and `ready`. */

/** Where a browser finds what listens on a port. */
export function urlOfPort(port: number): string {
  return `http://localhost:${port}`;
}

/** "not ready yet: waiting for port 3000 and output matching /up/" */
export function awaitingReadyLine(conditions: readonly ReadyCondition[]): string {
  return `not ready yet: waiting for ${enumerate(conditions.map(awaitedText))}`;
}

/** "ready on port 3000 after 1.2 s: http://localhost:3000" */
export function readyLine({ conditions, afterMs }: RunEvent & { kind: "ready" }): string {
  const ports = conditions.flatMap((one) => (one.kind === "port" ? [one.port] : []));
  const urls = conditions.flatMap((one) => (one.kind === "http" ? [one.url] : []));
  const rest = conditions.flatMap((one) => heldText(one) ?? []);
  const where = [...(ports.length === 0 ? [] : [`on ${portsText(ports)}`]), ...(urls.length === 0 ? [] : [`at ${enumerate(urls)}`])];
  const link = urls.length === 0 ? ports.slice(0, 1).map((port) => `: ${urlOfPort(port)}`) : [];
  return `${["ready", ...where, "after", formatDuration(afterMs)].join(" ")}${rest.length === 0 ? "" : ` (${enumerate(rest)})`}${link.join("")}`;
}

/** "never ready: the command ended while waiting for port 3000" */
export function notReadyLine(missing: readonly ReadyCondition[]): string {
  return `never ready: the command ended while waiting for ${enumerate(missing.map(awaitedText))}`;
}

/** "listening on port 3000: http://localhost:3000" */
export function listeningLine(ports: readonly ListeningPort[]): string {
  const numbers = ports.map(({ port }) => port);
  return `listening on ${portsText(numbers)}${numbers.slice(0, 1).map((port) => `: ${urlOfPort(port)}`).join("")}`;
}

/** For a row, in few words: "ready", "waiting for port 3000", "port 3000"; "" where there is nothing to say. */
export function readyText({ ready, ports = [] }: Pick<RunSnapshot, "ready" | "ports">): string {
  const listening = ports.length === 0 ? [] : [portsText(ports.map(({ port }) => port))];
  return [...(ready === undefined ? [] : [readyStateText(ready)]), ...listening].join(", ");
}

function readyStateText(ready: ReadyState): string {
  switch (ready.kind) {
    case "awaited":
      return `waiting for ${enumerate(ready.missing.map(awaitedText))}`;
    case "ready":
      return "ready";
    case "missed":
      return "never ready";
  }
}

function awaitedText(condition: ReadyCondition): string {
  switch (condition.kind) {
    case "port":
      return `port ${condition.port}`;
    case "output":
      return `output matching /${shorten(condition.pattern, 60)}/`;
    case "http":
      return `an answer from ${shorten(condition.url, 60)}`;
    case "command":
      return `\`${shorten(condition.command, 60)}\` to succeed`;
    case "quiet":
      return "its output to be quiet";
  }
}

/** What need not be said where it is. */
function heldText(condition: ReadyCondition): string | undefined {
  switch (condition.kind) {
    case "port":
    case "http":
      return undefined;
    case "output":
      return `its output matched /${shorten(condition.pattern, 60)}/`;
    case "command":
      return `\`${shorten(condition.command, 60)}\` succeeded`;
    case "quiet":
      return "its output is quiet";
  }
}

function portsText(ports: readonly number[]): string {
  return `port${ports.length === 1 ? "" : "s"} ${enumerate(ports.map(String))}`;
}
