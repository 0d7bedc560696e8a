import { systemClock } from "../base/clock";
import type { Cmd } from "../exec/cmd";
import type { RunDefinition } from "../task/definition";
import { prepare, type LaunchContext } from "../task/launch";

/** How long a server may take to answer, and a command to succeed, in milliseconds. */
const HTTP_MS = 5000;
const COMMAND_MS = 30_000;
/** What the command leaves behind may hold its output for so long, in milliseconds. */
const HELD_MS = 100;

/** Where a server asks for a password, a payment, another method or another protocol it is there. */
const ANSWERS = new Set([400, 401, 402, 403, 405, 426]);

/** Asks from outside whether a task is ready. Neither throws; an abort makes the answer no. */
export interface ReadyProbe {
  http(url: string, signal: AbortSignal): Promise<boolean>;
  command(line: string, signal: AbortSignal): Promise<boolean>;
}

/** The real one, for a task: the command has its directory, environment and shell. */
export function readyProbe(definition: RunDefinition, context: LaunchContext, runId: string): ReadyProbe {
  const asks = (ms: number, signal: AbortSignal, ask: (over: AbortSignal) => Promise<boolean>): Promise<boolean> => within(ms, signal, ask).catch(() => false);
  return {
    http: (url, signal) => asks(HTTP_MS, signal, (over) => answers(url, over)),
    command: (line, signal) => asks(COMMAND_MS, signal, (over) => succeeds(line, definition, context, runId, over)),
  };
}

/** Gives a signal that is aborted with the other one, or after so many milliseconds. Not `AbortSignal.any`: Node 20 forgets a timeout in it that nothing else holds. */
async function within(ms: number, signal: AbortSignal, ask: (over: AbortSignal) => Promise<boolean>): Promise<boolean> {
  if (signal.aborted) return false;
  const over = new AbortController();
  const abort = (): void => over.abort();
  const timer = systemClock.after(ms, abort);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return (await ask(over.signal)) && !signal.aborted;
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", abort);
  }
}

/** Whether a server answers there, in any way but "not found" or an error of its own. A certificate need not be trusted: nothing is sent to it. */
async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  const isSecure = new URL(url).protocol === "https:";
  const { get } = await (isSecure ? import("node:https") : import("node:http"));
  return await new Promise((resolve, reject) => {
    // `agent: false`: no connection stays open.
    const request = get(url, { agent: false, signal, headers: { Accept: "*/*" }, ...(isSecure ? { rejectUnauthorized: false } : {}) }, (response) => {
      const { statusCode = 0 } = response;
      resolve((statusCode >= 200 && statusCode < 400) || ANSWERS.has(statusCode));
      request.destroy();
    });
    request.on("error", reject);
    // Without an error and an answer: it went over to another protocol.
    request.on("close", () => resolve(false));
  });
}

/** Whether the command line succeeds. */
async function succeeds(line: string, definition: RunDefinition, context: LaunchContext, runId: string, signal: AbortSignal): Promise<boolean> {
  // A task without a shell has the user's own for this.
  const shell = definition.shell.kind === "none" ? ({ kind: "default" } as const) : definition.shell;
  const cmd = await prepare({ ...definition, command: line, args: undefined, shell }, context, runId, signal, false);
  cmd.waitDelay = HELD_MS;
  cmd.cancel = () => killGroup(cmd);
  await cmd.run();
  return true;
}

/** Its pid is its own while it has not been waited for. */
function killGroup(cmd: Cmd): void {
  const { process: started } = cmd;
  if (started === undefined || started.state !== undefined) return;
  if (process.platform === "win32") started.kill();
  else process.kill(-started.pid, "SIGKILL");
}
